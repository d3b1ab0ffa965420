import { describe, expect, test } from "vitest";
import { holdPenalty } from "./held.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import * as penalties from "./registry.ts";

const vector = (...values: readonly number[]): Float64Array => Float64Array.from(values);
const held = (penalty: Penalty, size: number) =>
  holdPenalty(penalty, { shapes: [[size]], paths: [""] });

function profileOf({ parts }: Penalty): Profile {
  if (parts.kind !== "coordinates") throw new Error("it is no sum over coordinates");
  return parts.profile;
}

const profiles = [
  penalties.l1(0.7),
  penalties.squaredL2(0.7),
  penalties.elasticNet(0.7, { l1Ratio: 0.3 }),
  penalties.l0(0.7),
  penalties.lHalf(0.7),
  penalties.lTwoThirds(0.7),
  penalties.scad(0.7, { a: 3.7 }),
  penalties.mcp(0.7, { gamma: 3 }),
  penalties.cappedL1(0.7),
  penalties.logSum(0.7, { epsilon: 0.6 }),
].map((penalty) => [penalty.name, profileOf(penalty)] as const);

test.for(profiles)("%s bends and rises as differences of its values say", ([, profile]) => {
  const h = 2 ** -12;
  // Away from λ = 0.7, θ = 1, γλ = 2.1 and aλ = 2.59, where some have kinks.
  for (const u of [0.2, 0.5, 0.9, 1.5, 2.3, 4]) {
    const [before, here, after] = [u - h, u, u + h].map((at) => profile.value(at));
    expect(profile.slope(u)).toBeCloseTo((after! - before!) / (2 * h), 5);
    expect(profile.slopeBefore(u)).toBe(profile.slope(u));
    expect(profile.curvature(u)).toBeCloseTo((after! + before! - 2 * here!) / h ** 2, 4);
  }
});

describe("where a penalty changes its form", () => {
  test("the lesser of the two curvatures counts", () => {
    // A power of two each: λ = 0.5, γλ = 2, aλ = 1.5.
    const [mcp, scad] = [penalties.mcp(0.5, { gamma: 4 }), penalties.scad(0.5, { a: 3 })];
    expect(profileOf(mcp).curvature(2)).toBe(-1 / 4);
    expect([0.5, 1.5].map((u) => profileOf(scad).curvature(u))).toEqual([-0.5, -0.5]);
    expect(profileOf(mcp).curvature(2.1)).toBe(0);
    expect([0.4, 1.6].map((u) => profileOf(scad).curvature(u))).toEqual([0, 0]);
  });

  test("capped L1 falls by a jump: its slope has two sides", () => {
    const capped = profileOf(penalties.cappedL1(0.5, { theta: 2 }));
    expect([capped.slopeBefore(2), capped.slope(2)]).toEqual([0.5, 0]);
    expect(capped.curvature(2)).toBe(Number.NEGATIVE_INFINITY);
    expect([1.9, 2.1].map((u) => capped.curvature(u))).toEqual([0, 0]);
    expect(penalties.cappedL1(0.5, { theta: 2 }).derivative(vector(2, -2))).toEqual(vector(0, -0));
  });
});

describe("penalties of groups", () => {
  const sparse = penalties.sparseGroupLasso(2, { groups: 2, l1Ratio: 0.25 });

  test("weigh each group by the root of its size, and add L1 of each coordinate", () => {
    // 2·0.75·√2·(5 + 1) + 2·0.25·(7 + 1).
    expect(sparse.value(vector(3, 4, 0, -1))).toBeCloseTo(9 * Math.SQRT2 + 4, 12);
    // 1.5·√2·(0.6, 0.8, 0, −1) + 0.5·(1, 1, 0, −1).
    const wanted = [0.9 * Math.SQRT2 + 0.5, 1.2 * Math.SQRT2 + 0.5, 0, -1.5 * Math.SQRT2 - 0.5];
    sparse.derivative(vector(3, 4, 0, -1)).forEach((slope, i) => {
      expect(slope).toBeCloseTo(wanted[i]!, 12);
    });
  });

  test("may weigh a group with 0, and refuse weights of another number or below 0", () => {
    const free = penalties.groupLasso(2, { groups: 2, weights: [0, 3] });
    expect(free.value(vector(3, 4, 6, 8))).toBe(60);
    for (const weights of [[1], [1, 2, 3], [1, -1], [1, Number.NaN]]) {
      const wrong = penalties.groupLasso(2, { groups: 2, weights });
      expect(() => wrong.value(vector(1, 2, 3, 4))).toThrow(/2 finite numbers of at least 0/);
    }
  });

  test("take rows and columns of a tensor by its path", () => {
    const shapes = { shapes: [[2, 3]], paths: ["w"] };
    const x = vector(3, 0, 1, 4, 0, 0); // rows (3, 0, 1) and (4, 0, 0)
    const rows = holdPenalty({ w: penalties.groupLasso(1, { groups: "rows" }) }, shapes);
    expect(rows.value(x)).toBeCloseTo(Math.sqrt(3) * (Math.sqrt(10) + 4), 12);
    const columns = holdPenalty({ w: penalties.groupLasso(1, { groups: "columns" }) }, shapes);
    expect(columns.value(x)).toBeCloseTo(Math.SQRT2 * (5 + 0 + 1), 12);
  });

  test("hold a group that is all zeros, and with L1 each zero", () => {
    const x = vector(0, 0, 0, 5);
    const grouped = held(penalties.groupLasso(1, { groups: 2 }), 4).smoothAlong(x)!;
    expect(grouped.dimension).toBe(2);
    expect(grouped.tangent(vector(1, 2, 3, 4))).toEqual(vector(0, 0, 3, 4));
    const both = held(sparse, 4).smoothAlong(x)!;
    expect(both.dimension).toBe(1);
    expect(both.tangent(vector(1, 2, 3, 4))).toEqual(vector(0, 0, 0, 4));
  });
});

describe("total variation", () => {
  const tv = penalties.totalVariation(2);

  test("is the strength times the jumps, with their signs for a slope", () => {
    expect(tv.value(vector(1, 3, 2))).toBe(6);
    expect(tv.derivative(vector(1, 3, 2))).toEqual(vector(-2, 4, -2));
  });

  test("is smooth along runs of equal neighbours, each as one", () => {
    const smooth = held(tv, 5).smoothAlong(vector(1, 1, 2, 2, 2))!;
    expect(smooth.dimension).toBe(2);
    expect(smooth.tangent(vector(1, 3, 0, 3, 9))).toEqual(vector(2, 2, 4, 4, 4));
  });
});

describe("penalties of singular values", () => {
  const shape = { rows: 2, columns: 2 };

  test("have slopes along the singular vectors, and count no rounding as rank", () => {
    const slope = penalties.nuclearNorm(2, shape).derivative(vector(3, 0, 0, 1));
    [2, 0, 0, 2].forEach((wanted, i) => {
      expect(slope[i]).toBeCloseTo(wanted, 12);
    });
    // (0.1, 0.2) ⊗ (3, 7), whose second singular value is rounding at most.
    const one = vector(0.1 * 3, 0.1 * 7, 0.2 * 3, 0.2 * 7);
    expect(penalties.rank(5, shape).value(one)).toBe(5);
  });

  test("have the largest singular value over the strength for a dual norm", () => {
    expect(held(penalties.nuclearNorm(2, shape), 4).dualNorm(vector(3, 0, 0, 1))).toBeCloseTo(
      1.5,
      12,
    );
  });

  test("take a tensor's first axis against all others for a matrix", () => {
    const shapes = { shapes: [[2, 2, 2]], paths: ["w"] };
    const nuclear = holdPenalty({ w: penalties.nuclearNorm(1) }, shapes);
    // Rows (1, 0, 0, 0) and (0, 0, 0, 2) are orthogonal: singular values 1 and 2.
    expect(nuclear.value(vector(1, 0, 0, 0, 0, 0, 0, 2))).toBeCloseTo(3, 12);
  });
});

describe("a penalty for each tensor by its path", () => {
  const shapes = { shapes: [[2], [3]], paths: ["b", "w"] };
  const some = holdPenalty({ w: penalties.l1(2) }, shapes);

  test("leaves the others free", () => {
    const x = vector(5, 0, 0, 1, 0);
    expect(some.value(x)).toBe(2);
    expect(some.prox(vector(5, -5, 3, -1, 4), 1)).toEqual(vector(5, -5, 1, 0, 2));
    expect(some.slopes!(x)).toEqual(vector(0, 0, 2, 2, 2));
    const smooth = some.smoothAlong(x)!;
    expect(smooth.dimension).toBe(3);
    expect(smooth.tangent(vector(1, 2, 3, 4, 5))).toEqual(vector(1, 2, 0, 4, 0));
  });

  test("bounds a linear function only where that is 0 on the free ones, before and after", () => {
    expect(some.dualNorm(vector(0, 0, 1, -6, 0))).toBe(3);
    expect(some.dualNorm(vector(1, 0, 1, -6, 0))).toBe(Number.POSITIVE_INFINITY);
    const first = holdPenalty({ b: penalties.l1(2) }, shapes);
    expect(first.dualNorm(vector(4, 0, 0, 0, 0))).toBe(2);
    expect(first.dualNorm(vector(4, 0, 0, 0, 1))).toBe(Number.POSITIVE_INFINITY);
  });

  test("has the dual norm of groups by their weights, none for a penalty that is not convex", () => {
    // max(√(3² + 4²)/(2·1), 6/(2·3)).
    const groups = penalties.groupLasso(2, { groups: [[0, 1], [2]], weights: [1, 3] });
    expect(held(groups, 3).dualNorm(vector(3, 4, 6))).toBe(2.5);
    expect(held(groups, 3).dualNorm(vector(0, 0, 18))).toBe(3);
    expect(held(penalties.mcp(1), 1).dualNorm(vector(1))).toBe(Number.POSITIVE_INFINITY);
    // ½‖x‖² is flat at 0: it bounds nothing but 0.
    expect(held(penalties.squaredL2(1), 1).dualNorm(vector(1))).toBe(Number.POSITIVE_INFINITY);
    expect(held(penalties.squaredL2(1), 1).dualNorm(vector(0))).toBe(0);
  });

  test("is convex if all are, and has a single prox below the least of their bounds", () => {
    const both = { b: penalties.mcp(1, { gamma: 4 }), w: penalties.scad(1, { a: 3 }) };
    const mixed = holdPenalty(both, shapes);
    expect(mixed.isConvex).toBe(false);
    expect(mixed.singleValuedBelow).toBe(2);
    expect(some.isConvex).toBe(true);
  });
});
