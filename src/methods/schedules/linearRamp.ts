import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { between } from "./curve.ts";
import { requireNonNegative, type Schedule } from "./schedule.ts";
import { partLeft, requireSpan, type Span, stepsOf } from "./span.ts";

export interface LinearRampOptions {
  /** The rate at the start, at least 0. */
  readonly from: number;
  /** The rate at the end of the span and after, at least 0. */
  readonly to: number;
  /** The steps it takes. Default: the whole run. */
  readonly over?: Span | undefined;
}

/**
 * from + (to − from)·min(t, over)/over: a straight line, then level.
 *
 * @throws NadirError `schedules/from`, `schedules/to`, `schedules/over`
 */
export const linearRamp = described(
  {
    name: "linearRamp",
    kind: "schedule",
    summary: "A straight line from one rate to another, then level.",
    guarantee:
      "To zero over the whole run: the last iterate of SGD on convex losses is as good as the best average.",
    source:
      "Defazio, Cutkosky, Mehta & Mishchenko (2023), Optimal linear decay learning rate schedules",
  },
  (options: LinearRampOptions): Schedule => {
    requireKnownOptions("linearRamp", options, ["from", "to", "over"]);
    const from = requireNonNegative("schedules/from", options.from);
    const to = requireNonNegative("schedules/to", options.to);
    if (options.over !== undefined) requireSpan("schedules/over", options.over);
    return {
      kind: "schedule",
      name: "linearRamp",
      at: ({ index, total }) =>
        between(to, from, partLeft(index, stepsOf("schedules/over", options.over, total))),
    };
  },
);
