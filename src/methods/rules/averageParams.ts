import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { requireInRange } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireStep } from "./chain.ts";
import { refreshWithin } from "./refresh.ts";
import type { Rule } from "./rule.ts";

export type AverageParamsState<S extends Tree<Tensor>> = {
  /** x̄: like the params. */
  readonly average: Tree<Tensor>;
  readonly inner: S;
};

/**
 * Exponential moving average of params: x̄ ← decay·x̄ + (1 − decay)·x after each step, from the first
 * params on. The rule goes its own way; the average is the answer.
 *
 * Price: one tensor of state per tensor of params, added to the rule's own.
 *
 * @param rule - makes the steps
 * @param decay - the part of the average that is kept at a step, in [0, 1). Default 0.999
 * @throws NadirError `rules/decay`, `rules/no-step`
 * @see Polyak & Juditsky (1992); Tarvainen & Valpola (2017), Mean teachers, eq. (2)
 */
export const averageParams = described(
  {
    name: "averageParams",
    kind: "transform",
    summary: "Keeps a moving average of the params, which is measured and returned.",
    guarantee: "A smaller variance at a constant rate; no effect on the steps.",
    price: { gradients: 0, state: 1 },
    source: "Polyak & Juditsky (1992); Tarvainen & Valpola (2017), Mean teachers, eq. (2)",
  },
  <S extends Tree<Tensor>>(rule: Rule<S>, decay = 0.999): Rule<AverageParamsState<S>> => {
    requireStep(rule);
    requireInRange("rules/decay", decay, [0, 1]);
    return {
      kind: "rule",
      name: `averageParams(${rule.name})`,
      joinable: rule.joinable === true,
      learningRate: rule.learningRate,
      ...(rule.penaltiesOn === undefined ? {} : { penaltiesOn: rule.penaltiesOn }),
      refresh: refreshWithin(rule, "inner"),
      init: (params) => ({ average: params, inner: rule.init(params) }),
      answer: (_params, { average }) => average,
      update: (gradient, state, params, step) => {
        const moved = rule.update(gradient, state.inner, params, step);
        const average = mapTree(
          (mean, x, u) =>
            mean.add(
              x
                .add(u)
                .sub(mean)
                .mul(1 - decay),
            ),
          state.average,
          params,
          moved.updates,
        );
        return { updates: moved.updates, state: { average, inner: moved.state } };
      },
    };
  },
);
