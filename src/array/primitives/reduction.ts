import { NadirError } from "../../base/errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { flatIndex } from "./indexing.ts";
import type { Index, JsWriter } from "./primitive.ts";
import type { Ops } from "./registry.ts";

/** The shape without the reduced axes. */
export const keptShape = (shape: Shape, axes: readonly number[]): Shape =>
  shape.filter((_, axis) => !axes.includes(axis));

/** The axes once there is a batch axis in front. */
export const reduceBatch = (axes: readonly number[]): readonly number[] =>
  axes.map((axis) => axis + 1);

/** Repeats a reduced array along the axes that were dropped. */
export function restoreAxes(
  ops: Ops,
  reduced: Tensor,
  shape: Shape,
  axes: readonly number[],
): Tensor {
  const withOnes = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return ops.broadcastTo(ops.reshape(reduced, { shape: withOnes }), { shape });
}

/** Refuses to take the largest of nothing. @throws NadirError `${operation}/empty` */
export function requireSome(operation: string, shape: Shape, axes: readonly number[]): void {
  if (sizeOf(axes.map((axis) => shape[axis]!)) > 0) return;
  throw new NadirError(
    `${operation}/empty`,
    `${operation}: no element along axes ${formatShape(axes)} of ${formatShape(shape)}`,
    {
      expected: "at least one element",
    },
  );
}

/**
 * Folds the reduced axes. `fold` writes the statement that adds an element to the accumulator. Loops
 * follow memory: one accumulator in a variable when the last axis is reduced, else one in `out` for
 * each element, with the reduced axes outside.
 */
export function reduceKernel(
  js: JsWriter,
  node: Tensor,
  axes: readonly number[],
  start: string,
  fold: (accumulator: string, element: string) => string,
): void {
  const [x] = node.inputs;
  const shape = x!.shape;
  const kept = shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const join = (outer: Index, inner: Index): Index =>
    shape.map((_, axis) =>
      axes.includes(axis) ? inner[axes.indexOf(axis)]! : outer[kept.indexOf(axis)]!,
    );
  const reduced = axes.map((axis) => shape[axis]!);
  if (axes.includes(shape.length - 1) || kept.length === 0) {
    js.loops(node.shape, (outer) => {
      const sum = js.fresh("sum");
      js.line(`let ${sum} = ${start};`);
      js.loops(reduced, (inner) => js.line(`{ ${fold(sum, js.read(x!, join(outer, inner)))} }`));
      js.line(`${js.out}[${flatIndex(outer, node.shape)}] = ${sum};`);
    });
    return;
  }
  js.line(`${js.out}.fill(${start}, 0, ${sizeOf(node.shape)});`);
  js.loops(reduced, (inner) =>
    js.loops(node.shape, (outer) => {
      const place = `${js.out}[${flatIndex(outer, node.shape)}]`;
      js.line(`{ ${fold(place, js.read(x!, join(outer, inner)))} }`);
    }),
  );
}
