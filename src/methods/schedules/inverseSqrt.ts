import { sqrt } from "../../array/operations/elementwise.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { toFloat } from "./span.ts";

export interface InverseSqrtOptions {
  /** The rate at the start. */
  readonly peak: number;
  /** Steps after which the rate has fallen to 1/√2 of the peak; above 0. */
  readonly timescale: number;
}

/**
 * peak / √(1 + t/timescale).
 *
 * @throws NadirError `schedules/peak`, `schedules/timescale`
 */
export const inverseSqrt = described(
  {
    name: "inverseSqrt",
    kind: "schedule",
    summary: "Falls as one over the root of the step.",
    guarantee:
      "On convex losses the mean regret of stochastic gradient descent is O(1/√t), without knowing the run's length.",
    source:
      "Zinkevich (2003), Online convex programming, theorem 1; Vaswani et al. (2017), eq. (3)",
  },
  (options: InverseSqrtOptions): Schedule => {
    requireKnownOptions("inverseSqrt", options, ["peak", "timescale"]);
    const peak = requirePositive("schedules/peak", options.peak);
    const timescale = requirePositive("schedules/timescale", options.timescale);
    return {
      kind: "schedule",
      name: "inverseSqrt",
      at: ({ index }) => {
        const growth = sqrt(
          toFloat(index)
            .mul(1 / timescale)
            .add(1),
        );
        return index.graph.full(index.shape, peak, growth.dtype).div(growth);
      },
    };
  },
);
