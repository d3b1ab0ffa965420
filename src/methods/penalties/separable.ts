import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";

/**
 * The penalty Σ p(|xᵢ|) of a profile p.
 *
 * @param again - the same penalty of another strength
 */
export function separable(
  name: string,
  strength: number,
  profile: Profile,
  again: (strength: number) => Penalty,
): Penalty {
  return {
    kind: "penalty",
    name,
    strength,
    weakConvexity: profile.weakConvexity,
    singleValuedBelow: profile.singleValuedBelow,
    parts: { kind: "coordinates", profile },
    value: (x) => {
      let sum = 0;
      for (let i = 0; i < x.length; i++) sum += profile.value(Math.abs(x[i]!));
      return sum;
    },
    derivative: (x, out = new Float64Array(x.length)) => {
      for (let i = 0; i < x.length; i++) {
        const u = Math.abs(x[i]!);
        // 0 is a subgradient at 0 of every even function that does not fall away from it.
        out[i] = u === 0 ? 0 : Math.sign(x[i]!) * leastSlope(profile, u);
      }
      return out;
    },
    prox: (v, step, out = new Float64Array(v.length)) => {
      for (let i = 0; i < v.length; i++) {
        const x = profile.prox(Math.abs(v[i]!), step);
        out[i] = v[i]! < 0 ? -x : x;
      }
      return out;
    },
    traced: (v, step) => v.sign().mul(profile.traced(v.abs(), step)),
    withStrength: again,
  };
}

/** The slope at u > 0: of a convex kink the smaller of its two, of a concave one the right, to where p goes on. */
export function leastSlope(profile: Profile, u: number): number {
  return Math.min(profile.slope(u), profile.slopeBefore(u));
}
