import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answer } from "../../../linalg/ask.ts";
import { numbersFrom } from "../../../linalg/testing.ts";
import { dot, scaled } from "../../../linalg/vector.ts";
import { landscape, ofOne, oracleOf, type Smooth } from "../testing.ts";
import { type StrongWolfeOptions, strongWolfe } from "./wolfe.ts";

/** Searches from x along d, starting with `first`. */
function search(
  f: Smooth,
  start: readonly number[],
  along: readonly number[] | undefined,
  first: number,
  options?: StrongWolfeOptions,
) {
  const { oracle, counts } = oracleOf(f);
  const x = Float64Array.from(start);
  const point = { x, ...f.gradient(x) };
  const direction = along === undefined ? new Float64Array(x.length) : Float64Array.from(along);
  if (along === undefined) scaled(direction, -1, point.gradient);
  const slope = dot(point.gradient, direction);
  const found = answer(strongWolfe(point, direction, slope, first, options), oracle);
  return { found, point, direction, slope, evaluations: counts.gradient };
}

// Moré & Thuente (1994), Line search algorithms with guaranteed sufficient decrease, §5: their
// functions 1–3, which mislead searches by flat ends and sharp kinks.
const smoothKink = (b: number): Smooth =>
  ofOne(
    (t) => -t / (t * t + b),
    (t) => (t * t - b) / (t * t + b) ** 2,
    () => Number.NaN,
  );
const power = ofOne(
  (t) => (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
  (t) => 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
  () => Number.NaN,
);
const wavy = ofOne(
  (t) => 1 - t + 0.05 * Math.sin(20 * t) + (t > 1 ? (t - 1) ** 2 : 0),
  (t) => -1 + Math.cos(20 * t) + (t > 1 ? 2 * (t - 1) : 0),
  () => Number.NaN,
);

describe("strongWolfe", () => {
  const hard = [
    { name: "a flat tail", f: smoothKink(2), options: { decrease: 1e-3, curvature: 0.1 } },
    { name: "a narrow slope", f: power, options: { decrease: 0.1, curvature: 0.1 } },
  ];
  describe.for(hard)("on $name", ({ f, options }) => {
    test.for([1e-3, 1e-1, 10, 1e3])(
      "meets the strong Wolfe conditions from first trial %s",
      (first) => {
        const { found, point, slope } = search(f, [0], [1], first, options);
        expect(found.outcome).toBe("wolfe");
        const [value, df] = [
          found.point?.value ?? Number.NaN,
          found.point?.gradient[0] ?? Number.NaN,
        ];
        expect(value).toBeLessThanOrEqual(point.value + options.decrease * found.stepSize * slope);
        expect(Math.abs(df)).toBeLessThanOrEqual(-options.curvature * slope);
        expect(found.evaluations).toBeLessThanOrEqual(16);
      },
    );
  });

  test("finds a Wolfe point between the waves of an oscillating function", () => {
    const { found, slope } = search(wavy, [0.05], [1], 10, { decrease: 0.1, curvature: 0.5 });
    expect(found.outcome).toBe("wolfe");
    expect(Math.abs(found.point?.gradient[0] ?? Number.NaN)).toBeLessThanOrEqual(-0.5 * slope);
  });

  property.prop([
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 0, max: 1e6 }),
    fc.double({ min: -4, max: 3, noNaN: true }),
  ])("meets the conditions along −∇f of a rugged landscape, from any first trial", (n, seed, p) => {
    const next = numbersFrom(seed);
    const f = landscape(n, next);
    const start = Array.from({ length: n }, () => 5 * next());
    const { found, point, direction, slope, evaluations } = search(f, start, undefined, 10 ** p);
    expect(found.outcome).toBe("wolfe");
    expect(found.evaluations).toBe(evaluations);
    const end = found.point ?? point;
    expect(end.value).toBeLessThanOrEqual(point.value + 1e-4 * found.stepSize * slope);
    expect(Math.abs(dot(end.gradient, direction))).toBeLessThanOrEqual(-0.9 * slope);
    end.x.forEach((xi, i) => {
      expect(xi).toBe(point.x[i]! + found.stepSize * direction[i]!);
    });
  });

  test.for([2, 1e3, 1e12])("backs off from a wall where f is NaN, first trial %s", (first) => {
    // x − log x is NaN below 0 and has its minimum at 1.
    const f = ofOne(
      (x) => x - Math.log(x),
      (x) => 1 - 1 / x,
      (x) => 1 / (x * x),
    );
    const { found } = search(f, [3], [-1], 3 * first, { curvature: 0.1 });
    expect(found.outcome).toBe("wolfe");
    expect(found.point?.x[0]).toBeCloseTo(1, 0);
  });

  test("backs off from an infinite value and from an infinite slope", () => {
    const f = ofOne(
      (x) => (x > 2 ? Number.POSITIVE_INFINITY : (x - 1) ** 2),
      (x) => 2 * (x - 1),
      () => 2,
    );
    expect(search(f, [0], [1], 100).found.outcome).toBe("wolfe");
    const g = ofOne(
      (x) => (x - 1) ** 2,
      (x) => (x > 2 ? Number.NEGATIVE_INFINITY : 2 * (x - 1)),
      () => 2,
    );
    expect(search(g, [0], [1], 100).found.outcome).toBe("wolfe");
  });

  test("decides by slopes where the decrease drowns in the value's rounding", () => {
    // With u the unit in the last place of 1e8, x² falls from 1.49u to 0.51u and both round to u: the
    // value does not move, though c₁·t·slope asks for more than half a unit.
    const unit = 2 ** -26;
    const f = ofOne(
      (x) => 1e8 + x * x,
      (x) => 2 * x,
      () => 2,
    );
    const [from, to] = [Math.sqrt(1.49 * unit), Math.sqrt(0.51 * unit)];
    const { found, point } = search(f, [from], [-1], from - to, { decrease: 0.45 });
    expect(found.outcome).toBe("approximate");
    expect(found.evaluations).toBe(1);
    expect(found.point?.value).toBe(point.value);
  });

  test("reports failure, and no point, where the gradient is wrong", () => {
    const f = ofOne(
      (x) => x * x,
      (x) => -2 * x,
      () => -2,
    );
    const { found, evaluations } = search(f, [1], [1], 1);
    expect(found).toEqual({ outcome: "failed", point: undefined, stepSize: 0, evaluations });
  });

  test("returns its lowest trial when the budget ends first", () => {
    const f = ofOne(
      (x) => -x,
      () => -1,
      () => 0,
    );
    const { found, evaluations } = search(f, [0], [1], 1, { maxEvaluations: 4 });
    expect(found.outcome).toBe("decrease");
    expect(found.point?.value).toBe(-found.stepSize);
    expect(evaluations).toBe(4);
  });
});
