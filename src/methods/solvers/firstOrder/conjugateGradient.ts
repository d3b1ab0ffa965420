import { requireKnownOptions } from "../../../base/require.ts";
import type { Vector } from "../../../linalg/ask.ts";
import { dot } from "../../../linalg/vector.ts";
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

/** β = max(0, ∇f⁺ᵀ(∇f⁺ − ∇f)/‖∇f‖²). */
export function polakRibierePlus(gradient: Vector, newGradient: Vector): number {
  const change = dot(newGradient, newGradient) - dot(newGradient, gradient);
  return Math.max(0, change / dot(gradient, gradient));
}

/** Powell's test: successive gradients are far from orthogonal, |∇fᵀ∇f⁺| ≥ 0.2‖∇f⁺‖², so conjugacy is lost. */
const isFarFromOrthogonal = (gradient: Vector, newGradient: Vector): boolean =>
  Math.abs(dot(gradient, newGradient)) >= 0.2 * dot(newGradient, newGradient);

/**
 * Nonlinear conjugate gradients of Polak and Ribière, restarted where β would be negative or
 * successive gradients are far from orthogonal: d⁺ = −∇f⁺ + max(0, ∇f⁺ᵀ(∇f⁺ − ∇f)/‖∇f‖²)·d, with a strong-Wolfe
 * line search of c₂ = 0.1.
 *
 * Guarantee: with a monotone line search no step raises the value; where its directions descend enough (a
 * direction that does not is replaced by −∇f), lim inf ‖∇f‖ = 0 on smooth functions with bounded level sets. On
 * quadratics with exact searches it ends in n steps.
 * Price: about two gradients an iteration; three vectors.
 *
 * @throws NadirError what the line search refuses; `conjugateGradient/unknown-option`
 * @see Polak & Ribière (1969); Powell (1977), Restart procedures for the conjugate gradient method, eq. (9); Gilbert & Nocedal (1992), Global convergence properties of conjugate gradient
 * methods for optimization, theorem 4.3; Nocedal & Wright (2006), eq. (5.45)
 */
export const conjugateGradient = described(
  {
    name: "conjugateGradient",
    kind: "solver",
    summary:
      "Each direction conjugate to the last, by Polak and Ribière's formula, restarted where that is negative (PR+).",
    guarantee:
      "No step raises the value; on smooth functions with a bounded level set the lower limit of the gradient's norm is 0, where the directions descend enough. In n steps on a quadratic, if searches are exact.",
    price: { iteration: "about two gradients an iteration", memory: "three vectors" },
    source:
      "Polak & Ribière (1969), Note sur la convergence de méthodes de directions conjuguées; Powell (1977), Restart procedures for the conjugate gradient method; Gilbert & Nocedal (1992), Global convergence properties of conjugate gradient methods for optimization, theorem 4.3",
  },
  (options: LineSearchSettings = {}): Solver<ConjugateState> => {
    requireKnownOptions("conjugateGradient", options, lineSearchOptions);
    const lineSearch = chooseLineSearch("conjugateGradient", options, {
      lineSearch: "wolfe",
      curvature: 0.1,
    });
    const rule: ConjugateRule = {
      beta: polakRibierePlus,
      restart: isFarFromOrthogonal,
      firstTrial: "last-decrease",
    };
    return {
      kind: "solver",
      name: "conjugateGradient",
      needs: lineSearch.needs,
      monotone: lineSearch.monotone,
      init: (start) => startConjugate(start, lineSearch),
      step: (point, state) => conjugateStep(point, state, lineSearch, rule),
    };
  },
);
