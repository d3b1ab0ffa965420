import { pow } from "../../array/operations/elementwise.ts";
import { NadirError } from "../../base/errors.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { between } from "./curve.ts";
import { requireNonNegative, requirePositive, type Schedule } from "./schedule.ts";
import { partLeft, requireSpan, type Span, stepsOf } from "./span.ts";

export interface PolynomialOptions {
  /** The rate at the start. */
  readonly peak: number;
  /** The rate at the end and after, at most the peak. Default 0. */
  readonly floor?: number;
  /** The exponent, above 0. Default 1, a straight line. */
  readonly power?: number;
  /** The steps it takes. Default: the whole run. */
  readonly over?: Span | undefined;
}

/**
 * floor + (peak − floor)·(1 − min(t, over)/over)^power.
 *
 * @throws NadirError `schedules/peak`, `schedules/floor`, `schedules/power`, `schedules/over`
 */
export const polynomial = described(
  {
    name: "polynomial",
    kind: "schedule",
    summary: "Falls to a floor along a power of what is left of the run.",
    guarantee: "None beyond that of the line (power 1).",
    source: "You, Gitman & Ginsburg (2017), Large batch training of convolutional networks",
  },
  (options: PolynomialOptions): Schedule => {
    requireKnownOptions("polynomial", options, ["peak", "floor", "power", "over"]);
    const peak = requirePositive("schedules/peak", options.peak);
    const floor = requireFloor(options.floor, peak);
    const exponent = requirePositive("schedules/power", options.power ?? 1);
    if (options.over !== undefined) requireSpan("schedules/over", options.over);
    return {
      kind: "schedule",
      name: "polynomial",
      at: ({ index, total }) => {
        const left = partLeft(index, stepsOf("schedules/over", options.over, total));
        return between(floor, peak, pow(left, exponent));
      },
    };
  },
);

/** A floor between 0, its default, and the peak. @throws NadirError `schedules/floor` */
export function requireFloor(floor: number | undefined, peak: number): number {
  const value = requireNonNegative("schedules/floor", floor ?? 0);
  if (value <= peak) return value;
  throw new NadirError("schedules/floor", `floor is ${value}, above the peak, ${peak}`, {
    expected: `at least 0 and at most ${peak}`,
  });
}
