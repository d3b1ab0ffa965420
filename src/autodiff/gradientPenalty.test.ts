import { expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { matmul } from "../array/operations/contraction.ts";
import { softplus, sqrt, square, tanh } from "../array/operations/elementwise.ts";
import { mean, sum } from "../array/operations/reduction.ts";
import type { Tensor } from "../array/tensor.ts";
import { jit } from "../runtime/jit.ts";
import { grad } from "./grad.ts";
import golden from "./gradientPenalty.golden.json" with { type: "json" };

const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  tanh,
  softplus,
};

type Rows = readonly (readonly number[])[];
const constantOf = ({ graph }: Tensor, rows: Rows): Tensor => graph.constant(NDArray.of(rows));

type Weights = readonly [w1: Tensor, b1: Tensor, w2: Tensor, b2: Tensor];

// Wasserstein critics with a gradient penalty: the gradient of a function of a gradient.
test.for(golden.cases)(
  "the penalty on a critic's gradient has the golden derivatives, $activation",
  (given) => {
    const bend = activations[given.activation]!;
    const critic = ([w1, b1, w2, b2]: Weights, x: Tensor): Tensor =>
      matmul(bend(matmul(x, w1.transpose()).add(b1)), w2.transpose()).add(b2);
    const slopes = (weights: Weights, x: Tensor): Tensor =>
      grad((at: Tensor) => critic(weights, at).sum())(x);
    const penalty = (weights: Weights): Tensor => {
      const between = constantOf(weights[0], given.interpolates);
      const lengths = sqrt(sum(square(slopes(weights, between)), { axis: 1 }));
      return mean(square(lengths.sub(1))).mul(given.lam);
    };
    const wasserstein = (weights: Weights): Tensor => {
      const at = (rows: Rows): Tensor => mean(critic(weights, constantOf(weights[0], rows)));
      return at(given.fake).sub(at(given.real));
    };
    const all = jit((...own: Weights): readonly Tensor[] => {
      const total = (at: Weights): Tensor => wasserstein(at).add(penalty(at));
      return [penalty(own), wasserstein(own), ...grad(penalty)(own), ...grad(total)(own)];
    });
    const { W1, b1, W2, b2 } = given.params;
    const results = all(W1, b1, W2, b2);
    const flat = (tree: typeof given.gradTotal) =>
      [tree.W1, tree.b1, tree.W2, tree.b2].map((part) => part.flat());
    const expected = [
      [given.penalty],
      [given.wassersteinLoss],
      ...flat(given.gradPenalty),
      ...flat(given.gradTotal),
    ];
    results.forEach(({ data }, i) => {
      expected[i]!.forEach((value, k) => {
        expect(Math.abs(data[k]! - value)).toBeLessThan(1e-10 * (1 + Math.abs(value)));
      });
    });
  },
);
