import { describe, expect, test } from "vitest";
import type { Vector } from "../../../linalg/ask.ts";
import { largestDifference } from "../../../linalg/testing.ts";
import { matrixVector } from "../../../linalg/vector.ts";
import golden from "./updates.golden.json" with { type: "json" };
import { bfgsUpdate, damp, inverseBfgsUpdate, sr1Update } from "./updates.ts";

const flat = (rows: readonly (readonly number[])[]): Vector => Float64Array.from(rows.flat());

/** The inverse of a symmetric positive definite matrix, by Gauss–Jordan elimination. */
function inverse(rows: readonly (readonly number[])[]): Vector {
  const n = rows.length;
  const a = rows.map((row, i) => [...row, ...row.map((_, j) => (i === j ? 1 : 0))]);
  for (let k = 0; k < n; k++) {
    const pivot = a[k]![k]!;
    a[k] = a[k]!.map((entry) => entry / pivot);
    for (let i = 0; i < n; i++) {
      if (i === k) continue;
      const factor = a[i]![k]!;
      a[i] = a[i]!.map((entry, j) => entry - factor * a[k]![j]!);
    }
  }
  return flat(a.map((row) => row.slice(n)));
}

describe.for(golden.cases)("n = $s.length", ({ B0, s, y, ...expected }) => {
  const [step, change] = [Float64Array.from(s), Float64Array.from(y)];
  const work = new Float64Array(s.length);

  test("BFGS gives the golden Hessian and inverse", () => {
    const b = flat(B0);
    bfgsUpdate(b, step, change, work);
    expect(largestDifference(b, expected.bfgsB.flat())).toBeLessThan(1e-12);
    const h = inverse(B0);
    inverseBfgsUpdate(h, step, change, work);
    expect(largestDifference(h, expected.bfgsHfromInvB0.flat())).toBeLessThan(1e-12);
  });

  test("DFP is BFGS with s and y exchanged", () => {
    const b = flat(B0);
    inverseBfgsUpdate(b, change, step, work);
    expect(largestDifference(b, expected.dfpB.flat())).toBeLessThan(1e-12);
  });

  test("SR1 gives the golden matrix, which takes s to y", () => {
    const b = flat(B0);
    expect(sr1Update(b, step, change, work)).toBe(true);
    expect(largestDifference(b, expected.sr1B.flat())).toBeLessThan(1e-12);
    matrixVector(work, b, step);
    expect(largestDifference(work, y)).toBeLessThan(1e-12);
  });

  test("Powell's damping gives the golden pair and update", () => {
    const b = flat(B0);
    const damped = Float64Array.from(expected.damped.y);
    const bs = new Float64Array(s.length);
    matrixVector(bs, b, step);
    expect(damp(step, damped, bs)).toBeCloseTo(expected.damped.theta, 12);
    bfgsUpdate(b, step, damped, work);
    expect(largestDifference(b, expected.damped.B.flat())).toBeLessThan(1e-11);
  });
});

test("SR1 leaves out a pair whose denominator is rounding, and one that says nothing new", () => {
  const b = Float64Array.of(1, 0, 0, 1);
  const work = new Float64Array(2);
  // y − Bs is orthogonal to s; then 0.
  expect(sr1Update(b, Float64Array.of(1, 0), Float64Array.of(1, 1), work)).toBe(false);
  expect(sr1Update(b, Float64Array.of(1, 0), Float64Array.of(1, 0), work)).toBe(false);
  expect([...b]).toEqual([1, 0, 0, 1]);
});
