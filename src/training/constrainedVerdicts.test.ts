import { describe, expect, test } from "vitest";
import { array } from "../array/operations/creation.ts";
import type { Tensor } from "../array/tensor.ts";
import { affine } from "../methods/constraints/affine.ts";
import { box, nonnegative } from "../methods/constraints/box.ts";
import { l2Ball } from "../methods/constraints/l2Ball.ts";
import { simplex } from "../methods/constraints/simplex.ts";
import { stiefel } from "../methods/constraints/stiefel.ts";
import { frankWolfe } from "../methods/solvers/constrained/frankWolfe.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { constraints } from "./constraintFunctions.ts";
import { minimize } from "./minimize.ts";

/** The problems are solved by hand; Nocedal & Wright (2006), chapter 12, has the theorems. */
describe("curvature of the Lagrangian", () => {
  test("Maratos' problem: a minimum at (1, 0), a maximum at (−1, 0) of the same circle", async () => {
    // 2(‖x‖² − 1) − x₁ on ‖x‖ = 1: λ = ½/x₁ − 2, and the Lagrangian's curvature along it is 4 + 2λ = 1/x₁.
    const at = (x0: readonly number[]) =>
      minimize((x: Tensor) => x.square().sum().sub(1).mul(2).sub(x.at(0)), {
        x0,
        constraint: constraints({ equalities: (x: Tensor) => x.square().sum().sub(1) }),
      });
    const end = (await at([0.8, 0.6])).verdict;
    expect(end).toMatchObject({ kind: "local-minimum", smallestEigenvalue: expect.closeTo(1, 7) });
    expect(end.held).toEqual([{ name: "c = 0", multiplier: expect.closeTo(-1.5, 7) }]);
    expect(end.conditions).toMatchObject({
      independence: { gradients: 1, rank: 1, smallestSingularValue: expect.closeTo(2, 7) },
      ...{ freeDirections: 1, weaklyActive: [], complementarity: 0 },
    });
    const far = (await at([-1, 0])).verdict;
    expect(far).toMatchObject({ kind: "saddle", smallestEigenvalue: expect.closeTo(-1, 9) });
    expect(far.evidence.at(-1)).toMatch(/back onto the constraints/);
  });

  test("a saddle on a curved inequality is left along its boundary, which bends downwards", async () => {
    // x₁ on x₁ ≥ −x₂²: inside, along the tangent (0, 1), the value stays; on the boundary it falls like −x₂².
    const { verdict } = await minimize((x: Tensor) => x.at(0).add(x.at(1).pow(4)), {
      x0: [0, 0],
      constraint: constraints({
        inequalities: (x: Tensor) => x.at(0).neg().sub(x.at(1).square()),
      }),
    });
    expect(verdict).toMatchObject({ kind: "saddle", smallestEigenvalue: expect.closeTo(-2, 9) });
    // The least along the boundary: −x₂² + x₂⁴ = −¼.
    const [, fall] = /lowers the value by ([\d.e-]+)$/.exec(verdict.evidence.at(-1)!)!;
    expect(Number(fall)).toBeGreaterThan(0.1);
    expect(Number(fall)).toBeLessThanOrEqual(0.25);
  });

  test("Brockett's function on the Stiefel manifold: eigenvectors in the wrong order are a saddle", async () => {
    // tr(XᵀAXN), A = diag(1, 2, 3), N = diag(1, 2). At (e₁, e₂) turning the two columns has curvature (2 − 1)(1 − 2).
    const f = (x: Tensor): Tensor =>
      x
        .mul(
          array([
            [1, 0, 0],
            [0, 2, 0],
            [0, 0, 3],
          ])
            .matmul(x)
            .mul(array([1, 2])),
        )
        .sum();
    const start = (x0: number[][]) => minimize(f, { x0, constraint: stiefel() });
    const wrong = (
      await start([
        [1, 0],
        [0, 1],
        [0, 0],
      ])
    ).verdict;
    expect(wrong).toMatchObject({ kind: "saddle", smallestEigenvalue: expect.closeTo(-1, 9) });
    expect(wrong.conditions).toMatchObject({ freeDirections: 3, independence: { rank: 3 } });
    const right = await start([
      [0, 1],
      [1, 0],
      [0, 0],
    ]);
    expect(right.verdict.kind).toBe("local-minimum");
    expect(right.value).toBeCloseTo(4, 12);
  });

  test("is that of the free subspace in a box, and of the plane of a simplex and of equations", async () => {
    const product = (x: Tensor): Tensor => x.at(0).mul(x.at(1)).add(x.at(2));
    const inBox = await minimize(product, { x0: [0, 0, 0], constraint: box([-1, -1, 0], 1) });
    expect(inBox.verdict).toMatchObject({
      kind: "saddle",
      smallestEigenvalue: expect.closeTo(-1, 9),
      held: [{ name: "x[2] ≥ 0", multiplier: 1 }],
    });
    const third = [1 / 3, 1 / 3, 1 / 3];
    const concave = (x: Tensor): Tensor => x.square().sum().neg();
    const onSimplex = await minimize(concave, { x0: third, constraint: simplex() });
    expect(onSimplex.verdict).toMatchObject({
      kind: "saddle",
      smallestEigenvalue: expect.closeTo(-2, 9),
      conditions: { freeDirections: 2 },
    });
    // x₁x₂ has no minimum; on x₁ = x₂ it has one.
    const line = { x0: [1, 0], constraint: affine([[1, -1]], [0]) };
    const onLine = await minimize((x: Tensor) => x.at(0).mul(x.at(1)), line);
    expect(onLine.verdict).toMatchObject({
      kind: "local-minimum",
      smallestEigenvalue: expect.closeTo(1, 9),
    });
  });

  test("Frank and Wolfe's end near a curved face is judged on the face", async () => {
    // −‖x‖² − 4x₁ on the disc: at (1, 0) λ‖x‖ = 6, so that the Lagrangian's curvature along the circle is 6 − 2.
    const { verdict } = await minimize((x: Tensor) => x.square().sum().neg().sub(x.at(0).mul(4)), {
      x0: [0.1, 0.2],
      tolerance: 1e-3,
      constraint: l2Ball(1),
      method: frankWolfe() as Solver,
    });
    expect(verdict).toMatchObject({
      kind: "local-minimum",
      smallestEigenvalue: expect.closeTo(4, 2),
    });
  });
});

describe("constraints that touch without a force", () => {
  const quadratic =
    (coupling: number) =>
    (x: Tensor): Tensor =>
      x
        .square()
        .sum()
        .add(x.at(0).mul(x.at(1)).mul(coupling));
  test.for([
    // Indefinite, but the orthant holds no direction of negative curvature: the axes have the least.
    [4, "local-minimum", 2],
    // (1, 1)/√2 is in it.
    [-4, "saddle", -2],
  ] as const)(
    "x₁² + x₂² + %d·x₁x₂ at the corner of the orthant: %s",
    async ([coupling, kind, least]) => {
      const { verdict } = await minimize(quadratic(coupling), {
        x0: [0, 0],
        constraint: nonnegative(),
      });
      expect(verdict).toMatchObject({ kind, smallestEigenvalue: expect.closeTo(least, 9) });
      expect(verdict.conditions?.weaklyActive).toEqual(["x[0] ≥ 0", "x[1] ≥ 0"]);
    },
  );

  test("x₁x₂ there is not decided: along the axes it is level", async () => {
    const { verdict } = await minimize((x: Tensor) => x.at(0).mul(x.at(1)), {
      x0: [0, 0],
      constraint: nonnegative(),
    });
    expect(verdict.kind).toBe("degenerate");
  });

  test("a multiplier of 0 and a bottom like x⁴ are not decided either", async () => {
    const { verdict } = await minimize((x: Tensor) => x.at(0).pow(4).add(x.at(1).square()), {
      x0: [1, 1],
      constraint: constraints({ inequalities: (x: Tensor) => x.at(1).neg() }),
    });
    expect(verdict.kind).toBe("degenerate");
    expect(verdict.conditions?.weaklyActive).toEqual(["d ≤ 0"]);
  });
});

describe("linear programs and constraint qualifications", () => {
  const cost = (x: Tensor): Tensor => x.mul(array([-1, -2])).sum();
  const rows = (x: Tensor) => ({ a: x.sum().sub(4), b: x.at(1).sub(3), low: x.neg() });

  test("a vertex has unique multipliers, and no direction is left", async () => {
    const { x, verdict } = await minimize(cost, {
      x0: [0, 0],
      constraint: constraints({ inequalities: rows }),
    });
    expect(x[0]).toBeCloseTo(1, 7);
    expect(x[1]).toBeCloseTo(3, 7);
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.held).toEqual([
      { name: "a ≤ 0", multiplier: expect.closeTo(1, 7) },
      { name: "b ≤ 0", multiplier: expect.closeTo(1, 7) },
    ]);
    // The rows (1, 1) and (0, 1) have the golden ratio's inverse for their smaller singular value.
    expect(verdict.conditions).toMatchObject({
      independence: { rank: 2, smallestSingularValue: expect.closeTo(0.6180339887, 9) },
      freeDirections: 0,
    });
  });

  test("three constraints through one vertex: the multipliers are not unique, the minimum is", async () => {
    // The third is parallel to the cost and takes all the force; the other two leave no direction along it.
    const { verdict } = await minimize(cost, {
      x0: [0, 0],
      constraint: constraints({
        inequalities: (x: Tensor) => ({ ...rows(x), c: x.at(0).add(x.at(1).mul(2)).sub(7) }),
      }),
    });
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.conditions?.independence).toMatchObject({ gradients: 3, rank: 2 });
    expect(verdict.evidence.join("\n")).toMatch(/have rank 2: LICQ fails/);
  });

  test("an edge of minima is no strict minimum, and is called degenerate", async () => {
    const { verdict } = await minimize((x: Tensor) => x.sum().neg(), {
      x0: [0, 0],
      constraint: constraints({
        inequalities: (x: Tensor) => ({ a: x.sum().sub(4), low: x.neg() }),
      }),
    });
    expect(verdict.kind).toBe("degenerate");
  });

  test("where the active gradient vanishes the multiplier is told to be ill-determined", async () => {
    // x₁² ≤ 0 has one feasible x₁, where its gradient is 0: no multiplier explains the force there.
    const { verdict } = await minimize((x: Tensor) => x.at(0).add(x.at(1).square()), {
      x0: [1, 1],
      constraint: constraints({ inequalities: (x: Tensor) => x.at(0).square() }),
    });
    expect(verdict.kind).not.toBe("global-minimum");
    expect(verdict.evidence.join("\n")).toMatch(/but barely: their smallest singular value is/);
  });

  test("a point that ran out of budget says how far from which condition it is", async () => {
    const { verdict } = await minimize((x: Tensor) => x.square().sum(), {
      x0: [3, 0],
      maxIterations: 1,
      constraint: constraints({ equalities: (x: Tensor) => x.at(0).mul(x.at(1)).sub(1) }),
    });
    expect(verdict.kind).toBe("not-stationary");
    expect(verdict.conditions?.feasibility).toBeGreaterThan(1e-8);
    expect(verdict.conditions?.stationarity).toBeGreaterThan(0);
  });
});
