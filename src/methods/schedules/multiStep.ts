import { where } from "../../array/operations/elementwise.ts";
import { NadirError } from "../../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { requireSpan, type Span, stepsOf } from "./span.ts";

export interface MultiStepOptions {
  /** The rate at the start. */
  readonly peak: number;
  /** What the rate is multiplied by at each drop, in (0, 1]. Default 0.1. */
  readonly factor?: number;
  /** The steps at which it drops, ascending. */
  readonly at: readonly Span[];
}

/**
 * peak · factor^#{m : m ≤ t}: the rate drops at the steps given.
 *
 * @throws NadirError `schedules/peak`, `schedules/factor`, `schedules/at`
 */
export const multiStep = described(
  {
    name: "multiStep",
    kind: "schedule",
    summary: "Drops by a factor at steps of your choice.",
    guarantee: "None beyond that of a constant rate on each piece.",
    source: "He, Zhang, Ren & Sun (2016), Deep residual learning, section 4.2",
  },
  (options: MultiStepOptions): Schedule => {
    requireKnownOptions("multiStep", options, ["peak", "factor", "at"]);
    const peak = requirePositive("schedules/peak", options.peak);
    const factor = requireInRange("schedules/factor", options.factor ?? 0.1, [0, 1], {
      open: true,
      closed: true,
    });
    const milestones = options.at.map((span) => requireSpan("schedules/at", span));
    return {
      kind: "schedule",
      name: "multiStep",
      at: ({ index, total }) => {
        const steps = milestones.map((span) => stepsOf("schedules/at", span, total));
        requireAscending(steps);
        const start = index.graph.full(index.shape, peak, index.graph.floatType);
        return steps.reduce(
          (rate, step, i) => where(index.less(step), rate, peak * factor ** (i + 1)),
          start,
        );
      },
    };
  },
);

function requireAscending(steps: readonly number[]): void {
  const wrong = steps.findIndex((step, i) => i > 0 && step <= steps[i - 1]!);
  if (wrong < 0) return;
  throw new NadirError("schedules/at", `at: step ${steps[wrong]} comes after ${steps[wrong - 1]}`, {
    expected: "steps in ascending order, each once",
  });
}
