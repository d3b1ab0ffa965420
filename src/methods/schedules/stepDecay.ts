import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { power } from "./curve.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { quotient, requireSpan, type Span, stepsOf, toFloat } from "./span.ts";

export interface StepDecayOptions {
  /** The rate at the start. */
  readonly peak: number;
  /** What the rate is multiplied by at each drop, in (0, 1]. Default 0.1. */
  readonly factor?: number;
  /** Steps between drops. */
  readonly every: Span;
}

/**
 * peak · factor^⌊t/every⌋: the rate drops at regular steps.
 *
 * @throws NadirError `schedules/peak`, `schedules/factor`, `schedules/every`
 */
export const stepDecay = described(
  {
    name: "stepDecay",
    kind: "schedule",
    summary: "Drops by a factor every so many steps.",
    guarantee:
      "On least squares, the last iterate of SGD is within a logarithm of the best possible.",
    source: "Ge, Kakade, Kidambi & Netrapalli (2019), The step decay schedule, algorithm 1",
  },
  (options: StepDecayOptions): Schedule => {
    requireKnownOptions("stepDecay", options, ["peak", "factor", "every"]);
    const peak = requirePositive("schedules/peak", options.peak);
    const factor = requireInRange("schedules/factor", options.factor ?? 0.1, [0, 1], {
      open: true,
      closed: true,
    });
    const every = requireSpan("schedules/every", options.every);
    return {
      kind: "schedule",
      name: "stepDecay",
      at: ({ index, total }) => {
        const drops = quotient(index, stepsOf("schedules/every", every, total), total);
        return power(factor, toFloat(drops)).mul(peak);
      },
    };
  },
);
