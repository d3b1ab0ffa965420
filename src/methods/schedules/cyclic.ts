import { sub, where } from "../../array/operations/elementwise.ts";
import { NadirError } from "../../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { between, power } from "./curve.ts";
import { requireFloor } from "./polynomial.ts";
import { requirePositive, type Schedule } from "./schedule.ts";
import { quotient, remainder, requireSpan, type Span, stepsOf, toFloat } from "./span.ts";

export interface CyclicOptions {
  /** The rate at the top of the first cycle. */
  readonly peak: number;
  /** The rate between cycles, at most the peak. */
  readonly floor: number;
  /** Steps of each rise. */
  readonly up: Span;
  /** Steps of each fall. Default: as many. */
  readonly down?: Span;
  /** What the height above the floor is multiplied by after each cycle, in (0, 1]. Default 1. */
  readonly cycleFactor?: number;
  /** What the height above the floor is multiplied by at each step, in (0, 1]. Default 1. */
  readonly stepFactor?: number;
}

/**
 * A triangular wave between floor and peak: floor + (peak − floor)·height(t), with the height
 * multiplied by cycleFactor^cycle · stepFactor^t. `cycleFactor: 0.5` is Smith's "triangular2",
 * `stepFactor` below 1 his "exp_range".
 *
 * @throws NadirError `schedules/peak`, `schedules/floor`, `schedules/up`, `schedules/down`,
 *   `schedules/cycleFactor`, `schedules/stepFactor`
 */
export const cyclic = described(
  {
    name: "cyclic",
    kind: "schedule",
    summary: "A triangular wave between two rates, level or shrinking.",
    guarantee: "None.",
    source: "Smith (2017), Cyclical learning rates, section 3",
  },
  (options: CyclicOptions): Schedule => {
    requireKnownOptions("cyclic", options, [
      "peak",
      "floor",
      "up",
      "down",
      "cycleFactor",
      "stepFactor",
    ]);
    const peak = requirePositive("schedules/peak", options.peak);
    const floor = requireFloor(options.floor, peak);
    const rise = requireSpan("schedules/up", options.up);
    const fall = requireSpan("schedules/down", options.down ?? rise);
    const ends = { open: true, closed: true };
    const cycleFactor = requireInRange(
      "schedules/cycleFactor",
      options.cycleFactor ?? 1,
      [0, 1],
      ends,
    );
    const stepFactor = requireInRange(
      "schedules/stepFactor",
      options.stepFactor ?? 1,
      [0, 1],
      ends,
    );
    return {
      kind: "schedule",
      name: "cyclic",
      at: ({ index, total }) => {
        const up = stepsOf("schedules/up", rise, total);
        const down = stepsOf("schedules/down", fall, total);
        if (up + down > total) throw tooLong(up + down, total);
        const cycle = quotient(index, up + down, total);
        const within = remainder(index, cycle, up + down);
        const climbing = toFloat(within).mul(1 / up);
        const falling = toFloat(sub(up + down, within)).mul(1 / down);
        let height = where(within.less(up), climbing, falling);
        if (cycleFactor < 1) height = height.mul(power(cycleFactor, toFloat(cycle)));
        if (stepFactor < 1) height = height.mul(power(stepFactor, toFloat(index)));
        return between(floor, peak, height);
      },
    };
  },
);

const tooLong = (cycle: number, total: number): NadirError =>
  new NadirError("schedules/up", `one cycle is ${cycle} steps, and the run has ${total}`, {
    expected: `up + down at most ${total}`,
    hint: "give fractions of the run between 0 and 1",
  });
