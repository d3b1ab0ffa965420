import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { array } from "../../../array/operations/creation.ts";
import type { Tensor } from "../../../array/tensor.ts";
import type { Features } from "../../../linalg/ask.ts";
import { flat, largestDifference, numbersFrom } from "../../../linalg/testing.ts";
import { distance, norm } from "../../../linalg/vector.ts";
import { leastSquares, leastSquaresFeatures } from "../../../training/leastSquares.ts";
import { minimize } from "../../../training/minimize.ts";
import { type Classical, classical } from "../classical/testing.ts";
import type { Solver } from "../solver.ts";
import { derivatives, residualFeatures } from "../sumOfSquares/testing.ts";
import { type Outcome, run, type Smooth } from "../testing.ts";
import golden from "./gaussNewton.golden.json" with { type: "json" };
import { gaussNewton } from "./gaussNewton.ts";
import { type LevenbergMarquardtOptions, levenbergMarquardt } from "./levenbergMarquardt.ts";
import { dampedStep } from "./linearized.ts";

const solvers: readonly (readonly [string, () => Solver])[] = [
  ["gaussNewton", () => gaussNewton() as Solver],
  ["gaussNewton by products", () => gaussNewton({ linear: "products" }) as Solver],
  ["levenbergMarquardt", () => levenbergMarquardt() as Solver],
  [
    "levenbergMarquardt in Levenberg's units",
    () => levenbergMarquardt({ scaling: "levenberg" }) as Solver,
  ],
  ["levenbergMarquardt, bent", () => levenbergMarquardt({ geodesic: true }) as Solver],
  ["levenbergMarquardt by products", () => levenbergMarquardt({ linear: "products" }) as Solver],
];

const solve = (solver: Solver, problem: Classical, maxIterations = 1000): Outcome =>
  run(solver, derivatives(problem), problem.x0, {
    maxIterations,
    features: residualFeatures(problem),
  });

/** ‖Ax − b‖² for a random m×n A. */
function linear(m: number, n: number, next: () => number): { f: Smooth; features: Features } {
  const a = Array.from({ length: m }, () => Array.from({ length: n }, next));
  const b = Array.from({ length: m }, next);
  const at = (x: Float64Array): Float64Array =>
    Float64Array.from(a, (row, i) => row.reduce((sum, aij, j) => sum + aij * x[j]!, -b[i]!));
  const transposed = (r: Float64Array): Float64Array =>
    Float64Array.from(
      { length: n },
      (_, j) => 2 * a.reduce((sum, row, i) => sum + row[j]! * r[i]!, 0),
    );
  const f: Smooth = {
    value: (x) => norm(at(x)) ** 2,
    gradient: (x) => ({ value: norm(at(x)) ** 2, gradient: transposed(at(x)) }),
    hessian: () => new Float64Array(n * n),
  };
  const features: Features = {
    residuals: ({ x }) => at(x),
    jacobian: ({ x }) => ({ residuals: at(x), jacobian: flat(a) }),
    gnvp: ({ direction }) =>
      transposed(
        Float64Array.from(a, (row) => row.reduce((s, aij, j) => s + aij * direction[j]!, 0)),
      ),
  };
  return { f, features };
}

describe("golden steps", () => {
  const { t, y } = golden;
  const times = Float64Array.from(t);
  const features = leastSquaresFeatures(
    ([p]: readonly Tensor[]) =>
      array(times).mul(p!.at(1)).neg().exp().mul(p!.at(0)).add(p!.at(2)).sub(array(y)),
    { shapes: [[3]], dtype: "f64" },
    3,
  );
  test.for(golden.cases)("at $p", ({ p, residual, gnStep, mu, lmStepIdentity, lmStepDiag }) => {
    const x = Float64Array.from(p);
    const { residuals, jacobian } = features.jacobian!({ kind: "jacobian", x }) as {
      residuals: Float64Array;
      jacobian: Float64Array;
    };
    expect(largestDifference(residuals, residual)).toBeLessThan(1e-12);
    const ones = Float64Array.of(1, 1, 1);
    const columns = ones.map((_, j) => norm(jacobian.filter((_entry, k) => k % 3 === j)));
    for (const [expected, damping, scales] of [
      [gnStep, 0, ones],
      [lmStepIdentity, mu, ones],
      [lmStepDiag, mu, columns],
    ] as const) {
      const step = dampedStep(jacobian, residuals, damping, scales);
      expect(largestDifference(step, expected)).toBeLessThan(1e-9 * (1 + norm(step)));
    }
  });
});

describe.for(solvers)("%s", ([name, make]) => {
  property.prop([fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 1e6 })], {
    numRuns: 30,
  })("solves a linear problem, of any rank", (n, seed) => {
    const next = numbersFrom(seed);
    const { f, features } = linear(1 + (seed % 11), n, next);
    const start = Array.from({ length: n }, () => 3 * next());
    const { point } = run(make(), f, start, { features, maxIterations: 200 });
    expect(norm(f.gradient(point.x).gradient)).toBeLessThan(1e-6);
  });

  // Gauss–Newton's linear model says too little where the residuals are large.
  const hard: Readonly<Record<string, readonly string[]>> = {
    gaussNewton: ["biggs_exp6"],
    "levenbergMarquardt by products": ["meyer"],
  };
  const problems = classical.filter(({ key }) => !hard[name]?.includes(key));
  test("solves the classical problems from their standard starts, never rising", () => {
    for (const problem of problems) {
      const { stop, values } = solve(make(), problem);
      const stopped = ["gradient", "rounding"].includes(stop.criterion);
      expect([problem.key, stopped]).toEqual([problem.key, true]);
      expect(values.every((value, i) => i === 0 || value <= values[i - 1]!)).toBe(true);
    }
  });

  test("asks for no more than it needs", () => {
    const solver = make();
    const { counts } = solve(solver, classical.find(({ key }) => key === "bard")!);
    for (const [kind, count] of Object.entries(counts)) {
      if (count > 0) expect(solver.needs).toContain(kind);
    }
  });
});

test("does not depend on the variables' units, with Moré's scaling", () => {
  const rosen = classical.find(({ key }) => key === "rosen")!;
  const units = [1e3, 1e-2];
  const inUnits: Classical = {
    ...rosen,
    x0: rosen.x0.map((x, j) => x / units[j]!),
    residuals: (x, emit, pool) =>
      rosen.residuals(
        x.map((xj, j) => xj.mul(units[j]!)),
        emit,
        pool,
      ),
  };
  const [here, there] = [rosen, inUnits].map((problem) =>
    solve(levenbergMarquardt() as Solver, problem, 8),
  );
  expect(largestDifference(there!.values, here!.values)).toBeLessThan(1e-8);
});

describe("minimize(leastSquares(…))", () => {
  const decay = (data: readonly number[]) =>
    leastSquares((x: Tensor) =>
      array([0, 1, 2, 3]).mul(x.at(1)).exp().mul(x.at(0)).sub(array(data)),
    );
  const exact = [2, 1, 0.5, 0.25];

  test.for(["gaussNewton", "levenbergMarquardt"])(
    "certifies a global minimum where %s finds residuals of zero",
    async (method) => {
      const result = await minimize(decay(exact), { x0: [1, 0], method });
      expect(distance(Float64Array.from(result.x), Float64Array.of(2, -Math.LN2))).toBeLessThan(
        1e-7,
      );
      const { verdict } = result;
      if (verdict.kind !== "global-minimum") throw new Error(`the verdict is ${verdict.kind}`);
      expect(verdict).toMatchObject({ primal: result.value, dual: 0, gap: result.value });
      expect(result.value).toBeLessThanOrEqual(verdict.tolerance ** 2);
      expect(result.evaluations.jacobian).toBeGreaterThan(0);
    },
  );

  test("claims a local minimum only where residuals are left, and says what is left", async () => {
    const { verdict, value } = await minimize(decay([2, 1.2, 0.4, 0.3]), {
      x0: [1, 0],
      method: "levenbergMarquardt",
    });
    expect(value).toBeGreaterThan(1e-3);
    expect(verdict.kind).toBe("local-minimum");
    expect(verdict.evidence.at(-1)).toMatch(/a sum of squares is at least 0, so 0\.\d+ at most/);
  });

  test("certifies a curve of global minima, where curvature decides nothing", async () => {
    const line = leastSquares((x: Tensor) => x.at(0).mul(x.at(1)).sub(1));
    const { verdict } = await minimize(line, { x0: [2, 3] });
    expect(verdict.kind).toBe("global-minimum");
  });

  test.for(["gaussNewton", "levenbergMarquardt"])(
    "%s is refused for a bare function",
    async (method) => {
      await expect(minimize((x) => x.square().sum(), { x0: [1], method })).rejects.toThrow(
        /needs the terms of a sum of squares/,
      );
    },
  );

  const refused: readonly (readonly [() => unknown, RegExp])[] = [
    [() => gaussNewton({ linear: "cg" as never }), /"dense", "products"/],
    [() => levenbergMarquardt({ scaling: "none" as never }), /"more", "fletcher", "levenberg"/],
    [() => levenbergMarquardt({ initialDamping: 0 }), /initialDamping is 0/],
    [
      () => levenbergMarquardt({ damping: 1 } as LevenbergMarquardtOptions),
      /unknown option "damping"/,
    ],
  ];
  test.for(refused)("refuses %s", ([make, message]) => {
    expect(make).toThrow(message);
  });
});
