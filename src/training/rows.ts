import { NDArray } from "../array/ndarray.ts";
import { sizeOf } from "../array/shape.ts";
import type { Values } from "./values.ts";

/** Rows measured in one call. */
const chunkRows = 2000;

/** Rows `from … to − 1` of every array, as views. */
export function rowsOf(data: Values, from: number, to: number): Values {
  const arrays = data.arrays.map(({ data: all, shape, dtype }) => {
    const row = sizeOf(shape.slice(1));
    return new NDArray(all.subarray(from * row, to * row), [to - from, ...shape.slice(1)], dtype);
  });
  return { ...data, arrays };
}

/** The given rows of every array, copied. */
export function pickRows(data: Values, rows: Int32Array): Values {
  const arrays = data.arrays.map(({ data: all, shape, dtype }) => {
    const picked = NDArray.zeros([rows.length, ...shape.slice(1)], dtype);
    const row = sizeOf(shape.slice(1));
    rows.forEach((from, i) => {
      picked.data.set(all.subarray(from * row, (from + 1) * row), i * row);
    });
    return picked;
  });
  return { ...data, arrays };
}

/** Stretches of rows that one call takes. */
export function* chunks(rows: number): Generator<readonly [number, number]> {
  for (let from = 0; from < rows; from += chunkRows) yield [from, Math.min(rows, from + chunkRows)];
}

export const shapesOf = ({ arrays }: Values): string =>
  arrays.map(({ shape }) => shape.join("x")).join();
