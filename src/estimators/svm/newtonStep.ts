import type { Vector } from "../../linalg/ask.ts";
import { cholesky, choleskySolve } from "../../linalg/cholesky.ts";

/** Variables strictly inside of their boxes, as a Newton step sees them. */
export interface FreePart {
  /** Their positions. */
  readonly members: Int32Array;
  /** K + ridge·I on them, row-major; overwritten. */
  readonly matrix: Vector;
  /** The dual's slopes along them, without a bias. */
  readonly slopes: Vector;
  /** Undefined if Σa is free; else what the step must add to it. */
  readonly total: number | undefined;
}

/**
 * The step to the maximum of a dual over the free variables alone, as if they had no bounds, shortened where the first of them meets
 * its bound. With the right variables free it ends the solve to rounding, where descent by coordinates would take
 * many sweeps.
 *
 * @returns the shortened step, its share of the whole, and the bias at its end; undefined if the matrix is singular
 */
export function newtonStep(
  { members, matrix, slopes, total }: FreePart,
  a: Vector,
  low: Vector,
  high: Vector,
): { readonly step: Vector; readonly share: number; readonly bias: number } | undefined {
  const m = members.length;
  let trace = 0;
  for (let k = 0; k < m; k++) trace += matrix[k * m + k]!;
  if (!(trace > 0) || !cholesky(matrix, m, matrix, (1e-13 * trace) / m)) return undefined;
  const step = slopes.slice();
  choleskySolve(matrix, m, step, step);
  let bias = 0;
  if (total !== undefined) {
    const level = new Float64Array(m).fill(1);
    choleskySolve(matrix, m, level, level);
    let [moved, weight] = [0, 0];
    for (let k = 0; k < m; k++) {
      moved += step[k]!;
      weight += level[k]!;
    }
    bias = (moved - total) / weight;
    for (let k = 0; k < m; k++) step[k] = step[k]! - bias * level[k]!;
  }
  let share = 1;
  for (let k = 0; k < m; k++) {
    const i = members[k]!;
    const room = step[k]! > 0 ? high[i]! - a[i]! : low[i]! - a[i]!;
    if (Math.abs(step[k]!) * share > Math.abs(room)) share = room / step[k]!;
  }
  if (!Number.isFinite(share)) return undefined;
  for (let k = 0; k < m; k++) step[k] = step[k]! * share;
  return { step, share, bias };
}

/** Adds a step to a, onto a bound exactly where it comes within rounding of it. */
export function take(a: Vector, i: number, step: number, low: number, high: number): void {
  const next = a[i]! + step;
  const width = Number.isFinite(high - low) ? high - low : 0;
  const near = 1e-14 * width;
  a[i] = next >= high - near ? high : next <= low + near ? low : next;
}
