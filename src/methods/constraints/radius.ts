import { requireInRange } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import { dot } from "../../linalg/vector.ts";

/** A radius above 0. @throws NadirError `constraints/radius` */
export const requireRadius = (radius: number): number =>
  requireInRange("constraints/radius", radius, [0, Number.POSITIVE_INFINITY], { open: true });

/** A norm this close to the radius, relatively, counts as equal: a projection is no more exact. */
const touches = 1e-12;

/** Whether a point whose norm is `size` lies on the boundary of a ball. */
export const onBoundary = (size: number, radius: number): boolean => size >= radius * (1 - touches);

/** v without its part along a unit vector. */
export function without(normal: Vector, v: Vector): Vector {
  const along = dot(normal, v);
  return v.map((vi, i) => vi - along * normal[i]!);
}
