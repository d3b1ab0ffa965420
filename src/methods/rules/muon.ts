import { square } from "../../array/operations/elementwise.ts";
import { sum } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, tensorsOf, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import {
  type LearningRate,
  rateAt,
  requireNonNegative,
  requireRate,
} from "../schedules/schedule.ts";
import { mapTrees, times } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface MuonOptions {
  /** μ, the part of the velocity that is kept, in [0, 1). Default 0.95. */
  readonly momentum?: number;
  /** Newton–Schulz iterations, a count. Default 5. */
  readonly iterations?: number;
  /** λ, decoupled, at least 0. Default 0. */
  readonly weightDecay?: number;
}

export type MuonState = {
  /** A fading sum of gradients: like the params. */
  readonly velocity: Tree<Tensor>;
};

/**
 * Muon: b ← μb + g, then x ← x − η·√max(1, rows/columns)·O with O the nearest orthogonal matrix to
 * g + μb, all of whose singular values are 1 (0.7 to 1.2 as computed). Filters are taken as matrices
 * `[out, rest]`.
 *
 * For matrices only. Others need a rule of their own:
 * `byPath({ "*": muon(0.02), "**.bias": adam(1e-3) })`.
 *
 * Price: one gradient a step, one tensor of state per tensor of params, and 15 products of matrices
 * of each tensor's size.
 *
 * @param learningRate - η, about the change of a matrix in its spectral norm
 * @throws NadirError `rules/learningRate`, `rules/momentum`, `rules/iterations`, `rules/weightDecay`;
 *   `muon/shape` for params that are no matrices
 * @see Jordan et al. (2024), Muon: an optimizer for hidden layers in neural networks
 * @see Bernstein & Newhouse (2024), Old optimizer, new norm: steepest descent in the spectral norm
 */
export const muon = described(
  {
    name: "muon",
    kind: "rule",
    summary: "Momentum made orthogonal: a step of one size in every direction of a matrix.",
    guarantee: "Steepest descent in the spectral norm, where gradients are exact.",
    price: { gradients: 1, state: 1, note: "15 matrix products for each matrix" },
    source: "Jordan et al. (2024), Muon; Bernstein & Newhouse (2024), Old optimizer, new norm",
  },
  (learningRate: LearningRate, options: MuonOptions = {}): Rule<MuonState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("muon", options, ["momentum", "iterations", "weightDecay"]);
    const momentum = requireInRange("rules/momentum", options.momentum ?? 0.95, [0, 1]);
    const iterations = requireCount("rules/iterations", options.iterations ?? 5);
    const weightDecay = requireNonNegative("rules/weightDecay", options.weightDecay ?? 0);
    return {
      kind: "rule",
      name: "muon",
      learningRate,
      init: (params) => {
        for (const { shape } of tensorsOf(params)) if (shape.length < 2) throw noMatrix(shape);
        return { velocity: zerosLike(params) };
      },
      update: (gradient, state, params, step) => {
        const down = rateAt(learningRate, step).neg();
        const { velocity, ahead } = mapTrees(
          (g, b) => {
            const next = b.mul(momentum).add(g);
            return { velocity: next, ahead: g.add(next.mul(momentum)) };
          },
          gradient,
          state.velocity,
        );
        const updates = mapTree(
          (d, x) => {
            const rows = d.shape[0]!;
            const columns = d.size / rows;
            const direction = orthogonalized(d.reshape([rows, columns]), iterations);
            const size = Math.sqrt(Math.max(1, rows / columns));
            const move = direction.mul(size).reshape(d.shape);
            return times(weightDecay === 0 ? move : move.add(x.mul(weightDecay)), down);
          },
          ahead,
          params,
        );
        return { updates, state: { velocity } };
      },
    };
  },
);

/** The quintic that takes singular values from (0, 1] to about 1 fastest. */
const [first, third, fifth] = [3.4445, -4.775, 2.0315];

/**
 * X ← aX + (bA + cA²)X with A = XXᵀ, from X/‖X‖: each singular value σ goes through
 * aσ + bσ³ + cσ⁵.
 */
function orthogonalized(matrix: Tensor, iterations: number): Tensor {
  const wide = matrix.shape[0]! <= matrix.shape[1]!;
  let x = wide ? matrix : matrix.transpose();
  x = x.div(sum(square(x)).sqrt().add(1e-7));
  for (let i = 0; i < iterations; i++) {
    const a = x.matmul(x.transpose());
    x = x.mul(first).add(a.mul(third).add(a.matmul(a).mul(fifth)).matmul(x));
  }
  return wide ? x : x.transpose();
}

const noMatrix = (shape: readonly number[]): NadirError =>
  new NadirError("muon/shape", `muon: params of shape [${shape.join(", ")}] are no matrix`, {
    expected: "params of two axes or more",
    hint: 'byPath({ "*": muon(0.02), "**.bias": adam(1e-3) })',
  });
