import { where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { quotient, remainder } from "../schedules/span.ts";
import { requireStep } from "./chain.ts";
import { refreshWithin } from "./refresh.ts";
import type { Rule } from "./rule.ts";

export interface LookaheadOptions {
  /** k, steps of the rule between two of the slow params, a count. Default 5. */
  readonly every?: number;
  /** α, how far the slow params follow, in (0, 1]. Default 0.5. */
  readonly pull?: number;
}

export type LookaheadState<S extends Tree<Tensor>> = {
  /** The slow params: like the params. */
  readonly slow: Tree<Tensor>;
  /** The state of the rule inside. */
  readonly inner: S;
};

/**
 * Lookahead: after every k steps of a rule from the slow params φ to fast ones x, φ ← φ + α(x − φ),
 * and the rule goes on from φ. Its state is kept.
 *
 * Price: one tensor of state per tensor of params, added to the rule's own.
 *
 * @param rule - makes the fast steps
 * @throws NadirError `rules/every`, `rules/pull`, `rules/no-step`
 * @see Zhang, Lucas, Hinton & Ba (2019), Lookahead optimizer: k steps forward, 1 step back, algorithm 1
 */
export const lookahead = described(
  {
    name: "lookahead",
    kind: "transform",
    summary: "Slow params that follow a rule's steps part of the way, and pull it back to them.",
    guarantee: "On a noisy quadratic, at the same rate, a smaller variance than the rule inside.",
    price: { gradients: 0, state: 1 },
    source: "Zhang, Lucas, Hinton & Ba (2019), Lookahead optimizer, algorithm 1, proposition 2",
  },
  <S extends Tree<Tensor>>(
    rule: Rule<S>,
    options: LookaheadOptions = {},
  ): Rule<LookaheadState<S>> => {
    requireStep(rule);
    requireKnownOptions("lookahead", options, ["every", "pull"]);
    const every = requireCount("rules/every", options.every ?? 5);
    const pull = requireInRange("rules/pull", options.pull ?? 0.5, [0, 1], {
      open: true,
      closed: true,
    });
    return {
      kind: "rule",
      name: `lookahead(${rule.name})`,
      joinable: rule.joinable === true,
      learningRate: rule.learningRate,
      ...(rule.penaltiesOn === undefined ? {} : { penaltiesOn: rule.penaltiesOn }),
      refresh: refreshWithin(rule, "inner"),
      init: (params) => ({ slow: params, inner: rule.init(params) }),
      answer: (params, { inner }) => rule.answer?.(params, inner) ?? params,
      update: (gradient, state, params, step) => {
        const fast = rule.update(gradient, state.inner, params, step);
        const count = step.index.add(1);
        const whole = quotient(count, every, step.total + 1);
        const turn = remainder(count, whole, every).equal(0);
        const slow = mapTree(
          (s, x, u) => where(turn, s.add(x.add(u).sub(s).mul(pull)), s),
          state.slow,
          params,
          fast.updates,
        );
        const updates = mapTree((s, x, u) => where(turn, s.sub(x), u), slow, params, fast.updates);
        return { updates, state: { slow, inner: fast.state } };
      },
    };
  },
);
