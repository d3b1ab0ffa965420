import type { Vector } from "../linalg/ask.ts";
import type { ConstraintSet } from "../methods/constraints/constraint.ts";
import type { Verdict } from "./verdict.ts";
import { format } from "./words.ts";

/** A violation whose slope is at most this cannot be reduced to first order. */
const flat = 1e-4;

/**
 * The verdict on a point that violates the constraints by more than the tolerance: infeasible where the violation is
 * stationary and the method had not just run out of iterations, else not stationary. Undefined where all hold.
 *
 * It is a statement about the neighbourhood: elsewhere there may be feasible points, unless the constraints are convex.
 */
export function outside(
  x: Vector,
  set: ConstraintSet,
  measured: { readonly gradientNorm: number; readonly tolerance: number },
  otherwise: Extract<Verdict, { kind: "not-stationary" }>["why"] | "rounding",
): Verdict | undefined {
  const violation = set.violation?.(x);
  if (violation === undefined || violation.size <= measured.tolerance) return undefined;
  const { size, worst, slope, certificate } = violation;
  const off = `${worst} is violated by ${format(size)}, above the tolerance ${format(measured.tolerance)}`;
  if (slope <= flat && otherwise !== "budget") {
    return {
      kind: "infeasible",
      ...measured,
      ...{ certificate, constraint: worst, violation: size },
      evidence: [
        off,
        `no direction reduces the violations together: their slope is ${format(slope)}, relative to the constraints' own`,
      ],
      advice: [
        `give ${worst.replace(/ [=≤] 0$/, "")} more room: it cannot be met here together with the others`,
        "if the constraints are not convex, another start may find a point that meets them all",
      ],
    };
  }
  return {
    kind: "not-stationary",
    why: otherwise === "rounding" ? "line-search" : otherwise,
    ...measured,
    evidence: [off],
    advice: ["allow more iterations: the constraints are not met yet"],
  };
}
