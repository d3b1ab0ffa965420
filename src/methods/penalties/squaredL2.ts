import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import { elasticNetProfile } from "./elasticNet.ts";
import type { Penalty } from "./penalty.ts";
import { separable } from "./separable.ts";

/**
 * Half the squared L2 norm, λ/2 Σxᵢ². Its prox is v/(1 + sλ): everything shrinks by the same factor, nothing to zero.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`
 * @see Hoerl & Kennard (1970), Ridge regression
 */
export const squaredL2 = described(
  {
    name: "squaredL2",
    kind: "penalty",
    summary: "λ/2·Σx²: shrinks all by the same factor, nothing to zero.",
    guarantee: "Strongly convex for λ above 0. The prox is single-valued for every step.",
    price: "O(n) a prox",
    source:
      "Hoerl & Kennard (1970), Ridge regression: biased estimation for nonorthogonal problems",
  },
  (strength: number): Penalty => {
    requireNonNegative("penalties/strength", strength);
    return separable("squaredL2", strength, elasticNetProfile(strength, 0), squaredL2);
  },
);
