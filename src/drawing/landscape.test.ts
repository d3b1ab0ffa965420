import { describe, expect, test } from "vitest";
import { contourScene } from "./contour.ts";
import { type DrawnLandscape, landscapeContours, landscapeWarnings, lossAt } from "./landscape.ts";

/** a·b + 2a + 1, which is linear along each axis: interpolation has it exactly. */
const bilinear = (a: number, b: number): number => a * b + 2 * a + 1;

function slice(first: readonly number[], second: readonly number[]): DrawnLandscape {
  return {
    axes: [
      { name: "one", coordinates: first },
      { name: "other", coordinates: second },
    ],
    values: first.flatMap((a) => second.map((b) => bilinear(a, b))),
    ...{ rows: 0, ofRows: 0 },
  };
}

describe("the loss at a place of a slice", () => {
  const uneven = slice([-1, -0.4, 0, 1], [0, 0.5, 2]);

  test("is what was measured at the grid's own places, and between them interpolated", () => {
    expect(lossAt(uneven, [-0.4, 2])).toEqual({ loss: bilinear(-0.4, 2), isInterpolated: false });
    const between = lossAt(uneven, [0.25, 1.7]);
    expect(between?.isInterpolated).toBe(true);
    expect(between?.loss).toBeCloseTo(bilinear(0.25, 1.7), 14);
    // Along a line of the grid, between two of its places.
    expect(lossAt(uneven, [1, 1])?.loss).toBeCloseTo(bilinear(1, 1), 14);
  });

  test("is not told outside, and not finite beside a place that is not", () => {
    expect(lossAt(uneven, [1.01, 1])).toBeUndefined();
    expect(lossAt(uneven, [0, Number.NaN])).toBeUndefined();
    const open = { ...uneven, values: Array.from(uneven.values, (v, i) => (i === 0 ? null : v)) };
    expect(lossAt(open, [-0.9, 0.1])?.loss).toBe(Number.NaN);
    expect(lossAt(open, [0.1, 1])?.loss).toBeCloseTo(bilinear(0.1, 1), 14);
  });
});

test("a map of uneven lines stands where its coordinates say", () => {
  // A step between the lines at 0 and 0.1: halfway along the picture where lines were taken for even.
  const first = [0, 0.1, 1];
  const values = first.flatMap((a) => [a > 0.05 ? 1 : 0, a > 0.05 ? 1 : 0]);
  const map = { ...slice(first, [0, 1]), values };
  const { scene, panel } = contourScene(landscapeContours(map, ""));
  const [inside] = scene.marks.filter((mark) => mark.shape === "group");
  const upper = inside?.shape === "group" ? inside.marks[1] : undefined;
  const lefts =
    upper?.shape === "path" ? [...upper.d.matchAll(/[ML]([\d.]+) /g)].map((m) => Number(m[1])) : [];
  const { left, right } = panel.box;
  expect((Math.min(...lefts) - left) / (right - left)).toBeLessThanOrEqual(0.1);
});

test("a reader is told that running statistics are held", () => {
  const told = landscapeWarnings({ ...slice([0, 1], [0, 1]), frozen: 4, towards: "k3f9" });
  expect(told).toEqual([
    "running statistics (4 arrays) are held as they are at the point, where run k3f9 has its own",
  ]);
});
