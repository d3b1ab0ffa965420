import { describe, expect, test } from "vitest";
import { checkFarkas, checkOptimality } from "./certificates.ts";
import { readProgram } from "./program.ts";

const vector = (...numbers: number[]): Float64Array => Float64Array.from(numbers);

describe("multipliers that are wrong are seen to be", () => {
  test("of x² + 1 with a free x: away from the minimum nothing bears the slope, which counts as a violation", () => {
    const square = readProgram({ minimize: { linear: [0], quadratic: [[2]], constant: 1 } });
    const away = checkOptimality(square, vector(1), vector());
    expect(away.primal).toBe(2);
    expect(away.z).toEqual(vector(2));
    // constant − ½xᵀQx + z·x: the two values agree, and only the violation tells that this is no bound.
    expect(away.dual).toBe(2);
    expect(away.dualViolation).toBeGreaterThan(0.5);
    const there = checkOptimality(square, vector(0), vector());
    expect([there.primal, there.dual, there.dualViolation]).toEqual([1, 1, 0]);
  });

  test("of 2x with 3 ≤ x: a multiplier too small leaves a gap, and bears on a bound that there is not", () => {
    const program = readProgram({
      minimize: { linear: [2] },
      constraints: [{ coefficients: [1], lower: 3 }],
    });
    const right = checkOptimality(program, vector(3), vector(2));
    expect([right.primal, right.dual, right.dualViolation]).toEqual([6, 6, 0]);
    expect(checkOptimality(program, vector(3), vector(1)).dualViolation).toBeGreaterThan(0.1);
    // A sign that speaks for the upper bound, which is infinite, counts for nothing.
    expect(checkOptimality(program, vector(3), vector(-2)).y).toEqual(vector(0));
    expect(checkOptimality(program, vector(2), vector(2)).primalViolation).toBeGreaterThan(0.1);
  });

  test("Farkas's: those of x ≥ 2 and x ≤ 1 prove it, unequal ones leave an error, and those of a feasible program nothing", () => {
    const rows = (upper: number) =>
      readProgram({
        minimize: { linear: [0] },
        constraints: [
          { coefficients: [1], lower: 2 },
          { coefficients: [1], upper },
        ],
      });
    const proof = checkFarkas(rows(1), vector(3, -3));
    expect(proof.violation).toBeCloseTo(0.5, 15); // y = (½, −½): ½·2 − ½·1
    expect(proof.error).toBe(0);
    expect(checkFarkas(rows(1), vector(3, -1)).error).toBeCloseTo(0.5, 15);
    expect(checkFarkas(rows(4), vector(1, -1)).violation).toBeLessThan(0);
    expect(checkFarkas(rows(1), new Float64Array(2)).violation).toBe(0);
  });
});
