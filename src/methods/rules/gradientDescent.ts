import { mapTree } from "../../array/tensorTree.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requireRate } from "../schedules/schedule.ts";
import { times } from "./leaves.ts";
import type { NoState, Rule } from "./rule.ts";

/**
 * Gradient descent: x ← x − ηg.
 *
 * Price: one gradient a step, no state.
 *
 * @param learningRate - η, in params per unit of gradient: a number or a schedule
 * @throws NadirError `rules/learningRate`
 * @see Cauchy (1847), Méthode générale pour la résolution des systèmes d'équations simultanées
 */
export const gradientDescent = described(
  {
    name: "gradientDescent",
    kind: "rule",
    summary: "A step along the negative gradient.",
    guarantee:
      "With full gradients and a rate below 2/L, L the largest curvature, no step raises the loss and the gradient goes to 0; from almost every start not to a strict saddle.",
    price: { gradients: 1, state: 0 },
    source:
      "Cauchy (1847); Nesterov (2004), Introductory lectures, section 1.2.3; Lee et al. (2016)",
  },
  (learningRate: LearningRate): Rule<NoState> => {
    requireRate("rules/learningRate", learningRate);
    return {
      kind: "rule",
      name: "gradientDescent",
      joinable: true,
      learningRate,
      init: () => ({}),
      update: (gradient, state, _params, step) => {
        const rate = rateAt(learningRate, step);
        return { updates: mapTree((g) => times(g, rate.neg()), gradient), state };
      },
    };
  },
);
