import { exp, log, maximum, pow, sqrt, square } from "../../array/operations/elementwise.ts";
import { mean } from "../../array/operations/reduction.ts";
import { expandDims } from "../../array/operations/shaping.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import {
  type LearningRate,
  rateAt,
  requireNonNegative,
  requirePositive,
  requireRate,
} from "../schedules/schedule.ts";
import { toFloat } from "../schedules/span.ts";
import { like, mapTrees } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface AdafactorOptions {
  /** How averages lengthen: the new square weighs t^(−decay) at step t; in (0, 1]. Default 0.8. */
  readonly decay?: number;
  /** d, the largest root mean square of a step before the rate, above 0. Default 1. */
  readonly clip?: number;
  /** ε₁, added to squares, above 0. Default 1e-30. */
  readonly epsilon?: number;
  /** ε₂, the least root mean square a tensor is taken to have, at least 0. Default 1e-3. */
  readonly smallest?: number;
}

export type AdafactorState = {
  /** Mean squares along the last axis; whole for vectors and scalars. */
  readonly rows: Tree<Tensor>;
  /** Mean squares along the last axis but one; one unused number for vectors and scalars. */
  readonly columns: Tree<Tensor>;
};

/**
 * Adafactor: the averages of squares of a matrix are kept as row means r and column means c alone,
 * v = r·cᵀ/mean(r). With u = g/√v, x ← x − η·max(ε₂, rms(x))·u/max(1, rms(u)/d). Averages have
 * weights 1 − t^(−0.8), which need no bias correction. There is no momentum.
 *
 * Price: one gradient a step; of an n × m matrix n + m numbers of state, of a vector all.
 *
 * @param learningRate - η, a pure number: the part of its size by which a tensor changes
 * @throws NadirError `rules/learningRate`, `rules/decay`, `rules/clip`, `rules/epsilon`, `rules/smallest`
 * @see Shazeer & Stern (2018), Adafactor: adaptive learning rates with sublinear memory cost, algorithms 4, 5
 */
export const adafactor = described(
  {
    name: "adafactor",
    kind: "rule",
    summary: "Adam's scaling from row and column means alone: memory of n + m for an n × m matrix.",
    guarantee: "None.",
    price: { gradients: 1, state: 1, note: "of a matrix only one row and one column" },
    source: "Shazeer & Stern (2018), Adafactor, algorithms 4 and 5",
  },
  (learningRate: LearningRate, options: AdafactorOptions = {}): Rule<AdafactorState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("adafactor", options, ["decay", "clip", "epsilon", "smallest"]);
    const decay = requireInRange("rules/decay", options.decay ?? 0.8, [0, 1], {
      open: true,
      closed: true,
    });
    const clip = requirePositive("rules/clip", options.clip ?? 1);
    const epsilon = requirePositive("rules/epsilon", options.epsilon ?? 1e-30);
    const smallest = requireNonNegative("rules/smallest", options.smallest ?? 1e-3);
    const zeros = (x: Tensor, shape: readonly number[]): Tensor => x.graph.full(shape, 0, x.dtype);
    return {
      kind: "rule",
      name: "adafactor",
      learningRate,
      init: (params) => ({
        rows: mapTree((x) => zeros(x, isMatrix(x) ? x.shape.slice(0, -1) : x.shape), params),
        columns: mapTree(
          (x) => zeros(x, isMatrix(x) ? [...x.shape.slice(0, -2), x.shape.at(-1)!] : []),
          params,
        ),
      }),
      update: (gradient, state, params, step) => {
        const weight = exp(log(toFloat(step.index).add(1)).mul(-decay));
        const down = rateAt(learningRate, step).neg();
        const { updates, ...next } = mapTrees(
          (g, x, r, c) => {
            const squares = square(g).add(epsilon);
            const follow = (before: Tensor, now: Tensor): Tensor =>
              before.add(now.sub(before).mul(like(weight, g)));
            const rows = follow(r, isMatrix(g) ? mean(squares, { axis: -1 }) : squares);
            const columns = isMatrix(g) ? follow(c, mean(squares, { axis: -2 })) : c;
            const scaled = isMatrix(g) ? g.mul(inverseRoot(rows, columns)) : g.div(sqrt(rows));
            const damping = maximum(rootMeanSquare(scaled).mul(1 / clip), 1);
            const size = maximum(rootMeanSquare(x), smallest).mul(like(down, x)).div(damping);
            return { updates: scaled.mul(size), rows, columns };
          },
          gradient,
          params,
          state.rows,
          state.columns,
        );
        return { updates, state: next };
      },
    };
  },
);

const isMatrix = (x: Tensor): boolean => x.shape.length >= 2;

const rootMeanSquare = (x: Tensor): Tensor => sqrt(mean(square(x)));

/** 1/√(r·cᵀ/mean(r)), a root for each factor, so that no product underflows. */
function inverseRoot(rows: Tensor, columns: Tensor): Tensor {
  const relative = rows.div(mean(rows, { axis: -1, keepDims: true }));
  return expandDims(pow(relative, -0.5), -1).mul(expandDims(pow(columns, -0.5), -2));
}
