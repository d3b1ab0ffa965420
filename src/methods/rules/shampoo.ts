import { eye } from "../../array/operations/creation.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, tensorsOf } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requirePositive, requireRate } from "../schedules/schedule.ts";
import { mapTrees, times } from "./leaves.ts";
import { inverseRoot } from "./matrixRoot.ts";
import type { Rule } from "./rule.ts";

export interface ShampooOptions {
  /** The part of the matrices that is kept at a step, in (0, 1]; 1 sums, as in the paper. Default 1. */
  readonly decay?: number;
  /** ε, what the matrices start from: ε times the identity, above 0. Default 1e-4. */
  readonly epsilon?: number;
  /** Iterations of each root, a count. Default 25. */
  readonly iterations?: number;
}

export type ShampooState = {
  /** L = εI + Σ GGᵀ: `[rows, rows]` for each matrix. */
  readonly left: Tree<Tensor>;
  /** R = εI + Σ GᵀG: `[columns, columns]` for each matrix. */
  readonly right: Tree<Tensor>;
};

/**
 * Shampoo: W ← W − η·L^(−1/4)·G·R^(−1/4) with L ← L + GGᵀ and R ← R + GᵀG: AdaGrad with a full matrix
 * in place of a rate, as a product of two small ones. Vectors are taken as matrices of one column,
 * filters as `[out, rest]`.
 *
 * Price: one gradient a step; rows² + columns² numbers of state for each matrix; the two roots take
 * about 4·iterations products of matrices of these sizes each, at every step.
 *
 * @param learningRate - η, in params
 * @throws NadirError `rules/learningRate`, `rules/decay`, `rules/epsilon`, `rules/iterations`;
 *   `shampoo/shape` for scalars
 * @see Gupta, Koren & Singer (2018), Shampoo: preconditioned stochastic tensor optimization, algorithm 1
 */
export const shampoo = described(
  {
    name: "shampoo",
    kind: "rule",
    summary: "AdaGrad that knows how rows and columns of a matrix go together.",
    guarantee:
      "On convex losses the regret is O(√t), with traces of L^(1/4) and R^(1/4) as constants.",
    price: {
      gradients: 1,
      state: 2,
      note: "for square matrices; rows² + columns² numbers and two matrix roots for any",
    },
    source: "Gupta, Koren & Singer (2018), Shampoo, algorithm 1, theorem 7",
  },
  (learningRate: LearningRate, options: ShampooOptions = {}): Rule<ShampooState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("shampoo", options, ["decay", "epsilon", "iterations"]);
    const decay = requireInRange("rules/decay", options.decay ?? 1, [0, 1], {
      open: true,
      closed: true,
    });
    const epsilon = requirePositive("rules/epsilon", options.epsilon ?? 1e-4);
    const iterations = requireCount("rules/iterations", options.iterations ?? 25);
    return {
      kind: "rule",
      name: "shampoo",
      learningRate,
      init: (params) => {
        for (const { shape } of tensorsOf(params)) if (shape.length === 0) throw noMatrix();
        return {
          left: mapTree((x) => identity(x, x.shape[0]!, epsilon), params),
          right: mapTree((x) => identity(x, x.size / x.shape[0]!, epsilon), params),
        };
      },
      update: (gradient, state, _params, step) => {
        const down = rateAt(learningRate, step).neg();
        const { updates, ...next } = mapTrees(
          (g, l, r) => {
            const matrix = g.reshape([g.shape[0]!, g.size / g.shape[0]!]);
            const left = l.mul(decay).add(matrix.matmul(matrix.transpose()));
            const right = r.mul(decay).add(matrix.transpose().matmul(matrix));
            const direction = inverseRoot(left, 4, iterations)
              .matmul(matrix)
              .matmul(inverseRoot(right, 4, iterations));
            return { updates: times(direction.reshape(g.shape), down), left, right };
          },
          gradient,
          state.left,
          state.right,
        );
        return { updates, state: next };
      },
    };
  },
);

const identity = (like: Tensor, size: number, scale: number): Tensor =>
  eye(size, like.dtype).mul(scale);

const noMatrix = (): NadirError =>
  new NadirError("shampoo/shape", "shampoo: params that are a single number", {
    expected: "params of one axis or more",
    hint: "give numbers another rule with byPath",
  });
