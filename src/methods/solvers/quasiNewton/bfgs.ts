import { NadirError } from "../../../base/errors.ts";
import { requireKnownOptions } from "../../../base/require.ts";
import { described } from "../../method.ts";
import {
  chooseLineSearch,
  type LineSearchSettings,
  lineSearchOptions,
} from "../lineSearches/choose.ts";
import type { Solver } from "../solver.ts";
import {
  type InverseHessianState,
  inverseHessianStep,
  startInverseHessian,
} from "./inverseHessian.ts";
import { inverseBfgsUpdate } from "./updates.ts";

export interface BfgsOptions extends LineSearchSettings {
  /** A pair with sᵀy ≤ 0: `skip` (default) leaves it out, `damp` mixes it with what is known (Powell). */
  readonly negativeCurvature?: "skip" | "damp";
}

/** Reads the option that BFGS and DFP share. @throws NadirError `${area}/negativeCurvature` */
export function isDamped(area: string, { negativeCurvature = "skip" }: BfgsOptions): boolean {
  if (negativeCurvature === "skip" || negativeCurvature === "damp") {
    return negativeCurvature === "damp";
  }
  throw new NadirError(
    `${area}/negativeCurvature`,
    `negativeCurvature is ${String(negativeCurvature)}`,
    { expected: '"skip" or "damp"' },
  );
}

/**
 * BFGS: steps −H∇f with an approximation H of the inverse Hessian, which each step's s = x⁺ − x and
 * y = ∇f⁺ − ∇f correct: H ← (I − ρsyᵀ)H(I − ρysᵀ) + ρssᵀ, ρ = 1/sᵀy. The first pair scales H by sᵀy/yᵀy.
 *
 * Guarantee: with a monotone line search no step raises the value; on convex functions it converges,
 * superlinearly near a minimum with a positive definite Hessian. It does not look for negative curvature: from a
 * saddle's stable side it can end at the saddle. It does not depend on the origin.
 * Price: usually one gradient an iteration and 3n² multiplications; n² numbers. Beyond some thousand unknowns
 * use `lbfgs`.
 *
 * @throws NadirError `bfgs/negativeCurvature`, what the line search refuses, `bfgs/unknown-option`
 * @see Nocedal & Wright (2006), algorithm 6.1, eqs. (6.17), (6.20), theorems 6.5, 6.6
 */
export const bfgs = described(
  {
    name: "bfgs",
    kind: "solver",
    summary:
      "Builds the inverse Hessian from the gradients along the way; with a line search (Broyden, Fletcher, Goldfarb, Shanno).",
    guarantee:
      "No step raises the value; on convex functions it converges, superlinearly near a minimum with a positive definite Hessian. It does not look for negative curvature: from a saddle's stable side it can end there.",
    price: {
      iteration: "usually one gradient an iteration, and 3n² multiplications",
      memory: "n² numbers",
    },
    source:
      "Broyden, Fletcher, Goldfarb, Shanno (1970); Nocedal & Wright (2006), Numerical Optimization, algorithm 6.1, eqs. (6.17), (6.20), theorems 6.5, 6.6",
  },
  (options: BfgsOptions = {}): Solver<InverseHessianState> => {
    requireKnownOptions("bfgs", options, ["negativeCurvature", ...lineSearchOptions]);
    const damped = isDamped("bfgs", options);
    const lineSearch = chooseLineSearch("bfgs", options, { lineSearch: "wolfe" });
    return {
      kind: "solver",
      name: "bfgs",
      needs: lineSearch.needs,
      monotone: lineSearch.monotone,
      init: (start) => startInverseHessian(start, lineSearch),
      step: (point, state) =>
        inverseHessianStep(point, state, lineSearch, inverseBfgsUpdate, damped),
    };
  },
);
