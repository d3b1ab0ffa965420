import { where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireRate } from "../schedules/schedule.ts";
import { times } from "./leaves.ts";
import type { Rule } from "./rule.ts";

export interface SgdOptions {
  /** μ, the part of the velocity that is kept, in [0, 1). Default 0. */
  readonly momentum?: number | undefined;
  /** τ, the part of each gradient that the velocity leaves out, in [0, 1). Default 0. */
  readonly dampening?: number | undefined;
  /** Steps along g + μb instead of b. Default false. */
  readonly nesterov?: boolean | undefined;
}

export type SgdState = {
  /** A fading sum of gradients, like the params; `{}` without momentum. */
  readonly velocity: Tree<Tensor>;
};

/**
 * Stochastic gradient descent: b ← μb + (1 − τ)g, then x ← x − ηb, or with `nesterov`
 * x ← x − η(g + μb). At the first step b = g whatever τ is, as in PyTorch.
 *
 * Price: one gradient a step; one tensor of state per tensor of params if there is momentum.
 *
 * @param learningRate - η, in params per unit of gradient: a number or a schedule
 * @throws NadirError `rules/learningRate`, `rules/momentum`, `rules/dampening`; `rules/nesterov` if it
 *   is asked for without momentum or with dampening
 * @see Robbins & Monro (1951), A stochastic approximation method
 */
export const sgd = described(
  {
    name: "sgd",
    kind: "rule",
    summary:
      "Gradient descent on minibatches, with momentum, dampening and Nesterov's step if asked.",
    guarantee:
      "With rates whose sum is infinite and whose squares' is not, gradients go to 0 almost surely; a constant rate ends in a noise ball of its size.",
    price: { gradients: 1, state: 0 },
    source: "Robbins & Monro (1951); Bottou, Curtis & Nocedal (2018), theorems 4.8 to 4.10",
  },
  (learningRate: LearningRate, options: SgdOptions = {}): Rule<SgdState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("sgd", options, ["momentum", "dampening", "nesterov"]);
    const { nesterov = false } = options;
    const momentum = requireInRange("rules/momentum", options.momentum ?? 0, [0, 1]);
    const dampening = requireInRange("rules/dampening", options.dampening ?? 0, [0, 1]);
    if (nesterov && (momentum === 0 || dampening > 0)) throw needsMomentum(momentum, dampening);
    return {
      kind: "rule",
      name: "sgd",
      joinable: true,
      learningRate,
      init: (params) => ({ velocity: momentum === 0 ? {} : zerosLike(params) }),
      update: (gradient, state, _params, step) => {
        const down = rateAt(learningRate, step).neg();
        if (momentum === 0) return { updates: mapTree((g) => times(g, down), gradient), state };
        const part = where(step.index.equal(0), 1, 1 - dampening);
        const velocity = mapTree(
          (b, g) => b.mul(momentum).add(dampening === 0 ? g : times(g, part)),
          state.velocity,
          gradient,
        );
        const along = nesterov
          ? mapTree((g, b) => g.add(b.mul(momentum)), gradient, velocity)
          : velocity;
        return { updates: mapTree((d) => times(d, down), along), state: { velocity } };
      },
    };
  },
);

const needsMomentum = (momentum: number, dampening: number): NadirError =>
  new NadirError("rules/nesterov", `nesterov with momentum ${momentum}, dampening ${dampening}`, {
    expected: "momentum above 0 and no dampening",
    hint: "sgd(rate, { momentum: 0.9, nesterov: true })",
  });
