import { requireKnownOptions } from "../../../base/require.ts";
import type { Vector } from "../../../linalg/ask.ts";
import { described } from "../../method.ts";
import { chooseLineSearch, lineSearchOptions } from "../lineSearches/choose.ts";
import type { Solver } from "../solver.ts";
import { type BfgsOptions, isDamped } from "./bfgs.ts";
import {
  type InverseHessianState,
  inverseHessianStep,
  startInverseHessian,
} from "./inverseHessian.ts";
import { bfgsUpdate } from "./updates.ts";

/** H ← H − Hy(Hy)ᵀ/yᵀHy + ssᵀ/sᵀy. */
const inverseDfpUpdate = (h: Vector, s: Vector, y: Vector, work: Vector): void =>
  bfgsUpdate(h, y, s, work);

/**
 * DFP, the first quasi-Newton method: H ← H − Hy(Hy)ᵀ/yᵀHy + ssᵀ/sᵀy. For comparison: BFGS mends a bad H faster.
 *
 * Guarantee: with a monotone line search no step raises the value; superlinear near a minimum with a positive
 * definite Hessian, if it converges. Price: as BFGS.
 *
 * @throws NadirError `dfp/negativeCurvature`, what the line search refuses, `dfp/unknown-option`
 * @see Davidon (1959); Fletcher & Powell (1963); Nocedal & Wright (2006), eq. (6.15)
 */
export const dfp = described(
  {
    name: "dfp",
    kind: "solver",
    summary:
      "The dual of BFGS, and older (Davidon, Fletcher, Powell): for comparison, as BFGS mends a bad estimate faster.",
    guarantee:
      "No step raises the value; superlinear near a minimum with a positive definite Hessian, if it converges there.",
    price: {
      iteration: "one to three gradients an iteration, and 3n² multiplications",
      memory: "n² numbers",
    },
    source:
      "Davidon (1959), Variable metric method for minimization; Fletcher & Powell (1963), A rapidly convergent descent method for minimization; Nocedal & Wright (2006), eq. (6.15)",
  },
  (options: BfgsOptions = {}): Solver<InverseHessianState> => {
    requireKnownOptions("dfp", options, ["negativeCurvature", ...lineSearchOptions]);
    const damped = isDamped("dfp", options);
    // Unlike BFGS it needs searches that are nearly exact.
    const lineSearch = chooseLineSearch("dfp", options, { lineSearch: "wolfe", curvature: 0.1 });
    return {
      kind: "solver",
      name: "dfp",
      needs: lineSearch.needs,
      monotone: lineSearch.monotone,
      init: (start) => startInverseHessian(start, lineSearch),
      step: (point, state) =>
        inverseHessianStep(point, state, lineSearch, inverseDfpUpdate, damped),
    };
  },
);
