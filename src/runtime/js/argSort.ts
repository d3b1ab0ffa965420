import type { TypedArray } from "../../array/dtype.ts";

let merged = new Int32Array(0);

/** Runs this short are sorted by insertion before they are merged. */
const runLength = 8;

/**
 * Positions that sort each row of `length` elements, stably, NaN last. Fills `out` and allocates
 * nothing once it has met the longest row: merge sort, from runs sorted by insertion upwards.
 */
export function argSort(
  x: TypedArray,
  out: Int32Array,
  size: number,
  length: number,
  descending: boolean,
): void {
  if (merged.length < length) merged = new Int32Array(length);
  for (let start = 0; start < size; start += length) {
    for (let run = 0; run < length; run += runLength)
      insert(x, out, start, run, Math.min(length, run + runLength), descending);
    for (let width = runLength; width < length; width *= 2) {
      for (let left = 0; left + width < length; left += 2 * width)
        merge(x, out, start, left, left + width, Math.min(length, left + 2 * width), descending);
    }
  }
}

/** Must a stand behind b? Not if they are equal. NaN stands behind all others. */
const isAfter = (a: number, b: number, descending: boolean): boolean =>
  (descending ? a < b : a > b) || (Number.isNaN(a) && !Number.isNaN(b));

function insert(
  x: TypedArray,
  out: Int32Array,
  start: number,
  from: number,
  to: number,
  descending: boolean,
): void {
  for (let i = from; i < to; i++) {
    const value = x[start + i]!;
    let place = i;
    for (; place > from && isAfter(x[start + out[start + place - 1]!]!, value, descending); place--)
      out[start + place] = out[start + place - 1]!;
    out[start + place] = i;
  }
}

/** Merges the sorted runs [left, middle) and [middle, right) of a row. */
function merge(
  x: TypedArray,
  out: Int32Array,
  start: number,
  left: number,
  middle: number,
  right: number,
  descending: boolean,
): void {
  for (let i = left; i < middle; i++) merged[i] = out[start + i]!;
  let [i, j, to] = [left, middle, left];
  while (i < middle && j < right) {
    const [a, b] = [merged[i]!, out[start + j]!];
    if (isAfter(x[start + a]!, x[start + b]!, descending)) {
      out[start + to++] = b;
      j++;
    } else {
      out[start + to++] = a;
      i++;
    }
  }
  while (i < middle) out[start + to++] = merged[i++]!;
}
