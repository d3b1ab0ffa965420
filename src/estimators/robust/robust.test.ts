import { describe, expect, test } from "vitest";
import { gaussian, randomStream } from "../../linalg/random.ts";
import { linearModel } from "../linear/linearModel.ts";
import { leastTrimmedSquares } from "./leastTrimmedSquares.ts";
import golden from "./robust.golden.json" with { type: "json" };
import { robustRegression } from "./robustRegression.ts";

const { x, y } = golden;

/** y = 1 + 2a − 3b + noise, and a share of samples moved far away, together, where their x is far too. */
function spoilt(n: number, share: number, seed: number) {
  const random = randomStream(seed);
  const bad = Math.round(share * n);
  const rows = Array.from({ length: n }, (_, i) =>
    i < bad ? [8 + gaussian(random), gaussian(random)] : [gaussian(random), gaussian(random)],
  );
  const targets = rows.map(([a, b], i) =>
    i < bad ? -40 + gaussian(random) : 1 + 2 * a! - 3 * b! + 0.5 * gaussian(random),
  );
  return { rows, targets, bad };
}

const error = ({ coefficients }: { coefficients: Float64Array }): number =>
  Math.abs(coefficients[0]! - 2) + Math.abs(coefficients[1]! + 3);

const falls = (history: readonly number[]): boolean =>
  history.every((value, k) => k === 0 || value <= history[k - 1]! * (1 + 1e-14));

describe("least trimmed squares", () => {
  test("on the stack loss data, the least of all subsets, and the outliers that the field knows", () => {
    const fit = leastTrimmedSquares().fit(x, y);
    const { trimmed } = golden;
    expect(Math.abs(fit.objective - trimmed.objective)).toBeLessThan(1e-12);
    expect([...fit.kept]).toEqual(trimmed.kept);
    trimmed.coefficients.forEach((value, j) => {
      expect(fit.coefficients[j]!).toBeCloseTo(value, 9);
    });
    expect(fit.scale).toBeCloseTo(trimmed.scale, 9);
    expect(fit.outliers).toEqual(trimmed.outliers);
    expect(falls(fit.history)).toBe(true);
    // 203,490 subsets are too many to look at: no more than a local minimum is claimed.
    expect(fit.verdict.kind).toBe("local-minimum");
    fit.predict(x).forEach((value, i) => {
      expect(y[i]! - value).toBeCloseTo(fit.residuals[i]!, 10);
    });
  });

  test("where all subsets can be looked at, the minimum is proved; many starts find it as well", () => {
    const { rows, targets } = spoilt(14, 0.3, 5);
    const fit = leastTrimmedSquares().fit(rows, targets);
    expect(fit.verdict.kind).toBe("global-minimum");
    expect(fit.outliers).toEqual([0, 1, 2, 3]);
    let least = Number.POSITIVE_INFINITY;
    const random = randomStream(2);
    for (let k = 0; k < 3000; k++) {
      const w = [2, -3, 1].map((v) => v + gaussian(random));
      const squares = rows.map(([a, b], i) => (targets[i]! - w[0]! * a! - w[1]! * b! - w[2]!) ** 2);
      squares.sort((a, b) => a - b);
      least = Math.min(
        least,
        squares.slice(0, fit.kept.length).reduce((s, v) => s + v, 0),
      );
    }
    expect(fit.objective).toBeLessThanOrEqual(least / (2 * fit.kept.length));
  });

  test.for([
    [100, 0.3],
    [1000, 0.4],
  ] as const)(
    "of %i samples a share %d is wrong: least squares is lost, this is not",
    ([n, share]) => {
      const { rows, targets, bad } = spoilt(n, share, 7);
      const plain = linearModel().fit(rows, targets);
      expect(error(plain)).toBeGreaterThan(3);
      const fit = leastTrimmedSquares().fit(rows, targets);
      expect(error(fit)).toBeLessThan(0.4);
      expect(error(fit.reweighted)).toBeLessThan(0.25);
      const wrong = Array.from({ length: bad }, (_, i) => i);
      expect(wrong.every((i) => fit.outliers.includes(i) && fit.weights[i] === 0)).toBe(true);
      expect(fit.outliers.length - bad).toBeLessThan(0.05 * n);
      expect(falls(fit.history)).toBe(true);
      expect(fit.verdict.kind).toBe("local-minimum");
    },
  );

  test("more than half on one plane exactly: a sum of squares of 0 cannot be beaten", () => {
    const rows = Array.from({ length: 30 }, (_, i) => [Math.sin(3 * i), Math.cos(5 * i)]);
    const targets = rows.map(([a, b], i) => (i < 10 ? 50 + i : 1 + 2 * a! - 3 * b!));
    const fit = leastTrimmedSquares().fit(rows, targets);
    expect(fit.verdict.kind).toBe("global-minimum");
    expect(fit.outliers).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(error(fit)).toBeLessThan(1e-10);
    expect(() => robustRegression().fit(rows, targets)).toThrow(/on one plane exactly/);
  });

  test("bad input", () => {
    const one = x.map(([a, b]) => [a!, b!, a! + b!]);
    expect(() => leastTrimmedSquares().fit(one, y)).toThrow(/combination of others/);
    expect(() =>
      leastTrimmedSquares().fit(
        x.map(([a]) => [a!, 3]),
        y,
      ),
    ).toThrow(/column 1 does not vary/);
    expect(() => leastTrimmedSquares().fit(x.slice(0, 7), y.slice(0, 7))).toThrow(
      /7 samples for 4/,
    );
    expect(() => leastTrimmedSquares().fit(x, y.slice(1))).toThrow(/20 responses for 21 samples/);
    expect(() => leastTrimmedSquares().fit(x, y.with(2, Number.NaN))).toThrow(/y\[2\] is NaN/);
    expect(() => leastTrimmedSquares({ trimmed: 0.45 }).fit(x, y)).toThrow(/at most 8/);
    expect(() => leastTrimmedSquares({ trimmed: 0.7 }).fit(x, y)).toThrow(/trimmed/);
    expect(() => robustRegression({ tuning: 0 }).fit(x, y)).toThrow(/tuning/);
    // Samples belong to fit.
    expect(() => robustRegression(x as object)).toThrow(/robustRegression\(options\)\.fit\(x, y\)/);
  });
});

describe("Tukey's and Welsch's losses", () => {
  test.for(["tukey", "welsch"] as const)("%s on the stack loss data, against BFGS", (loss) => {
    const fit = robustRegression({ loss }).fit(x, y);
    const wanted = golden[loss];
    expect(Math.abs(fit.objective - wanted.objective)).toBeLessThan(1e-9);
    wanted.coefficients.forEach((value, j) => {
      expect(Math.abs(fit.coefficients[j]! - value)).toBeLessThan(1e-5);
    });
    expect(fit.verdict.kind).toBe("local-minimum");
    expect(falls(fit.history)).toBe(true);
  });

  test.for(["tukey", "welsch"] as const)("%s with 30 %% of gross outliers", (loss) => {
    const { rows, targets, bad } = spoilt(200, 0.3, 11);
    const fit = robustRegression({ loss }).fit(rows, targets);
    expect(error(fit)).toBeLessThan(0.25);
    expect(Math.max(...fit.weights.slice(0, bad))).toBeLessThan(1e-3);
    expect(fit.outliers.slice(0, bad)).toEqual(Array.from({ length: bad }, (_, i) => i));
    expect(falls(fit.history)).toBe(true);
    const { verdict } = fit;
    if (verdict.kind !== "local-minimum") throw new Error(verdict.kind);
    // True of what is claimed: no small step is lower, at the scale that the fit used.
    const c = loss === "tukey" ? 4.685 : 2.985;
    const value = (w: readonly number[]): number =>
      rows.reduce((sum, [a, b], i) => {
        const u = (targets[i]! - w[0]! * a! - w[1]! * b! - w[2]!) / fit.scale / c;
        const rho =
          loss === "tukey" ? (1 - Math.max(0, 1 - u * u) ** 3) / 6 : (1 - Math.exp(-u * u)) / 2;
        return sum + c * c * rho;
      }, 0);
    const at = [...fit.coefficients, fit.intercept];
    const random = randomStream(3);
    // The scale is that of the start, which is not that of the end.
    expect((fit.scale ** 2 * value(at)) / 200).toBeCloseTo(fit.objective, 10);
    for (let k = 0; k < 500; k++)
      expect(value(at.map((v) => v + 1e-3 * gaussian(random)))).toBeGreaterThan(value(at));
    const lost = robustRegression({ loss, start: "least-squares" }).fit(rows, targets);
    expect(error(lost)).toBeGreaterThan(error(fit));
  });
});
