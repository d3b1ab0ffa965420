import { NadirError } from "../base/errors.ts";
import type { Vector } from "../linalg/ask.ts";
import { axpy, norm } from "../linalg/vector.ts";
import { type Inspected, locate, type PointOptions } from "./point.ts";
import { Surface } from "./surface.ts";
import { treeOf } from "./trees.ts";

/** Steps that are tried, each way: halves of one another, the longest half of ‖x‖ (or of 1, if that is more). */
const STEPS = 24;

/** A way to go from a saddle: as its direction points, or the other way. */
export type Side = "along" | "against";

/** A point that is lower than the one it was looked for from. */
export interface LowerPoint {
  /** In the form of the problem's params, as arrays. */
  readonly at: unknown;
  /** How far along the direction, of length 1, it lies: negative the other way. */
  readonly distance: number;
  readonly loss: number;
  /** The loss that it was looked for from. */
  readonly from: number;
}

/**
 * The lowest of 48 points on a line through a point, near and far, both ways (of 24, one way): what follows a direction of negative
 * curvature, of which the quadratic model does not say how far to go. The loss itself is asked, over all rows or a sample.
 *
 * Price: 49 values over the rows, in one batched graph.
 *
 * @param options - `direction`: as long as the params laid end to end; its length does not matter; `side`: `along` it or
 *   `against` it alone
 * @throws NadirError `escape/direction` for a direction that is none of this problem's, `escape/no-descent` if none of
 *   the points is lower; `inspect/…`
 */
export async function lowerAlong(
  problem: Inspected<unknown>,
  options: PointOptions<unknown> & { readonly direction: Vector; readonly side?: Side | undefined },
): Promise<LowerPoint> {
  const { direction } = options;
  const located = locate(problem, options);
  await using surface = await Surface.open(located, options.rows);
  const length = norm(direction);
  if (direction.length !== surface.size || !(length > 0)) {
    throw new NadirError("escape/direction", `the direction has ${direction.length} entries`, {
      expected: `as many as the params have, ${surface.size}, and not all of them 0`,
      hint: "the file has changed since the run: put it back, or train again",
    });
  }
  const unit = direction.map((entry) => entry / length);
  const longest = Math.max(1, norm(surface.x)) / 2;
  const { side } = options;
  const ways = [...(side === "against" ? [] : [longest]), ...(side === "along" ? [] : [-longest])];
  const distances = ways.flatMap((reach) =>
    Array.from({ length: STEPS }, (_, k) => reach / 2 ** k),
  );
  const [from = Number.NaN, ...losses] = await surface.values(
    surface.x,
    [unit],
    Float64Array.from([0, ...distances]),
  );
  let best = -1;
  losses.forEach((loss, i) => {
    if (loss < (losses[best] ?? from)) best = i;
  });
  const [distance, loss] = [distances[best], losses[best]];
  if (distance === undefined || loss === undefined) {
    throw new NadirError(
      "escape/no-descent",
      `no point ${side ?? "along"} the direction is below ${from}`,
      {
        hint: "the curvature along it is too weak for the loss to tell: train on with a smaller tolerance",
      },
    );
  }
  const lower = Float64Array.from(surface.x);
  axpy(distance, unit, lower);
  return { at: treeOf(lower, located.params), distance, loss, from };
}
