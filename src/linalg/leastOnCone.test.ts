import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { leastOnCone } from "./leastOnCone.ts";
import { dot } from "./vector.ts";

const of = (...values: number[]): Float64Array => Float64Array.from(values);

describe("leastOnCone", () => {
  test("without normals is the least eigenvalue", () => {
    expect(leastOnCone(of(-1, 2), [], 1e-12)).toEqual({ value: -1, at: of(1, 0) });
  });

  test("of a half-plane around the other eigenvector is still reached at its edge", () => {
    // d = (−1, 1), v₁ ≥ |v₀|·2: the least is at (1, 2)/√5: (−1 + 4)/5.
    const { value, at } = leastOnCone(of(-1, 1), [of(2, -1), of(-2, -1)], 1e-12);
    expect(value).toBeCloseTo(0.6, 12);
    expect(Math.abs(at![0]!)).toBeCloseTo(1 / Math.sqrt(5), 12);
  });

  test("is ∞ where the normals leave 0 alone", () => {
    expect(leastOnCone(of(0), [of(1), of(-1)], 1e-12).value).toBe(Number.POSITIVE_INFINITY);
    const around = [of(1, 0), of(-1, 1), of(-1, -1)];
    expect(leastOnCone(of(0, 0), around, 1e-12).value).toBe(Number.POSITIVE_INFINITY);
  });

  test("finds a vector of the cone in an eigenspace of several dimensions", () => {
    const normals = [of(1, 0.2, 0), of(-1, 0.5, 0)];
    const { value, at } = leastOnCone(of(1, 1, 5), normals, 1e-12);
    expect(value).toBeCloseTo(1, 12);
    for (const normal of normals) expect(dot(normal, at!)).toBeLessThan(1e-9);
  });

  test("takes eigenvalues for one that their error may turn into each other: the least of them", () => {
    // The cone is |v₁| ≥ 10|v₀|: by eigenvectors that were exact, the least on it would be 1.38e-9.
    const normals = [of(10, -1), of(-10, -1)];
    expect(leastOnCone(of(-0.5e-9, 1.4e-9), normals, 1e-9).value).toBe(-0.5e-9);
    expect(leastOnCone(of(-0.5e-9, 1.4e-9), normals, 1e-12).value).toBeCloseTo(1.3812e-9, 12);
    // Within a millionth of the largest, whatever the error.
    expect(leastOnCone(of(1, 1 + 4e-7), normals, 0).value).toBe(1);
    expect(leastOnCone(of(1, 1 + 4e-6), normals, 0).value).toBeGreaterThan(1 + 3e-6);
  });

  const entry = fc.double({ min: -2, max: 2, noNaN: true });
  const vector = fc.tuple(entry, entry, entry).filter((v) => Math.hypot(...v) > 0.1);
  property.prop([vector, fc.array(vector, { minLength: 1, maxLength: 3 })], {
    numRuns: 60,
    seed: 5,
  })("no unit vector of the cone has less, and one of them has it", (d, rows) => {
    const normals = rows.map((row) => of(...row));
    const { value, at } = leastOnCone(of(...d), normals, 1e-12);
    const form = (v: Float64Array): number => v.reduce((sum, vi, i) => sum + d[i]! * vi * vi, 0);
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 40; i++) {
      for (let j = 0; j < 80; j++) {
        const [polar, turn] = [(Math.PI * (i + 0.5)) / 40, (Math.PI * j) / 40];
        const v = of(
          Math.sin(polar) * Math.cos(turn),
          Math.sin(polar) * Math.sin(turn),
          Math.cos(polar),
        );
        if (normals.every((a) => dot(a, v) <= 0)) least = Math.min(least, form(v));
      }
    }
    expect(value).toBeLessThanOrEqual(least + 1e-5);
    if (at === undefined) return;
    expect(dot(at, at)).toBeCloseTo(1, 9);
    expect(form(at)).toBeCloseTo(value, 4);
    for (const a of normals) expect(dot(a, at)).toBeLessThan(1e-6);
  });
});
