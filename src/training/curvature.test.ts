import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { dot, matmul } from "../array/operations/contraction.ts";
import { array } from "../array/operations/creation.ts";
import { maximum, minimum, where } from "../array/operations/elementwise.ts";
import { logSumExp, max, norm, sum } from "../array/operations/reduction.ts";
import { flip } from "../array/operations/shaping.ts";
import type { Tensor } from "../array/tensor.ts";
import { findTestFunction } from "../data/testFunctions/registry.ts";
import { binaryCrossEntropy } from "../models/losses/binaryCrossEntropy.ts";
import { crossEntropy } from "../models/losses/crossEntropy.ts";
import { hinge, ramp, savage, sigmoidLoss } from "../models/losses/margin.ts";
import { huber, mae, mse, tukey, welsch } from "../models/losses/regression.ts";
import { curvature } from "./curvature.ts";
import { leastSquares } from "./leastSquares.ts";
import { TracedObjective } from "./objective.ts";

type F = (x: Tensor) => Tensor;
const design = NDArray.of([
  [1, 2, -1],
  [0.5, -1, 3],
  [2, 0, 1],
  [-1, 1, 1],
]);
const targets = NDArray.of([1, -2, 0.5, 3]);
const signs = NDArray.of([1, -1, 1, -1]);
const scores: F = (x) => matmul(design, x);
const definite = NDArray.of([
  [3, 1, 0],
  [1, 2, 0.5],
  [0, 0.5, 1],
]);
const indefinite = NDArray.of([
  [1, 2, 0],
  [2, 1, 0],
  [0, 0, 1],
]);
const named = (name: string): F => findTestFunction(name).f as F;

/** Functions of three unknowns whose status is known from textbooks. */
const convex: Readonly<Record<string, F>> = {
  "sum of squares": (x) => x.square().sum(),
  "least squares": (x) => scores(x).sub(targets).square().sum(),
  "mean squared error": (x) => mse(scores(x), targets),
  "absolute error": (x) => mae(scores(x), targets),
  Huber: (x) => huber(scores(x), targets, { delta: 0.7 }),
  hinge: (x) => hinge(scores(x), signs),
  "squared hinge": (x) => hinge(scores(x), signs, { squared: true }),
  logistic: (x) => binaryCrossEntropy(scores(x), array([1, 0, 1, 0])),
  softplus: (x) => scores(x).mul(signs).neg().softplus().mean(),
  "multinomial logistic": (x) =>
    crossEntropy(
      matmul(design, x.reshape([3, 1]).mul(array([[1, -2]]))),
      Int32Array.of(0, 1, 1, 0),
    ),
  exponential: (x) => x.exp().sum(),
  "exp of squares": (x) => x.square().sum().exp(),
  "log-sum-exp": (x) => logSumExp(scores(x)),
  "log-sum-exp by hand": (x) => x.exp().sum().log(),
  "log of a weighted sum of exponentials": (x) =>
    dot(array([1, 2, 3]), scores(x).exp().slice([0, 3])).log(),
  "log(1 + exp)": (x) => x.exp().add(1).log().sum(),
  norm: (x) => norm(scores(x)),
  "smoothed norm": (x) => x.square().sum().add(1).sqrt(),
  "pseudo-Huber": (x) => scores(x).square().add(1).sqrt().sub(1).sum(),
  "L1 norm": (x) => x.abs().sum(),
  "largest element": (x) => max(x),
  "largest magnitude": (x) => max(x.abs()),
  "elastic net": (x) =>
    mse(scores(x), targets).add(x.abs().sum().mul(0.1)).add(x.square().sum().mul(0.2)),
  "definite quadratic form": (x) => dot(x, matmul(definite, x)),
  "quadratic form and linear term": (x) => dot(x, matmul(definite, x)).sub(x.sum()),
  "negative entropy": (x) => x.mul(x.log()).sum(),
  "negative log barrier": (x) => x.log().sum().neg(),
  "barrier of half-spaces": (x) => scores(x).add(10).log().sum().neg(),
  "Poisson deviance": (x) =>
    scores(x)
      .exp()
      .sub(scores(x).mul(array([1, 0, 3, 2])))
      .sum(),
  "quantile loss": (x) => maximum(scores(x).mul(0.9), scores(x).mul(-0.1)).sum(),
  "fourth powers": (x) => x.pow(4).sum(),
  "power 1.5": (x) => x.pow(1.5).sum(),
  "power −½": (x) => x.pow(-0.5).sum(),
  "sixth powers of residuals": (x) => scores(x).pow(6).sum(),
  "|u|³": (x) => x.abs().mul(x.abs()).mul(x.abs()).sum(),
  "square of relu": (x) => x.relu().square().sum(),
  "square of a norm": (x) => norm(x).square(),
  "relu of convex": (x) => x.square().sum().sub(1).relu(),
  cosh: (x) => x.exp().add(x.neg().exp()).mul(0.5).sum(),
  "geometric program": (x) =>
    x.at(0).add(x.at(1).mul(2)).exp().mul(x.at(2).neg().exp()).add(x.at(1).exp()).log(),
  "half a square": (x) => x.square().sum().div(2),
  "1 / (concave and positive)": (x) =>
    array(1)
      .div(minimum(x.at(0), 5).mul(0).add(2))
      .add(x.square().sum()),
  "2ˣ": (x) => array(2).pow(x.sum()),
  "minimum negated": (x) => minimum(x.at(0), minimum(x.at(1), 3)).neg(),
  "chosen by constants": (x) => where(array([1, 0, 1]).greater(0), x.square(), x.abs()).sum(),
  "total variation": (x) =>
    x
      .slice([1, 3])
      .sub(x.slice([0, 2]))
      .abs()
      .sum(),
  sphere: named("sphere"),
};
const concave: Readonly<Record<string, F>> = {
  "log sum": (x) => x.log().sum(),
  "root sum": (x) => x.sqrt().sum(),
  "negative norm": (x) => norm(x).neg(),
  "smallest element": (x) => max(x.neg()).neg(),
  "log of a minimum": (x) => minimum(x.at(0), x.at(1)).log(),
  "1 − squares": (x) => x.square().sum().neg().add(1),
};
const affine: Readonly<Record<string, F>> = {
  sum: (x) => x.sum(),
  "weighted, reordered": (x) => dot(flip(x), array([1, -2, 3])).add(4),
};
const nonConvex: Readonly<Record<string, F>> = {
  sine: (x) => x.sin().sum(),
  cosine: (x) => x.cos().sum(),
  product: (x) => x.at(0).mul(x.at(1)),
  cubes: (x) => x.pow(3).sum(),
  sigmoid: (x) => x.sigmoid().sum(),
  tanh: (x) => x.tanh().sum(),
  "square of a square less one": (x) => x.square().sub(1).square().sum(),
  "difference of convex": (x) => x.square().sum().sub(x.abs().sum().mul(3)),
  "root of a norm": (x) => norm(x).sqrt(),
  "log of squares": (x) => x.square().add(1).log().sum(),
  "Gaussian bump": (x) => x.square().sum().neg().exp().neg(),
  "indefinite quadratic form": (x) => dot(x, matmul(indefinite, x)),
  "square of an exponential less two": (x) => x.exp().sub(2).square().sum(),
  ramp: (x) => ramp(scores(x), signs),
  savage: (x) => savage(scores(x), signs),
  "sigmoid loss": (x) => sigmoidLoss(scores(x), signs),
  Welsch: (x) => welsch(scores(x), targets),
  Tukey: (x) => tukey(scores(x), targets),
  "one hidden layer": (x) => scores(x).tanh().mul(x.at(0)).sub(targets).square().sum(),
  "norm of exponentials less three": (x) => norm(x.exp().sub(3)),
  "relu of concave": (x) => x.square().sum().neg().add(1).relu(),
  Rosenbrock: named("rosenbrock"),
  Himmelblau: named("himmelblau"),
  Rastrigin: named("rastrigin"),
};

const run = (f: F, n = 3) =>
  curvature<number[]>(f, { x0: Array.from({ length: n }, (_, i) => 0.3 + 0.4 * i) });
const unknowns = (name: string): number =>
  ({
    Rosenbrock: 2,
    Himmelblau: 2,
    Rastrigin: findTestFunction("rastrigin").dimension,
    sphere: findTestFunction("sphere").dimension,
  })[name] ?? 3;

describe("curvature", () => {
  test.for(Object.entries(convex))("proves convex: %s", ([name, f]) => {
    const report = run(f, unknowns(name));
    expect(report).toMatchObject({ kind: "convex" });
  });
  test.for(Object.entries(concave))("proves concave: %s", ([, f]) => {
    expect(run(f)).toMatchObject({ kind: "concave" });
  });
  test.for(Object.entries(affine))("proves affine: %s", ([, f]) => {
    expect(run(f)).toMatchObject({ kind: "affine" });
  });
  test.for(Object.entries(nonConvex))("refutes by a witness that holds: %s", ([name, f]) => {
    const report = run(f, unknowns(name));
    if (report.kind !== "not-convex") throw new Error(`${report.kind}: ${JSON.stringify(report)}`);
    const { valueAtX, valueAtY, valueAtMidpoint, excess } = report.witness;
    expect(valueAtMidpoint).toBeGreaterThan(0.5 * (valueAtX + valueAtY));
    expect(excess).toBeCloseTo(valueAtMidpoint - 0.5 * (valueAtX + valueAtY), 8);
    expect(report.broken).toMatch(/no rule/);
  });

  test("tells the rules of the proof", () => {
    const report = run((x) => x.exp().sum().add(x.abs().sum()));
    expect(report).toEqual({
      kind: "convex",
      trail: [
        "exp [3]: exp is convex and increasing",
        "abs [3]: |u| of an affine u is convex",
        "sums of convex functions, and their positive multiples, are convex",
      ],
    });
  });

  test("reads strong convexity off a ridge", () => {
    expect(run((x) => x.exp().sum().add(x.square().sum().mul(0.05)))).toMatchObject({
      kind: "convex",
      strongConvexity: 0.1,
    });
    expect(run((x) => x.at(0).square().add(x.exp().sum()))).not.toHaveProperty("strongConvexity");
  });

  test("finds the two blocks of a matrix factorization, and that it is not convex in both", () => {
    const ratings = NDArray.of([
      [1, 2],
      [3, 5],
    ]);
    const report = curvature(
      ({ users, items }) =>
        matmul(users, items.transpose()).sub(ratings).square().sum().add(users.square().sum()),
      { x0: { users: [[0.1], [0.2]], items: [[1], [2]] } },
    );
    expect(report).toMatchObject({ kind: "biconvex", blocks: [["items"], ["users"]] });
    expect(report).toHaveProperty("witness");
  });

  test("sees a least-squares problem of affine residuals as convex", () => {
    const line = leastSquares((x: Tensor) => scores(x).sub(targets));
    expect(curvature(line, { x0: [0, 0, 0] }).kind).toBe("convex");
  });

  test("says where the proof broke when it has no witness either", () => {
    // (x²)·(x²+1): convex, but no rule knows the product
    const report = run((x) => x.square().mul(x.square().add(1)).sum());
    expect(report).toEqual({
      kind: "unknown",
      broken: expect.stringMatching(/^mul \[3\] of a convex and a convex/),
    });
  });

  property.prop([fc.integer({ min: 0, max: 2 ** 31 - 1 })], {
    numRuns: 300,
    examples: [[1880937162]],
  })("never proves what a chord refutes, for random compositions", (seed) => {
    const f = composition(seed);
    const report = run(f);
    if (report.kind === "unknown" || report.kind === "not-convex" || report.kind === "biconvex")
      return;
    const sign = report.kind === "concave" ? -1 : 1;
    const worst = worstChord(f, sign, seed);
    expect(worst, report.trail.join("\n")).toBeLessThan(1e-9);
  });
});

/** A random function of three unknowns: a few operations on top of each other. */
function composition(seed: number): F {
  return (x) => {
    const next = draws(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!;
    const grow = (depth: number): Tensor => {
      if (depth === 0)
        return pick<F>([(u) => u, (u) => u.mul(next() * 4 - 2), (u) => flip(u).sub(next())])(x);
      const a = grow(depth - 1);
      const unary: readonly F[] = [
        (u) => u.exp(),
        (u) => u.square(),
        (u) => u.abs(),
        (u) => u.relu(),
        (u) => u.neg(),
        (u) => u.softplus(),
        (u) => u.sigmoid(),
        (u) => u.tanh(),
        (u) => u.square().add(1).log(),
        (u) => u.square().add(0.5).sqrt(),
        (u) => u.abs().add(1).reciprocal(),
        (u) => u.add(next() * 2),
        (u) => u.mul(next() * 3 - 1.5),
        (u) => logSumExp(u).add(u),
        (u) => norm(u).add(u.mul(0.5)),
        (u) => max(u).add(u),
        (u) => u.pow(3),
        (u) => u.abs().pow(1.5),
        (u) => u.cumSum(),
      ];
      if (next() < 0.6) return pick(unary)(a);
      const b = grow(Math.floor(next() * depth));
      return pick<(u: Tensor, v: Tensor) => Tensor>([
        (u, v) => u.add(v),
        (u, v) => u.sub(v),
        (u, v) => u.mul(v),
        (u, v) => maximum(u, v),
        (u, v) => minimum(u, v),
        (u, v) => u.square().div(v.abs().add(1)),
      ])(a, b);
    };
    return sum(grow(1 + Math.floor(next() * 4)));
  };
}

function draws(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

/** The largest excess of ±f over 200 random chords, beside the values: what a convex function keeps at 0 but for rounding. */
function worstChord(f: F, sign: number, seed: number): number {
  const objective = new TracedObjective(([x]) => f(x!), { shapes: [[3]], dtype: "f64" });
  const oracle = objective.oracle();
  const value = (x: Float64Array): number => sign * (oracle({ kind: "value", x }) as number);
  const next = draws(seed + 1);
  let worst = 0;
  for (let k = 0; k < 200; k++) {
    const scale = 4 ** ((k % 5) - 2);
    const [a, b] = [0, 1].map(() =>
      Float64Array.from({ length: 3 }, () => (next() - 0.5) * 2 * scale),
    );
    const t = next();
    const between = a!.map((ai, i) => t * ai + (1 - t) * b![i]!);
    const [fa, fb, fc] = [value(a!), value(b!), value(between)];
    const size = Math.abs(fa) + Math.abs(fb) + 1;
    const excess = (fc - (t * fa + (1 - t) * fb)) / size;
    if (Number.isFinite(excess)) worst = Math.max(worst, excess);
  }
  return worst;
}
