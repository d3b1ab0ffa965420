import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import type { Vector } from "../../linalg/ask.ts";
import { type ConstraintOption, type HeldParams, holdParams } from "../constraints/held.ts";
import { isTraced, projectTree } from "../constraints/tracedTree.ts";
import { described } from "../method.ts";
import { requireStep } from "./chain.ts";
import type { Rule, Settle } from "./rule.ts";
import { requireSettling, settleInTurn, shapesOfParams } from "./settle.ts";

/** Vectors end to end. */
function joined(values: readonly Vector[]): Vector {
  const whole = new Float64Array(values.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const value of values) {
    whole.set(value, start);
    start += value.length;
  }
  return whole;
}

/** The parts of a vector, as long as these. */
function cutLike(whole: Vector, values: readonly Vector[]): readonly Vector[] {
  let end = 0;
  return values.map(({ length }) => {
    end += length;
    return whole.subarray(end - length, end);
  });
}

/**
 * A rule whose params are projected onto a set after each step, within the traced step: projected SGD, max-norm
 * regularization, weight clipping. `projected(adam(1e-3), { "**.weight": l2Ball(3) })`.
 *
 * A projection that no formula gives (`psd`, `stiefel`, `rankAtMost`), or one that follows such a prox, is taken by the host after the step, in
 * double precision.
 *
 * @param constraint - a set for all params together, or sets by path, each for its tensors one by one
 * @throws NadirError when it first sees params, `constraint/pattern`, `constraints/shape`, `rules/settling`
 * @see Goldstein (1964); for stochastic gradients Nemirovski, Juditsky, Lan & Shapiro (2009), Robust stochastic
 *   approximation approach to stochastic programming, eq. (2.1)
 */
export const projected = described(
  {
    name: "projected",
    kind: "transform",
    summary: "Projects the params onto a set after each step of a rule.",
    guarantee:
      "Params stay in the set. On convex losses and sets, projected stochastic gradients with averaging reach the minimum at rate 1/√k (Nemirovski et al.).",
    price: { gradients: 0, state: 0, note: "one projection a step" },
    source:
      "Nemirovski, Juditsky, Lan & Shapiro (2009), Robust stochastic approximation approach to stochastic programming, eq. (2.1)",
  },
  <S extends Tree<Tensor>>(rule: Rule<S>, constraint: ConstraintOption): Rule<S> => {
    requireStep(rule as Rule);
    const settling = (params: HeldParams): Settle | undefined => {
      const inner = rule.settling?.(params);
      if (inner === undefined && isTraced(constraint, params)) return undefined;
      const set = holdParams(constraint, params);
      return settleInTurn([inner, (values) => cutLike(set.project(joined(values)), values)]);
    };
    return {
      ...rule,
      settling,
      name: `projected(${rule.name})`,
      update: (gradient, state, params, step) => {
        const moved = rule.update(gradient, state, params, step);
        if (settling(shapesOfParams(params)) !== undefined) {
          requireSettling(step, "projected", "a projection here");
          return moved;
        }
        const scale = rule.learningRate === undefined ? (step.scale ?? 1) : 1;
        const beyond = mapTree(
          (p, u) => p.add(scale === 1 ? u : u.mul(scale)),
          params,
          moved.updates,
        );
        const next: Tree<Tensor> = projectTree(constraint, beyond);
        return {
          updates: mapTree((to, p) => to.sub(p), next, params),
          state: moved.state,
          params: next,
        };
      },
    };
  },
);
