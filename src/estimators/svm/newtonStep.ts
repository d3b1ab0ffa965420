import type { Vector } from "../../linalg/ask.ts";
import { cholesky, choleskySolve } from "../../linalg/cholesky.ts";

/** Variables strictly inside of their boxes, as a Newton step sees them. */
interface FreePart {
  /** Their positions. */
  readonly members: Int32Array;
  /** K + ridge·I on them, row-major; overwritten. */
  readonly matrix: Vector;
  /** The dual's slopes along them, without a bias. */
  readonly slopes: Vector;
  /** Undefined if Σa is free; else what the step must add to it. */
  readonly total: number | undefined;
}

/** Free variables up to which their matrix is made. */
const newtonLimit = 400;

/** What Newton steps need to know of a solver that keeps a dual's slopes its own way. */
interface Ascending {
  /** The dual on these variables. */
  part(members: Int32Array): Omit<FreePart, "members">;
  /** Told of a variable that was moved: by a step, and what came of it at the bounds. */
  moved(i: number, step: number, difference: number): void;
  /** Told of the bias at the end of a step, and the share of the step that was taken. */
  biased?(bias: number, share: number): void;
}

/** Newton steps among the free variables until one is whole, a few at most; whether any was taken. */
export function newtonSteps(
  a: Vector,
  { low, high }: { readonly low: Vector; readonly high: Vector },
  solver: Ascending,
): boolean {
  let taken = false;
  for (let round = 0; round < 8; round++) {
    const members = Int32Array.from(a.keys()).filter((i) => a[i]! > low[i]! && a[i]! < high[i]!);
    if (members.length === 0 || members.length > newtonLimit) return taken;
    const found = newtonStep({ members, ...solver.part(members) }, a, low, high);
    if (found === undefined) return taken;
    taken = true;
    members.forEach((i, k) => {
      const before = a[i]!;
      take(a, i, found.step[k]!, low[i]!, high[i]!);
      solver.moved(i, found.step[k]!, a[i]! - before);
    });
    solver.biased?.(found.bias, found.share);
    if (found.share === 1) return true;
  }
  return taken;
}

/**
 * The step to the maximum of a dual over the free variables alone, as if they had no bounds, shortened where the first of them meets
 * its bound. With the right variables free it ends the solve to rounding, where descent by coordinates would take
 * many sweeps.
 *
 * @returns the shortened step, its share of the whole, and the bias at its end; undefined if the matrix is singular
 */
function newtonStep(
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
