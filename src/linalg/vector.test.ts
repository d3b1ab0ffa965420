import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { randomDirection } from "./randomDirection.ts";
import {
  addScaled,
  allFinite,
  axpy,
  axpyRow,
  axpyThenDot,
  distance,
  dot,
  dotRow,
  matrixVector,
  norm,
  normInf,
  quadraticModel,
  scale,
  scaled,
} from "./vector.ts";

const vector = (...entries: number[]) => Float64Array.from(entries);

describe("norm", () => {
  test.for([1, 1e200, 1e-200, 1e-308, 5e-324])(
    "does not overflow or underflow at scale %s",
    (s) => {
      const expected = s < 1e-300 ? Math.hypot(3 * s, 4 * s) : 5 * s;
      expect(norm(vector(3 * s, 4 * s)) / expected).toBeCloseTo(1, 14);
    },
  );

  test("is 0 for nothing, NaN where an entry is, infinite where one is", () => {
    expect(norm(vector())).toBe(0);
    expect(norm(vector(0, 0))).toBe(0);
    expect(norm(vector(1, Number.NaN, 3))).toBeNaN();
    expect(norm(vector(1, Number.NEGATIVE_INFINITY))).toBe(Number.POSITIVE_INFINITY);
  });

  property.prop([fc.array(fc.double({ noNaN: true, min: -1e150, max: 1e150 }), { minLength: 1 })])(
    "lies between the largest entry and √n times it",
    (entries) => {
      const x = Float64Array.from(entries);
      expect(norm(x)).toBeGreaterThanOrEqual(normInf(x) * (1 - 1e-15));
      expect(norm(x)).toBeLessThanOrEqual(normInf(x) * Math.sqrt(x.length) * (1 + 1e-15));
    },
  );

  test("of a difference survives where the squares do not", () => {
    expect(distance(vector(3e-200, 0), vector(0, 4e-200)) / 5e-200).toBeCloseTo(1, 14);
    expect(distance(vector(1, 2), vector(4, 6))).toBe(5);
  });
});

describe("vector helpers", () => {
  test("normInf keeps a NaN wherever it stands", () => {
    expect(normInf(vector(Number.NaN, 1))).toBeNaN();
    expect(normInf(vector(1, Number.NaN))).toBeNaN();
    expect(normInf(vector(1, -3, 2))).toBe(3);
  });

  test.for([0, 1, 3, 4, 7, 100])("update and multiply in one pass as in two, n = %s", (n) => {
    const [a, b, y] = [3, 5, 7].map((seed) => randomDirection(2 * n || 1, seed));
    const [once, twice] = [y!.slice(0, n), y!.slice(0, n)];
    const found = axpyThenDot(0.3, a!, n, once, b!, n);
    axpyRow(0.3, a!, n, twice);
    expect(found).toBe(dotRow(b!, n, twice));
    expect(once).toEqual(twice);
  });

  test("compute what their formulas say", () => {
    const y = vector(1, 1);
    axpy(2, vector(3, 4), y);
    expect([...y]).toEqual([7, 9]);
    addScaled(y, vector(1, 2), -1, vector(3, 4));
    expect([...y]).toEqual([-2, -2]);
    scaled(y, 3, vector(1, 2));
    expect([...y]).toEqual([3, 6]);
    scale(0.5, y);
    expect([...y]).toEqual([1.5, 3]);
    expect(dot(vector(1, 2, 3), vector(4, 5, 6))).toBe(32);
    const out = new Float64Array(2);
    matrixVector(out, vector(1, 2, 3, 4, 5, 6), vector(1, 1, 2));
    expect([...out]).toEqual([9, 21]);
    expect(quadraticModel(vector(2, 1, 1, 4), vector(1, -1), vector(1, 2))).toBe(10);
  });

  test("allFinite sees NaN and both infinities", () => {
    expect(allFinite(vector(1, -2, 0))).toBe(true);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(allFinite(vector(1, bad, 0))).toBe(false);
    }
  });
});

describe("randomDirection", () => {
  test("is a unit vector that depends on the seed alone", () => {
    expect(norm(randomDirection(50, 3))).toBeCloseTo(1, 14);
    expect([...randomDirection(50, 3)]).toEqual([...randomDirection(50, 3)]);
    expect(Math.abs(dot(randomDirection(2000, 3), randomDirection(2000, 4)))).toBeLessThan(0.1);
  });

  test("has entries of mean 0, of variance 1/n and with the normal's fourth moment", () => {
    const n = 100_000;
    const x = randomDirection(n, 7);
    let [sum, fourth] = [0, 0];
    for (const entry of x) {
      sum += entry * Math.sqrt(n);
      fourth += (entry * Math.sqrt(n)) ** 4;
    }
    // Standard errors 1/√n and √(96/n); four of each.
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(fourth / n - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });
});
