import { clip, sub, where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { between, halfCosine } from "./curve.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { requireSpan, type Span, stepsOf, toFloat } from "./span.ts";

export interface OneCycleOptions {
  /** The highest rate. */
  readonly peak: number;
  /** The part of the steps in which the rate rises, in (0, 1), below 1/2 if `threePhase`. Default 0.3. */
  readonly rise?: number;
  /** The first rate is the peak over this, at least 1. Default 25. */
  readonly startDivisor?: number;
  /** The last rate is the first over this, at least 1. Default 10⁴. */
  readonly endDivisor?: number;
  /** Half cosine waves or straight lines. Default "cosine". */
  readonly shape?: "cosine" | "linear";
  /** Falls to the first rate as fast as it rose, then to the last. Default false: falls at once. */
  readonly threePhase?: boolean;
  /** Steps of the cycle. Default: the whole run. */
  readonly over?: Span;
}

/**
 * One rise to the peak and one fall far below the start. With N steps, the rise ends at step
 * rise·N − 1 (not rounded), the fall at N − 1; with three phases the first fall ends at
 * 2·rise·N − 2. Steps after N − 1 keep the last rate.
 *
 * @throws NadirError `schedules/peak`, `schedules/rise`, `schedules/startDivisor`,
 *   `schedules/endDivisor`, `schedules/over`
 */
export const oneCycle = described(
  {
    name: "oneCycle",
    kind: "schedule",
    summary: "One rise to a high peak and one fall far below the start.",
    guarantee: "None; at high peaks, networks have been seen to train in a tenth of the steps.",
    source:
      "Smith & Topin (2019), Super-convergence: very fast training using large learning rates",
  },
  (options: OneCycleOptions): Schedule => {
    const { shape = "cosine", threePhase = false } = options;
    requireKnownOptions("oneCycle", options, [
      "peak",
      "rise",
      "startDivisor",
      "endDivisor",
      "shape",
      "threePhase",
      "over",
    ]);
    const peak = requirePositive("schedules/peak", options.peak);
    const most = threePhase ? 0.5 : 1;
    const rise = requireInRange("schedules/rise", options.rise ?? 0.3, [0, most], { open: true });
    const start = peak / requireDivisor("schedules/startDivisor", options.startDivisor ?? 25);
    const end = start / requireDivisor("schedules/endDivisor", options.endDivisor ?? 1e4);
    if (options.over !== undefined) requireSpan("schedules/over", options.over);
    return {
      kind: "schedule",
      name: "oneCycle",
      at: ({ index, total }) => {
        const steps = stepsOf("schedules/over", options.over, total);
        const last = steps - 1;
        const top = Math.max(0, rise * steps - 1);
        const turn = Math.max(0, 2 * rise * steps - 2);
        const bend = (part: Tensor): Tensor => (shape === "cosine" ? halfCosine(part) : part);
        /** From one rate to another between two moments, level outside. */
        const phase = (begin: number, finish: number, low: number, high: number): Tensor => {
          // Falls are measured from their end, where the rate is small and digits count.
          const left = toFloat(sub(last, index)).add(finish - last);
          return between(high, low, bend(clip(left.div(finish - begin), 0, 1)));
        };
        const fall = threePhase
          ? where(
              toFloat(index).lessEqual(turn),
              phase(top, turn, peak, start),
              phase(turn, last, start, end),
            )
          : phase(top, last, peak, end);
        return top === 0
          ? fall
          : where(toFloat(index).lessEqual(top), phase(0, top, start, peak), fall);
      },
    };
  },
);

const requireDivisor = (code: string, value: number): number =>
  requireInRange(code, value, [1, Number.MAX_VALUE], { closed: true });
