import { describe, expect, test } from "vitest";
import { answer, type Oracle, type Vector } from "../linalg/ask.ts";
import { withBound } from "./bound.ts";
import { type Classified, type ClassifyOptions, classify } from "./classify.ts";
import { descendAlong } from "./descendAlong.ts";

const vector = (...values: readonly number[]): Vector => Float64Array.from(values);

/** A sum Σ fᵢ(xᵢ) of functions of one coordinate each, with their first and second derivatives. */
interface Separable {
  value(x: number, i: number): number;
  slope(x: number, i: number): number;
  bend(x: number, i: number): number;
}

/** ½ Σ hᵢxᵢ² + offset. */
const quadratic = (h: readonly number[], offset = 0): Separable => ({
  value: (x, i) => 0.5 * h[i]! * x * x + offset / h.length,
  slope: (x, i) => h[i]! * x,
  bend: (_x, i) => h[i]!,
});

function oracleOf(f: Separable): Oracle {
  const evaluate = (x: Vector) => ({
    value: x.reduce((sum, xi, i) => sum + f.value(xi, i), 0),
    gradient: x.map((xi, i) => f.slope(xi, i)),
  });
  return (request) => {
    switch (request.kind) {
      case "value":
        return evaluate(request.x).value;
      case "gradient":
        return evaluate(request.x);
      case "hvp":
        return request.x.map((xi, i) => f.bend(xi, i) * request.direction[i]!);
      case "hessian": {
        const n = request.x.length;
        const matrix = new Float64Array(n * n);
        request.x.forEach((xi, i) => {
          matrix[i * n + i] = f.bend(xi, i);
        });
        return matrix;
      }
      default:
        throw new Error(`it asks for ${request.kind}`);
    }
  };
}

function classified(f: Separable, x: Vector, options: Partial<ClassifyOptions> = {}): Classified {
  const oracle = oracleOf(f);
  const at = { x, ...(oracle({ kind: "gradient", x }) as { value: number; gradient: Vector }) };
  return answer(classify(at, { tolerance: 1e-6, otherwise: "budget", ...options }), oracle);
}

const verdict = (...given: Parameters<typeof classified>) => classified(...given).verdict;

describe("a stationary point", () => {
  test("is a minimum with the smallest eigenvalue and its error, 8n roundings of the largest", () => {
    const found = verdict(quadratic([2, 5]), vector(0, 0));
    expect(found).toMatchObject({ kind: "local-minimum", smallestEigenvalue: 2, tolerance: 1e-6 });
    if (found.kind === "local-minimum") expect(found.eigenvalueError).toBe(8 * 2 * 2 ** -52 * 5);
  });

  test("is a saddle with a lower point in hand, however the direction points", () => {
    const { verdict: found, escape: lower } = classified(quadratic([2, -4]), vector(0, 0));
    if (found.kind !== "saddle") throw new Error(`it says ${found.kind}`);
    expect(Math.abs(found.direction[1]!)).toBe(1);
    // ½·4·d² at the distance that was gone: on a paraboloid what was predicted is what was found.
    expect(found.predictedDecrease).toBeCloseTo(-lower!.value, 12);
    // Falls to one side alone, the one against the direction or the one along it.
    for (const side of [1, -1]) {
      const oneSided: Separable = {
        value: (x) => -(x * x) / 2 + side * x ** 3,
        slope: (x) => -x + 3 * side * x * x,
        bend: (x) => -1 + 6 * side * x,
      };
      const { escape: there } = classified(oneSided, vector(0));
      expect(side * there!.x[0]!).toBeLessThan(-1);
    }
  });

  test("is a saddle of a function without a lowest value where it falls as far as steps go, or doubles", () => {
    const cosh: Separable = {
      value: (x) => 1 - Math.cosh(x),
      slope: (x) => -Math.sinh(x),
      bend: (x) => -Math.cosh(x),
    };
    for (const endless of [quadratic([-4]), cosh]) {
      const { verdict: found, escape: lower } = classified(endless, vector(0));
      const told = /falls at least to (-[\d.e+]+), at distance .* unbounded below$/;
      const [, value] = told.exec(found.evidence.at(-1)!)!;
      expect(Number(value)).toBeLessThan(-1e19);
      expect(Number.isFinite(lower!.value)).toBe(true);
      expect(found.advice.join()).toMatch(/bound it/);
    }
  });

  test("is a saddle like others where the fall ends, be it a hair away", () => {
    // Minima of −¼/c, at ±1/√(2c); the last so near that only the last of 40 steps is short enough.
    for (const c of [1e-6, 1, 1e6, (0.015 * 4 ** -39) ** -2]) {
      const wells: Separable = {
        value: (x) => c * x ** 4 - x * x,
        slope: (x) => 4 * c * x ** 3 - 2 * x,
        bend: (x) => 12 * c * x * x - 2,
      };
      const told = verdict(wells, vector(0), { tolerance: 1e-30 }).evidence.at(-1)!;
      const [, fall] = /lowers the value by ([\d.e-]+)$/.exec(told)!;
      expect(Number(fall) * c).toBeGreaterThan(0.1);
      expect(Number(fall) * c).toBeLessThanOrEqual(0.25);
    }
  });

  test("is degenerate where curvature is nothing but its own error", () => {
    const found = verdict(quadratic([1, 1e-17, -1e-17]), vector(0, 0, 0));
    expect(found).toMatchObject({ kind: "degenerate", nearZeroEigenvalues: 2 });
  });

  test("is degenerate where lower points are no lower than the gradient that was let pass explains", () => {
    // A gradient of 1e-3 explains 1e-6/(2·1): the floor at the end of a valley that bends down by less.
    const flat: Separable = {
      value: (x, i) => (i === 0 ? (x * x) / 2 : -1e-7 * (x ** 2 / (1 + x ** 2))),
      slope: (x, i) => (i === 0 ? x : -2e-7 * (x / (1 + x ** 2) ** 2)),
      bend: (x, i) => (i === 0 ? 1 : -2e-7 * ((1 - 3 * x ** 2) / (1 + x ** 2) ** 3)),
    };
    const told = verdict(flat, vector(0, 0), { tolerance: 1e-3 });
    expect(told).toMatchObject({ kind: "degenerate" });
    expect(told.evidence.at(-1)).toMatch(/no more than a gradient within the tolerance explains/);
    expect(verdict(flat, vector(0, 0), { tolerance: 1e-6 })).toMatchObject({ kind: "saddle" });
  });

  test("is degenerate beside the flat bottom of x⁴, whose curvature halves at the next Newton point", () => {
    const quartic: Separable = {
      value: (x) => x ** 4,
      slope: (x) => 4 * x ** 3,
      bend: (x) => 12 * x * x,
    };
    // Newton goes from x to ⅔x: curvature falls to 4/9, below a half.
    const found = verdict(quartic, vector(1e-3), { tolerance: 1e-6 });
    expect(found).toMatchObject({ kind: "degenerate" });
    expect(found.evidence.at(-1)).toMatch(/the bottom is flatter than a paraboloid/);
    // ½x² + x³ at −0.01: curvature 0.94 there and 1 at its minimum, on the side where the gradient leads.
    const steady: Separable = {
      value: (x) => (x * x) / 2 + x ** 3,
      slope: (x) => x + 3 * x * x,
      bend: (x) => 1 + 6 * x,
    };
    expect(verdict(steady, vector(-0.06), { tolerance: 0.1 }).kind).toBe("local-minimum");
  });
});

describe("a point whose gradient is above the tolerance", () => {
  const bowl = quadratic([1]);

  test("is not stationary, for the reason that the method ended", () => {
    for (const otherwise of ["budget", "stopped"] as const)
      expect(verdict(bowl, vector(1e-3), { otherwise })).toMatchObject({
        ...{ kind: "not-stationary", why: otherwise, gradientNorm: 1e-3, tolerance: 1e-6 },
      });
    expect(verdict(bowl, vector(1e-3), { otherwise: "rounding" })).toMatchObject({
      ...{ kind: "not-stationary", why: "line-search" },
    });
  });

  test("is a minimum all the same where rounding lets no gradient be known better", () => {
    // The floor is 4 roundings of ‖x‖ times the curvature: 4·2⁻⁵²·1e6 = 8.9e-10.
    const far: Separable = {
      value: (x) => (x - 1e6) ** 2 / 2,
      slope: (x) => x - 1e6,
      bend: () => 1,
    };
    const at = (gradient: number) =>
      verdict(far, vector(1e6 + gradient), { tolerance: 1e-12, otherwise: "stopped" });
    expect(at(2 ** -31)).toMatchObject({ kind: "local-minimum", tolerance: 2 ** -31 });
    expect(at(2 ** -29)).toMatchObject({ kind: "not-stationary", tolerance: 1e-12 });
  });

  test("is a minimum where a Newton step gains less than the value's rounding, if that ended the method", () => {
    // A Newton step from x gains ½x²; 100 roundings of the value 1e6 are 2.2e-8.
    const high = quadratic([1], 1e6);
    const at = (x: number, otherwise: ClassifyOptions["otherwise"]) =>
      verdict(high, vector(x), { otherwise }).kind;
    expect(at(2e-4, "rounding")).toBe("local-minimum"); // gains 2.0e-8
    expect(at(2.2e-4, "rounding")).toBe("not-stationary"); // gains 2.4e-8
    expect(at(2e-4, "stopped")).toBe("not-stationary");
  });
});

test("what is not finite has diverged, and says what", () => {
  const broken = (value: number, slope: number): Separable => ({
    ...{ value: () => value, slope: () => slope, bend: () => 1 },
  });
  expect(verdict(broken(Number.NaN, 0), vector(0))).toMatchObject({
    ...{ kind: "diverged", cause: "the value is NaN" },
  });
  expect(verdict(broken(0, Number.POSITIVE_INFINITY), vector(0))).toMatchObject({
    ...{ kind: "diverged", cause: "the gradient is not finite" },
  });
});

describe("beyond the size whose Hessian is computed whole", () => {
  const large = { denseLimit: 4 };
  test("Lanczos finds the smallest eigenvalue, with its residual in the error", () => {
    const h = Array.from({ length: 12 }, (_, i) => 1 + i);
    const found = verdict(quadratic(h), new Float64Array(12), large);
    if (found.kind !== "local-minimum") throw new Error(`it says ${found.kind}`);
    expect(Math.abs(found.smallestEigenvalue - 1)).toBeLessThanOrEqual(found.eigenvalueError);
    expect(verdict(quadratic(h.map((hi) => hi - 3)), new Float64Array(12), large).kind).toBe(
      "saddle",
    );
  });

  test("two products tell of no more than they saw: the error is their residual", () => {
    const h = Array.from({ length: 12 }, (_, i) => 1e-3 + i * i);
    const found = verdict(quadratic(h), new Float64Array(12), { ...large, products: 2 });
    if (!("eigenvalueError" in found)) throw new Error(`it says ${found.kind}`);
    expect(found.eigenvalueError).toBeGreaterThan(1);
  });
});

describe("descending along a direction", () => {
  const along = (f: Separable) => {
    const oracle = oracleOf(f);
    const x = vector(0);
    const at = { x, value: 0, gradient: vector(0) };
    return answer(descendAlong(at, vector(1), { tolerance: 1e-6 }), oracle);
  };

  test("doubles the step while the value falls, and keeps the lowest", () => {
    // −x² down to |x| = 1, up from there: steps of 0.01, 0.02, … 0.64, 1.28.
    const found = along({ value: (x) => x ** 4 / 2 - x * x, slope: () => 0, bend: () => 0 });
    expect(found!.distance).toBeCloseTo(0.64, 12);
    expect(found!.value).toBeCloseTo(0.64 ** 4 / 2 - 0.64 ** 2, 12);
  });

  test("shrinks it by four while it does not, and finds nothing where nothing is lower", () => {
    const found = along({ value: (x) => x ** 4 - 1e-6 * x * x, slope: () => 0, bend: () => 0 });
    // Lower than 0 below 1e-3: 0.01, 0.0025, 6.25e-4.
    expect(found!.distance).toBeCloseTo(6.25e-4, 12);
    expect(along({ value: (x) => x * x, slope: () => 0, bend: () => 0 })).toBeUndefined();
  });
});

describe("a lower bound", () => {
  const bound = { value: 1, why: "it is a cosine" };
  const [found, open] = [
    verdict(quadratic([1], 1), vector(0), { tolerance: 1e-3 }),
    verdict(quadratic([1], 1), vector(0.1), { tolerance: 1e-3 }),
  ];

  test("within the square of the tolerance proves a global minimum, with the gap", () => {
    expect(withBound(found, 1 + 2 ** -20, bound)).toMatchObject({
      ...{ kind: "global-minimum", primal: 1 + 2 ** -20, dual: 1, gap: 2 ** -20 },
    });
  });

  test("further away says what could be gained at most", () => {
    const told = withBound(open, 1 + 2 ** -19, bound);
    expect(told.kind).toBe("not-stationary");
    expect(told.evidence.at(-1)).toContain("it is a cosine, so");
  });
});
