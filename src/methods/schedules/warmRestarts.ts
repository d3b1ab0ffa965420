import { array } from "../../array/operations/creation.ts";
import { cast, greaterEqual } from "../../array/operations/elementwise.ts";
import { take } from "../../array/operations/indexing.ts";
import { sum } from "../../array/operations/reduction.ts";
import { expandDims } from "../../array/operations/shaping.ts";
import type { Tensor } from "../../array/tensor.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { between, halfCosine } from "./curve.ts";
import { requireFloor } from "./polynomial.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { quotient, remainder, requireSpan, type Span, stepsOf, toFloat } from "./span.ts";

export interface WarmRestartsOptions {
  /** The rate at the start of each cycle. */
  readonly peak: number;
  /** The rate that each cycle falls towards, at most the peak. Default 0. */
  readonly floor?: number;
  /** Steps of the first cycle. */
  readonly first: Span;
  /** How many times longer each cycle is than the one before: a whole number. Default 1. */
  readonly multiplier?: number;
}

/**
 * Cosine cycles of lengths first, first·multiplier, first·multiplier² …: at each restart the rate
 * jumps back to the peak. The cycle is found from the step alone, in whole numbers, so that it is
 * right at any step.
 *
 * @throws NadirError `schedules/peak`, `schedules/floor`, `schedules/first`, `schedules/multiplier`
 */
export const warmRestarts = described(
  {
    name: "warmRestarts",
    kind: "schedule",
    summary: "Cosine falls, each followed by a jump back to the peak.",
    guarantee: "None; each cycle's end is a candidate, and the jumps may leave a poor basin.",
    source: "Loshchilov & Hutter (2017), SGDR, eq. (5)",
  },
  (options: WarmRestartsOptions): Schedule => {
    requireKnownOptions("warmRestarts", options, ["peak", "floor", "first", "multiplier"]);
    const peak = requirePositive("schedules/peak", options.peak);
    const floor = requireFloor(options.floor, peak);
    const first = requireSpan("schedules/first", options.first);
    const multiplier = requireCount("schedules/multiplier", options.multiplier ?? 1);
    return {
      kind: "schedule",
      name: "warmRestarts",
      at: ({ index, total }) => {
        const steps = stepsOf("schedules/first", first, total);
        const left =
          multiplier === 1
            ? partOfEqualCycles(index, steps, total)
            : partOfGrowingCycles(index, steps, multiplier);
        return between(floor, peak, halfCosine(left));
      },
    };
  },
);

/** The part of its cycle that a step has left, in (0, 1]. */
function partOfEqualCycles(index: Tensor, length: number, total: number): Tensor {
  const within = remainder(index, quotient(index, length, total), length);
  return toFloat(within.neg().add(length)).mul(1 / length);
}

/** The same by a table of all cycles that steps in `i32` can reach: at most 31. */
function partOfGrowingCycles(index: Tensor, first: number, multiplier: number): Tensor {
  const ends: number[] = [];
  const lengths: number[] = [];
  const most = 2 ** 31 - 1;
  for (let [length, end] = [first, first]; ; length *= multiplier, end += length) {
    lengths.push(length);
    ends.push(Math.min(end, most));
    if (end >= most) break;
  }
  // The number of cycles that are over is the position of the one that is running.
  const over = greaterEqual(expandDims(index, -1), Int32Array.from(ends));
  const cycle = sum(cast(over, "i32"), { axis: -1 });
  const left = take(Int32Array.from(ends), cycle).sub(index);
  const scale = lengths.map((length) => 1 / length);
  return toFloat(left).mul(take(array(scale), cycle));
}
