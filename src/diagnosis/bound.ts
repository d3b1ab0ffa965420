import type { Verdict } from "./verdict.ts";
import { format } from "./words.ts";

/** A lower bound of the objective that its form proves. */
export interface LowerBound {
  readonly value: number;
  /** A plain sentence without a full stop: why nothing is lower. */
  readonly why: string;
}

/** The bound of a sum of squares. */
export const sumOfSquaresBound: LowerBound = { value: 0, why: "a sum of squares is at least 0" };

/**
 * A verdict in the light of a lower bound. Where the gap is within the square of the tolerance (for a sum of
 * squares: where ‖r‖ is within the tolerance), the point is a global minimum up to that gap, whatever its
 * curvature; elsewhere the gap enters the evidence as what could be gained at most.
 */
export function withBound(verdict: Verdict, value: number, bound: LowerBound): Verdict {
  const gap = value - bound.value;
  if (!Number.isFinite(gap) || verdict.kind === "diverged") return verdict;
  const { gradientNorm, tolerance, evidence, advice } = verdict;
  const root = `the residual norm, ${format(Math.sqrt(Math.max(0, gap)))}`;
  if (gap > tolerance * tolerance) {
    const most = `${root}, is above the tolerance ${format(tolerance)}: ${bound.why}, so ${format(gap)} at most could still be gained`;
    return { ...verdict, evidence: [...evidence, most], advice };
  }
  return {
    ...{ kind: "global-minimum", gradientNorm, tolerance },
    ...{ primal: value, dual: bound.value, gap },
    evidence: [
      `${root}, is within the tolerance ${format(tolerance)}`,
      `${bound.why}: no value is lower than this by more than ${format(gap)}`,
    ],
    advice: ["other points may have the same value: this one's is as low as any"],
  };
}
