import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import { type GroupOptions, grouped } from "./groups.ts";
import { l1Profile } from "./l1.ts";
import type { Penalty } from "./penalty.ts";

/**
 * The group lasso λ Σ_g w_g‖x_g‖₂ with w_g = √size: whole groups are zero or not. Its prox is v_g·max(1 − sλw_g/‖v_g‖, 0).
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`, `penalties/groups`, `penalties/weights`
 * @see Yuan & Lin (2006), Model selection and estimation in regression with grouped variables, eq. (2.1)
 */
export const groupLasso = described(
  {
    name: "groupLasso",
    kind: "penalty",
    summary: "λΣ√size·‖group‖: whole groups are zero or not.",
    guarantee: "Convex. The prox is single-valued for every step.",
    price: "O(n) a prox",
    source:
      "Yuan & Lin (2006), Model selection and estimation in regression with grouped variables, eq. (2.1)",
  },
  (strength: number, options: GroupOptions): Penalty => {
    requireNonNegative("penalties/strength", strength);
    requireKnownOptions("groupLasso", options, ["groups", "weights"]);
    return grouped({
      name: "groupLasso",
      strength,
      options,
      profile: (weight) => l1Profile(strength * weight),
      again: (other) => groupLasso(other, options),
    });
  },
);
