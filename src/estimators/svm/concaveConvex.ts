import { balance, type DualSolver, type Effort, type Solved } from "./boxDual.ts";
import type { Labels } from "./labels.ts";
import { dualOf, lossSum } from "./loss.ts";

/** Where the convex–concave procedure ended. */
export interface RampSolved extends Solved {
  /** ½‖w‖² + CΣ ramp: of the start, then after each round. */
  readonly objectives: readonly number[];
  /** 1 for samples whose loss was cut off in the last round. */
  readonly dropped: Uint8Array;
  /** The samples below the cut are those that were cut off: a critical point. */
  readonly critical: boolean;
}

/** Rounds at most: each but the last lowers the objective, and there are finitely many sets to cut off. */
const mostRounds = 100;

/**
 * The ramp loss is the hinge at 1 less the hinge at s. Each round replaces the second by its tangent (samples below
 * the margin s are cut off), and solves the convex machine that is left; the objective never rises by more than that solve's gap.
 *
 * @param start - the hinge machine, of this C or a smaller one: margins at it tell whom to cut off first
 * @see Collobert, Sinz, Weston & Bottou (2006), Trading convexity for scalability, algorithm 2; Yuille & Rangarajan (2003), The
 *   concave–convex procedure
 */
export function concaveConvex(
  solver: DualSolver,
  labels: Labels,
  C: number,
  at: number,
  freeBias: boolean,
  start: Solved,
  effort: Effort,
): RampSolved {
  const { signs } = labels;
  // At the cut itself, to rounding, both tangents are right: what was decided stays.
  const rounding = 1e-9 * Math.max(1, Math.abs(at));
  const belowCut = ({ f, bias }: Solved, before?: Uint8Array): Uint8Array =>
    Uint8Array.from(signs, (y, i) => {
      const beyond = y * (f[i]! + bias) - at;
      if (before !== undefined && Math.abs(beyond) <= rounding) return before[i]!;
      return beyond < 0 ? 1 : 0;
    });
  const objectiveOf = ({ a, f, bias }: Solved): number => {
    const square = a.reduce((sum, value, i) => sum + value * f[i]!, 0);
    const decisions = f.map((value) => value + bias);
    return 0.5 * square + C * lossSum({ ramp: at }, labels, decisions);
  };
  let solved = start;
  let dropped = belowCut(start);
  let sweeps = start.sweeps;
  const objectives = [objectiveOf(start)];
  let critical = false;
  for (let round = 0; round < mostRounds; round++) {
    const dual = dualOf(labels, C, { squared: false, freeBias }, { at, dropped });
    // Those that are newly cut off had α = C, and have 0 now: the start within the boxes does that.
    solved = solver.solve(dual, solved.a, effort);
    sweeps += solved.sweeps;
    const now = objectiveOf(solved);
    const before = objectives.at(-1)!;
    objectives.push(now);
    const next = belowCut(solved, dropped);
    critical = next.every((drop, i) => drop === dropped[i]);
    const exhausted = solved.gap > effort.tolerance * Math.abs(solved.primal);
    if (critical || exhausted || (round > 0 && now >= before - solved.gap)) break;
    dropped = next;
  }
  const near = (): boolean => {
    const { distance, reach } = clearance(solver, signs, at, solved);
    return distance <= reach;
  };
  if (critical && near()) {
    // To tell on which side of the cut the exact minimum lies takes a smaller gap.
    const dual = dualOf(labels, C, { squared: false, freeBias }, { at, dropped });
    const finer = { ...effort, tolerance: 1e-4 * effort.tolerance };
    const refined = solver.solve(dual, solved.a, finer);
    sweeps += refined.sweeps;
    if (refined.gap < solved.gap) solved = refined;
    objectives[objectives.length - 1] = objectiveOf(solved);
    critical = belowCut(solved, dropped).every((drop, i) => drop === dropped[i]);
  }
  return { ...solved, sweeps, objectives, dropped, critical };
}

/**
 * How far the nearest margin is from the cut, and how far margins may move on the way to the exact minimum of the last convex
 * problem: that is within √(2·gap) in the norm of w, as ½‖w‖² is strongly convex. Twice that, as the bias may move with it.
 */
export function clearance(
  solver: DualSolver,
  signs: Solved["a"],
  at: number,
  { f, bias, gap }: Solved,
): { readonly distance: number; readonly reach: number } {
  let [distance, longest] = [Number.POSITIVE_INFINITY, 0];
  signs.forEach((y, i) => {
    distance = Math.min(distance, Math.abs(y * (f[i]! + bias) - at));
    longest = Math.max(longest, solver.diagonal[i]!);
  });
  return { distance, reach: 2 * Math.sqrt(2 * gap * longest) };
}

/**
 * A value below which the objective falls nowhere. At a global minimum ‖w‖² is at most twice the value of any point,
 * so that margins are at least some −M; on [−M, ∞) the chord of the ramp from −M to 1 is a hinge of smaller slope that lies below
 * it, and the machine with these hinges is convex. A free bias may be taken to put some sample between s and 1 (else it can be moved
 * until it does, at the same value), which bounds it too.
 */
export function rampBound(
  solver: DualSolver,
  labels: Labels,
  C: number,
  at: number,
  freeBias: boolean,
  value: number,
  effort: Effort,
): number {
  const { signs, prices } = labels;
  const radius = Math.sqrt(2 * value);
  const longest = Math.sqrt(solver.diagonal.reduce((most, d) => Math.max(most, d), 0));
  const shift = freeBias ? radius * longest + Math.max(1, Math.abs(at)) : 0;
  const low = new Float64Array(signs.length);
  const high = new Float64Array(signs.length);
  signs.forEach((y, i) => {
    const margin = radius * Math.sqrt(solver.diagonal[i]!) + shift;
    const price = C * prices[i]! * Math.min(1, (1 - at) / (1 + margin));
    if (y > 0) high[i] = price;
    else low[i] = -price;
  });
  const ridge = new Float64Array(signs.length);
  const dual = { signs, low, high, ridge, freeBias, constant: 0 };
  const start = signs.map((y, i) => (y > 0 ? high[i]! : low[i]!));
  if (freeBias) balance(start);
  const { primal, gap } = solver.solve(dual, start, effort);
  return Math.max(0, primal - gap);
}
