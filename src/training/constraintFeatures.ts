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
  const isFunctions = set.violation !== undefined;
  const kinds: readonly string[] = isFunctions ? ["constraints"] : setKinds;
  if (!asks.some((need) => kinds.includes(need))) {
    throw new NadirError(
      "minimize/constraint",
      `${solver.name} knows nothing of constraints, and would leave ${set.name}`,
      {
        expected: `a method that asks for ${kinds.join(" or ")}`,
        hint: isFunctions ? "method: augmentedLagrangian()" : "method: projectedGradient()",
      },
    );
  }
  if (solver.convexSetsOnly !== true || set.isConvex) return;
  throw new NadirError(
    "minimize/constraint",
    `${solver.name} needs a convex set, and ${set.name} is not convex`,
    {
      expected: "a set that holds every segment between two of its points",
      hint: "method: projectedGradient()",
    },
  );
}
