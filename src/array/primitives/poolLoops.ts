import { type Shape, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { JsWriter, OnnxWriter } from "./primitive.ts";
import type { Ops } from "./registry.ts";
import type { PoolAttrs } from "./window.ts";

/**
 * Visits each output position, then each image position in its window. `before`, `inner` and `after`
 * write the statements, given flat positions.
 */
export function poolLoops(
  js: JsWriter,
  image: Shape,
  output: Shape,
  { window, stride, padding }: PoolAttrs,
  statements: {
    readonly before?: (output: string) => string;
    readonly inner: (image: string, output: string) => string;
    readonly after?: (output: string) => string;
  },
  passes: readonly ("inner" | "second")[] = ["inner"],
  second?: (image: string, output: string) => string,
): void {
  const [plane, height, width] = [image[0]! * image[1]!, image[2]!, image[3]!];
  const [outHeight, outWidth] = [output[2]!, output[3]!];
  const [p, y, x, ky, kx, o] = ["p", "y", "x", "ky", "kx", "o"].map((name) => js.fresh(name));
  js.line(`for (let ${p} = 0, ${o} = 0; ${p} < ${plane}; ${p}++)`);
  js.line(
    `for (let ${y} = 0; ${y} < ${outHeight}; ${y}++) for (let ${x} = 0; ${x} < ${outWidth}; ${x}++, ${o}++) {`,
  );
  if (statements.before) js.line(statements.before(o!));
  for (const pass of passes) {
    const [top, left] = [
      `${y} * ${stride[0]} - ${padding[0][0]}`,
      `${x} * ${stride[1]} - ${padding[1][0]}`,
    ];
    js.line(
      `for (let ${ky} = Math.max(0, ${top}); ${ky} < Math.min(${height}, ${top} + ${window[0]}); ${ky}++)`,
    );
    js.line(
      `for (let ${kx} = Math.max(0, ${left}); ${kx} < Math.min(${width}, ${left} + ${window[1]}); ${kx}++) {`,
    );
    const place = `${p} * ${height * width} + ${ky} * ${stridesOf(image)[2]} + ${kx}`;
    js.line(pass === "inner" ? statements.inner(place, o!) : (second?.(place, o!) ?? ""));
    js.line("}");
  }
  if (statements.after) js.line(statements.after(o!));
  js.line("}");
}

/** Pools a stack of batches as one batch. */
export function poolBatch(
  ops: Ops,
  inputs: readonly Tensor[],
  batched: readonly boolean[],
  size: number,
  apply: (inputs: readonly Tensor[]) => Tensor,
): Tensor {
  const joined = inputs.map((x, i) => {
    const wide = batched[i] ? x : ops.broadcastTo(x, { shape: [size, ...x.shape] });
    return ops.reshape(wide, { shape: [size * wide.shape[1]!, ...wide.shape.slice(2)] });
  });
  const result = apply(joined);
  return ops.reshape(result, { shape: [size, result.shape[0]! / size, ...result.shape.slice(1)] });
}

/** Repeats each element over its window, for windows that tile the image. */
export function emitSpread(graph: OnnxWriter, x: string, image: Shape): string {
  return graph.node("Resize", [x, "", "", graph.ints(image)], {
    mode: "nearest",
    coordinate_transformation_mode: "asymmetric",
    nearest_mode: "floor",
  });
}

/** The elements at one place of every window: a strided slice of the padded image. */
export function emitTap(
  graph: OnnxWriter,
  padded: string,
  output: Shape,
  { stride }: PoolAttrs,
  ky: number,
  kx: number,
): string {
  return graph.node("Slice", [
    padded,
    graph.ints([ky, kx]),
    graph.ints([ky + (output[2]! - 1) * stride[0] + 1, kx + (output[3]! - 1) * stride[1] + 1]),
    graph.ints([2, 3]),
    graph.ints(stride),
  ]);
}
