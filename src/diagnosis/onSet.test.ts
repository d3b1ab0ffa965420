import { describe, expect, test } from "vitest";
import { answer, type Vector } from "../linalg/ask.ts";
import { box } from "../methods/constraints/box.ts";
import type { ConstraintSet, Face } from "../methods/constraints/constraint.ts";
import { heldAt, reducedCurvature } from "./onSet.ts";

const vector = (...values: readonly number[]): Vector => Float64Array.from(values);

/** A face along all coordinates but those that are held. */
const faceWithout = (held: readonly number[], n: number, more: Partial<Face> = {}): Face => ({
  ...{ held: [], touching: [], dimension: n - held.length },
  tangent: (v) => v.map((vi, i) => (held.includes(i) ? 0 : vi)),
  ...more,
});

/** The curvature of ½ Σ hᵢxᵢ² on a face. */
const onFace = (h: readonly number[], face: Face, gradient: Vector, denseLimit?: number) =>
  answer(
    reducedCurvature({ x: new Float64Array(h.length), gradient }, face, {
      ...(denseLimit === undefined ? {} : { denseLimit }),
    }),
    (request) => {
      if (request.kind === "hvp") return request.direction.map((vi, i) => h[i]! * vi);
      if (request.kind !== "hessian") throw new Error(`it asks for ${request.kind}`);
      const matrix = new Float64Array(h.length ** 2);
      h.forEach((hi, i) => {
        matrix[i * h.length + i] = hi;
      });
      return matrix;
    },
  );

describe.for([
  ["computed whole", 100],
  ["by products", 0],
] as const)("curvature on a face, %s", ([, denseLimit]) => {
  test("is that of the free directions alone, whichever way the others bend", () => {
    for (const off of [-5, 0, 100]) {
      const found = onFace([off, 2, 10, 7], faceWithout([0], 4), new Float64Array(4), denseLimit);
      expect(Math.abs(found.smallest - 2)).toBeLessThanOrEqual(Math.max(found.error, 1e-9));
      expect(Math.abs(found.direction[1]!)).toBeCloseTo(1, 6);
      expect(found.direction[0]).toBeCloseTo(0, 12);
      expect(found.nearZero).toBe(0);
    }
  });

  test("counts what the set itself bends", () => {
    const bend = (v: Vector): Vector => v.map((vi) => -3 * vi);
    const found = onFace(
      [1, 2, 10],
      faceWithout([0], 3, { bend }),
      new Float64Array(3),
      denseLimit,
    );
    expect(found.smallest).toBeCloseTo(-1, 6);
  });

  test("is known no better than the bending", () => {
    const exact = onFace([1, 2, 10], faceWithout([0], 3), new Float64Array(3), denseLimit);
    const face = faceWithout([0], 3, { bendError: 1e-2 });
    const { error } = onFace([1, 2, 10], face, new Float64Array(3), denseLimit);
    expect(exact.error).toBeLessThan(1e-6);
    // A hundredth of the largest at least: 10 on the face, twice the norm of the matrix off it.
    expect(error).toBeGreaterThanOrEqual(0.1);
    expect(error).toBeLessThan(0.5);
  });
});

test("the largest curvature is that of the face, and a Newton step gains along it alone", () => {
  const found = onFace([1, 2, 10], faceWithout([0], 3), vector(100, 2, 0));
  expect(found.largest).toBeCloseTo(10, 9);
  // ½·2²/2.
  expect(found.newtonDecrease).toBeCloseTo(1, 9);
});

test("counts the free directions that do not bend, and those alone", () => {
  const found = onFace([0, 0, 3, 0, 7], faceWithout([0], 5), new Float64Array(5));
  expect([found.smallest, found.nearZero]).toEqual([0, 2]);
  expect(found.onTangent?.values).toHaveLength(4);
});

test("where nothing is free, curvature is no question", () => {
  const found = onFace([-1, -2], faceWithout([0, 1], 2), new Float64Array(2));
  expect([found.smallest, found.error, found.newtonDecrease]).toEqual([Infinity, 0, 0]);
});

test("constraints are told by how hard they push, four by name; those that only touch apart", () => {
  const held = [0.5, -3, 1e-9, 2, 0.1].map((multiplier, i) => ({ name: `c${i}`, multiplier }));
  const face = faceWithout([], 1, { held, touching: ["t0"], slack: -0.25 });
  // Nothing else of a set is asked for.
  const set = { face: () => face, residual: () => 0.125 } as unknown as ConstraintSet;
  const at = { x: vector(0), gradient: vector(7) };
  const { evidence, advice, conditions } = heldAt(at, vector(-2), set, 1e-6);
  expect(evidence).toEqual([
    "held, with multipliers, by c1 (-3), c3 (2), c0 (0.5), c4 (0.1) and 1 more",
    "touches without a force t0",
  ]);
  expect(advice).toEqual([
    "c1 costs most: moving it back by a small ε would lower the minimum by about 3·ε",
  ]);
  expect(conditions).toEqual({
    ...{ stationarity: 2, feasibility: 0.125, complementarity: 0.25 },
    ...{ weaklyActive: ["t0"], freeDirections: 1 },
  });
});

test("says whether multipliers are unique, and whether barely", () => {
  const told = (gradients: number, rank: number, smallestSingularValue?: number): string => {
    const independence = {
      ...{ gradients, rank },
      ...(smallestSingularValue === undefined ? {} : { smallestSingularValue }),
    };
    const face = faceWithout([], 1, { independence });
    const set = { face: () => face, residual: () => 0 } as unknown as ConstraintSet; // as above
    return heldAt({ x: vector(0), gradient: vector(0) }, vector(0), set, 1e-6).evidence.join();
  };
  expect(told(2, 2, 0.5)).toBe(
    "the 2 active gradients are independent: LICQ holds, the multipliers are unique",
  );
  expect(told(2, 2, 5e-4)).toMatch(/unique, but barely: their smallest singular value is 0\.0005/);
  expect(told(3, 2, 0)).toMatch(
    /have rank 2: LICQ fails, the multipliers are one choice of several/,
  );
  expect(told(1, 0)).toMatch(/^the one active gradient is 0: LICQ fails/);
  expect(told(0, 0)).toBe("");
});

test("near a wall a stationary point is held by it: what the room to it is worth is told, of free directions nothing", () => {
  const set = box(0, Number.POSITIVE_INFINITY).within([2], "x");
  const at = { x: vector(0.25, 5), gradient: vector(2, 0.125) };
  const residual = set.projectedGradient(at.x, at.gradient);
  expect(residual).toEqual(vector(0.25, 0.125));
  const convex = { ...set, isConvex: true };
  const held = heldAt(at, residual, convex, 0.5);
  expect(held.face.held).toEqual([{ name: "x[0] ≥ 0", multiplier: 2 }]);
  // ∇f − r = (1.75, 0), and the wall is 0.25 away.
  expect(held.conditions).toMatchObject({ complementarity: 0.4375, freeDirections: 1 });
  // Not stationary: it stands where it stands, off the wall.
  const off = heldAt(at, residual, convex, 0.1);
  expect(off.face.held).toEqual([]);
  expect(off.conditions).toMatchObject({ complementarity: 0, freeDirections: 2 });
});

test("a force within the tolerance is no advice", () => {
  const face = faceWithout([], 1, { held: [{ name: "c", multiplier: 1e-7 }] });
  const set = { face: () => face, residual: () => 0 } as unknown as ConstraintSet; // as above
  const at = { x: vector(0), gradient: vector(0) };
  expect(heldAt(at, vector(0), set, 1e-6).advice).toEqual([]);
});
