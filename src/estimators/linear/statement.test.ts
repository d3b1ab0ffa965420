import { describe, expect, test } from "vitest";
import { groupMcp, l1, mcp } from "../../methods/penalties/registry.ts";
import { blocksOf } from "./blocks.ts";
import { readDesign } from "./design.ts";
import { type Facts, stateOf } from "./statement.ts";

/** Where a fit ended: a loss of value 1 with this slope and this Hessian there. */
function facts(
  w: readonly number[],
  gradient: readonly number[],
  hessian: (j: number, k: number) => number,
  change: Partial<Facts> = {},
): Facts {
  const penalty = change.penalty ?? mcp(0.1, { gamma: 3 });
  const unused = (): never => {
    throw new Error("it is not asked for");
  };
  return {
    fitter: {
      ...{ w: Float64Array.from(w), gradient: Float64Array.from(gradient) },
      ...{ intercept: 0, curvatures: Float64Array.from(w, () => 1), loss: 1 },
      ...{ start: unused, keep: unused, solve: unused, slopes: unused, weigh: unused },
      hessian: (features) =>
        Float64Array.from(features.flatMap((j) => features.map((k) => hessian(j, k)))),
    },
    ended: { violation: 1e-12, sweeps: 1 },
    design: readDesign([w.map(() => 1)]),
    loss: {
      ...{ samples: 1, constant: 0, bendBound: undefined },
      ...{ value: () => 1, derivatives: unused },
    },
    ...{ penalty, blocks: blocksOf(penalty, w.length), tolerance: 1e-9 },
    ...{ intercept: false, quadratic: false, fused: false, ...change },
  };
}
const diagonal =
  (...values: readonly number[]) =>
  (j: number, k: number): number =>
    j === k ? values[j]! : 0;

describe("a point of a loss with a concave penalty", () => {
  test("is a local minimum where the support bends up and what is zero is held there", () => {
    // Beyond γλ = 0.3 MCP is flat: the curvature is the loss's own.
    const verdict = stateOf(facts([2, 0], [0, 0.04], diagonal(0.7, 5)));
    expect(verdict).toMatchObject({ kind: "local-minimum", smallestEigenvalue: 0.7 });
    // The slope 0.04 is less than λ = 0.1, by 0.06.
    expect(verdict.evidence.join()).toMatch(
      /less than what the penalty charges, by 0\.06 at least/,
    );
  });

  test("is only just one, if at all, where the slope of what is zero is all that is charged", () => {
    expect(stateOf(facts([2, 0], [0, -0.1], diagonal(0.7, 5))).kind).toBe("degenerate");
  });

  test("is no minimum where the penalty bends down by more than the loss bends up", () => {
    // Between 0 and γλ MCP is bent by −1/γ.
    expect(stateOf(facts([0.2, 2], [0, 0], diagonal(0.3, 1)))).toMatchObject({
      kind: "stationary",
    });
    expect(stateOf(facts([0.2, 2], [0, 0], diagonal(0.4, 1)))).toMatchObject({
      ...{ kind: "local-minimum", smallestEigenvalue: expect.closeTo(0.4 - 1 / 3, 12) },
    });
    expect(stateOf(facts([0.2, 2], [0, 0], diagonal(1 / 3, 1))).kind).toBe("degenerate");
  });

  test("of groups is bent along the group by p″, and across it by p′ over its norm", () => {
    const penalty = groupMcp(0.1, { groups: 2, gamma: 5 });
    const blocks = blocksOf(penalty, 2);
    const { profile } = blocks.list[0]!;
    const w = [0.09, 0.12]; // of norm 0.15
    const [along, across] = [profile.curvature(0.15), profile.slope(0.15) / 0.15];
    expect([along < 0, across > 0]).toEqual([true, true]);
    for (const bend of [0.5, 2]) {
      const u = [0.6, 0.8];
      // More along the group than across it, or less: one of the two is the smallest.
      const hessian = (j: number, k: number): number => (j === k ? 1 : 0) + bend * u[j]! * u[k]!;
      expect(stateOf(facts(w, [0, 0], hessian, { penalty, blocks }))).toMatchObject({
        kind: "local-minimum",
        smallestEigenvalue: expect.closeTo(Math.min(1 + bend + along, 1 + across), 12),
      });
    }
  });

  test("is a global minimum where the loss is bent by more everywhere, up to what its slope leaves", () => {
    // Slopes of the whole: of the first 1e-5, of the second none; F ≥ F(w) − 1e-10/(2(0.5 − 1/3)).
    const at = facts([2, 0], [1e-5, 0.05], diagonal(0.5, 2), { quadratic: true });
    const verdict = stateOf(at);
    if (verdict.kind !== "global-minimum") throw new Error(verdict.kind);
    expect(verdict.gap).toBeCloseTo(1e-10 / (2 * (0.5 - 1 / 3)), 15);
    expect(verdict.gap).toBeGreaterThan(0);
    // Nothing of the kind where the loss is bent so only here, or where an intercept takes part.
    for (const change of [{ quadratic: false }, { quadratic: true, intercept: true }])
      expect(stateOf({ ...at, ...change }).kind).toBe("local-minimum");
    const flat = facts([2, 0], [1e-5, 0.05], diagonal(0.3, 2), { quadratic: true });
    expect(stateOf(flat).kind).toBe("local-minimum");
    const far = facts([2, 0], [1e-2, 0.05], diagonal(0.5, 2), { quadratic: true });
    expect(stateOf(far).kind).toBe("local-minimum");
  });
});

test("beyond 200 coefficients the smallest eigenvalue is bracketed", () => {
  const w = Array.from({ length: 201 }, () => 2);
  const of = (least: number) =>
    stateOf(
      facts(
        w,
        w.map(() => 0),
        (j, k) => (j !== k ? 0 : j === 7 ? least : 1),
      ),
    );
  for (const least of [0.9, 0.3, 1e-3]) {
    const verdict = of(least);
    if (verdict.kind !== "local-minimum") throw new Error(verdict.kind);
    const { smallestEigenvalue, eigenvalueError } = verdict;
    expect(Math.abs(smallestEigenvalue - least)).toBeLessThanOrEqual(eigenvalueError);
    expect(eigenvalueError).toBeLessThan(smallestEigenvalue);
  }
  expect(of(0).kind).toBe("degenerate");
  expect(of(-0.1).kind).toBe("stationary");
});

test("a fit that ran out of sweeps is not stationary, whatever its curvature", () => {
  const at = facts([2], [0], diagonal(1));
  expect(stateOf({ ...at, ended: { violation: 1e-8, sweeps: 9 } })).toMatchObject({
    ...{ kind: "not-stationary", why: "budget", gradientNorm: 1e-8, tolerance: 1e-9 },
  });
});

test("a convex problem without a dual is bounded by its tangent: shrunk where a slope is too large", () => {
  // f(w) = 1 with slope g: F(v) ≥ 1 − g·w − (1/c − 1)·F(w) with c·|g| = λ.
  const penalty = l1(0.1);
  const blocks = blocksOf(penalty, 2);
  const bounded = (slope: number) =>
    stateOf(facts([2, 0], [-0.1, slope], diagonal(1, 1), { penalty, blocks }));
  const inside = bounded(0.05);
  expect(inside).toMatchObject({ kind: "global-minimum", primal: 1.2 });
  const outside = bounded(0.1 * (1 + 5e-7));
  if (outside.kind !== "global-minimum") throw new Error(outside.kind);
  expect(outside.gap).toBeCloseTo(5e-7 * 1.2, 12);
  expect(bounded(0.2).kind).not.toBe("global-minimum");
});
