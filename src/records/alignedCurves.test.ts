import { describe, expect, test } from "vitest";
import { alignCurves, type RunCurve } from "./alignedCurves.ts";

const curve = (
  steps: number[],
  values: number[],
  total: Partial<RunCurve["total"]> = {},
): RunCurve => ({
  ...{ steps, values },
  total: {
    step: steps.at(-1),
    epoch: undefined,
    time: undefined,
    evaluations: undefined,
    ...total,
  },
});

describe("curves of several runs", () => {
  test("are lines between their points, on one grid", () => {
    const { x, median } = alignCurves(
      [[curve([0, 2, 4], [0, 4, 0])], [curve([1, 3], [5, 7])]],
      "step",
      5,
    );
    expect([...x]).toEqual([0, 1, 2, 3, 4]);
    expect([...median[0]!]).toEqual([0, 2, 4, 2, 0]);
    expect([...median[1]!]).toEqual([Number.NaN, 5, 6, 7, Number.NaN]);
  });

  test("of seeds are their median and band (numpy.quantile), until half of them have ended", () => {
    const group = [
      curve([0, 2], [1, 1]),
      curve([0, 2], [2, 2]),
      curve([0, 2], [4, 4]),
      curve([0, 4], [10, 10]),
    ];
    const { median, low, high } = alignCurves([group], "step", 3);
    expect([...median[0]!]).toEqual([3, 3, Number.NaN]);
    // Half of them are enough.
    expect([...alignCurves([group.slice(2)], "step", 3).median[0]!]).toEqual([7, 7, 10]);
    // numpy.quantile([1, 2, 4, 10], [0.1, 0.9])
    expect(low[0]?.[0]).toBeCloseTo(1.3, 12);
    expect(high[0]?.[0]).toBeCloseTo(8.2, 12);
  });

  test("are laid by time where one was twice as fast, and left out where it is not known", () => {
    const slow = curve([0, 10], [0, 10], { time: 10 });
    const fast = curve([0, 10], [0, 10], { time: 5 });
    const { x, median } = alignCurves([[slow], [fast], [curve([0, 10], [1, 1])]], "time", 3);
    expect([...x]).toEqual([0, 5, 10]);
    expect([...median[0]!]).toEqual([0, 5, 10]);
    expect([...median[1]!]).toEqual([0, 10, Number.NaN]);
    expect([...median[2]!]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    expect(alignCurves([[]], "step", 3).x).toHaveLength(0);
  });
});
