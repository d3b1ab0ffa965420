import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { between, halfCosine } from "./curve.ts";
import { requireFloor } from "./polynomial.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { partLeft, requireSpan, type Span, stepsOf } from "./span.ts";

export interface CosineOptions {
  /** The rate at the start. */
  readonly peak: number;
  /** The rate at the end and after, at most the peak. Default 0. */
  readonly floor?: number | undefined;
  /** The steps it takes. Default: the whole run. */
  readonly over?: Span | undefined;
}

/**
 * floor + (peak − floor)·(1 + cos(π·min(t, over)/over))/2: half a cosine wave.
 *
 * @throws NadirError `schedules/peak`, `schedules/floor`, `schedules/over`
 */
export const cosine = described(
  {
    name: "cosine",
    kind: "schedule",
    summary: "Falls to a floor along half a cosine wave: slowly at both ends.",
    guarantee:
      "For smooth non-convex losses SGD reaches a gradient of O(T^(-1/4)) in T steps, whatever the noise, up to constants.",
    source:
      "Loshchilov & Hutter (2017), SGDR, eq. (5); Li, Zhuang & Orabona (2021), A second look at exponential and cosine step sizes",
  },
  (options: CosineOptions): Schedule => {
    requireKnownOptions("cosine", options, ["peak", "floor", "over"]);
    const peak = requirePositive("schedules/peak", options.peak);
    const floor = requireFloor(options.floor, peak);
    if (options.over !== undefined) requireSpan("schedules/over", options.over);
    return {
      kind: "schedule",
      name: "cosine",
      at: ({ index, total }) => {
        const left = partLeft(index, stepsOf("schedules/over", options.over, total));
        return between(floor, peak, halfCosine(left));
      },
    };
  },
);
