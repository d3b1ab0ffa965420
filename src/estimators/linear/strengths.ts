import { NadirError } from "../../base/errors.ts";
import { requireCount, requireInRange } from "../../base/require.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { type Blocks, isFree } from "./blocks.ts";
import { blockViolation } from "./descent.ts";
import { blocksFor, type Task } from "./task.ts";

/** Which strengths a path visits. */
export interface StrengthOptions {
  /** The strengths themselves, above 0; else `count` of them are chosen. */
  readonly strengths?: readonly number[];
  /** How many, evenly spread over their logarithms. Default 100. */
  readonly count?: number;
  /** The last over the first, in (0, 1). Default 1e-2 with fewer samples than features, else 1e-4. */
  readonly ratio?: number;
}

/**
 * The smallest strength at which all coefficients are zero: the largest slope of the loss there over what the penalty charges
 * for a first step; where it charges without bound (L0, L½), the strength from which on no prox step leaves zero.
 *
 * @throws NadirError `linear/strengths` for a penalty that never makes zeros (squaredL2)
 */
export function largestStrength(task: Task, penalty: Penalty): number {
  const { gradient, curvatures } = task.fitter;
  const zeros = new Float64Array(gradient.length);
  const staysZero = (strength: number): boolean => {
    const { list } = blocksFor(task, penalty.withStrength(strength));
    return list.every((block) => {
      const { features } = block;
      let curvature = 0;
      for (const j of features) curvature += curvatures[j]!;
      if (curvature === 0 || isFree(block)) return true;
      return blockViolation(block, curvature, zeros, gradient) === 0;
    });
  };
  const unit = blocksFor(task, penalty.withStrength(1));
  if (unit.list.every(({ profile, l1 }) => l1 === 0 && Number.isFinite(profile.slope(0)))) {
    const strength = slopesOverCharge(unit, gradient).reduce((most, s) => Math.max(most, s), 0);
    if (Number.isFinite(strength)) return strength;
  } else {
    let high = 1;
    for (let k = 0; k < 100 && !staysZero(high); k++) high *= 2;
    let low = high;
    for (let k = 0; k < 200 && staysZero(low); k++) low /= 2;
    for (let k = 0; k < 40; k++) {
      const middle = Math.sqrt(low * high);
      if (staysZero(middle)) high = middle;
      else low = middle;
    }
    return high;
  }
  throw new NadirError(
    "linear/strengths",
    `${penalty.name} makes no coefficient zero at any strength`,
    {
      expected: "the strengths of the path, as there is none to begin with",
      hint: "path(x, y, { strengths: [10, 1, 0.1] })",
    },
  );
}

/** By block: the norm of the loss's slope over the penalty's slope at zero, for penalties without an L1 part beside. */
export function slopesOverCharge({ list }: Blocks, gradient: Float64Array): Float64Array {
  return Float64Array.from(list, (block) => {
    const { features, profile } = block;
    if (isFree(block)) return 0;
    let squares = 0;
    for (const j of features) squares += gradient[j]! * gradient[j]!;
    return squares === 0 ? 0 : Math.sqrt(squares) / profile.slope(0);
  });
}

/** The strengths of a path, from large to small. @throws NadirError `linear/strengths`, `linear/count`, `linear/ratio` */
export function strengthsOf(
  task: Task,
  penalty: Penalty,
  { strengths, count = 100, ratio }: StrengthOptions,
): readonly number[] {
  if (strengths !== undefined) {
    const wrong = strengths.find((strength) => !(strength > 0 && Number.isFinite(strength)));
    if (wrong === undefined && strengths.length > 0) return [...strengths].sort((a, b) => b - a);
    throw new NadirError("linear/strengths", `strengths are [${strengths.join(", ")}]`, {
      expected: "at least one, all above 0",
    });
  }
  requireCount("linear/count", count);
  const { samples, features } = task.design;
  const last = requireInRange("linear/ratio", ratio ?? (samples < features ? 1e-2 : 1e-4), [0, 1], {
    open: true,
  });
  const first = largestStrength(task, penalty);
  return Array.from({ length: count }, (_, k) =>
    count === 1 ? first : first * last ** (k / (count - 1)),
  );
}
