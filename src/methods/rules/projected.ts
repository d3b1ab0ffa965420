import type { Tensor } from "../../array/tensor.ts";
import { mapTree } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import type { ConstraintOption } from "../constraints/held.ts";
import { projectTree } from "../constraints/tracedTree.ts";
import { described } from "../method.ts";
import { requireStep } from "./chain.ts";
import type { Rule } from "./rule.ts";

/**
 * A rule whose params are projected onto a set after each step, within the traced step: projected SGD, max-norm
 * regularization, weight clipping. `projected(adam(1e-3), { "**.weight": l2Ball(3) })`.
 *
 * @param constraint - a set for all params together, or sets by path, each for its tensors one by one
 * @throws NadirError when it first sees params, `constraints/traced` for a set whose projection cannot be traced,
 *   `constraint/pattern`, `constraints/shape`
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
    return {
      ...rule,
      name: `projected(${rule.name})`,
      update: (gradient, state, params, step) => {
        const moved = rule.update(gradient, state, params, step);
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
