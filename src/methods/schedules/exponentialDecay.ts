import { exp } from "../../array/operations/elementwise.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { requireSpan, type Span, stepsOf, toFloat } from "./span.ts";

export interface ExponentialDecayOptions {
  /** The rate at the start. */
  readonly peak: number;
  /** What the rate is multiplied by over each span, in (0, 1]. */
  readonly factor: number;
  /** Steps in which the rate falls by the factor. Default 1. */
  readonly every?: Span;
}

/**
 * peak · factor^(t/every): a fall by the same part at every step.
 *
 * @throws NadirError `schedules/peak`, `schedules/factor`, `schedules/every`
 */
export const exponentialDecay = described(
  {
    name: "exponentialDecay",
    kind: "schedule",
    summary: "Falls by the same part at every step.",
    guarantee:
      "With the factor tuned to the run's length, SGD adapts to the noise; too fast a fall freezes the params where they are, since the rates have a finite sum.",
    source: "Li, Zhuang & Orabona (2021), A second look at exponential and cosine step sizes",
  },
  (options: ExponentialDecayOptions): Schedule => {
    requireKnownOptions("exponentialDecay", options, ["peak", "factor", "every"]);
    const peak = requirePositive("schedules/peak", options.peak);
    const factor = requireInRange("schedules/factor", options.factor, [0, 1], {
      open: true,
      closed: true,
    });
    const every = requireSpan("schedules/every", options.every ?? 1);
    return {
      kind: "schedule",
      name: "exponentialDecay",
      at: ({ index, total }) => {
        const steps = stepsOf("schedules/every", every, total);
        return exp(toFloat(index).mul(Math.log(factor) / steps)).mul(peak);
      },
    };
  },
);
