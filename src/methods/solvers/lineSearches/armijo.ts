import { requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { described } from "../../method.ts";
import { backtrack } from "./backtrack.ts";
import type { LineSearch } from "./lineSearch.ts";

export interface ArmijoOptions {
  /** c₁ in f(x + td) ≤ f(x) + c₁t·slope, in (0, ½). Default 1e-4. */
  readonly decrease?: number;
}

/**
 * Armijo backtracking: the first of ever shorter steps with f(x + td) ≤ f(x) + c₁t·slope.
 *
 * Guarantee: never accepts a value above the start's; ends on any smooth function. It says nothing of the
 * slope at the new point, so a quasi-Newton method has to look whether sᵀy > 0.
 * Price: one gradient where the first trial will do, else a value a trial and one gradient more.
 *
 * @throws NadirError `armijo/decrease` outside (0, ½); `armijo/unknown-option`
 * @see Armijo (1966), Minimization of functions having Lipschitz continuous first partial derivatives;
 * Nocedal & Wright (2006), algorithm 3.1
 */
export const armijo = described(
  {
    name: "armijo",
    kind: "line-search",
    summary: "Ever shorter steps until the value has fallen enough (Armijo backtracking).",
    guarantee:
      "Never accepts a value above the start's, and ends on any smooth function. It does not bound the slope from below: steps may be short, and a quasi-Newton update has to be checked.",
    price: {
      iteration:
        "one gradient where the first trial will do, else one value a trial and one gradient",
      memory: "one vector",
    },
    source:
      "Armijo (1966), Minimization of functions having Lipschitz continuous first partial derivatives; Nocedal & Wright (2006), algorithm 3.1",
  },
  (options: ArmijoOptions = {}): LineSearch => {
    requireKnownOptions("armijo", options, ["decrease"]);
    const decrease = requireInRange("armijo/decrease", options.decrease ?? 1e-4, [0, 0.5], {
      open: true,
    });
    return {
      kind: "line-search",
      name: "armijo",
      needs: ["gradient", "value"],
      monotone: true,
      init: () => undefined,
      search: (from, direction, slope, first) =>
        backtrack(from, direction, slope, first, { decrease, reference: from.value }),
    };
  },
);
