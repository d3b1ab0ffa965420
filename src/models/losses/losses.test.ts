import { describe, expect, test } from "vitest";
import type { NestedNumbers } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { grad, hvp, valueAndGrad } from "../../autodiff/grad.ts";
import { jit } from "../../runtime/jit.ts";
import { expectClose, flatNumbers } from "../testing.ts";
import { binaryCrossEntropy } from "./binaryCrossEntropy.ts";
import { crossEntropy } from "./crossEntropy.ts";
import golden from "./losses.golden.json" with { type: "json" };
import { hinge, ramp, savage, sigmoidLoss } from "./margin.ts";
import { huber, mae, mse, tukey, welsch } from "./regression.ts";

interface Case {
  readonly key: string;
  readonly params: Readonly<Record<string, NestedNumbers>>;
  readonly z: NestedNumbers;
  readonly loss: number;
  readonly grad: NestedNumbers;
}

const cases: readonly Case[] = golden.losses;

type Loss = (z: Tensor, params: Case["params"]) => Tensor;

const labelsOf = ({ labels }: Case["params"]): Int32Array => Int32Array.from(flatNumbers(labels!));
const half = (y: NestedNumbers): number[] => flatNumbers(y).map((label) => (label + 1) / 2);

const losses: Readonly<Record<string, Loss>> = {
  mse: (z, { y }) => mse(z, y!),
  l1: (z, { y }) => mae(z, y!),
  huber: (z, { y, delta }) => huber(z, y!, { delta: Number(delta) }),
  smoothL1: (z, { y, beta }) => huber(z, y!, { delta: Number(beta) }).div(Number(beta)),
  hinge: (z, { y }) => hinge(z, y!),
  squaredHinge: (z, { y }) => hinge(z, y!, { squared: true }),
  ramp: (z, { y, s }) => ramp(z, y!, { s: Number(s) }),
  truncatedHinge: (z, { y }) => ramp(z, y!),
  logistic: (z, { y }) => binaryCrossEntropy(z, half(y!)),
  bceWithLogits: (z, { y }) => binaryCrossEntropy(z, y!),
  sigmoidLoss: (z, { y }) => sigmoidLoss(z, y!),
  savage: (z, { y }) => savage(z, y!),
  welsch: (z, { y, c }) => welsch(z, y!, { c: Number(c) }),
  tukey: (z, { y, c }) => tukey(z, y!, { c: Number(c) }),
  softmaxCE: (z, params) => crossEntropy(z, labelsOf(params)),
  "softmaxCE-labelSmoothing": (z, params) =>
    crossEntropy(z, labelsOf(params), { labelSmoothing: Number(params["eps"]) }),
  "softmaxCE-extreme": (z, params) => crossEntropy(z, labelsOf(params)),
};

describe("the losses of the reference file", () => {
  test("are all here", () => {
    expect(cases.map(({ key }) => key).sort()).toEqual(Object.keys(losses).sort());
  });

  test.each(cases)(
    "$key has the value and the gradient",
    ({ key, params, z, loss, grad: want }) => {
      const got = jit(valueAndGrad((at: Tensor) => losses[key]!(at, params)))(z);
      expectClose(got.value, loss, 1e-11, "loss");
      expectClose(got.gradient, want, 1e-11, "gradient");
    },
  );

  test.each(cases)(
    "$key has Hessian-vector products that match differences of gradients",
    (example) => {
      const { key, params, z } = example;
      const at = flatNumbers(z);
      const shape = Array.isArray(z) && Array.isArray(z[0]) ? [z.length, z[0].length] : [at.length];
      const f = (x: Tensor): Tensor => losses[key]!(x.reshape(shape), params);
      const direction = at.map((_, i) => Math.cos(3 * i + 1));
      const product = jit((x: Tensor, v: Tensor) => hvp(f, x, v))(at, direction);
      const gradient = jit(grad(f));
      const step = 1e-5;
      const [up, down] = [step, -step].map((t) =>
        gradient(at.map((x, i) => x + t * direction[i]!)),
      );
      const differences = Array.from(up!.data, (g, i) => (g - down!.data[i]!) / (2 * step));
      expectClose(product, differences, 1e-8, "Hv");
    },
  );
});

describe("hinge for many classes", () => {
  test("is the shortfall of the own score from the best other one, plus 1", () => {
    // Crammer & Singer, eq. (3), by hand: 1 + 2 − 0.5, then 1 − 2 − (−0.25) < 0, then 1 + 0.5 − 0.5.
    const z = [
      [0.5, 2, -1],
      [-0.25, -1, 2],
      [0.5, 0.25, 0.5],
    ];
    const labels = Int32Array.of(0, 2, 2);
    const each = jit((x: Tensor) => hinge(x, labels, { reduction: "none" }))(z);
    expect(Array.from(each.data)).toEqual([2.5, 0, 1]);
    const gradient = jit(grad((x: Tensor) => hinge(x, labels, { reduction: "sum" })))(z);
    expect(gradient.toArray()).toEqual([
      [-1, 1, 0],
      [0, 0, 0],
      [1, 0, -1],
    ]);
  });
});

describe("every loss of pairs", () => {
  const all = {
    mse,
    mae,
    huber,
    welsch,
    tukey,
    binaryCrossEntropy,
    hinge,
    ramp,
    savage,
    sigmoidLoss,
  };

  test.each(Object.entries(all))(
    "%s refuses [n, 1] for [n], which would compare all with all",
    (_name, loss) => {
      const f = (x: Tensor): Tensor => loss(x.reshape([3, 1]), x);
      expect(() => jit(f)([1, 2, 3])).toThrow(
        /predictions \[3, 1\] for targets \[3\][\s\S]*reshape/,
      );
    },
  );

  test.each(Object.entries(all))("%s refuses options it does not know", (_name, loss) => {
    const options = { reduction: "sum", reducton: "sum" } as const;
    expect(() => jit((x: Tensor) => loss(x, x, options))([1])).toThrow(/did you mean reduction/);
  });

  test("keeps f32 where targets are whole numbers", () => {
    const f = (x: Tensor): Tensor => mse(x, Int32Array.of(1, 2));
    expect(jit(f)(Float32Array.of(1, 4)).dtype).toBe("f32");
  });
});
