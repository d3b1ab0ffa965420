import type { Vector } from "../../linalg/ask.ts";
import { anderson } from "./anderson.ts";
import { objectiveOf, type Subproblem, sweep } from "./descent.ts";

/** Sweeps over what is not zero, between two over all, where a look at what is zero is dear. */
const supportSweeps = 4;

/** How the solution of a subproblem went. */
export interface Solved {
  readonly sweeps: number;
  /** The largest step, in units of a gradient, of the last sweep. */
  readonly worst: number;
}

/**
 * Minimizes a quadratic plus a penalty by coordinate descent, until a sweep moves no block by more than the tolerance
 * (in units of the gradient). Where a gradient is dear, most sweeps pass over what is not zero, and the last one over all. Every five sweeps Anderson's extrapolation is tried; and once signs have settled, with a Gram
 * matrix, a Newton step on the support where it costs less than the sweeps still to come. Either is kept only if it lowers
 * the objective.
 */
export function solveSubproblem(
  problem: Subproblem,
  tolerance: number,
  maxSweeps: number,
  newton?: () => boolean,
): Solved {
  const { size, w, quadratic } = problem;
  const acceleration = anderson(size);
  let worst = Number.POSITIVE_INFINITY;
  let pattern = "";
  let settled = 0;
  let patience = 1;
  let onSupport: number = supportSweeps;
  for (let sweeps = 1; sweeps <= maxSweeps; sweeps++) {
    const partial = quadratic.dear === true && onSupport < supportSweeps;
    worst = sweep(problem, partial);
    onSupport = partial ? onSupport + 1 : 0;
    if (partial && !(worst > tolerance)) {
      onSupport = supportSweeps; // all are looked at before it counts
      continue;
    }
    if (!(worst > tolerance)) return { sweeps, worst };
    if (newton !== undefined) {
      const now = patternOf(w, size);
      settled = now === pattern ? settled + 1 : 0;
      pattern = now;
      if (settled >= patience) {
        settled = 0;
        const kept = keepIfLower(problem, newton);
        patience = kept ? 1 : 2 * patience;
        if (kept) acceleration.forget();
        if (kept) continue;
      }
    }
    if (acceleration.push(w, quadratic.state)) {
      keepIfLower(problem, () => acceleration.extrapolate(w, quadratic.state));
    }
  }
  return { sweeps: maxSweeps, worst };
}

/** Changes the coefficients (and the state with them), and takes it back unless the objective falls. */
function keepIfLower(problem: Subproblem, change: () => boolean): boolean {
  const { w, quadratic } = problem;
  const [before, state, value] = [w.slice(), quadratic.state.slice(), objectiveOf(problem)];
  if (change() && objectiveOf(problem) <= value) return true;
  w.set(before);
  quadratic.state.set(state);
  return false;
}

/** Which coefficients are positive and which negative, as a key. */
function patternOf(w: Vector, size: number): string {
  let hash = 0;
  let count = 0;
  for (let k = 0; k < size; k++) {
    const sign = w[k]! > 0 ? 1 : w[k]! < 0 ? 2 : 0;
    if (sign === 0) continue;
    count++;
    hash = (Math.imul(hash, 31) + 3 * k + sign) | 0;
  }
  return `${count} ${hash}`;
}
