import { where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, zerosLike } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireCount } from "../../base/require.ts";
import { described } from "../method.ts";
import { quotient, remainder } from "../schedules/span.ts";
import { requireStep } from "./chain.ts";
import { refreshWithin } from "./refresh.ts";
import type { Rule } from "./rule.ts";

export type AccumulateState<S extends Tree<Tensor>> = {
  /** The sum of gradients since the last step: like the params. */
  readonly sum: Tree<Tensor>;
  readonly inner: S;
};

/**
 * Gradient accumulation: the rule makes a step with the mean of every `count` gradients and rests in
 * between, so that a batch that does not fit is taken in parts. Schedules inside count the rule's
 * steps. Clipping of the whole batch's gradient belongs inside: `accumulate(chain(clip…, adam…), 4)`.
 *
 * Price: one tensor of state per tensor of params, added to the rule's own.
 *
 * @param rule - makes the steps
 * @param count - gradients a step
 * @throws NadirError `rules/count`, `rules/no-step`
 */
export const accumulate = described(
  {
    name: "accumulate",
    kind: "transform",
    summary: "One step with the mean of several batches' gradients: a large batch in parts.",
    guarantee: "The same step, to rounding, as with one batch of them all.",
    price: { gradients: 0, state: 1 },
    source: "nadir",
  },
  <S extends Tree<Tensor>>(rule: Rule<S>, count: number): Rule<AccumulateState<S>> => {
    requireStep(rule);
    requireCount("rules/count", count);
    return {
      kind: "rule",
      name: `accumulate(${rule.name}, ${count})`,
      joinable: rule.joinable === true,
      learningRate: rule.learningRate,
      ...(rule.penaltiesOn === undefined ? {} : { penaltiesOn: rule.penaltiesOn }),
      refresh: refreshWithin(rule, "inner"),
      init: (params) => ({ sum: zerosLike(params), inner: rule.init(params) }),
      answer: (params, { inner }) => rule.answer?.(params, inner) ?? params,
      update: (gradient, state, params, step) => {
        const index = quotient(step.index, count, step.total);
        const last = remainder(step.index, index, count).equal(count - 1);
        const total = Math.max(1, Math.floor(step.total / count));
        const sum = mapTree((s, g) => s.add(g), state.sum, gradient);
        const mean = mapTree((s) => s.mul(1 / count), sum);
        const moved = rule.update(mean, state.inner, params, { ...step, index, total });
        return {
          updates: mapTree((u) => where(last, u, 0), moved.updates),
          state: {
            sum: mapTree((s) => where(last, 0, s), sum),
            // The same structure, so a tree of the same type.
            inner: mapTree((s, before) => where(last, s, before), moved.state, state.inner) as S,
          },
        };
      },
    };
  },
);
