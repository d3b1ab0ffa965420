import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { toFloat } from "./span.ts";

export interface InverseTimeOptions {
  /** The rate at the start. */
  readonly peak: number;
  /** Steps after which the rate has halved; above 0. */
  readonly timescale: number;
}

/**
 * peak / (1 + t/timescale): the rates sum to infinity, their squares do not.
 *
 * @throws NadirError `schedules/peak`, `schedules/timescale`
 */
export const inverseTime = described(
  {
    name: "inverseTime",
    kind: "schedule",
    summary: "Falls as one over the step.",
    guarantee:
      "Stochastic gradient descent converges almost surely; on strongly convex losses at rate O(1/t).",
    source: "Robbins & Monro (1951), A stochastic approximation method",
  },
  (options: InverseTimeOptions): Schedule => {
    requireKnownOptions("inverseTime", options, ["peak", "timescale"]);
    const peak = requirePositive("schedules/peak", options.peak);
    const timescale = requirePositive("schedules/timescale", options.timescale);
    return {
      kind: "schedule",
      name: "inverseTime",
      at: ({ index }) => {
        const growth = toFloat(index)
          .mul(1 / timescale)
          .add(1);
        return index.graph.full(index.shape, peak, growth.dtype).div(growth);
      },
    };
  },
);
