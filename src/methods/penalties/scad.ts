import { where } from "../../array/operations/elementwise.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { separable } from "./separable.ts";

export interface ScadOptions {
  /** a, where the penalty stops growing in units of λ, above 2. Default 3.7. */
  readonly a?: number;
}

/** The options with their defaults. @throws NadirError `penalties/a` unless a is above 2 */
export function readScad(options: ScadOptions): { readonly a: number } {
  requireKnownOptions("scad", options, ["a"]);
  const open = { open: true };
  const a = requireInRange("penalties/a", options.a ?? 3.7, [2, Number.POSITIVE_INFINITY], open);
  return { a };
}

/** λu up to λ; (2aλu − u² − λ²)/(2(a − 1)) up to aλ; λ²(a + 1)/2 beyond. */
export function scadProfile(strength: number, a: number): Profile {
  const end = a * strength;
  const most = (strength * strength * (a + 1)) / 2;
  const value = (u: number): number => {
    if (u <= strength) return strength * u;
    if (u <= end) return (2 * end * u - u * u - strength * strength) / (2 * (a - 1));
    return most;
  };
  const slope = (u: number): number =>
    u < strength ? strength : u < end ? (end - u) / (a - 1) : 0;
  return {
    value,
    slope,
    slopeBefore: slope,
    curvature: (u) => (u >= strength && u <= end && strength > 0 ? -1 / (a - 1) : 0),
    prox: (u, step) => {
      const soft = Math.max(u - step * strength, 0);
      if (step < a - 1) {
        if (soft <= strength) return soft;
        if (u < end) return ((a - 1) * u - step * end) / (a - 1 - step);
        return u;
      }
      // The middle piece is concave: the minimizer is at an end, or on one of the outer pieces.
      const near = Math.min(soft, strength);
      const far = Math.max(u, end);
      const nearValue = 0.5 * (near - u) ** 2 + step * strength * near;
      const farValue = 0.5 * (far - u) ** 2 + step * most;
      return farValue < nearValue ? far : near;
    },
    traced: (u, step) => {
      const soft = u.sub(step.mul(strength)).maximum(0);
      const single = step.less(a - 1);
      const room = where(single, step.neg().add(a - 1), 1);
      const middle = u
        .mul(a - 1)
        .sub(step.mul(end))
        .div(room);
      const below = where(soft.lessEqual(strength), soft, where(u.less(end), middle, u));
      const near = soft.minimum(strength);
      const far = u.maximum(end);
      const nearValue = near.sub(u).square().mul(0.5).add(step.mul(near).mul(strength));
      const farValue = far.sub(u).square().mul(0.5).add(step.mul(most));
      return where(single, below, where(farValue.less(nearValue), far, near));
    },
    weakConvexity: strength > 0 ? 1 / (a - 1) : 0,
    singleValuedBelow: strength > 0 ? a - 1 : Number.POSITIVE_INFINITY,
  };
}

/**
 * Smoothly clipped absolute deviation: per entry, with u = |x|, λu up to λ, (2aλu − u² − λ²)/(2(a − 1)) up to aλ,
 * and λ²(a + 1)/2 beyond: like L1 near zero, and no shrinking of large entries. For steps of a − 1 and more,
 * where the usual closed form fails, the prox compares the two pieces that can hold a minimum.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`, `penalties/a`
 * @see Fan & Li (2001), Variable selection via nonconcave penalized likelihood and its oracle properties, eq. (2.7)
 */
export const scad = described(
  {
    name: "scad",
    kind: "penalty",
    summary: "L1 near zero, flat far from it: large coefficients are not shrunk.",
    guarantee:
      "Weakly convex with constant 1/(a − 1). The prox is single-valued for steps below a − 1, and exact for all.",
    price: "O(n) a prox",
    source: "Fan & Li (2001), Variable selection via nonconcave penalized likelihood, eq. (2.7)",
  },
  (strength: number, options: ScadOptions = {}): Penalty => {
    requireNonNegative("penalties/strength", strength);
    const { a } = readScad(options);
    return separable("scad", strength, scadProfile(strength, a), (other) => scad(other, { a }));
  },
);
