import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { BoxDual } from "./boxDual.ts";
import type { Labels } from "./labels.ts";

/** What a sample costs by its margin z = y·f(x). */
export type SvmLoss =
  /** max(0, 1 − z). */
  | "hinge"
  /** max(0, 1 − z)². */
  | "squaredHinge"
  /**
   * min(1 − s, max(0, 1 − z)): the hinge cut off below the margin s < 1, so that no sample costs more than 1 − s. Not convex.
   * Also known as the truncated hinge loss.
   */
  | { readonly ramp: number };

/**
 * The margin at which a loss is cut off; undefined for the convex ones.
 *
 * @throws NadirError `svm/loss` for a loss that is none; `svm/ramp` unless s < 1
 */
export function cutOf(loss: SvmLoss): number | undefined {
  if (loss === "hinge" || loss === "squaredHinge") return undefined;
  if (typeof loss === "object" && loss !== null && "ramp" in loss) {
    if (loss.ramp < 1 && Number.isFinite(loss.ramp)) return loss.ramp;
    throw new NadirError("svm/ramp", `ramp is ${String(loss.ramp)}`, {
      expected: "the margin below which the loss stays as it is: a number below 1",
      hint: "-0.2, or any between -1 and 0",
    });
  }
  const near =
    loss === "ramp" ? "{ ramp: -0.2 }" : nearest(String(loss), ["hinge", "squaredHinge"]);
  throw new NadirError("svm/loss", `there is no loss "${String(loss)}"`, {
    expected: '"hinge", "squaredHinge" or { ramp: s }',
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}

/**
 * The dual of a machine with a convex loss; of the hinge loss with some samples' losses cut off at s:
 * replaced by the tangent of their concave part, they cost Cᵢ(1 − s) and what they are beyond the margin 1.
 */
export function dualOf(
  { signs, prices }: Labels,
  C: number,
  { squared, freeBias }: { readonly squared: boolean; readonly freeBias: boolean },
  cut?: { readonly at: number; readonly dropped: Uint8Array },
): BoxDual {
  const low = new Float64Array(signs.length);
  const high = new Float64Array(signs.length);
  const ridge = new Float64Array(signs.length);
  let constant = 0;
  signs.forEach((y, i) => {
    const price = C * prices[i]!;
    const most = squared && price > 0 ? Number.POSITIVE_INFINITY : price;
    // A sample that costs nothing has an empty box: its ridge does not matter, but must be a number.
    if (squared) ridge[i] = price > 0 ? 1 / (2 * price) : 1;
    const dropped = cut?.dropped[i] === 1;
    if (dropped) constant += price * (1 - cut.at);
    if (y > 0 !== dropped) high[i] = most;
    else low[i] = -most;
  });
  return { signs, low, high, ridge, freeBias, constant };
}

/** Σ over samples of the loss at these decision values, each by its weight. */
export function lossSum(
  loss: SvmLoss,
  { signs, prices }: Pick<Labels, "signs" | "prices">,
  decisions: Vector,
): number {
  const most = typeof loss === "object" ? 1 - loss.ramp : Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < signs.length; i++) {
    const hinge = Math.min(most, Math.max(0, 1 - signs[i]! * decisions[i]!));
    sum += prices[i]! * (loss === "squaredHinge" ? hinge * hinge : hinge);
  }
  return sum;
}
