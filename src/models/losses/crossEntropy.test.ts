import { describe, expect, test } from "vitest";
import { finish, record } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";
import { grad, hvp, valueAndGrad } from "../../autodiff/grad.ts";
import { vmap } from "../../autodiff/vmap.ts";
import { jit } from "../../runtime/jit.ts";
import { expectClose } from "../testing.ts";
import { binaryCrossEntropy } from "./binaryCrossEntropy.ts";
import { crossEntropy } from "./crossEntropy.ts";

describe("crossEntropy", () => {
  const logits = [
    [0.3, -1.2, 2],
    [1, 0, -0.5],
  ];
  const labels = Int32Array.of(2, 1);

  test("takes one-hot rows as it takes classes", () => {
    const rows = [
      [0, 0, 1],
      [0, 1, 0],
    ];
    const byClass = jit((z: Tensor) => valueAndGrad((at: Tensor) => crossEntropy(at, labels))(z));
    const byRow = jit((z: Tensor) => valueAndGrad((at: Tensor) => crossEntropy(at, rows))(z));
    expectClose(byRow(logits).value, byClass(logits).value.item(), 1e-15);
    expectClose(byRow(logits).gradient, byClass(logits).gradient.toArray(), 1e-15);
  });

  test("counts the weight of rows of targets, and has a derivative by them", () => {
    const t = [
      [0.2, 0.5, 0.1],
      [0, 2, 1],
    ];
    const f = (z: Tensor, target: Tensor): Tensor => crossEntropy(z, target, { reduction: "sum" });
    const logP = logits.map((row) => {
      const total = Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0));
      return row.map((z) => z - total);
    });
    const byLogits = jit((z: Tensor, target: Tensor) => grad(f)(z, target))(logits, t);
    const weight = t.map((row) => row.reduce((a, b) => a + b));
    expectClose(
      byLogits,
      logP.map((row, i) => row.map((l, k) => Math.exp(l) * weight[i]! - t[i]![k]!)),
      1e-14,
    );
    const byTarget = jit((target: Tensor, z: Tensor) => grad((at: Tensor) => f(z, at))(target));
    expectClose(
      byTarget(t, logits),
      logP.map((row) => row.map((l) => -l)),
      1e-14,
    );
  });

  test.each(["f32", "f64"] as const)("is finite and right at logits of ±1e4 in %s", (dtype) => {
    const far = [
      [1e4, -1e4, 0],
      [-1e4, -1e4, 1e4],
    ];
    const f = (z: Tensor): Tensor => crossEntropy(z, labels);
    const got = jit((z: Tensor) => valueAndGrad(f)(z), { dtype })(far);
    expect(got.value.item()).toBe((1e4 + 2e4) / 2);
    expect(got.gradient.toArray()).toEqual([
      [0.5, 0, -0.5],
      [0, -0.5, 0.5],
    ]);
    const product = jit((z: Tensor) => hvp(f, z, z.mul(0).add(1)), { dtype })(far);
    expect(Array.from(product.data)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("reduces by mean, sum, or not at all", () => {
    const of = (reduction: "mean" | "sum" | "none") =>
      jit((z: Tensor) => crossEntropy(z, labels, { reduction }))(logits);
    const [a, b] = Array.from(of("none").data);
    expect(of("sum").item()).toBeCloseTo(a! + b!, 14);
    expect(of("mean").item()).toBeCloseTo((a! + b!) / 2, 14);
  });

  test("has a gradient of three operations on the logits: exp, sub, mul", () => {
    const program = finish(
      record(
        [
          { shape: [8, 3], dtype: "f32" },
          { shape: [8], dtype: "i32" },
        ],
        (z, y) => [grad((at: Tensor) => crossEntropy(at, y!))(z!)],
      ),
    );
    const after = program.nodes.filter(({ op }) => !["input", "constant"].includes(op));
    expect(after.map(({ op }) => op).sort()).toEqual(
      // The one-hot rows of the labels, the logarithms of the probabilities, and the three.
      ["iota", "reshape", "broadcastTo", "equal", "cast", "logSoftmax", "exp", "sub", "mul"].sort(),
    );
  });

  test("is mapped over examples with labels of their own", () => {
    const alone = jit((z: Tensor, y: Tensor) =>
      vmap((row: Tensor, label: Tensor) => grad((at: Tensor) => crossEntropy(at, label))(row))(
        z,
        y,
      ),
    )(logits, labels);
    const together = jit(grad((z: Tensor) => crossEntropy(z, labels, { reduction: "sum" })))(
      logits,
    );
    expectClose(alone, together.toArray(), 1e-15);
  });

  test.each([
    [
      "logits and labels of different batches",
      (z: Tensor) => crossEntropy(z, Int32Array.of(0, 1, 2)),
      /logits \[2, 3\] for labels \[3\]/,
    ],
    ["labels that are floats", (z: Tensor) => crossEntropy(z, z.at(0).slice([0, 2])), /dtype f64/],
    [
      "a label out of range",
      (z: Tensor) => crossEntropy(z, Int32Array.of(0, 3)),
      /a label 3[\s\S]*from 0 to 2/,
    ],
    [
      "smoothing of 1",
      (z: Tensor) => crossEntropy(z, labels, { labelSmoothing: 1 }),
      /labelSmoothing is 1/,
    ],
  ])("refuses %s", (_what, f, message) => {
    expect(() => jit(f)(logits)).toThrow(message);
  });
});

describe("binaryCrossEntropy", () => {
  test.each(["f32", "f64"] as const)("is finite and right at logits of ±1e4 in %s", (dtype) => {
    const f = (z: Tensor): Tensor => binaryCrossEntropy(z, [0, 1, 1, 0], { reduction: "sum" });
    const got = jit((z: Tensor) => valueAndGrad(f)(z), { dtype })([1e4, -1e4, 1e4, -1e4]);
    expect(got.value.item()).toBe(2e4);
    expect(Array.from(got.gradient.data)).toEqual([1, -1, 0, 0]);
    const product = jit((z: Tensor) => hvp(f, z, z.mul(0).add(1)), { dtype });
    expect(Array.from(product([1e4, -1e4, 1e4, 0]).data)).toEqual([0, 0, 0, 0.25]);
  });
});
