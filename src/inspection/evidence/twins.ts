import type { TypedArray } from "../../array/dtype.ts";
import type { Shape } from "../../array/shape.ts";

/**
 * Share of the columns of a matrix, or of the filters of a convolution, that equal another one: units that
 * are computed alike and, as their gradients are, stay so.
 */
export function twinsOf(values: TypedArray, shape: Shape): number {
  if (shape.length < 2) return 0;
  const byColumn = shape.length === 2;
  const count = byColumn ? shape[1]! : shape[0]!;
  const length = values.length / count;
  if (count < 2) return 0;
  const entry = (one: number, k: number): number =>
    byColumn ? values[k * count + one]! : values[one * length + k]!;
  // Equal ones have equal sums, and stand side by side in their order.
  const sums = Float64Array.from({ length: count }, (_, one) => {
    let sum = 0;
    for (let k = 0; k < length; k++) sum += (1 + (k % 7)) * entry(one, k);
    return sum;
  });
  const order = Array.from(sums.keys()).sort((a, b) => sums[a]! - sums[b]!);
  const isTwin = new Uint8Array(count);
  for (let i = 1; i < count; i++) {
    const [a, b] = [order[i - 1]!, order[i]!];
    let [same, k] = [true, 0];
    for (; same && k < length; k++) {
      const [x, y] = [entry(a, k), entry(b, k)];
      same = Math.abs(x - y) <= 1e-5 * Math.max(Math.abs(x), Math.abs(y));
    }
    if (same) isTwin[a] = isTwin[b] = 1;
  }
  return isTwin.reduce((sum, one) => sum + one, 0) / count;
}
