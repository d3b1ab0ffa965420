import { NadirError } from "../../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { described } from "../../method.ts";
import type { Point } from "../solver.ts";
import { backtrack } from "./backtrack.ts";
import type { LineSearch } from "./lineSearch.ts";

export interface NonmonotoneOptions {
  /** What the new value is compared with: the largest of the last values, or their weighted average. Default `max`. */
  readonly reference?: "max" | "average";
  /** How many values `max` looks back on, at least 1 (which is Armijo's rule). Default 10. */
  readonly memory?: number;
  /** η of `average`, in [0, 1): 0 is Armijo's rule, near 1 the average of all values. Default 0.85. */
  readonly weight?: number;
  /** c₁, in (0, ½). Default 1e-4. */
  readonly decrease?: number;
}

/** What a non-monotone search remembers of the values before. */
export interface NonmonotoneMemory {
  /** The last values, the newest last. */
  readonly values: number[];
  /** Cₖ and Qₖ of Zhang and Hager. */
  average: number;
  weight: number;
}

/**
 * Non-monotone backtracking: f(x + td) ≤ R + c₁t·slope, where R is the largest of the last M values
 * (`max`), or their average Cₖ₊₁ = (ηQₖCₖ + f)/Qₖ₊₁ with Qₖ₊₁ = ηQₖ + 1 (`average`).
 *
 * Guarantee: no value is above the start's, though single steps may rise; with directions bounded as −∇f is,
 * the gradient goes to 0. It lets methods whose steps are right on the average, Barzilai–Borwein's and
 * Newton's in curved valleys, keep their full length.
 * Price: Armijo's, and M numbers.
 *
 * @throws NadirError `nonmonotone/reference`, `nonmonotone/memory`, `nonmonotone/weight`,
 * `nonmonotone/decrease` outside their ranges; `nonmonotone/unknown-option`
 * @see Grippo, Lampariello & Lucidi (1986), A nonmonotone line search technique for Newton's method;
 * Zhang & Hager (2004), A nonmonotone line search technique and its application, eq. (1.4)–(1.6)
 */
export const nonmonotone = described(
  {
    name: "nonmonotone",
    kind: "line-search",
    summary:
      "Backtracking against the largest of the last values, or their average, so that single steps may rise.",
    guarantee:
      "No value is above the first one's, though single steps may rise; along directions that keep an angle with the gradient and its scale, the gradient goes to 0.",
    price: {
      iteration:
        "one gradient where the first trial will do, else one value a trial and one gradient",
      memory: "one vector and 10 numbers",
    },
    source:
      "Grippo, Lampariello & Lucidi (1986), A nonmonotone line search technique for Newton's method; Zhang & Hager (2004), A nonmonotone line search technique and its application to unconstrained optimization, eqs. (1.4)–(1.6)",
  },
  (options: NonmonotoneOptions = {}): LineSearch<NonmonotoneMemory> => {
    requireKnownOptions("nonmonotone", options, ["reference", "memory", "weight", "decrease"]);
    const { reference = "max" } = options;
    if (reference !== "max" && reference !== "average") {
      throw new NadirError("nonmonotone/reference", `reference is ${String(reference)}`, {
        expected: '"max" or "average"',
      });
    }
    const memory = requireCount("nonmonotone/memory", options.memory ?? 10);
    const eta = requireInRange("nonmonotone/weight", options.weight ?? 0.85, [0, 1]);
    const decrease = requireInRange("nonmonotone/decrease", options.decrease ?? 1e-4, [0, 0.5], {
      open: true,
    });
    return {
      kind: "line-search",
      name: "nonmonotone",
      needs: ["gradient", "value"],
      monotone: false,
      init: ({ value }: Point) => ({ values: [value], average: value, weight: 1 }),
      *search(from, direction, slope, first, past) {
        const bound = reference === "max" ? Math.max(...past.values) : past.average;
        const found = yield* backtrack(from, direction, slope, first, {
          decrease,
          reference: Math.max(bound, from.value), // an average may round to below
        });
        if (found.point !== undefined) remember(past, found.point.value, memory, eta);
        return found;
      },
    };
  },
);

function remember(past: NonmonotoneMemory, value: number, memory: number, eta: number): void {
  past.values.push(value);
  if (past.values.length > memory) past.values.shift();
  const weight = eta * past.weight + 1;
  past.average = (eta * past.weight * past.average + value) / weight;
  past.weight = weight;
}
