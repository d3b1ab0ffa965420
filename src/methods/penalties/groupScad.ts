import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import { type GroupOptions, grouped } from "./groups.ts";
import type { Penalty } from "./penalty.ts";
import { readScad, type ScadOptions, scadProfile } from "./scad.ts";

/**
 * SCAD of the norms of groups, Σ_g SCAD(‖x_g‖; λ√size, a): whole groups are zero or not, and large ones are not shrunk.
 *
 * @param strength - λ, at least 0
 * @throws NadirError `penalties/strength`, `penalties/a`, `penalties/groups`, `penalties/weights`
 * @see Wang, Chen & Li (2007), Group SCAD regression analysis for microarray time course gene expression data, eq. (2)
 */
export const groupScad = described(
  {
    name: "groupScad",
    kind: "penalty",
    summary: "SCAD of the norms of groups: whole groups, and no shrinking of large ones.",
    guarantee:
      "Weakly convex with constant 1/(a − 1). The prox is single-valued for steps below a − 1, and exact for all.",
    price: "O(n) a prox",
    source:
      "Wang, Chen & Li (2007), Group SCAD regression analysis for microarray time course gene expression data, eq. (2)",
  },
  (strength: number, options: GroupOptions & ScadOptions): Penalty => {
    requireNonNegative("penalties/strength", strength);
    requireKnownOptions("groupScad", options, ["groups", "weights", "a"]);
    const { a: given, ...cut } = options;
    const { a } = readScad(given === undefined ? {} : { a: given });
    return grouped({
      name: "groupScad",
      strength,
      options: cut,
      profile: (weight) => scadProfile(strength * weight, a),
      again: (other) => groupScad(other, options),
    });
  },
);
