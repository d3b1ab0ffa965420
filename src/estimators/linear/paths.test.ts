import { describe, expect, test } from "vitest";
import { uniform } from "../../cli/bench/random.ts";
import * as penalties from "../../methods/penalties/registry.ts";
import { linearModel } from "./linearModel.ts";
import golden from "./sparse.golden.json" with { type: "json" };
import { SupportFactor } from "./supportFactor.ts";

const { x, y } = golden;
/** Where the larger of the true coefficients stand: 2.8, −2.8, 2, −2.7, −2.8. */
const large = [9, 19, 46, 111, 118];

describe("paths", () => {
  test("begin where all is zero, and each fit is what a fit of its own would be", () => {
    const model = linearModel({ penalty: penalties.l1(1) });
    const { strengths, fits, locallyConvexDownTo } = model.path(x, y, { count: 12, ratio: 0.05 });
    expect(fits[0]!.support).toEqual([]);
    expect(fits[1]!.support.length).toBeGreaterThan(0);
    expect(locallyConvexDownTo).toBeUndefined();
    for (const k of [3, 7, 11]) {
      const alone = linearModel({ penalty: penalties.l1(strengths[k]!) }).fit(x, y);
      expect(Math.abs(alone.objective - fits[k]!.objective)).toBeLessThan(1e-10);
      const { verdict } = fits[k]!;
      expect(verdict.kind).toBe("global-minimum");
      expect(fits[k]!.verdict).toBe(verdict);
    }
  });

  const makers = [
    ["mcp", penalties.mcp(1)],
    ["scad", penalties.scad(1)],
    ["lHalf", penalties.lHalf(1)],
    ["groupLasso", penalties.groupLasso(1, { groups: 5 })],
    ["groupMcp", penalties.groupMcp(1, { groups: 5, gamma: 6 })],
    ["sparseGroupLasso", penalties.sparseGroupLasso(1, { groups: 5 })],
  ] as const;
  test.for(makers)(
    "of %s: fixed points all along, zero at first and not just after",
    ([, penalty]) => {
      const { fits } = linearModel({ penalty }).path(x, y, { count: 10, ratio: 0.1 });
      expect(fits[0]!.support).toEqual([]);
      expect(fits.at(-1)!.support.length).toBeGreaterThan(5);
      for (const fit of fits) {
        expect(fit.verdict.gradientNorm).toBeLessThanOrEqual(fit.verdict.tolerance);
        if (penalty.weakConvexity === 0) expect(fit.verdict.kind).toBe("global-minimum");
      }
    },
  );

  test("of MCP tell down to which strength they are locally convex", () => {
    const { locallyConvexDownTo, strengths } = linearModel({ penalty: penalties.mcp(1) }).path(
      x,
      y,
    );
    expect(locallyConvexDownTo).toBeGreaterThan(strengths.at(-1)!);
    expect(locallyConvexDownTo).toBeLessThan(strengths[0]!);
  });

  test("cross-validation chooses the same with the same seed, and fits on all samples", () => {
    const model = linearModel({ penalty: penalties.mcp(1) });
    const options = { folds: 4, seed: 3, count: 20, ratio: 0.1 } as const;
    const [first, again] = [model.crossValidate(x, y, options), model.crossValidate(x, y, options)];
    expect(again.losses).toEqual(first.losses);
    expect(first.losses[first.chosen]).toBe(Math.min(...first.losses));
    expect(first.fit.strength).toBe(first.strengths[first.chosen]);
    const careful = model.crossValidate(x, y, { ...options, choose: "one-error" });
    expect(careful.chosen).toBeLessThanOrEqual(first.chosen);
    for (const j of large) expect(first.fit.support).toContain(j);
  });
  test("information criteria price each parameter", () => {
    const { fits } = linearModel({ penalty: penalties.mcp(1) }).path(x, y, {
      count: 20,
      ratio: 0.1,
    });
    for (const { criteria, loss } of fits) {
      const n = y.length;
      expect(criteria.aic! - 2 * criteria.parameters).toBeCloseTo(
        n * (Math.log(4 * Math.PI * loss) + 1),
        8,
      );
      expect(criteria.bic! - criteria.aic!).toBeCloseTo((Math.log(n) - 2) * criteria.parameters, 8);
      expect(criteria.ebic!).toBeGreaterThanOrEqual(criteria.bic!);
    }
  });
});

describe("other losses", () => {
  const next = uniform(5);
  const rows = Array.from({ length: 60 }, () => Array.from({ length: 6 }, () => 2 * next() - 1));
  const eta = rows.map((row) => 0.4 + 1.2 * row[0]! - 0.8 * row[2]!);

  test("poisson: a certificate, and the mean of the rates is that of the counts", () => {
    const counts = eta.map((value) => Math.floor(Math.exp(value) + next()));
    const fit = linearModel({ loss: "poisson", penalty: penalties.l1(0.01) }).fit(rows, counts);
    if (fit.verdict.kind !== "global-minimum") throw new Error(fit.verdict.kind);
    expect(fit.verdict.gap).toBeLessThan(1e-8);
    const rates = fit.predict(rows);
    const total = counts.reduce((a, b) => a + b, 0);
    expect(rates.reduce((a, b) => a + b, 0)).toBeCloseTo(total, 5);
  });

  test("huber: outliers move it less than they move least squares", () => {
    const clean = eta.map((value) => value + 0.1 * (next() - 0.5));
    const spoilt = clean.map((value, i) => (i % 15 === 0 ? value + 30 : value));
    const penalty = penalties.l1(0.001);
    const off = (loss: "squared" | { huber: number }): number => {
      const { coefficients } = linearModel({ loss, penalty }).fit(rows, spoilt);
      return Math.abs(coefficients[0]! - 1.2) + Math.abs(coefficients[2]! + 0.8);
    };
    expect(off({ huber: 0.2 })).toBeLessThan(0.1);
    expect(off("squared")).toBeGreaterThan(0.5);
  });

  test("cox: the gradient is that of the partial likelihood, and the verdict a certificate", () => {
    const times = eta.map((value) => -Math.log(1 - next()) / Math.exp(value));
    const rounded = times.map((time) => Math.ceil(10 * time) / 10); // ties
    const events = times.map((_, i) => (i % 4 === 0 ? 0 : 1));
    const fit = linearModel({ loss: "cox", penalty: penalties.l1(0.01), standardize: false }).fit(
      rows,
      {
        times: rounded,
        events,
      },
    );
    /** Σ over events of log Σ_{at risk} e^η − η, over n: written down a second time. */
    const value = (w: readonly number[]): number => {
      const at = rows.map((row) => row.reduce((sum, v, j) => sum + v * w[j]!, 0));
      return at.reduce((sum, own, i) => {
        if (events[i] === 0) return sum;
        const risk = at.reduce(
          (s, other, k) => (rounded[k]! >= rounded[i]! ? s + Math.exp(other) : s),
          0,
        );
        return sum + (Math.log(risk) - own) / rows.length;
      }, 0);
    };
    const w = [...fit.coefficients];
    expect(fit.loss).toBeCloseTo(value(w), 12);
    for (const j of fit.support) {
      const h = 1e-5;
      const [up, down] = [1, -1].map((side) =>
        value(w.map((v, k) => (k === j ? v + side * h : v))),
      );
      expect((up! - down!) / (2 * h)).toBeCloseTo(-0.01 * Math.sign(w[j]!), 6);
    }
    expect(fit.verdict.kind).toBe("global-minimum");
  });

  test("logistic with MCP ends at a local minimum, by proximal Newton and tangents", () => {
    const labels = golden.labels;
    const fit = linearModel({ loss: "logistic", penalty: penalties.mcp(0.08, { gamma: 6 }) }).fit(
      x,
      labels,
    );
    expect(fit.support.length).toBeGreaterThan(0);
    expect(fit.verdict.gradientNorm).toBeLessThanOrEqual(fit.verdict.tolerance);
    expect(fit.verdict.kind).toBe("local-minimum");
    expect(fit.probabilities(x)[0]).toBeGreaterThan(0);
  });
});

test("a factorization that follows a support gives what a new one would", () => {
  const n = 12;
  const next = uniform(2);
  const root = Array.from({ length: n * n }, () => next() - 0.5);
  const entry = (k: number, l: number): number => {
    let sum = k === l ? 0.5 : 0;
    for (let i = 0; i < n; i++) sum += root[k * n + i]! * root[l * n + i]!;
    return sum;
  };
  const factor = new SupportFactor(entry);
  for (let round = 0; round < 40; round++) {
    const support = Array.from({ length: n }, (_, k) => k).filter(() => next() < 0.6);
    const extras = support.map(() => (next() < 0.5 ? 0 : 0.25));
    expect(factor.change(support, extras)).toBeUndefined();
    const b = Float64Array.from({ length: n }, () => next());
    const solved = b.slice();
    factor.solve(solved);
    support.forEach((k, a) => {
      const back = support.reduce(
        (sum, l, c) => sum + (entry(k, l) + (a === c ? extras[a]! : 0)) * solved[l]!,
        0,
      );
      expect(back).toBeCloseTo(b[k]!, 10);
    });
  }
  expect(factor.change([3, 4], [0, -100])).toBe(4);
});
