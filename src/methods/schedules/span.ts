import { cast, floor, maximum, sub } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";

/** A number of steps: a whole number, or a fraction of the run between 0 and 1. */
export type Span = number;

/** Steps are counted in `i32`. */
const mostSteps = 2 ** 31 - 1;

/**
 * A span in whole steps, at least 1; the whole run if it is left out. A fraction is rounded to the
 * nearest step.
 *
 * @throws NadirError with `code` if it is neither, or longer than the run
 */
export function stepsOf(code: string, span: Span | undefined, total: number): number {
  const name = code.slice(code.lastIndexOf("/") + 1);
  if (!Number.isInteger(total) || total < 1 || total > mostSteps) {
    throw new NadirError(code, `the run is ${total} steps long, which ${name} is measured by`, {
      expected: `a whole number of steps, at most ${mostSteps}`,
    });
  }
  if (span === undefined) return total;
  requireSpan(code, span);
  if (span < 1) return Math.max(1, Math.round(span * total));
  if (span <= total) return span;
  throw new NadirError(code, `${name} is ${span} steps, and the run has ${total}`, {
    expected: `at most ${total} steps`,
    hint: "give a fraction of the run between 0 and 1, or train for longer",
  });
}

/** A span that can be one, whatever the run. @throws NadirError with `code` */
export function requireSpan(code: string, span: Span): Span {
  if ((span > 0 && span < 1) || (Number.isInteger(span) && span >= 1 && span <= mostSteps))
    return span;
  throw new NadirError(code, `${code.slice(code.lastIndexOf("/") + 1)} is ${String(span)}`, {
    expected: "a whole number of steps, at least 1, or a fraction of the run between 0 and 1",
  });
}

/** An `i32` count in the trace's float dtype. */
export const toFloat = (count: Tensor): Tensor => cast(count, count.graph.floatType);

/**
 * ⌊index / divisor⌋ as `i32`, exact for 0 ≤ index ≤ total. Up to 2²⁴ steps a float division is: a
 * quotient that is not whole is further below the next whole number than half a unit in the last
 * place. Beyond, the first estimate in f32 is mended by dividing what it left over.
 */
export function quotient(index: Tensor, divisor: number, total: number): Tensor {
  if (divisor === 1) return index;
  const estimate = (dividend: Tensor): Tensor => cast(floor(toFloat(dividend).div(divisor)), "i32");
  const first = estimate(index);
  if (index.graph.floatType === "f64" || total <= 2 ** 24) return first;
  const second = first.add(estimate(remainder(index, first, divisor)));
  const rest = remainder(index, second, divisor);
  return second.add(cast(rest.greaterEqual(divisor), "i32")).sub(cast(rest.less(0), "i32"));
}

/** index − quotient · divisor, as `i32`. */
export const remainder = (index: Tensor, whole: Tensor, divisor: number): Tensor =>
  index.sub(whole.mul(divisor));

/**
 * The part of a span that is left, (length − index)/length, from 1 at step 0 to 0 at its end and
 * after. The difference is taken in `i32`: in f32, steps beyond 2²⁴ would be rounded.
 */
export const partLeft = (index: Tensor, length: number): Tensor =>
  toFloat(maximum(sub(length, index), 0)).mul(1 / length);
