import { describe, expect, test } from "vitest";
import type { Vector } from "../linalg/ask.ts";
import type { Face } from "../methods/constraints/constraint.ts";
import { onCriticalCone } from "./criticalCone.ts";
import type { Curvature } from "./curvature.ts";

const vector = (...values: readonly number[]): Vector => Float64Array.from(values);

/** Curvature that was computed whole: eigenvalues in ascending order, with the axes they belong to in ℝⁿ. */
function measured(values: readonly number[], axes: readonly number[], n: number): Curvature {
  const vectors = new Float64Array(values.length * n);
  axes.forEach((axis, k) => {
    vectors[k * n + axis] = 1;
  });
  return {
    ...{ smallest: values[0]!, largest: values.at(-1)!, error: 1e-12, nearZero: 7 },
    ...{ direction: vectors.slice(0, n), newtonDecrease: 0, how: "measured" },
    onTangent: { values: Float64Array.from(values), vectors },
  };
}

/** A face of ℝⁿ that is left free along the given axes, where inequalities touch. */
const face = (normals: readonly Vector[] | undefined, axes: readonly number[]): Face => ({
  ...{ held: [], touching: (normals ?? [0]).map((_, i) => `c${i}`), dimension: axes.length },
  ...(normals === undefined ? {} : { normals }),
  tangent: (v) => v.map((vi, i) => (axes.includes(i) ? vi : 0)),
});

const three = [0, 1, 2];
const saddle = measured([-2, 1, 5], three, 3);

describe("the critical cone", () => {
  test("is no question where nothing touches, or the whole space decides", () => {
    expect(onCriticalCone(saddle, face([], three))).toBeUndefined();
    const wall = face([vector(1, 0, 0)], three);
    expect(onCriticalCone(measured([2, 3, 5], three, 3), wall)).toBeUndefined();
    // A zero within its error does not decide.
    expect(onCriticalCone(measured([1e-13, 3, 5], three, 3), wall)).toMatchObject({
      ...{ smallest: 1e-13, nearZero: 1 },
    });
    expect(onCriticalCone(measured([1e-12, 3, 5], three, 3), wall)).toMatchObject({
      ...{ smallest: 1e-12, nearZero: 1 },
    });
  });

  test("blocks one side of a negative direction: the other is left, and pointed to", () => {
    const found = onCriticalCone(saddle, face([vector(1, 0, 0)], three))!;
    expect(found).toMatchObject({ smallest: -2, nearZero: 0, error: 1e-12 });
    expect(found.direction).toEqual(vector(-1, 0, 0));
    expect(found.how).toBe(
      "measured; of that, the one constraint without a force blocks one side: the least curvature on the cone that they leave is -2",
    );
  });

  test("that both sides are blocked of is the space beside: its least curvature counts", () => {
    const slit = [vector(1, 0, 0), vector(-1, 0, 0)];
    const found = onCriticalCone(saddle, face(slit, three))!;
    expect(found).toMatchObject({ smallest: 1, nearZero: 0 });
    expect(Math.abs(found.direction[1]!)).toBeCloseTo(1, 12);
    expect(found.how).toMatch(/the 2 constraints without a force block one side/);
    // Beside it lies a direction without curvature.
    const flat = onCriticalCone(measured([-2, 0, 5], three, 3), face(slit, three))!;
    expect(flat).toMatchObject({ smallest: 0, nearZero: 1 });
    // Curvature that is known to 1 only: 1 may be 0.
    const rough = { ...saddle, error: 1 };
    expect(onCriticalCone(rough, face(slit, three))).toMatchObject({ nearZero: 1 });
  });

  test("does not keep out a direction that the error may turn into it", () => {
    const rough = { ...measured([-0.5, 1.4], [0, 1], 2), error: 1 };
    const narrow = face([vector(10, -1), vector(-10, -1)], [0, 1]);
    expect(onCriticalCone(rough, narrow)).toMatchObject({ smallest: -0.5, nearZero: 1 });
  });

  test("that is a point decides alone", () => {
    const around = [vector(1, 0), vector(-1, 1), vector(-1, -1)];
    const found = onCriticalCone(measured([-2, 1], [0, 1], 2), face(around, [0, 1]))!;
    expect(found).toMatchObject({ smallest: Number.POSITIVE_INFINITY, error: 0, nearZero: 0 });
    expect(found.how).toMatch(/together they leave no direction$/);
  });

  test("is seen in the coordinates of the face's own directions", () => {
    // The face holds the first axis; its least curvature is along the last, which is blocked both ways.
    const axes = [2, 1];
    const slit = [vector(9, 0, 1), vector(-4, 0, -1)];
    const found = onCriticalCone(measured([-3, 4], axes, 3), face(slit, axes))!;
    expect(found.smallest).toBe(4);
    expect(found.direction.map(Math.abs)).toEqual(vector(0, 1, 0));
  });

  test.for([
    ["constraints whose normals are not known", saddle, undefined, three],
    ["nine constraints", saddle, Array.from({ length: 9 }, () => vector(1, 0, 0)), three],
    [
      "31 directions",
      measured(
        Array.from({ length: 31 }, (_, i) => i - 1),
        Array.from({ length: 31 }, (_, i) => i),
        31,
      ),
      [Float64Array.from({ length: 31 }, (_, i) => (i === 0 ? 1 : 0))],
      Array.from({ length: 31 }, (_, i) => i),
    ],
    [
      "curvature that was not computed whole",
      { ...saddle, onTangent: undefined },
      [vector(1, 0, 0)],
      three,
    ],
  ] as const)("of %s is not searched, which is said", ([, curvature, normals, axes]) => {
    const given = curvature as Curvature; // the last case leaves a field out
    const found = onCriticalCone(given, face(normals, axes))!;
    expect(found).toMatchObject({ smallest: given.smallest, error: given.error, nearZero: 7 });
    expect(found.how).toMatch(/what curvature is left on the other was not computed$/);
  });

  test("of eight constraints in 30 directions is", () => {
    const axes = Array.from({ length: 30 }, (_, i) => i);
    const curvature = measured(
      axes.map((i) => i - 1),
      axes,
      30,
    );
    const normals = Array.from({ length: 8 }, (_, j) =>
      Float64Array.from({ length: 30 }, (_, i) => (i === 0 ? (-1) ** j : 0)),
    );
    expect(onCriticalCone(curvature, face(normals, axes))).toMatchObject({ smallest: 0 });
  });
});
