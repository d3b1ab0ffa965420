import { where } from "../../array/operations/elementwise.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { separable } from "./separable.ts";

// At the threshold Newton's first error is below 1.5 of the root, and h″ is bounded there: six
// steps leave less than rounding.
const newtonSteps = 6;

/**
 * λ u^q for 0 < q < 1. With c = sλ, the minimizer of ½(x − u)² + c x^q is 0 up to the threshold
 * (2 − q)/(2 − 2q) · (2c(1 − q))^{1/(2 − q)}, and beyond it the larger root of h(x) = x + qc x^{q−1} = u. As h is
 * convex and h(u) > u, Newton from x = u falls to that root monotonically.
 */
function rootProfile(
  strength: number,
  q: number,
  raised: { number(x: number): number; traced: Profile["traced"] },
): Profile {
  const factor = (2 - q) / (2 - 2 * q);
  const power = 1 / (2 - q);
  const scale = (2 * (1 - q)) ** power;
  return {
    value: (u) => strength * u ** q,
    slope: (u) => (strength === 0 ? 0 : strength * q * u ** (q - 1)),
    slopeBefore: (u) => strength * q * u ** (q - 1),
    curvature: (u) => strength * q * (q - 1) * u ** (q - 2),
    prox: (u, step) => {
      const c = step * strength;
      if (c === 0) return u;
      if (u <= factor * scale * c ** power) return 0;
      let x = u;
      for (let k = 0; k < newtonSteps; k++) {
        const slope = q * c * raised.number(x); // qc x^{q−1}
        x -= (x + slope - u) / (1 + ((q - 1) * slope) / x);
      }
      return x;
    },
    traced: (u, step) => {
      const c = step.mul(strength);
      const large = u.greater(c.pow(power).mul(factor * scale));
      // Below the threshold anything harmless, so that no NaN is made.
      const start = where(large, u, 1);
      const weight = where(large, c, 0).mul(q);
      let x = start;
      for (let k = 0; k < newtonSteps; k++) {
        const slope = weight.mul(raised.traced(x, step));
        x = x.sub(
          x
            .add(slope)
            .sub(start)
            .div(
              slope
                .mul(q - 1)
                .div(x)
                .add(1),
            ),
        );
      }
      return where(large, x, 0);
    },
    weakConvexity: strength > 0 ? Number.POSITIVE_INFINITY : 0,
    singleValuedBelow: strength > 0 ? 0 : Number.POSITIVE_INFINITY,
  };
}

/** λ√u. */
const halfProfile = (strength: number): Profile =>
  rootProfile(strength, 1 / 2, {
    number: (x) => 1 / Math.sqrt(x),
    traced: (x) => x.sqrt().reciprocal(),
  });

/** λ u^⅔. */
const twoThirdsProfile = (strength: number): Profile =>
  rootProfile(strength, 2 / 3, {
    number: (x) => 1 / Math.cbrt(x),
    traced: (x) => x.pow(-1 / 3),
  });

/**
 * The L½ penalty λ Σ√|xᵢ|. Its prox, half thresholding, is 0 up to |v| = (3/2)(sλ)^⅔ and jumps there to (sλ)^⅔.
 * (Xu's form without the ½ before the square has (54^⅓/4)t^⅔ with t = 2sλ: the same number.)
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`
 * @see Xu, Chang, Xu & Zhang (2012), L1/2 regularization: a thresholding representation theory, theorem 1
 */
export const lHalf = described(
  {
    name: "lHalf",
    kind: "penalty",
    summary: "λΣ√|x|: sparser than L1 at the same fit, with little shrinking of large entries.",
    guarantee:
      "Not weakly convex; zero is a local minimum for every loss. The prox has two values where |v| = (3/2)(sλ)^⅔.",
    price: "O(n) a prox, six Newton steps an entry that stays",
    source:
      "Xu, Chang, Xu & Zhang (2012), L1/2 regularization: a thresholding representation theory, theorem 1",
  },
  (strength: number): Penalty => {
    requireNonNegative("penalties/strength", strength);
    return separable("lHalf", strength, halfProfile(strength), lHalf);
  },
);

/**
 * The L⅔ penalty λ Σ|xᵢ|^⅔. Its prox is 0 up to |v| = 2(2sλ/3)^¾ and jumps there to (2sλ/3)^¾.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`
 * @see Cao, Sun & Xu (2013), Fast image deconvolution using closed-form thresholding formulas of Lq (q = 1/2, 2/3)
 */
export const lTwoThirds = described(
  {
    name: "lTwoThirds",
    kind: "penalty",
    summary: "λΣ|x|^⅔: between L½ and L1.",
    guarantee:
      "Not weakly convex; zero is a local minimum for every loss. The prox has two values where |v| = 2(2sλ/3)^¾.",
    price: "O(n) a prox, six Newton steps an entry that stays",
    source:
      "Cao, Sun & Xu (2013), Fast image deconvolution using closed-form thresholding formulas of Lq (q = 1/2, 2/3) regularization",
  },
  (strength: number): Penalty => {
    requireNonNegative("penalties/strength", strength);
    return separable("lTwoThirds", strength, twoThirdsProfile(strength), lTwoThirds);
  },
);
