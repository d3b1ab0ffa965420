import { NadirError } from "../base/errors.ts";
import type { Features } from "../linalg/ask.ts";
import type { HeldSet } from "../methods/constraints/held.ts";
import type { Solver } from "../methods/solvers/solver.ts";

/** Answers about a set to stay in: `project`, `projected-gradient`, and where there are such, `bounds`, `linear-minimum`. */
export function setFeatures(set: HeldSet): Features {
  const { bounds, linearMinimum } = set;
  return {
    project: ({ x }) => set.project(x),
    "projected-gradient": ({ x, gradient }) => set.projectedGradient(x, gradient),
    ...(bounds === undefined ? {} : { bounds: () => bounds }),
    ...(linearMinimum === undefined || !set.isBounded
      ? {}
      : {
          "linear-minimum": ({ gradient }: { gradient: Float64Array }) => linearMinimum(gradient),
        }),
  };
}

const setKinds = ["project", "linear-minimum", "bounds"] as const;

/**
 * Refuses a solver that would walk out of the set because it never asks about it, or that needs a convex one.
 *
 * @throws NadirError `minimize/constraint`
 */
export function requireConstrained(solver: Solver, set: HeldSet): void {
  const asks: readonly string[] = [...solver.needs, ...(solver.uses ?? [])];
  const { kinds, without, hint } = kindOf(set);
  if (!asks.some((need) => kinds.includes(need))) {
    throw new NadirError(
      "minimize/constraint",
      `${solver.name} knows nothing of ${without} ${set.name}`,
      { expected: `a method that asks for ${kinds.join(" or ")}`, hint },
    );
  }
  if (solver.convexSetsOnly !== true || set.isConvex) return;
  throw new NadirError(
    "minimize/constraint",
    set.isPenalty === true
      ? `${solver.name} needs a convex penalty, and ${set.name} is not convex`
      : `${solver.name} needs a convex set, and ${set.name} is not convex`,
    {
      expected:
        set.isPenalty === true
          ? "a penalty such as l1, elasticNet or groupLasso"
          : "a set that holds every segment between two of its points",
      hint,
    },
  );
}

/** What methods for such a set ask for, what others do to it, and a method that does not. */
function kindOf(set: HeldSet): {
  readonly kinds: readonly string[];
  readonly without: string;
  readonly hint: string;
} {
  if (set.violation !== undefined) {
    return {
      kinds: ["constraints"],
      without: "constraints, and would violate",
      hint: "method: augmentedLagrangian()",
    };
  }
  if (set.isPenalty === true) {
    return {
      kinds: ["prox", "penalty-slopes"],
      without: "penalties, and would leave out",
      hint: "method: proximalGradient()",
    };
  }
  return {
    kinds: setKinds,
    without: "constraints, and would leave",
    hint: "method: projectedGradient()",
  };
}
