import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { type Apply, applyDense } from "./cg.ts";
import { extremePairs } from "./extremePairs.ts";
import { hutchPlusPlus } from "./hutchPlusPlus.ts";
import { densityOf, lanczosQuadrature } from "./spectralDensity.ts";
import { studentT95 } from "./studentT.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { numbersFrom, randomSymmetric, runAlone } from "./testing.ts";
import { axpy, dot, norm } from "./vector.ts";

const seeds = fc.integer({ min: 0, max: 1e6 });

/** Householder's reflection of a diagonal matrix: dense, with known eigenvalues. */
function planted(values: ArrayLike<number>, seed: number): Apply {
  const next = numbersFrom(seed);
  const u = Float64Array.from(values, next);
  const reflect = (v: Float64Array): Float64Array => {
    const out = v.slice();
    axpy((-2 * dot(u, v)) / dot(u, u), u, out);
    return out;
  };
  return function* (v) {
    return reflect(reflect(v).map((entry, i) => entry * values[i]!));
  };
}

describe("extremePairs", () => {
  property.prop([fc.integer({ min: 1, max: 40 }), seeds], { numRuns: 40 })(
    "agrees with a dense eigen-solver at both ends, within its error",
    (n, seed) => {
      const a = randomSymmetric(n, numbersFrom(seed));
      const { values } = symmetricEigen(a, n);
      const found = runAlone(
        extremePairs(applyDense(a, n), n, { largest: 2, smallest: 1, basis: 8, seed }),
      );
      found.largest.forEach(({ value, error }, i) => {
        expect(Math.abs(value - values[n - 1 - i]!)).toBeLessThanOrEqual(error + 1e-12);
      });
      expect(Math.abs(found.smallest[0]!.value - values[0]!)).toBeLessThanOrEqual(
        found.smallest[0]!.error + 1e-12,
      );
      expect(found.reason).not.toBe("budget");
    },
  );

  test("finds planted outliers of a large operator with few vectors, and its residuals are true", () => {
    const n = 3000;
    const values = Float64Array.from({ length: n }, (_, i) => Math.sin(i) ** 3);
    values.set([-7, 12, 11.5, 30, 9], 100);
    const apply = planted(values, 5);
    const found = runAlone(extremePairs(apply, n, { largest: 4, smallest: 1, basis: 16 }));
    expect(found.largest.map(({ value }) => value)).toEqual(
      [30, 12, 11.5, 9].map((value) => expect.closeTo(value, 6)),
    );
    expect(found.smallest[0]?.value).toBeCloseTo(-7, 6);
    expect(found.reason).toBe("converged");
    for (const { value, vector, error } of [...found.largest, ...found.smallest]) {
      const residual = runAlone(apply(vector)).slice();
      axpy(-value, vector, residual);
      expect(norm(residual)).toBeLessThanOrEqual(1.01 * error);
      expect(norm(vector)).toBeCloseTo(1, 12);
    }
  });

  test("restarts, and goes on to clustered ends that its basis alone would not reach", () => {
    const n = 400;
    const values = Float64Array.from({ length: n }, (_, i) => (i / n) ** 2);
    const found = runAlone(
      extremePairs(planted(values, 3), n, { largest: 3, smallest: 0, basis: 12 }),
    );
    expect(found.restarts).toBeGreaterThan(3);
    const expected = [values[n - 1]!, values[n - 2]!, values[n - 3]!];
    expect(found.largest.map(({ value }) => value)).toEqual(
      expected.map((value) => expect.closeTo(value, 8)),
    );
  });

  test("knows every copy of a multiple eigenvalue where the basis holds the whole space", () => {
    const apply = planted([4, 4, 4, -1, -1, 0], 2);
    const found = runAlone(extremePairs(apply, 6, { largest: 4, smallest: 3 }));
    expect(found.reason).toBe("exhausted");
    expect(found.largest.map(({ value }) => Math.round(value * 1e9) / 1e9)).toEqual([4, 4, 4, 0]);
    expect(found.smallest[1]?.value).toBeCloseTo(-1, 12);
  });

  test("says that its budget ended it, with errors that hold all the same", () => {
    const n = 400;
    const values = Float64Array.from({ length: n }, (_, i) => i / n);
    const found = runAlone(
      extremePairs(planted(values, 3), n, { largest: 2, smallest: 2, maxProducts: 10 }),
    );
    expect(found).toMatchObject({ reason: "budget", products: 10 });
    for (const { value, error } of found.largest)
      expect(Math.min(...values.map((own) => Math.abs(own - value)))).toBeLessThanOrEqual(error);
  });

  test("refuses a basis without room to grow", () => {
    const asking = extremePairs(planted([1, 2, 3], 1), 3, { largest: 3, smallest: 0, basis: 4 });
    expect(() => runAlone(asking)).toThrow(/at least 5 vectors/);
  });
});

describe("hutchPlusPlus", () => {
  // An indefinite spectrum with a heavy head, on which stopping at two agreeing means fails once in three runs.
  const spectrum = Float64Array.from({ length: 300 }, (_, i) =>
    i < 5 ? 40 / (i + 1) : Math.cos(i) * (i % 3 === 0 ? 2 : 0.5),
  );
  const truth = spectrum.reduce((sum, value) => sum + value, 0);

  test("its 95 % interval covers the trace as often as it says", () => {
    const runs = 100;
    let covered = 0;
    for (let seed = 0; seed < runs; seed++) {
      const { value, standardError, probes } = runAlone(
        hutchPlusPlus(planted(spectrum, 11), 300, { products: 60, seed }),
      );
      if (Math.abs(value - truth) <= studentT95(probes - 1) * standardError) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(93);
    expect(covered).toBeLessThan(100);
  });

  test("is better than Hutchinson's mean at the same price, where few eigenvalues carry the trace", () => {
    const heavy = Float64Array.from({ length: 300 }, (_, i) => 100 / (i + 1) ** 2);
    const total = heavy.reduce((sum, value) => sum + value, 0);
    const apply = planted(heavy, 11);
    const errors = Array.from({ length: 20 }, (_, seed) => {
      const { value } = runAlone(hutchPlusPlus(apply, 300, { products: 45, seed }));
      return Math.abs(value - total) / total;
    });
    // Hutchinson's standard deviation with 45 signs: at least √(2 Σ_{i≠j} aᵢⱼ²/45), some 15 % of this trace.
    expect(Math.max(...errors)).toBeLessThan(0.02);
  });

  test("is exact with as many products as unknowns", () => {
    const found = runAlone(hutchPlusPlus(planted([3, -1, 5], 4), 3));
    expect(found).toMatchObject({ standardError: 0, products: 3 });
    expect(found.value).toBeCloseTo(7, 12);
  });

  test("refuses fewer products than its parts need", () => {
    const asking = hutchPlusPlus(planted([3, -1, 5], 4), 3, { products: 8 });
    expect(() => runAlone(asking)).toThrow(/at least 9/);
  });
});

describe("lanczosQuadrature", () => {
  const n = 400;
  // Wigner's semicircle at radius 1: the quantiles of its distribution, and one outlier.
  const values = Float64Array.from({ length: n }, (_, i) => Math.cos((Math.PI * (i + 0.5)) / n));
  values[0] = 5;

  test("its moments are those of the spectrum, within a few standard errors", () => {
    const rules = runAlone(lanczosQuadrature(planted(values, 8), n, { probes: 12, steps: 20 }));
    for (const power of [0, 1, 2, 3, 4]) {
      const moments = rules.map(({ nodes, weights }) =>
        nodes.reduce((sum, node, i) => sum + weights[i]! * node ** power, 0),
      );
      const mean = moments.reduce((sum, own) => sum + own, 0) / moments.length;
      const square = moments.reduce((sum, own) => sum + (own - mean) ** 2, 0);
      const error = Math.sqrt(square / 11 / 12);
      const exact = values.reduce((sum, value) => sum + value ** power, 0) / n;
      expect(Math.abs(mean - exact)).toBeLessThanOrEqual(4 * error + 1e-12);
    }
  });

  test("its density integrates to one, and is that of the eigenvalues spread alike", () => {
    const rules = runAlone(lanczosQuadrature(planted(values, 8), n, { probes: 12, steps: 60 }));
    const { at, density, width } = densityOf(rules, 801, 0.15);
    const step = at[1]! - at[0]!;
    expect(density.reduce((sum, value) => sum + value, 0) * step).toBeCloseTo(1, 3);
    const exact = densityOf(
      [{ nodes: values.slice().sort(), weights: values.map(() => 1 / n) }],
      801,
      width,
    );
    const gap = at.map((t, i) => {
      const same = exact.at.findIndex((other) => other >= t);
      return same < 0 ? 0 : Math.abs(density[i]! - exact.density[same]!);
    });
    expect(Math.max(...gap)).toBeLessThan(0.05);
  });
});

test("Student's 95 % points are those of the tables", () => {
  // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
  const table = {
    1: 12.706,
    2: 4.303,
    3: 3.182,
    5: 2.571,
    10: 2.228,
    14: 2.145,
    30: 2.042,
    100: 1.984,
  };
  for (const [degrees, value] of Object.entries(table))
    expect(Math.abs(studentT95(Number(degrees)) - value)).toBeLessThan(4e-3);
});
