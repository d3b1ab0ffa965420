import { maximum, sub, where } from "../../array/operations/elementwise.ts";
import { NadirError } from "../../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireRate, type Schedule } from "./schedule.ts";
import { requireSpan, type Span, stepsOf, toFloat } from "./span.ts";

export interface WarmupOptions {
  /**
   * The part of the first rate that the run starts with, in [0, 1]. Default 1/(steps + 1): equal
   * rises, of which the first is at step 0, so that no step is wasted on a rate of 0.
   */
  readonly from?: number | undefined;
}

/**
 * A straight rise to the first rate of a schedule, which then runs over the rest of the steps:
 * rate₀·(from + (1 − from)·t/steps) while t < steps, then the schedule at t − steps.
 *
 * @param then - what follows: a number or a schedule
 * @param over - the steps of the rise: a count, or a fraction of the run. Default 0.03; usual are
 *   0.01 to 0.05; 0 means none
 * @throws NadirError `schedules/then` for what is no rate, `schedules/warmup`, `schedules/from`
 */
export const warmup = described(
  {
    name: "warmup",
    kind: "schedule",
    summary: "A straight rise to the first rate of any schedule, which follows.",
    guarantee:
      "None; it keeps the first steps, where curvature is high and averages are young, from diverging.",
    source: "Goyal et al. (2017), Accurate, large minibatch SGD, section 2.2",
  },
  (then: LearningRate, over: Span = 0.03, options: WarmupOptions = {}): Schedule => {
    requireKnownOptions("warmup", options, ["from"]);
    const follows = requireRate("schedules/then", then);
    if (over !== 0) requireSpan("schedules/warmup", over);
    const { from } = options;
    if (from !== undefined) requireInRange("schedules/from", from, [0, 1], { closed: true });
    return {
      kind: "schedule",
      name: "warmup",
      at: ({ index, total }) => {
        if (over === 0) return rateAt(follows, { index, total });
        const steps = stepsOf("schedules/warmup", over, total);
        if (steps === total) throw tooLong(steps);
        const rest = total - steps;
        const start = rateAt(follows, { index: index.graph.full([], 0, "i32"), total: rest });
        const low = from ?? 1 / (steps + 1);
        const rise = toFloat(index)
          .mul((1 - low) / steps)
          .add(low)
          .mul(start);
        const later = rateAt(follows, { index: maximum(sub(index, steps), 0), total: rest });
        return where(index.less(steps), rise, later);
      },
    };
  },
);

const tooLong = (steps: number): NadirError =>
  new NadirError("schedules/warmup", `warmup is ${steps} steps, which is the whole run`, {
    expected: "fewer steps than the run has",
    hint: "train for longer, or leave the warm-up out",
  });
