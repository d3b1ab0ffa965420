import { sizeOf } from "../../../array/shape.ts";
import type { Lowering, Rewrite } from "../lower.ts";

/** Sums of fewer elements are right to 1e-6 as they are. */
const long = 16_384;
/** Elements summed at once. */
const piece = 1024;

/**
 * Sums of many elements that lie side by side, in two goes: a thousand at a time, then those sums. One go
 * in single precision loses a digit in a million elements and three in ten million; two lose none,
 * and can be shared between threads.
 */
export const longSums: Rewrite = (node, lowering) => {
  const x = node.inputs[0];
  if (node.op !== "reduceSum" || node.dtype !== "f32" || x === undefined) return undefined;
  const axes = node.attrs["axes"] as readonly number[]; // as every reduction is recorded
  const first = x.shape.length - axes.length;
  const together = axes.every((axis, i) => axis === first + i);
  const count = sizeOf(x.shape.slice(first));
  if (!together || count < long || lowering.shapeOf(x).length !== x.shape.length) return undefined;
  const rows = sizeOf(node.shape);
  const flat = lowering.node("Reshape", [lowering.whole(x), lowering.ints([rows, count])]);
  const even = count - (count % piece);
  const sums = [inPieces(lowering, part(lowering, flat, 0, even, count), rows, even)];
  if (even < count) sums.push(sumOf(lowering, part(lowering, flat, even, count, count)));
  const sum = sums.reduce((a, b) => lowering.node("Add", [a, b]));
  return { first: lowering.node("Reshape", [sum, lowering.ints(node.shape)]) };
};

const sumOf = (lowering: Lowering, x: string): string =>
  lowering.node("ReduceSum", [x, lowering.ints([1])], { keepdims: 0 });

function inPieces(lowering: Lowering, x: string, rows: number, count: number): string {
  const pieces = lowering.node("Reshape", [x, lowering.ints([(rows * count) / piece, piece])]);
  const sums = lowering.ints([rows, count / piece]);
  return sumOf(lowering, lowering.node("Reshape", [sumOf(lowering, pieces), sums]));
}

/** Columns `from … to − 1`. */
const part = (lowering: Lowering, x: string, from: number, to: number, all: number): string =>
  to - from === all
    ? x
    : lowering.node("Slice", [x, ...[[from], [to], [1]].map((list) => lowering.ints(list))]);
