import type { TypedArray } from "../../array/dtype.ts";

let rowsOfLeft = new Float64Array(0);
let packedRight = new Float64Array(0);
let sums = new Float64Array(0);

/**
 * out[m, n] = Σₖ a[m, k]·b[k, n], summed in double precision. `out` is contiguous; of a and b are
 * given where the first element is, and how far apart rows and columns are. No objects: called in hot
 * loops, it must not allocate.
 *
 * Two rows of the result grow together by four rows of b at a time, so that each number loaded serves
 * several products: two to five times as fast as plain loops. That needs b's rows contiguous and all
 * numbers doubles, so that V8 compiles one loop for one type: operands that lie otherwise are copied.
 */
export function gemm(
  out: TypedArray,
  outStart: number,
  rows: number,
  inner: number,
  columns: number,
  a: TypedArray,
  aStart: number,
  aRow: number,
  aColumn: number,
  b: TypedArray,
  bStart: number,
  bRow: number,
  bColumn: number,
): void {
  const depth = inner + (-inner & 3); // whole fours, filled up with zeros
  if (rowsOfLeft.length < 2 * depth) rowsOfLeft = new Float64Array(2 * depth);
  if (sums.length < 2 * columns) sums = new Float64Array(2 * columns);
  const isRowMajor = bColumn === 1 && bRow === columns && depth === inner;
  let right: Float64Array = packedRight;
  let from = 0;
  if (b instanceof Float64Array && isRowMajor) {
    right = b;
    from = bStart;
  } else {
    pack(b, bStart, bRow, bColumn, inner, columns, depth);
    right = packedRight;
  }
  rowsOfLeft.fill(0);
  for (let m = 0; m < rows; m += 2) {
    const both = m + 1 < rows;
    for (let k = 0, at = aStart + m * aRow; k < inner; k++, at += aColumn) {
      rowsOfLeft[k] = a[at]!;
      rowsOfLeft[depth + k] = both ? a[at + aRow]! : 0;
    }
    twoRows(right, from, depth, columns);
    const to = outStart + m * columns;
    const count = both ? 2 * columns : columns;
    for (let i = 0; i < count; i++) out[to + i] = sums[i]!;
  }
}

/** Copies b into `packedRight` as doubles, row after row, with zeros below to fill `depth` rows. */
function pack(
  b: TypedArray,
  start: number,
  row: number,
  column: number,
  inner: number,
  columns: number,
  depth: number,
): void {
  if (packedRight.length < depth * columns) packedRight = new Float64Array(depth * columns);
  const packed = packedRight;
  if (column === 1) {
    for (let k = 0, to = 0; k < inner; k++)
      for (let n = 0, at = start + k * row; n < columns; n++) packed[to++] = b[at++]!;
  } else {
    // Along b's contiguous axis, so that reading stays in the cache.
    for (let n = 0; n < columns; n++)
      for (let k = 0, at = start + n * column; k < inner; k++, at += row)
        packed[k * columns + n] = b[at]!;
  }
  packed.fill(0, inner * columns, depth * columns);
}

/** Both rows of `rowsOfLeft` times b, into both rows of `sums`. */
function twoRows(b: Float64Array, start: number, depth: number, columns: number): void {
  const left = rowsOfLeft;
  const to = sums;
  to.fill(0, 0, 2 * columns);
  for (let k = 0; k < depth; k += 4) {
    const p0 = left[k]!;
    const p1 = left[k + 1]!;
    const p2 = left[k + 2]!;
    const p3 = left[k + 3]!;
    const q0 = left[depth + k]!;
    const q1 = left[depth + k + 1]!;
    const q2 = left[depth + k + 2]!;
    const q3 = left[depth + k + 3]!;
    const row0 = start + k * columns;
    const row1 = row0 + columns;
    const row2 = row1 + columns;
    const row3 = row2 + columns;
    for (let n = 0; n < columns; n++) {
      const b0 = b[row0 + n]!;
      const b1 = b[row1 + n]!;
      const b2 = b[row2 + n]!;
      const b3 = b[row3 + n]!;
      to[n] = to[n]! + p0 * b0 + p1 * b1 + p2 * b2 + p3 * b3;
      to[columns + n] = to[columns + n]! + q0 * b0 + q1 * b1 + q2 * b2 + q3 * b3;
    }
  }
}
