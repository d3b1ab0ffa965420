import { described } from "../../method.ts";
import type { Solver } from "../solver.ts";
import { type PenaltyMethodOptions, type PenaltyState, penaltySolver } from "./penaltyMethods.ts";

/**
 * The augmented Lagrangian of Powell, Hestenes and Rockafellar, safeguarded: each step minimizes
 * f + (ρ/2)(‖c + λ/ρ‖² + ‖(d + μ/ρ)₊‖²) by an inner solver, then λ ← λ + ρc, μ ← (μ + ρd)₊; ρ grows when
 * infeasibility and complementarity have not fallen to a quarter. For constraints given as functions.
 *
 * @throws NadirError `augmentedLagrangian/inner` for an inner solver that asks for more than values and gradients;
 *   `augmentedLagrangian/penalty`, `/growth`, `/innerIterations` outside their ranges; `/unknown-option`
 * @see Birgin & Martínez (2014), Practical augmented Lagrangian methods, algorithm 4.1
 */
export const augmentedLagrangian = described(
  {
    name: "augmentedLagrangian",
    kind: "solver",
    summary:
      "Constraint functions by multipliers and penalties, one smooth minimization after another.",
    guarantee:
      "Limit points are stationary for the violation; feasible ones are KKT points under a weak constraint qualification (theorems 5.2 and 6.2), if each inner minimization succeeds.",
    price: {
      iteration:
        "one inner minimization: a gradient and a pullback of the constraints for each of its evaluations",
      memory: "the inner solver's, and a multiplier for each constraint",
    },
    source: "Birgin & Martínez (2014), Practical augmented Lagrangian methods, algorithm 4.1",
  },
  (options: PenaltyMethodOptions = {}): Solver<PenaltyState> =>
    penaltySolver("augmentedLagrangian", options, true),
);
