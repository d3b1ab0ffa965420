import type { TypedArray } from "../../array/dtype.ts";

/** Positions that sort each row of `length` elements, stably, NaN last. Fills `out`. */
export function argSort(
  x: TypedArray,
  out: Int32Array,
  size: number,
  length: number,
  descending: boolean,
): void {
  const order = new Array<number>(length);
  for (let start = 0; start < size; start += length) {
    for (let i = 0; i < length; i++) order[i] = i;
    order.sort((i, j) => {
      const [a, b] = [x[start + i]!, x[start + j]!];
      if (Number.isNaN(a) || Number.isNaN(b))
        return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
      return descending ? b - a : a - b;
    });
    for (let i = 0; i < length; i++) out[start + i] = order[i]!;
  }
}
