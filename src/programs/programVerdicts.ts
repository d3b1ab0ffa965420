import type { Verdict } from "../diagnosis/verdict.ts";
import { format } from "../diagnosis/words.ts";
import type { Vector } from "../linalg/ask.ts";
import type { Descent, Infeasibility, Optimality } from "./certificates.ts";
import type { HighsAnswer } from "./highs.ts";
import type { ReadProgram } from "./program.ts";

/** A continuous program whose primal and dual values agree. */
export function optimal(found: Optimality, tolerance: number): Verdict {
  const { primal, dualViolation, primalViolation } = found;
  // Rounding may put the dual a little above the value.
  const gap = Math.max(0, primal - found.dual);
  return {
    kind: "global-minimum",
    ...{ primal, dual: primal - gap, gap, gradientNorm: dualViolation, tolerance },
    evidence: [
      `the point meets every constraint to ${format(primalViolation)}`,
      `multipliers of the right signs balance the gradient to ${format(dualViolation)}: their dual value, ${format(primal - gap, 10)}, bounds all feasible points from below, ${format(gap)} under this one`,
    ],
    advice: [],
  };
}

/** Whole numbers: the point was checked, the bound is HiGHS's. */
export function provedByBranching(
  primal: number,
  { bound, nodes }: HighsAnswer,
  violation: number,
  tolerance: number,
  relaxed: Optimality | undefined,
): Verdict {
  const gap = Math.max(0, primal - bound);
  const own =
    relaxed !== undefined && relaxed.dualViolation <= 1e-8
      ? [
          `without whole numbers, multipliers prove that nothing is below ${format(relaxed.dual, 10)}: this much was checked here`,
        ]
      : [];
  return {
    kind: "global-minimum",
    ...{ primal, dual: primal - gap, gap, gradientNorm: violation, tolerance },
    evidence: [
      `the point is whole where it must be, and meets every constraint to ${format(violation)}`,
      `HiGHS's branch and bound (${nodes} node${nodes === 1 ? "" : "s"}) found nothing below ${format(bound, 10)}: that is its word`,
      ...own,
    ],
    advice: [],
  };
}

/** No point satisfies all constraints. */
export function infeasible(program: ReadProgram, found: Infeasibility): Verdict {
  const { certificate, violation, error } = found;
  const shared = { kind: "infeasible" as const, certificate, gradientNorm: error, tolerance: 1e-9 };
  if (!(violation > 1e-9)) {
    return {
      ...shared,
      ...{ certificate: new Float64Array(0), constraint: "whole numbers", violation: 0 },
      evidence: [
        "the constraints can be met, but not by whole numbers: that is the word of HiGHS's branch and bound",
      ],
      advice: ["loosen a constraint, or let some unknowns be fractions"],
    };
  }
  const m = program.names.length;
  const weights = certificate.subarray(0, m);
  let most = 0;
  weights.forEach((w, i) => {
    if (Math.abs(w) > Math.abs(weights[most]!)) most = i;
  });
  const involved = [...weights.keys()].filter((i) => Math.abs(weights[i]!) > 1e-9);
  const named = involved.map((i) => program.names[i]!);
  const few = named.length > 6 ? [...named.slice(0, 6), `${named.length - 6} more`] : named;
  const within = certificate.subarray(m).some((z) => Math.abs(z) > 1e-9);
  return {
    ...shared,
    ...{ constraint: program.names[most]!, violation },
    evidence: [
      `a weighted sum of ${few.join(", ")}${within ? " and of bounds" : ""} contradicts itself (Farkas): every point ${within ? "within the bounds " : ""}violates one of them by at least ${format(violation)}`,
    ],
    advice: [`drop or loosen one of: ${few.join(", ")}`],
  };
}

/** Feasible, and falling for ever. */
export function unbounded(program: ReadProgram, inside: Vector, ray: Descent): Verdict {
  const moving = [...ray.along.keys()].filter((j) => Math.abs(ray.along[j]!) > 1e-9);
  const few = moving.slice(0, 6).join(", ") + (moving.length > 6 ? ", …" : "");
  const whole = program.integer.length > 0 ? ", whole where it must be" : "";
  return {
    kind: "unbounded",
    ...{ along: ray.along, gradientNorm: -ray.slope, tolerance: 1e-9 },
    evidence: [
      `from a feasible point${whole}, every step along the direction stays feasible, and each unit lowers the value by ${format(-ray.slope)}`,
    ],
    advice: [
      `bound the unknowns that move along it (${few}), from ${format(inside[moving[0] ?? 0] ?? 0)} on; or look for a wrong sign`,
    ],
  };
}

/** A limit came first, or what HiGHS says could not be checked. */
export function notProved(
  { end, bound }: HighsAnswer,
  violation: number,
  timeLimit: number,
  found: Optimality | undefined,
): Verdict {
  const limited = end === "limit";
  const known = Number.isFinite(bound)
    ? [`nothing below ${format(bound, 10)} exists, by HiGHS's branch and bound`]
    : [];
  const off =
    found === undefined
      ? []
      : [
          `multipliers balance the gradient to ${format(found.dualViolation)}; primal ${format(found.primal, 10)}, dual ${format(found.dual, 10)}`,
        ];
  return {
    kind: "not-stationary",
    why: limited ? "budget" : "stopped",
    ...{ gradientNorm: found?.dualViolation ?? violation, tolerance: 1e-8 },
    evidence: [
      limited
        ? `the limit of ${timeLimit} s came first`
        : `HiGHS ended as ${end}, and what it found does not pass the checks made here`,
      `the point violates constraints by ${format(violation)} at most`,
      ...known,
      ...off,
    ],
    advice: limited
      ? ["give it a larger timeLimit, or a start"]
      : ["bring coefficients to similar sizes, or ask for a larger tolerance"],
  };
}
