import { describe, expect, test } from "vitest";
import { logSumExp, max } from "../array/operations/reduction.ts";
import { finish, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { valueAndGrad } from "../autodiff/grad.ts";
import { box } from "../methods/constraints/box.ts";
import { l2Ball } from "../methods/constraints/l2Ball.ts";
import { huber } from "../models/losses/regression.ts";
import { chooseMethod, kinksOf, type ProblemTraits } from "./autoMethod.ts";
import { dataset } from "./dataset.ts";
import { finiteSum } from "./finiteSum.ts";
import { minimize } from "./minimize.ts";

const smooth: ProblemTraits = { size: 10, dtype: "f64", features: {}, kinks: [] };

describe("method: auto", () => {
  const branches: readonly (readonly [string, Partial<ProblemTraits>, RegExp])[] = [
    ["augmentedLagrangian", { features: { constraints: true }, set: "the constraints" }, /multipl/],
    ["proximalGradient", { features: { prox: true, penalty: true } }, /penalty/],
    ["lbfgsb", { features: { bounds: true, project: true }, set: "box(0, 1)" }, /box\(0, 1\)/],
    ["projectedGradient", { features: { project: true }, set: "l2Ball(1)" }, /l2Ball\(1\)/],
    ["levenbergMarquardt", { features: { residuals: true, jacobian: true } }, /sum of squares/],
    ["svrg", { rows: 60_000, size: 1e5 }, /60,000 rows/],
    ["bfgs", { kinks: ["abs"] }, /kinks \(abs\)/],
    ["lbfgs", { kinks: ["relu", "max"], size: 501 }, /relu, max.*too many for a matrix/],
    ["trustRegion", { size: 64 }, /64 unknowns: the whole Hessian/],
    ["trustRegion", { size: 1 }, /1 unknown:/],
    ["trustRegion", { size: 65 }, /Hessian products/],
    ["trustRegion", { rows: 100 }, /smooth/],
    ["lbfgs", { size: 65, dtype: "f32" }, /single precision/],
    ["lbfgs", { size: 10_001 }, /10,001 unknowns: one gradient/],
  ];
  test.for(branches)("takes %s for %o", ([name, traits, why]) => {
    const chosen = chooseMethod({ ...smooth, ...traits });
    expect(chosen.solver.name).toBe(name);
    expect(chosen.why).toMatch(why);
  });
});

describe("kinks", () => {
  const kinks = (f: (x: Tensor) => Tensor): readonly string[] =>
    kinksOf(
      finish(
        record([{ shape: [4], dtype: "f64" }], (x) => {
          const { value, gradient } = valueAndGrad(f)(x!);
          return [value, gradient];
        }),
      ),
    );
  const cases: readonly (readonly [string, (x: Tensor) => Tensor, readonly string[]])[] = [
    ["abs", (x) => x.abs().sum(), ["abs"]],
    ["a largest element", (x) => max(x), ["max"]],
    ["clip", (x) => x.clip(0, 1).sum(), ["maximum", "minimum"]],
    ["floor", (x) => x.floor().mul(x).sum(), ["floor"]],
    ["Huber's loss, whose gradient is continuous", (x) => huber(x, [1, 2, 3, 4]), []],
    ["log Σ exp, which takes a maximum out first", (x) => logSumExp(x), []],
    ["powers and roots", (x) => x.square().add(1).pow(1.5).sqrt().sum(), []],
  ];
  test.for(cases)("of %s", ([, f, expected]) => {
    expect(kinks(f)).toEqual(expected);
  });
});

describe("minimize by itself", () => {
  const saddle = (x: Tensor): Tensor =>
    x.at(0).square().sub(x.at(1).square()).add(x.at(1).pow(4).div(4));

  test("says what it chose, and why; and nothing where it was told", async () => {
    const own = await minimize(saddle, { x0: [0, 0] });
    expect(own).toMatchObject({ method: "trustRegion", saddlesLeft: 1 });
    expect(own.methodWhy).toMatch(/smooth, 2 unknowns/);
    const told = await minimize(saddle, { x0: [0.5, 0.5], method: "lbfgs" });
    expect(told.methodWhy).toBe(undefined);
  });

  test("stays in a box by L-BFGS-B, in a ball by projection", async () => {
    const f = (x: Tensor): Tensor => x.sub([2, 0.5]).square().sum();
    const boxed = await minimize(f, { x0: [0, 0], constraint: box(0, 1) });
    expect(boxed).toMatchObject({ method: "lbfgsb", x: [1, 0.5] });
    const inBall = await minimize(f, { x0: [0, 0], constraint: l2Ball(1) });
    expect(inBall.method).toBe("projectedGradient");
    expect(Math.hypot(...inBall.x)).toBeCloseTo(1, 9);
  });

  test("takes BFGS for kinks, and gets to the minimum on one", async () => {
    const f = (x: Tensor): Tensor => x.at(0).sub(1).abs().mul(3).add(x.at(1).add(2).square());
    const { method, methodWhy, x, value } = await minimize(f, { x0: [3, 3] });
    expect(method).toBe("bfgs");
    expect(methodWhy).toMatch(/abs/);
    expect(value).toBeLessThan(1e-6);
    expect(x[0]).toBeCloseTo(1, 6);
  });

  test("leaves a saddle where its method does not look for one", async () => {
    // Over |x₀| is a kink, so BFGS is chosen; (0, 0) is a saddle along the second axis.
    const f = (x: Tensor): Tensor =>
      x.at(0).add(1).abs().add(x.at(1).pow(4).div(4)).sub(x.at(1).square()).add(x.at(0).square());
    const { method, saddlesLeft, value } = await minimize(f, { x0: [0.5, 0] });
    expect(method).toBe("bfgs");
    expect(value).toBeLessThan(-0.2);
    expect(saddlesLeft).toBe(1);
  });

  test("sees a finite sum as one", async () => {
    const data = dataset({ a: [[1], [2], [3]] });
    const sum = finiteSum((x: Tensor, { a }) => x.sub(a).square().mean(), data);
    const { x, method } = await minimize(sum, { x0: [0] });
    expect(method).toBe("trustRegion");
    expect(x[0]).toBeCloseTo(2, 9);
  });
});
