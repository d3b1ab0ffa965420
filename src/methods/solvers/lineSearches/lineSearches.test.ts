import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { answer } from "../../../linalg/ask.ts";
import { numbersFrom } from "../../../linalg/testing.ts";
import { dot, scaled } from "../../../linalg/vector.ts";
import { landscape, ofOne, oracleOf, type Smooth } from "../testing.ts";
import { chooseLineSearch, type LineSearchSettings } from "./choose.ts";
import type { LineSearch } from "./lineSearch.ts";
import * as lineSearches from "./registry.ts";

const { armijo, hagerZhang, nonmonotone, wolfe } = lineSearches;

/** One search from x along d, or along −∇f. */
function search(
  lineSearch: LineSearch,
  f: Smooth,
  start: readonly number[],
  along: readonly number[] | undefined,
  first: number,
  memory?: unknown,
) {
  const { oracle, counts } = oracleOf(f);
  const x = Float64Array.from(start);
  const point = { x, ...f.gradient(x) };
  const direction = along === undefined ? new Float64Array(x.length) : Float64Array.from(along);
  if (along === undefined) scaled(direction, -1, point.gradient);
  const slope = dot(point.gradient, direction);
  const remembered = memory ?? lineSearch.init(point);
  const found = answer(lineSearch.search(point, direction, slope, first, remembered), oracle);
  return { found, point, direction, slope, counts };
}

const logBarrier = ofOne(
  (x) => x - Math.log(x),
  (x) => 1 - 1 / x,
  (x) => 1 / (x * x),
);
const wrongSign = ofOne(
  (x) => x * x,
  (x) => -2 * x,
  () => 2,
);

describe.for(Object.entries(lineSearches))("%s", ([name, make]) => {
  const lineSearch: LineSearch = make();

  property.prop([
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 0, max: 1e6 }),
    fc.double({ min: -4, max: 3, noNaN: true }),
  ])("finds a lower point along −∇f, and says truly where and at what price", (n, seed, p) => {
    const next = numbersFrom(seed);
    const f = landscape(n, next);
    const start = Array.from({ length: n }, () => 5 * next());
    const { found, point, direction, slope, counts } = search(
      lineSearch,
      f,
      start,
      undefined,
      10 ** p,
    );
    const end = found.point ?? point;
    expect(found.evaluations).toBe(counts.gradient + counts.value);
    expect(end.value).toBeLessThan(point.value);
    expect(end.value - point.value).toBeLessThanOrEqual(1e-5 * found.stepSize * slope);
    expect(end.value).toBe(f.value(end.x));
    expect(end.gradient).toEqual(f.gradient(end.x).gradient);
    end.x.forEach((xi, i) => {
      expect(xi).toBe(point.x[i]! + found.stepSize * direction[i]!);
    });
  });

  test.for([2, 1e3, 1e12])("backs off from a wall where f is NaN, first trial %s", (first) => {
    const { found } = search(lineSearch, logBarrier, [3], [-1], 3 * first);
    expect(found.point?.value).toBeLessThan(3 - Math.log(3));
    expect(found.point?.x[0]).toBeGreaterThan(0);
  });

  test("reports failure, and no point, where the gradient is wrong", () => {
    const { found } = search(lineSearch, wrongSign, [1], [1], 1);
    expect(found).toMatchObject({ outcome: "failed", point: undefined, stepSize: 0 });
  });

  test("asks for what it announces, and has its name and description", () => {
    const { counts } = search(lineSearch, logBarrier, [3], [-1], 100);
    for (const [kind, count] of Object.entries(counts)) {
      if (count > 0) expect(lineSearch.needs).toContain(kind);
    }
    expect(lineSearch).toMatchObject({ kind: "line-search", name });
    expect(make.info).toMatchObject({ kind: "line-search", name });
  });
});

describe("armijo", () => {
  // f = x⁴ from 1 along −1, slope −4, first trial 4: f(−3) = 81, the parabola's minimum lies at
  // 4·4²/(2(81 − 1 + 16)) = 1/3 of a unit, a twelfth of the step, which the safeguard makes 0.4.
  test("takes the safeguarded parabola's minimum", () => {
    const quartic = ofOne(
      (x) => x ** 4,
      (x) => 4 * x ** 3,
      (x) => 12 * x * x,
    );
    const { found } = search(armijo(), quartic, [1], [-1], 4);
    expect(found).toMatchObject({ stepSize: 0.4, outcome: "armijo", evaluations: 3 });
  });
});

describe("nonmonotone", () => {
  // f = x² from 1 along −1 (slope −2) with first trial 2.2 ends at 1.44 > 1.
  const bowl = ofOne(
    (x) => x * x,
    (x) => 2 * x,
    () => 2,
  );
  test("accepts a rise below the largest of the last values, and forgets the oldest", () => {
    const rule = nonmonotone({ memory: 2 });
    const memory = { values: [0.5, 5], average: 0, weight: 1 };
    const { found } = search(rule, bowl, [1], [-1], 2.2, memory);
    expect(found.stepSize).toBe(2.2);
    expect(found.point?.value).toBeCloseTo(1.44, 12);
    expect(memory.values).toEqual([5, found.point?.value]);
  });

  test("refuses a rise above them", () => {
    const memory = { values: [1.2], average: 1.2, weight: 1 };
    const { found } = search(nonmonotone(), bowl, [1], [-1], 2.2, memory);
    expect(found.point?.value).toBeLessThan(1);
  });

  test("averages by Zhang and Hager's recurrence", () => {
    const rule = nonmonotone({ reference: "average", weight: 0.5 });
    const memory = { values: [], average: 4, weight: 1 };
    const { found } = search(rule, bowl, [1], [-1], 2.2, memory);
    // Q = 0.5·1 + 1, C = (0.5·1·4 + 1.44)/1.5.
    expect(found.point?.value).toBeCloseTo(1.44, 12);
    expect(memory.weight).toBe(1.5);
    expect(memory.average).toBeCloseTo(3.44 / 1.5, 12);
  });

  test("with one value is Armijo's rule", () => {
    const f = landscape(3, numbersFrom(4));
    const of = (rule: LineSearch) => search(rule, f, [1, 2, 3], undefined, 50).found.stepSize;
    expect(of(nonmonotone({ memory: 1 }))).toBe(of(armijo()));
  });
});

describe("hagerZhang", () => {
  property.prop([
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 0, max: 1e6 }),
    fc.double({ min: -4, max: 3, noNaN: true }),
  ])("ends at Wolfe's conditions, plain or approximate", (n, seed, p) => {
    const next = numbersFrom(seed);
    const f = landscape(n, next);
    const start = Array.from({ length: n }, () => 5 * next());
    const { found, point, direction, slope } = search(hagerZhang(), f, start, undefined, 10 ** p);
    const end = found.point ?? point;
    const newSlope = dot(end.gradient, direction);
    expect(newSlope).toBeGreaterThanOrEqual(0.9 * slope);
    expect(["wolfe", "approximate"]).toContain(found.outcome);
    if (found.outcome === "approximate") {
      expect(newSlope).toBeLessThanOrEqual(-0.8 * slope);
      expect(end.value).toBeLessThanOrEqual(point.value + 1e-6 * Math.abs(point.value));
    } else {
      expect(end.value).toBeLessThanOrEqual(point.value + 0.1 * found.stepSize * slope);
    }
  });

  // f = 1 + x² to 8 digits: near 0 all values are 1, and the slopes are right.
  test("sees by slopes what values hide", () => {
    const coarse = ofOne(
      (x) => Math.round((1 + x * x) * 1e8) / 1e8,
      (x) => 2 * x,
      () => 2,
    );
    const { found } = search(hagerZhang({ curvature: 0.1 }), coarse, [5e-5], [-1], 2e-4);
    expect(found.outcome).toBe("approximate");
    expect(found.point?.value).toBe(1);
    expect(Math.abs(found.point?.x[0] ?? Number.NaN)).toBeLessThan(5e-6);
  });

  test("is monotone if no rise is allowed", () => {
    expect(hagerZhang().monotone).toBe(false);
    expect(hagerZhang({ rise: 0 }).monotone).toBe(true);
  });

  // Moré & Thuente (1994), §5, functions 1 and 2.
  const tail = ofOne(
    (t) => -t / (t * t + 2),
    (t) => (t * t - 2) / (t * t + 2) ** 2,
    () => Number.NaN,
  );
  const narrow = ofOne(
    (t) => (t + 0.004) ** 5 - 2 * (t + 0.004) ** 4,
    (t) => 5 * (t + 0.004) ** 4 - 8 * (t + 0.004) ** 3,
    () => Number.NaN,
  );
  test.for([1e-3, 1e-1, 10, 1e3])("needs few trials on hard functions, first trial %s", (first) => {
    for (const f of [tail, narrow]) {
      const { found, slope } = search(hagerZhang({ curvature: 0.1 }), f, [0], [1], first);
      expect(["wolfe", "approximate"]).toContain(found.outcome);
      expect(found.point?.gradient[0]).toBeGreaterThanOrEqual(0.1 * slope);
      expect(found.evaluations).toBeLessThanOrEqual(20);
    }
  });
});

describe("chooseLineSearch", () => {
  const choose = (settings: LineSearchSettings) =>
    chooseLineSearch("lbfgs", settings, { lineSearch: "wolfe", curvature: 0.1 });

  test("takes a name, a search that was made, and what the solver sets", () => {
    const mine = wolfe({ curvature: 0.2 });
    expect(choose({}).name).toBe("wolfe");
    expect(choose({ lineSearch: "armijo", decrease: 0.3 }).name).toBe("armijo");
    expect(choose({ lineSearch: mine })).toBe(mine);
    expect(choose({ lineSearch: "hagerZhang" }).name).toBe("hagerZhang");
  });

  const refused: readonly (readonly [object, RegExp])[] = [
    [{ lineSearch: "wolf" }, /did you mean wolfe/],
    [{ lineSearch: 3 }, /one of armijo, hagerZhang, nonmonotone, wolfe/],
    [{ lineSearch: wolfe(), curvature: 0.5 }, /made elsewhere/],
    [{ lineSearch: "armijo", curvature: 0.5 }, /unknown option "curvature"/],
    [{ decrease: 0.5 }, /decrease is 0.5/],
    [{ lineSearch: "hagerZhang", curvature: 0.05 }, /curvature is 0.05/],
  ];
  test.for(refused)("refuses %o", ([settings, message]) => {
    expect(() => choose(settings)).toThrow(message);
  });

  test("refuses options out of range", () => {
    expect(() => nonmonotone({ memory: 0 })).toThrow(/memory is 0/);
    expect(() => nonmonotone({ weight: 1 })).toThrow(/weight is 1/);
    expect(() => nonmonotone({ reference: "mean" as "max" })).toThrow(/"max" or "average"/);
    expect(() => hagerZhang({ rise: -1 })).toThrow(/rise is -1/);
    expect(() => armijo({ decrease: 0 })).toThrow(/decrease is 0/);
  });
});
