import { described } from "../../method.ts";
import type { Solver } from "../solver.ts";
import { type PenaltyMethodOptions, type PenaltyState, penaltySolver } from "./penaltyMethods.ts";

/**
 * The quadratic penalty: each step minimizes f + (ρ/2)(‖c‖² + ‖d₊‖²) by an inner solver, and then ρ grows. The
 * violation falls like 1/ρ only, so that conditioning gets as bad as the answer gets good: `augmentedLagrangian` needs
 * no such ρ. For constraints given as functions.
 *
 * @throws NadirError `quadraticPenalty/inner` for an inner solver that asks for more than values and gradients;
 *   `quadraticPenalty/penalty`, `/growth`, `/innerIterations` outside their ranges; `/unknown-option`
 * @see Courant (1943); Nocedal & Wright (2006), Numerical Optimization, framework 17.1
 */
export const quadraticPenalty = described(
  {
    name: "quadraticPenalty",
    kind: "solver",
    summary: "Constraint functions by ever steeper penalties for leaving them.",
    guarantee:
      "Limit points of global minimizers of the penalty functions are global minimizers (theorem 17.1); in general they are stationary for the violation, or KKT points (theorem 17.2).",
    price: {
      iteration:
        "one inner minimization: a gradient and a pullback of the constraints for each of its evaluations",
      memory: "the inner solver's",
    },
    source: "Nocedal & Wright (2006), Numerical Optimization, framework 17.1",
  },
  (options: PenaltyMethodOptions = {}): Solver<PenaltyState> =>
    penaltySolver("quadraticPenalty", options, false),
);
