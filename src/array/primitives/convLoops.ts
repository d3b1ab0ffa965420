import { type Shape, stridesOf } from "../shape.ts";
import type { JsWriter } from "./primitive.ts";
import type { ConvAttrs } from "./window.ts";

/**
 * The seven loops that a convolution and both its transposes share. `inner` writes the statement for
 * one pair of positions, in the image and in the output; `before` and `after` those around all that
 * meet one tap of the filter. The innermost loop runs along a row of the output, whose range is
 * computed so that nothing falls into the padding.
 */
export function convLoops(
  js: JsWriter,
  image: Shape,
  filter: Shape,
  output: Shape,
  { stride, padding, dilation, groups }: ConvAttrs,
  statements: {
    readonly before: (tap: string) => string;
    readonly inner: (image: string, output: string) => string;
    readonly after?: (tap: string) => string;
  },
): void {
  const [batch, , height, width] = image;
  const [outChannels, perGroup, filterHeight, filterWidth] = filter;
  const [, , outHeight, outWidth] = output;
  const [ix, fx, ox] = [stridesOf(image), stridesOf(filter), stridesOf(output)];
  const range = (tap: string, axis: 0 | 1, length: number, outLength: number): [string, string] => {
    const shift = `(${tap} * ${dilation[axis]} - ${padding[axis][0]})`;
    return [
      `Math.max(0, Math.ceil(-${shift} / ${stride[axis]}))`,
      `Math.min(${outLength}, Math.floor((${length - 1} - ${shift}) / ${stride[axis]}) + 1)`,
    ];
  };
  const v = (name: string) => js.fresh(name);
  const [n, o, c, ky, kx, y, x] = ["n", "o", "c", "ky", "kx", "y", "x"].map(v);
  const [y0, y1, x0, x1] = ["y0", "y1", "x0", "x1"].map(v);
  const [row, at, tap] = ["row", "at", "tap"].map(v);
  const [top, bottom] = range(ky!, 0, height!, outHeight!);
  const [left, right] = range(kx!, 1, width!, outWidth!);
  const channel = groups === 1 ? c : `((${o} / ${outChannels! / groups} | 0) * ${perGroup} + ${c})`;
  js.line(`for (let ${n} = 0; ${n} < ${batch}; ${n}++)`);
  js.line(`for (let ${o} = 0; ${o} < ${outChannels}; ${o}++)`);
  js.line(`for (let ${c} = 0; ${c} < ${perGroup}; ${c}++)`);
  js.line(`for (let ${ky} = 0; ${ky} < ${filterHeight}; ${ky}++) {`);
  js.line(`const ${y0} = ${top}, ${y1} = ${bottom};`);
  js.line(`for (let ${kx} = 0; ${kx} < ${filterWidth}; ${kx}++) {`);
  js.line(
    `const ${x0} = ${left}, ${x1} = ${right}, ${tap} = ${o} * ${fx[0]} + ${c} * ${fx[1]} + ${ky} * ${fx[2]} + ${kx};`,
  );
  js.line(statements.before(tap!));
  js.line(`for (let ${y} = ${y0}; ${y} < ${y1}; ${y}++) {`);
  js.line(
    `const ${row} = ${n} * ${ox[0]} + ${o} * ${ox[1]} + ${y} * ${ox[2]}, ${at} = ${n} * ${ix[0]} + ${channel} * ${ix[1]} + (${y} * ${stride[0]} + ${ky} * ${dilation[0]} - ${padding[0][0]}) * ${ix[2]} + ${kx} * ${dilation[1]} - ${padding[1][0]};`,
  );
  js.line(
    `for (let ${x} = ${x0}; ${x} < ${x1}; ${x}++) ${statements.inner(`${at} + ${x} * ${stride[1]}`, `${row} + ${x}`)}`,
  );
  js.line("}");
  if (statements.after) js.line(statements.after(tap!));
  js.line("} }");
}
