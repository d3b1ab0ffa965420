import { requireInRange } from "../../base/require.ts";
import { described } from "../method.ts";
import { boxNamed } from "./box.ts";
import type { Constraint } from "./constraint.ts";

/**
 * The ball {x : max |xᵢ| ≤ radius}: the box from −radius to radius.
 *
 * @param radius - at least 0. Default 1
 * @throws NadirError `constraints/radius`
 */
export const linfBall = described(
  {
    name: "linfBall",
    kind: "constraint",
    summary: "No element larger than the radius.",
    guarantee: "Convex. The projection is exact.",
    price: "O(n) a projection",
    source: "Parikh & Boyd (2014), Proximal algorithms, §6.2.4",
  },
  (radius = 1): Constraint => {
    requireInRange("constraints/radius", radius, [0, Number.POSITIVE_INFINITY]);
    return boxNamed(`linfBall(${radius})`, -radius, radius);
  },
);
