import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { randomStream } from "../../../linalg/random.ts";
import type { Solver } from "../solver.ts";
import { run } from "../testing.ts";
import { cmaes } from "./cmaes.ts";
import cmaGolden from "./cmaParameters.golden.json" with { type: "json" };
import { cmaParameters } from "./cmaParameters.ts";
import { noMinima, searchOf, see } from "./minima.ts";
import { latinHypercube, reflected, regionOf } from "./region.ts";
import shareGolden from "./share.golden.json" with { type: "json" };
import { shareOf } from "./share.ts";
import { fromGradient } from "./testing.ts";
import visitingGolden from "./visiting.golden.json" with { type: "json" };
import { acceptance, annealed, visitingMove } from "./visiting.ts";

/** To a relative 1e-9. */
const near = (got: number, want: number): void =>
  expect(Math.abs(got - want)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(want)));

describe("generalized annealing", () => {
  test.for(visitingGolden.moves)("moves as SciPy's does: %j", ({ q, temperature, x, y, move }) => {
    near(visitingMove(q, temperature, x, y), move);
  });

  test.for(visitingGolden.acceptance)("accepts as SciPy's does: %j", (c) => {
    near(acceptance(c.q, c.rise, c.temperature), c.probability);
  });

  test.for(visitingGolden.cooling)("cools as SciPy's does: %j", ({ q, step, temperature }) => {
    near(annealed(q, 5230, step), temperature);
  });

  test("becomes Metropolis' rule as q goes to 1", () => {
    expect(acceptance(1 - 1e-9, 0.7, 1)).toBeCloseTo(Math.exp(-0.7), 6);
  });
});

test.for(shareGolden.cases)("Wilson's interval of %j", ({ count, of, low, high }) => {
  const share = shareOf(count, of);
  expect(share.low).toBeCloseTo(low, 12);
  expect(share.high).toBeCloseTo(high, 12);
});

describe("CMA-ES", () => {
  test.for(cmaGolden.cases)("has the tutorial's constants: n = $n, λ = $offspring", (c) => {
    const { weights, ...got } = cmaParameters(c.n, c.offspring, false);
    const { weights: wanted, ...rest } = c;
    for (const [key, want] of Object.entries(rest)) near(got[key as keyof typeof rest], want);
    for (const [i, w] of weights.entries()) near(w, wanted[i]!);
  });

  /** Σ 10⁶^(i/(n−1)) yᵢ² with y = x, or x turned by a rotation in each pair of neighbours. */
  const ellipsoid = (turned: boolean) =>
    fromGradient((x) => {
      const y = x.slice();
      for (let i = 0; turned && i + 1 < y.length; i++) {
        const [a, b] = [y[i]!, y[i + 1]!];
        y[i] = 0.6 * a - 0.8 * b;
        y[i + 1] = 0.8 * a + 0.6 * b;
      }
      const n = y.length;
      return [y.reduce((sum, v, i) => sum + 1e6 ** (i / (n - 1)) * v * v, 0), [...x].map(() => 0)];
    });

  test("learns a condition of a million, turned or not, at one price", () => {
    const price = [false, true].map((turned) => {
      const solver = cmaes({ restart: "none", local: false, stepSize: 1 }) as Solver;
      const { point, counts } = run(solver, ellipsoid(turned), new Array(8).fill(1));
      expect(point.value).toBeLessThan(1e-10);
      return counts.value;
    }) as [number, number];
    // Hansen & Ostermeier's figures for n = 10 are near 6,000 values to 1e-10; here it goes on to 1e-12.
    expect(Math.max(...price)).toBeLessThan(8000);
    expect(price[1] / price[0]).toBeGreaterThan(0.75);
    expect(price[1] / price[0]).toBeLessThan(1.33);
  });

  test("of the diagonal alone is faster where axes are right, and lost where they are not", () => {
    const solve = (turned: boolean): number => {
      const solver = cmaes({
        ...{ restart: "none", local: false, stepSize: 1, covariance: "separable" },
      } as const) as Solver;
      const { point } = run(solver, ellipsoid(turned), new Array(8).fill(1), {
        maxIterations: 350,
      });
      return point.value;
    };
    expect(solve(false)).toBeLessThan(1e-10);
    expect(solve(true)).toBeGreaterThan(1e-4);
  });

  test("restarts with twice the offspring, and with few between", () => {
    const flat = fromGradient((x) => [0 * x[0]!, [0, 0]]);
    const evidence = (restart: "ipop" | "bipop"): string =>
      run(cmaes({ restart, restarts: 2, local: false }) as Solver, flat, [0, 0]).search
        ?.evidence[0] ?? "";
    expect(evidence("ipop")).toMatch(
      /^3 runs .* the last of 24 offspring; they ended by flat values 3/,
    );
    expect(evidence("bipop")).toMatch(/\(a small one\)/);
  });
});

describe("regions", () => {
  property.prop([fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 5 }), fc.integer()])(
    "a Latin hypercube has one point in each slice of each coordinate",
    (count, n, seed) => {
      const points = latinHypercube(randomStream(seed), count, n);
      for (let i = 0; i < n; i++) {
        const slices = points.map((point) => Math.floor(count * point[i]!)).sort((a, b) => a - b);
        expect(slices).toEqual(Array.from({ length: count }, (_, k) => k));
      }
    },
  );

  property.prop([fc.double({ min: -50, max: 50, noNaN: true })])(
    "mirrors keep what is inside, and bring in what is not",
    (xi) => {
      const box = { lower: Float64Array.of(-2), upper: Float64Array.of(3) };
      const back = reflected(Float64Array.of(xi), box)[0]!;
      expect(back).toBeGreaterThanOrEqual(-2);
      expect(back).toBeLessThanOrEqual(3);
      if (xi >= -2 && xi <= 3) expect(back).toBe(xi);
      const mirrored = reflected(Float64Array.of(6 - xi), box)[0]!;
      expect(mirrored).toBeCloseTo(back, 9);
    },
  );

  test("without a box is a cube about the start, within what bounds there are", () => {
    const bounds = { lower: Float64Array.of(0, -1), upper: Float64Array.of(Infinity, 1) };
    const region = regionOf(Float64Array.of(1, 0), bounds, 2);
    expect([...region.lower, ...region.upper]).toEqual([0, -1, 3, 1]);
    expect(region.words).toMatch(/cube/);
  });
});

describe("minima seen", () => {
  const end = (value: number, ...x: number[]) =>
    ({
      kind: "minimum",
      point: { x: Float64Array.from(x), value, gradient: new Float64Array(x.length) },
      gradientNorm: 0,
    }) as const;

  test("are one where value and place agree, two where one of them differs; the lowest first", () => {
    const seen = noMinima();
    for (const e of [end(1, 0), end(1 - 1e-9, 1e-6), end(1, 0.5), end(0.5, 3), end(1 + 1e-3, 0)])
      see(seen, e);
    see(seen, { kind: "failed", why: "non-finite" });
    const { minima, localSearches, failed, evidence } = searchOf(seen);
    expect(minima.map(({ value, reached }) => [value, reached])).toEqual([
      [0.5, 1],
      [1 - 1e-9, 2],
      [1, 1],
      [1 + 1e-3, 1],
    ]);
    expect([localSearches, failed]).toEqual([6, 1]);
    expect(evidence.join("\n")).toMatch(
      /6 local searches ended in 4 distinct points; 1 failed .* \(1 met a value or a gradient that is not finite\)/,
    );
    expect(evidence.join("\n")).toMatch(/reached by 1 of 6 local searches, 17 %/);
  });

  test("are no more than a thousand in memory, and all are counted", () => {
    const seen = noMinima();
    for (let i = 0; i < 1100; i++) see(seen, end(0, i));
    expect(seen.minima).toHaveLength(1000);
    expect(seen.beyond).toBe(100);
    expect(searchOf(seen).evidence[0]).toMatch(/more than 1000 distinct points/);
  });
});
