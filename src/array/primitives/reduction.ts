import { NadirError } from "../../base/errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { flatIndex, plus, times } from "./indexing.ts";
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
 * Folds all elements of a shape: gives the name of the variable that holds the result. Along a long
 * last axis four variables take turns, since the next addition need not wait for the last one then.
 * `fold` writes the statement that takes an element, or another accumulator, into an accumulator.
 */
export function foldLoops(
  js: JsWriter,
  shape: Shape,
  start: string,
  fold: (accumulator: string, index: Index) => string,
  merge: (accumulator: string, other: string) => string = (sum, other) => `${sum} += ${other};`,
): string {
  const length = shape[shape.length - 1] ?? 1;
  const lanes = Array.from({ length: length >= 16 ? 4 : 1 }, () => js.fresh("sum"));
  js.line(`let ${lanes.map((lane) => `${lane} = ${start}`).join(", ")};`);
  if (lanes.length === 1) js.loops(shape, (index) => js.line(fold(lanes[0]!, index)));
  else {
    js.loops(shape.slice(0, -1), (outer) =>
      js.chunks(length, lanes.length, (positions) => {
        positions.forEach((position, lane) => {
          js.line(fold(lanes[lane]!, [...outer, position]));
        });
      }),
    );
    for (const [into, from] of [
      [0, 1],
      [2, 3],
      [0, 2],
    ] as const)
      js.line(merge(lanes[into]!, lanes[from]!));
  }
  return lanes[0]!;
}

/** How elements are taken together. */
export interface Folding {
  readonly start: string;
  /** The statement that takes one more value into an accumulator. */
  fold(accumulator: string, value: string): string;
  /** Whether rounding the accumulator between elements changes the result. */
  readonly rounds: boolean;
}

/**
 * Folds the reduced axes. Loops follow memory: accumulators are variables where the last axis is
 * reduced; else there is one for each element after the reduced axes, and several rows are folded into
 * all of them at once.
 */
export function reduceKernel(
  js: JsWriter,
  node: Tensor,
  axes: readonly number[],
  { start, fold, rounds }: Folding,
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
    js.loopsAround(sizeOf(reduced), node.shape, (outer) => {
      const element = (sum: string, inner: Index) =>
        `{ ${fold(sum, js.read(x!, join(outer, inner)))} }`;
      const sum = foldLoops(js, reduced, start, element, (a, b) => `{ ${fold(a, b)} }`);
      js.line(`${js.out}[${flatIndex(outer, node.shape)}] = ${sum};`);
    });
    return;
  }
  const before = kept.filter((axis) => axis < axes[0]!).length;
  const row = node.shape.slice(before);
  const inDoubles = rounds && node.dtype === "f32";
  const sums = inDoubles ? js.scratch(sizeOf(row)) : js.out;
  const rest = sizeOf(reduced) * sizeOf(row);
  js.loopsAround(rest, node.shape.slice(0, before), (outer) => {
    const rowStart = times(flatIndex(outer, node.shape.slice(0, before)), sizeOf(row));
    const at = inDoubles ? 0 : rowStart;
    js.line(`${sums}.fill(${start}, ${at}, ${plus(at, sizeOf(row))});`);
    js.loopsAround(reduced[reduced.length - 1]! * sizeOf(row), reduced.slice(0, -1), (inner) =>
      js.chunks(reduced[reduced.length - 1]!, 4, (positions) =>
        js.loops(row, (place) => {
          const sum = js.fresh("sum");
          const index = plus(at, flatIndex(place, row));
          js.line(`let ${sum} = ${sums}[${index}];`);
          for (const position of positions)
            js.line(
              `{ ${fold(sum, js.read(x!, join([...outer, ...place], [...inner, position])))} }`,
            );
          js.line(`${sums}[${index}] = ${sum};`);
        }),
      ),
    );
    if (inDoubles)
      js.loops([sizeOf(row)], ([i]) =>
        js.line(`${js.out}[${plus(rowStart, i!)}] = ${sums}[${i}];`),
      );
  });
}
