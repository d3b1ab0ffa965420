import { describe, expect, test } from "vitest";
import type { Vector } from "../../../linalg/ask.ts";
import { answer } from "../../../linalg/ask.ts";
import type { Solver } from "../solver.ts";
import { oracleOf, run, type Smooth } from "../testing.ts";
import { basinHopping } from "./basinHopping.ts";
import { cmaes } from "./cmaes.ts";
import { differentialEvolution } from "./differentialEvolution.ts";
import { dualAnnealing } from "./dualAnnealing.ts";
import { multiStart } from "./multiStart.ts";
import { fromGradient, himmelblau, inBox, rastrigin } from "./testing.ts";

/** Each method with a plan that is short, and long enough for two unknowns. */
const methods: Readonly<Record<string, () => Solver>> = {
  multiStart: () => multiStart({ starts: 200 }) as Solver,
  basinHopping: () => basinHopping({ hops: 200 }) as Solver,
  dualAnnealing: () => dualAnnealing({ iterations: 300 }) as Solver,
  differentialEvolution: () => differentialEvolution() as Solver,
  cmaes: () => cmaes({ restarts: 3 }) as Solver,
};
const every = Object.entries(methods);

describe.for(every)("%s", ([, make]) => {
  test.for([0, 1, 2, 3])("finds the lowest of some hundred minima, seed %i", (seed) => {
    const { features, context } = inBox(2, -5.12, 5.12);
    const { point, stop, search } = run(make(), rastrigin, [4.1, -3.2], {
      features,
      context: { ...context, seed },
    });
    expect(point.value).toBeCloseTo(0, 10);
    expect(["exhausted", "rounding"]).toContain(stop.criterion);
    expect(search?.minima[0]?.value).toBe(point.value);
    expect(search?.evidence.join(" ")).toMatch(/local search/);
  });

  test("gives equal bits for equal seeds, also from a saved state, and others for others", () => {
    const { features, context } = inBox(2, -5.12, 5.12);
    const { oracle } = oracleOf(rastrigin, features);
    const course = (seed: number, save: number): number[] => {
      const solver = make();
      const x = Float64Array.of(4.1, -3.2);
      let point = { x, ...rastrigin.gradient(x) } as Parameters<Solver["init"]>[0];
      let state = solver.init(point, { ...context, seed });
      const values: number[] = [];
      for (let i = 0; i < 12; i++) {
        if (i === save) ({ point, state } = structuredClone({ point, state }));
        ({ point, state } = answer(solver.step(point, state), oracle));
        values.push(point.value, ...point.x);
      }
      return values;
    };
    expect(course(1, 5)).toEqual(course(1, -1));
    expect(course(2, -1)).not.toEqual(course(1, -1));
  });

  test("stays in its box, and finds a minimum on the box's edge", () => {
    const seen: Vector[] = [];
    const slope: Smooth = fromGradient((x) => {
      seen.push(x.slice());
      return [x[0]! + 3 * Math.cos(3 * x[1]!), [1, -9 * Math.sin(3 * x[1]!)]];
    });
    const { features, context } = inBox(2, -1, 2);
    const { point } = run(make(), slope, [0.5, 0.4], { features, context });
    expect(point.x[0]).toBeCloseTo(-1, 9);
    expect(point.value).toBeCloseTo(-4, 8);
    const outside = seen.filter((x) => x.some((xi) => xi < -1 || xi > 2));
    // A local search may look beyond before it is called back, but nothing there may win.
    expect(Math.min(...point.x)).toBeGreaterThanOrEqual(-1);
    expect(outside.length).toBeLessThan(seen.length / 2);
  });

  test("lets no value win that is not finite, and no start in such a place end it", () => {
    const holed: Smooth = fromGradient((x) => {
      const bad = x[0]! < 0 ? (x[1]! < 0 ? Number.NEGATIVE_INFINITY : Number.NaN) : 0;
      return [(x[0]! - 1) ** 2 + x[1]! ** 2 + bad, [2 * (x[0]! - 1) + bad, 2 * x[1]! + bad]];
    });
    const { features, context } = inBox(2, -3, 3);
    const { point } = run(make(), holed, [-1, -1], { features, context });
    expect(point.value).toBeCloseTo(0, 10);
    expect(point.x[0]).toBeCloseTo(1, 5);
  });
});

test.for([
  ["multiStart", multiStart({ starts: 30 }) as Solver],
  ["basinHopping", basinHopping({ hops: 30, stepSize: 3 }) as Solver],
] as const)("%s lets no local search win that comes to no end", ([, solver]) => {
  // Falls for ever where x₁ > 2; the lowest minimum that there is, −1, is at the origin.
  const cliff = fromGradient((x) => {
    const [a, b] = [x[0]!, x[1]!];
    const u = Math.max(0, a - 2);
    return [
      -Math.exp(-a * a - b * b) - u ** 2,
      [2 * a * Math.exp(-a * a - b * b) - 2 * u, 2 * b * Math.exp(-a * a - b * b)],
    ];
  });
  const { point, search } = run(solver, cliff, [0.5, 0.5]);
  expect(search?.failed).toBeGreaterThan(0);
  expect(search?.evidence.join(" ")).toMatch(/failed and were not let win/);
  expect(point.value).toBeCloseTo(-1, 8);
});

test("multiStart counts how often each of four minima was reached, and stops there", () => {
  const { features, context } = inBox(2, -5, 5);
  const { search } = run(multiStart({ starts: 80 }) as Solver, himmelblau, [0, 0], {
    features,
    context,
  });
  expect(search?.minima).toHaveLength(4);
  expect(search?.minima.reduce((sum, { reached }) => sum + reached, 0)).toBe(80);
  for (const { x } of search?.minima ?? []) expect(himmelblau.value(x)).toBeLessThan(1e-12);
  expect(search?.evidence.join(" ")).toMatch(/about 4 minima are to be expected in all/);
});

/** The points of a course on f, moved by `shift`. */
function points(solver: Solver, f: Smooth, shift: number, steps: number): number[][] {
  const { features, context } = inBox(2, -4 + shift, 4 + shift);
  const x = Float64Array.of(1 + shift, 2 + shift);
  let point = { x, ...f.gradient(x) } as Parameters<Solver["init"]>[0];
  let state = solver.init(point, { ...context, seed: 3 });
  const { oracle } = oracleOf(f, features);
  return Array.from({ length: steps }, () => {
    ({ point, state } = answer(solver.step(point, state), oracle));
    return Array.from(point.x, (xi) => xi - shift);
  });
}

const unpolished = {
  differentialEvolution: () => differentialEvolution({ local: false }) as Solver,
  cmaes: () => cmaes({ local: false }) as Solver,
  "separable cmaes": () => cmaes({ local: false, covariance: "separable" }) as Solver,
};

describe.for(Object.entries(unpolished))("%s", ([, make]) => {
  test("sees values only through comparisons: an increasing transformation changes no bit", () => {
    const cubed = fromGradient((x) => [(rastrigin.value(x) - 20) ** 3, [0, 0]]);
    expect(points(make(), cubed, 0, 25)).toEqual(points(make(), rastrigin, 0, 25));
  });

  test("does not depend on the origin", () => {
    const moved = fromGradient((x) => [rastrigin.value(x.map((xi) => xi - 8)), [0, 0]]);
    const there = points(make(), moved, 8, 15);
    for (const [i, x] of points(make(), rastrigin, 0, 15).entries())
      for (const [k, xk] of x.entries()) expect(there[i]![k]).toBeCloseTo(xk, 8);
  });
});

test.for([
  () => multiStart({ starts: 0 }),
  () => multiStart({ sampling: "sobel" as "uniform" }),
  () => multiStart({ distance: 0 }),
  () => basinHopping({ temperature: -1 }),
  () => basinHopping({ acceptance: 1 }),
  () => basinHopping({ local: multiStart() as Solver }),
  () => dualAnnealing({ visit: 3 }),
  () => dualAnnealing({ accept: -1 }),
  () => differentialEvolution({ population: 3 }),
  () => differentialEvolution({ mutation: [1, 0.5] }),
  () => differentialEvolution({ crossover: 1.5 }),
  () => cmaes({ population: 2 }),
  () => cmaes({ restart: "bipod" as "bipop" }),
  () => cmaes({ stepSize: 0 }),
])("refuses what no plan can be made of: %s", (make) => {
  expect(make).toThrow(/expected: /);
});

test.for([
  ["differentialEvolution", differentialEvolution() as Solver],
  ["dualAnnealing", dualAnnealing() as Solver],
] as const)("%s refuses a box without an end", ([, solver]) => {
  const start = { x: Float64Array.of(0), value: 0, gradient: Float64Array.of(0) };
  const bounds = { lower: Float64Array.of(0), upper: Float64Array.of(Number.POSITIVE_INFINITY) };
  expect(() => solver.init(start, { bounds })).toThrow(
    /x\[0\] may lie anywhere from 0 to Infinity/,
  );
  expect(() => solver.init(start)).toThrow(/try: constraint: box/);
});
