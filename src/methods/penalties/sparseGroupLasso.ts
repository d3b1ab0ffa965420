import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import type { ElasticNetOptions } from "./elasticNet.ts";
import { type GroupOptions, grouped } from "./groups.ts";
import { l1Profile } from "./l1.ts";
import type { Penalty } from "./penalty.ts";

/**
 * The sparse group lasso λ(α‖x‖₁ + (1 − α) Σ_g √size·‖x_g‖₂): few groups, and few coordinates in them. Its prox is
 * soft thresholding of coordinates, then of groups.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`, `penalties/l1Ratio`, `penalties/groups`, `penalties/weights`
 * @see Simon, Friedman, Hastie & Tibshirani (2013), A sparse-group lasso, eq. (3), (12)
 */
export const sparseGroupLasso = described(
  {
    name: "sparseGroupLasso",
    kind: "penalty",
    summary: "Few groups, and few coordinates in them.",
    guarantee: "Convex. The prox is single-valued for every step.",
    price: "O(n) a prox",
    source: "Simon, Friedman, Hastie & Tibshirani (2013), A sparse-group lasso, eq. (3), (12)",
  },
  (strength: number, options: GroupOptions & ElasticNetOptions): Penalty => {
    requireNonNegative("penalties/strength", strength);
    requireKnownOptions("sparseGroupLasso", options, ["groups", "weights", "l1Ratio"]);
    const { l1Ratio: given = 0.5, ...cut } = options;
    const l1Ratio = requireInRange("penalties/l1Ratio", given, [0, 1], { closed: true });
    return grouped({
      name: "sparseGroupLasso",
      strength,
      options: cut,
      profile: (weight) => l1Profile(strength * (1 - l1Ratio) * weight),
      l1: strength * l1Ratio,
      again: (other) => sparseGroupLasso(other, options),
    });
  },
);
