import { expect } from "vitest";
import { NDArray, type NestedNumbers } from "../array/ndarray.ts";

/** Nested numbers, one after the other. */
export const flatNumbers = (value: NestedNumbers): number[] =>
  typeof value === "number" ? [value] : value.flatMap(flatNumbers);

/** Numbers of a result: a compiled function gives NDArrays. */
const numbersOf = (value: NDArray | NestedNumbers): number[] =>
  value instanceof NDArray ? Array.from(value.data) : flatNumbers(value);

/** Asserts |got − want| ≤ tolerance · max(1, max |want|) for each number. */
export function expectClose(
  got: NDArray | NestedNumbers,
  want: NestedNumbers,
  tolerance: number,
  what = "value",
): void {
  const [found, wanted] = [numbersOf(got), flatNumbers(want)];
  expect(found.length, `${what}: number of elements`).toBe(wanted.length);
  const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  const worst = found.reduce((most, x, i) => {
    const error = Math.abs(x - wanted[i]!);
    return error > most || Number.isNaN(error) ? error : most;
  }, 0);
  expect(worst / scale, `${what}: largest error`).toBeLessThanOrEqual(tolerance);
}

/** Asserts that two trees of results and numbers, nested alike, are close. */
export function expectTreesClose(
  got: Readonly<Record<string, NDArray>>,
  want: Readonly<Record<string, NestedNumbers>>,
  tolerance: number,
  what: string,
): void {
  expect(Object.keys(got).sort()).toEqual(Object.keys(want).sort());
  const all = Object.values(want).flatMap(flatNumbers);
  const scale = all.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
  for (const [name, value] of Object.entries(want)) {
    const error = numbersOf(got[name]!).map((x, i) => x - flatNumbers(value)[i]!);
    expect(error.length).toBe(flatNumbers(value).length);
    for (const e of error)
      expect(Math.abs(e) / scale, `${what} of ${name}`).toBeLessThanOrEqual(tolerance);
  }
}

/** Arithmetic mean. */
export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** Mean of squares about the mean. */
export function varianceOf(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - mean) ** 2;
  return squares / values.length;
}
