import { exp, minimum } from "../../array/operations/elementwise.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { requireSpan, type Span, stepsOf, toFloat } from "./span.ts";

export interface ExponentialRampOptions {
  /** The rate at the start, above 0. Default 1e-7. */
  readonly from?: number;
  /** The rate at the end of the span and after, above 0. Default 10. */
  readonly to?: number;
  /** The steps it takes. Default: the whole run. */
  readonly over?: Span;
}

/**
 * from · (to/from)^(min(t, over)/over): the rates of a learning-rate range test. Run it over one
 * short training; a good rate lies a little below where the loss falls fastest, and well below where
 * it rises again.
 *
 * @throws NadirError `schedules/from`, `schedules/to`, `schedules/over`
 */
export const exponentialRamp = described(
  {
    name: "exponentialRamp",
    kind: "schedule",
    summary: "Multiplies the rate by the same factor at every step: a learning-rate range test.",
    guarantee: "None: it is made to find where training diverges.",
    source: "Smith (2017), Cyclical learning rates, section 3.3",
  },
  (options: ExponentialRampOptions = {}): Schedule => {
    requireKnownOptions("exponentialRamp", options, ["from", "to", "over"]);
    const from = requirePositive("schedules/from", options.from ?? 1e-7);
    const to = requirePositive("schedules/to", options.to ?? 10);
    if (options.over !== undefined) requireSpan("schedules/over", options.over);
    return {
      kind: "schedule",
      name: "exponentialRamp",
      at: ({ index, total }) => {
        const steps = stepsOf("schedules/over", options.over, total);
        const growth = toFloat(minimum(index, steps)).mul(Math.log(to / from) / steps);
        return exp(growth).mul(from);
      },
    };
  },
);
