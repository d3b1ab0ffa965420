import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../../array/tensor.ts";
import { answer, askGradient, askHessian, type Oracle } from "../../../linalg/ask.ts";
import { cubicStep } from "../../../linalg/cubicSubproblem.ts";
import { gillMurray, gillMurraySolve } from "../../../linalg/gillMurray.ts";
import { symmetricEigen } from "../../../linalg/symmetricEigen.ts";
import { flat, largestDifference, numbersFrom, randomSymmetric } from "../../../linalg/testing.ts";
import { distance, norm, normInf } from "../../../linalg/vector.ts";
import { TracedObjective } from "../../../training/objective.ts";
import { classical } from "../classical/testing.ts";
import type { Point, Solver } from "../solver.ts";
import { derivatives } from "../sumOfSquares/testing.ts";
import { landscape, ofOne, oracleOf, quadratic, run, type Smooth, shifted } from "../testing.ts";
import { cubicRegularization } from "./cubicRegularization.ts";
import golden from "./newton.golden.json" with { type: "json" };
import { type NewtonOptions, newton } from "./newton.ts";
import { type NewtonCGOptions, newtonCG } from "./newtonCG.ts";
import {
  type SaddleFreeNewtonOptions,
  saddleFreeDirection,
  saddleFreeNewton,
} from "./saddleFreeNewton.ts";

const saddle: Smooth = {
  value: (x) => x[0]! ** 2 - x[1]! ** 2 + x[1]! ** 4 / 4,
  gradient: (x) => ({
    value: x[0]! ** 2 - x[1]! ** 2 + x[1]! ** 4 / 4,
    gradient: Float64Array.of(2 * x[0]!, -2 * x[1]! + x[1]! ** 3),
  }),
  hessian: (x) => Float64Array.of(2, 0, 0, -2 + 3 * x[1]! ** 2),
};

const sizes = fc.integer({ min: 1, max: 8 });
const seeds = fc.integer({ min: 0, max: 1e6 });
const solvers: readonly (readonly [string, () => Solver])[] = [
  ["newton", () => newton() as Solver],
  ["newtonCG", () => newtonCG() as Solver],
  ["saddleFreeNewton, dense", () => saddleFreeNewton({ curvature: "dense" }) as Solver],
  ["saddleFreeNewton, lanczos", () => saddleFreeNewton({ curvature: "lanczos" }) as Solver],
  ["cubicRegularization, exact", () => cubicRegularization({ subproblem: "exact" }) as Solver],
  ["cubicRegularization, lanczos", () => cubicRegularization({ subproblem: "lanczos" }) as Solver],
];

describe.for(solvers)("%s", ([name, make]) => {
  property.prop([sizes, seeds])("solves a random convex quadratic", (n, seed) => {
    const next = numbersFrom(seed);
    const h = randomSymmetric(n, next);
    for (let i = 0; i < n; i++) h[i * n + i] = n + 1 + next();
    const f = quadratic(h, Float64Array.from({ length: n }, next));
    const start = Array.from({ length: n }, () => 10 * next());
    const { point, iterations } = run(make(), f, start);
    expect(normInf(point.gradient)).toBeLessThan(1e-6);
    expect(iterations).toBeLessThanOrEqual(40);
  });

  property.prop([sizes, seeds])(
    "never raises the value on a rugged landscape, and ends where the curvature is not negative",
    (n, seed) => {
      const next = numbersFrom(seed);
      const f = landscape(n, next);
      const start = Array.from({ length: n }, () => 8 * next());
      const settings = { escapeSaddles: true, maxIterations: 400 };
      const { values, stop } = run(make(), f, start, settings);
      values.forEach((value, i) => {
        if (i > 0) expect(value).toBeLessThanOrEqual(values[i - 1]!);
      });
      expect(["gradient", "rounding"]).toContain(stop.criterion);
    },
  );

  test.for([
    [0, 0],
    [1, 0],
    [1e-9, 0],
    [0, 1e-12],
    [-1e-3, 1e-200],
  ])("leaves the saddle of x² − y² + y⁴/4 when started at %s, %s", (start) => {
    const { point } = run(make(), saddle, start, { escapeSaddles: true });
    expect(point.value).toBeCloseTo(-1, 12);
    expect(Math.abs(point.x[1]!)).toBeCloseTo(Math.SQRT2, 7);
  });

  test.for([1, 2, 3, 4])("does not depend on the origin: landscape %i", (seed) => {
    const next = numbersFrom(seed);
    const f = landscape(3, next);
    const start = Array.from({ length: 3 }, () => 4 * next());
    const shift = Float64Array.from({ length: 3 }, () => 4 * next());
    const settings = { maxIterations: 4 };
    const here = run(make(), f, start, settings);
    const moved = start.map((x, i) => x + shift[i]!);
    const there = run(make(), shifted(f, shift), moved, settings);
    expect(largestDifference(there.values, here.values)).toBeLessThan(1e-7);
  });

  test("resumes from a saved state with the same bits", () => {
    const f = landscape(3, numbersFrom(5));
    const { oracle } = oracleOf(f);
    const solver = make();
    const x = Float64Array.of(2, -1, 3);
    let point: Point = { x, ...f.gradient(x) };
    let state = solver.init(point);
    let saved = structuredClone({ point, state });
    for (let k = 0; k < 6; k++) {
      if (k === 2) saved = structuredClone({ point, state });
      ({ point, state } = answer(solver.step(point, state), oracle));
    }
    let resumed: { point: Point; state: unknown } = saved;
    for (let k = 2; k < 6; k++) {
      resumed = answer(solver.step(resumed.point, resumed.state), oracle);
    }
    expect(resumed.point).toEqual(point);
  });

  test("stalls, and says so, where the curvature is NaN", () => {
    const f = ofOne(
      (x) => x * x,
      (x) => 2 * x,
      () => Number.NaN,
    );
    expect(run(make(), f, [1]).stop.criterion).toBe("non-finite");
  });

  // Line searches crawl along a plateau of biggs_exp6 whose minimum is at infinity; reflecting the
  // negative curvature of meyer's valley, 1e-10 of its largest, leads down it by small steps.
  const unsolved: Readonly<Record<string, string>> = {
    newton: "biggs_exp6",
    "saddleFreeNewton, dense": "meyer",
    "saddleFreeNewton, lanczos": "meyer",
  };
  const problems = classical.filter(({ key }) => key !== unsolved[name]);
  test("solves the classical problems from their standard starts", () => {
    for (const problem of problems) {
      const { stop, values } = run(make(), derivatives(problem), problem.x0);
      expect([problem.key, ["gradient", "rounding"].includes(stop.criterion)]).toEqual([
        problem.key,
        true,
      ]);
      expect(values.every((value, i) => i === 0 || value <= values[i - 1]!)).toBe(true);
    }
  });
});

/** The golden file's functions. */
const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  rosenbrock2: (p) => {
    const [x, y] = [p.at(0), p.at(1)];
    return y.sub(x.square()).square().mul(100).add(x.neg().add(1).square());
  },
  himmelblau: (p) => {
    const [x, y] = [p.at(0), p.at(1)];
    return x.square().add(y).sub(11).square().add(x.add(y.square()).sub(7).square());
  },
  "saddle-quartic": (p) => p.at(0).square().sub(p.at(1).square()).add(p.at(1).pow(4).div(4)),
  "monkey-bowl": (p) => {
    const [x, y] = [p.at(0), p.at(1)];
    const bowl = x.square().add(y.square()).square().mul(0.25);
    return x.pow(3).sub(x.mul(y.square()).mul(3)).add(bowl);
  },
  "coupled-exp": (p) => {
    const [x, y, z] = [p.at(0), p.at(1), p.at(2)];
    const sums = x
      .add(y.mul(2))
      .exp()
      .add(x.sub(y.mul(2)).exp())
      .add(x.mul(-2).exp());
    return sums.add(z.square()).add(x.sub(z).pow(4).mul(0.5));
  },
};

function oracleFor(name: string, n: number): Oracle {
  const f = functions[name]!;
  const traced = new TracedObjective((leaves) => f(leaves[0]!), { shapes: [[n]], dtype: "f64" });
  return traced.oracle() as Oracle; // only smooth requests are made here
}

/** Full steps x ← x + step(H, g), as many as there are golden iterates. */
function iterate(
  { function: name, x0, iterates }: (typeof golden.newton)[number],
  stepOf: (hessian: Float64Array, gradient: Float64Array) => Float64Array,
): void {
  const oracle = oracleFor(name, x0.length);
  const x = Float64Array.from(x0);
  iterates.slice(1).forEach((expected) => {
    const { gradient } = answer(askGradient(x), oracle);
    stepOf(answer(askHessian(x), oracle), gradient).forEach((s, i) => {
      x[i] = x[i]! + s;
    });
    expect(largestDifference(x, expected)).toBeLessThan(1e-8 * (1 + normInf(x)));
  });
}

describe("golden steps", () => {
  const convexStarts = golden.newton.filter(({ function: f }) => f !== "saddle-quartic");
  test.for(convexStarts)("Newton's, where the Hessians are positive definite: $function", (run) => {
    const indefinite = run.function === "himmelblau" || run.function === "rosenbrock2";
    iterate(run, (hessian, gradient) => {
      const n = gradient.length;
      const step = new Float64Array(n);
      const factored = gillMurray(hessian, n);
      if (factored.added > 0) {
        // Undamped Newton goes on with an indefinite Hessian, which ours does not: solved by its eigenvalues.
        expect(indefinite).toBe(true);
        const { values, vectors } = symmetricEigen(hessian, n);
        for (let k = 0; k < n; k++) {
          const q = vectors.subarray(k * n, (k + 1) * n);
          const along = q.reduce((sum, qi, i) => sum + qi * gradient[i]!, 0) / values[k]!;
          for (let i = 0; i < n; i++) step[i] = step[i]! - along * q[i]!;
        }
        return step;
      }
      gillMurraySolve(factored, gradient, step);
      return step.map((s) => -s);
    });
  });

  test.for(golden.cubicNewton)("cubic steps of constant M: $function, M $M", (run) => {
    iterate(run, (hessian, gradient) => cubicStep(hessian, gradient, run.M / 2).step);
  });

  test.for(golden.saddleFree)("saddle-free", ({ g, H, step }) => {
    const direction = saddleFreeDirection(
      symmetricEigen(flat(H), g.length),
      Float64Array.from(g),
      1e-15,
    );
    expect(largestDifference(direction, step)).toBeLessThan(1e-9 * (1 + norm(direction)));
  });
});

describe("options", () => {
  test("dense curvature is for up to 64 unknowns, products beyond, unless told", () => {
    const counts = (n: number, solver: Solver) => {
      const h = new Float64Array(n * n);
      for (let i = 0; i < n; i++) h[i * n + i] = 1 + i / n;
      return run(solver, quadratic(h, new Float64Array(n).fill(1)), new Array(n).fill(3)).counts;
    };
    for (const make of [saddleFreeNewton, cubicRegularization] as const) {
      expect(counts(64, make() as Solver)).toMatchObject({ hvp: 0 });
      expect(counts(65, make() as Solver)).toMatchObject({ hessian: 0 });
    }
  });

  const refused: readonly (readonly [() => unknown, RegExp])[] = [
    [() => newton({ decrease: 0.7 }), /decrease is 0.7/],
    [() => newton({ curvature: 1 }), /curvature is 1/],
    [() => newton({ ...({ rate: 1 } as NewtonOptions) }), /unknown option "rate"/],
    [() => newtonCG({ maxProducts: 0 }), /maxProducts is 0/],
    [() => newtonCG({ saddleGradient: -1 } satisfies NewtonCGOptions), /saddleGradient is -1/],
    [() => saddleFreeNewton({ curvature: "exact" as never }), /"auto", "dense", "lanczos"/],
    [() => saddleFreeNewton({ floor: 1 } satisfies SaddleFreeNewtonOptions), /floor is 1/],
    [() => cubicRegularization({ initialSigma: 0 }), /initialSigma is 0/],
    [() => cubicRegularization({ subproblem: "dogleg" as never }), /"auto", "exact", "lanczos"/],
  ];
  test.for(refused)("refuses %s", ([make, message]) => {
    expect(make).toThrow(message);
  });

  test("converges quadratically at Rosenbrock's minimum", () => {
    const rosenbrock = classical.find(({ key }) => key === "rosen")!;
    for (const [, make] of solvers) {
      const { point } = run(make(), derivatives(rosenbrock), rosenbrock.x0);
      expect(distance(point.x, Float64Array.of(1, 1))).toBeLessThan(1e-8);
    }
  });
});
