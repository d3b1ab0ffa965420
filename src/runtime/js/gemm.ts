import type { TypedArray } from "../../array/dtype.ts";

/** Where the elements of a matrix lie: the first, and the distance between rows and between columns. */
interface View {
  readonly data: TypedArray;
  readonly start: number;
  readonly row: number;
  readonly column: number;
}

let rowsOfLeft = new Float64Array(0);
let packedRight = new Float64Array(0);
let sums = new Float64Array(0);

/**
 * out[m, n] = Σₖ a[m, k]·b[k, n], summed in double precision; `out` is contiguous.
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
  a: View,
  b: View,
): void {
  const depth = inner + (-inner & 3); // whole fours, filled up with zeros
  if (rowsOfLeft.length < 2 * depth) rowsOfLeft = new Float64Array(2 * depth);
  if (sums.length < 2 * columns) sums = new Float64Array(2 * columns);
  const right = rowMajor(b, inner, columns, depth);
  const from = right === b.data ? b.start : 0;
  rowsOfLeft.fill(0);
  for (let m = 0; m < rows; m += 2) {
    const both = m + 1 < rows;
    for (let k = 0, at = a.start + m * a.row; k < inner; k++, at += a.column) {
      rowsOfLeft[k] = a.data[at]!;
      rowsOfLeft[depth + k] = both ? a.data[at + a.row]! : 0;
    }
    twoRows(right, from, depth, columns);
    const to = outStart + m * columns;
    const count = both ? 2 * columns : columns;
    for (let i = 0; i < count; i++) out[to + i] = sums[i]!;
  }
}

/** b as doubles, row after row, with zeros below to fill `depth` rows; b itself if it is that already. */
function rowMajor(b: View, inner: number, columns: number, depth: number): Float64Array {
  const { data, start, row, column } = b;
  if (data instanceof Float64Array && column === 1 && row === columns && depth === inner)
    return data;
  if (packedRight.length < depth * columns) packedRight = new Float64Array(depth * columns);
  const packed = packedRight;
  if (column === 1) {
    for (let k = 0, to = 0; k < inner; k++)
      for (let n = 0, at = start + k * row; n < columns; n++) packed[to++] = data[at++]!;
  } else {
    // Along b's contiguous axis, so that reading stays in the cache.
    for (let n = 0; n < columns; n++)
      for (let k = 0, at = start + n * column; k < inner; k++, at += row)
        packed[k * columns + n] = data[at]!;
  }
  packed.fill(0, inner * columns, depth * columns);
  return packed;
}

/** Both rows of `rowsOfLeft` times b, into both rows of `sums`. */
function twoRows(b: Float64Array, start: number, depth: number, columns: number): void {
  const [left, to] = [rowsOfLeft, sums];
  to.fill(0, 0, 2 * columns);
  for (let k = 0; k < depth; k += 4) {
    const [p0, p1, p2, p3] = [left[k]!, left[k + 1]!, left[k + 2]!, left[k + 3]!];
    const at = depth + k;
    const [q0, q1, q2, q3] = [left[at]!, left[at + 1]!, left[at + 2]!, left[at + 3]!];
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
