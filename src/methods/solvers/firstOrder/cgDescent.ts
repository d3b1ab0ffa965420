import { requireKnownOptions } from "../../../base/require.ts";
import type { Vector } from "../../../linalg/ask.ts";
import { norm } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import {
  chooseLineSearch,
  type LineSearchSettings,
  lineSearchOptions,
} from "../lineSearches/choose.ts";
import type { Solver } from "../solver.ts";
import {
  type ConjugateRule,
  type ConjugateState,
  conjugateStep,
  startConjugate,
} from "./conjugate.ts";

/** η of the bound below which β is not let fall. */
const eta = 0.01;

/** β = max((y − 2d‖y‖²/dᵀy)ᵀ∇f⁺/dᵀy, −1/(‖d‖ min(η, ‖∇f‖))), y = ∇f⁺ − ∇f. */
export function hagerZhangBeta(gradient: Vector, newGradient: Vector, direction: Vector): number {
  let [dy, yy, yg, dg] = [0, 0, 0, 0];
  for (let i = 0; i < gradient.length; i++) {
    const y = newGradient[i]! - gradient[i]!;
    dy += direction[i]! * y;
    yy += y * y;
    yg += y * newGradient[i]!;
    dg += direction[i]! * newGradient[i]!;
  }
  const beta = (yg - (2 * dg * yy) / dy) / dy;
  return Math.max(beta, -1 / (norm(direction) * Math.min(eta, norm(gradient))));
}

/**
 * CG_DESCENT: d⁺ = −∇f⁺ + βd with Hager and Zhang's β, and their line search.
 *
 * Guarantee: dᵀ∇f ≤ −⅞‖∇f‖² whatever the line search, so that every direction descends; with Wolfe's conditions
 * lim inf ‖∇f‖ = 0 on smooth functions with bounded level sets. A value may exceed the last by 1e-6·|f|, where
 * values no longer tell; `lineSearch: hagerZhang({ rise: 0 })` forbids it.
 * Price: one value and one or two gradients an iteration; four vectors.
 *
 * @throws NadirError what the line search refuses; `cgDescent/unknown-option`
 * @see Hager & Zhang (2005), A new conjugate gradient method with guaranteed descent and an efficient line
 * search, eqs. (1.3)–(1.6), theorem 1.1; (2006), Algorithm 851: CG_DESCENT
 */
export const cgDescent = described(
  {
    name: "cgDescent",
    kind: "solver",
    summary:
      "Conjugate gradients whose every direction descends, with a line search as exact as the gradient.",
    guarantee:
      "Every direction descends: dᵀ∇f ≤ −⅞‖∇f‖²; on smooth functions with a bounded level set the lower limit of the gradient's norm is 0. Values may exceed the last by 1e-6·|f|, where they no longer tell.",
    price: {
      iteration: "one value and one or two gradients an iteration",
      memory: "four vectors",
    },
    source:
      "Hager & Zhang (2005), A new conjugate gradient method with guaranteed descent and an efficient line search, eqs. (1.3)–(1.6); (2006), Algorithm 851: CG_DESCENT",
  },
  (options: LineSearchSettings = {}): Solver<ConjugateState> => {
    requireKnownOptions("cgDescent", options, lineSearchOptions);
    const lineSearch = chooseLineSearch("cgDescent", options, { lineSearch: "hagerZhang" });
    const rule: ConjugateRule = {
      beta: hagerZhangBeta,
      restart: () => false,
      firstTrial: "parabola",
    };
    return {
      kind: "solver",
      name: "cgDescent",
      needs: [...new Set([...lineSearch.needs, "value" as const])],
      monotone: lineSearch.monotone,
      init: (start) => startConjugate(start, lineSearch),
      step: (point, state) => conjugateStep(point, state, lineSearch, rule),
    };
  },
);
