import { type Ask, askRows, type Vector } from "../../../linalg/ask.ts";
import { randomDirection } from "../../../linalg/randomDirection.ts";
import { addScaled, norm } from "../../../linalg/vector.ts";
import { drawRows } from "./rows.ts";

/** Batches looked at: as many draws. */
export const smoothnessDraws = 4;
const products = 4;

/**
 * L, how fast batches' gradients change near x: the largest over a few batches of their Hessian's norm,
 * by the power method on differences of gradients, (∇f_B(x + δd) − ∇f_B(x))/δ. A lower bound of the
 * constant that step sizes are stated in.
 */
export function* smoothnessAt(
  x: Vector,
  batch: { readonly count: number; readonly size: number; readonly seed: number },
  draw: number,
): Ask<number> {
  const probe = new Float64Array(x.length);
  const delta = 1e-3 * (1 + norm(x));
  let largest = 0;
  for (let i = 0; i < smoothnessDraws; i++) {
    const rows = drawRows(batch.count, batch.size, batch.seed, draw + i);
    const here = (yield* askRows(x, rows)).gradient;
    let direction = randomDirection(x.length, batch.seed + i);
    for (let k = 0; k < products; k++) {
      addScaled(probe, x, delta, direction);
      const image = (yield* askRows(probe, rows)).gradient;
      for (let j = 0; j < image.length; j++) image[j] = (image[j]! - here[j]!) / delta;
      const size = norm(image);
      largest = Math.max(largest, size);
      if (!(size > 0)) break;
      direction = image.map((value) => value / size);
    }
  }
  return largest;
}
