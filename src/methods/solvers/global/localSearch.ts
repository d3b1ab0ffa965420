import { NadirError } from "../../../base/errors.ts";
import {
  type Ask,
  askGradient,
  askProjectedGradient,
  askValue,
  type Bounds,
  type Vector,
} from "../../../linalg/ask.ts";
import { allFinite, norm } from "../../../linalg/vector.ts";
import { projectedGradient } from "../constrained/projectedGradient.ts";
import { lbfgs } from "../quasiNewton/lbfgs.ts";
import type { SolverContext } from "../search.ts";
import { trustRegion } from "../secondOrder/trustRegion.ts";
import type { Point, Solver, Stall } from "../solver.ts";

/** How a local search ended: at a point that it could not lower, or nowhere. */
export type LocalEnd =
  | {
      readonly kind: "minimum";
      readonly point: Point;
      readonly gradientNorm: number;
      /** Why it ended, if the gradient was not yet within the tolerance. */
      readonly stalled?: Stall;
    }
  | { readonly kind: "failed"; readonly why: "non-finite" | "outside" | "unfinished" };

/** The solver for local searches: by name, or made. */
export type LocalOption = Solver | "lbfgs" | "trustRegion";

const makers = { lbfgs, trustRegion } as const;

/** @throws NadirError `${area}/local` */
export function localSolver(area: string, local: LocalOption = "lbfgs"): Solver {
  const made = typeof local === "string" ? makers[local]?.() : local;
  if (made?.kind === "solver" && made.endsByPlan !== true) return made as Solver; // its state is its own
  throw new NadirError(`${area}/local`, `${area}: local is ${named(local)}`, {
    expected: `a solver that ends at a minimum: ${Object.keys(makers).join(", ")}, or one made, such as lbfgs({ memory: 5 })`,
  });
}

const named = (local: unknown): string =>
  typeof local === "object" && local !== null && "name" in local ? String(local.name) : `${local}`;

/** What local searches may ask beside what the solver needs: to stay in the box, where there is one. */
export const localUses = ["project", "projected-gradient"] as const;

/**
 * Runs a solver from x to its end. An end counts only if it is finite, in the box, and no lower point was
 * to be had from it: its gradient within the tolerance, or the solver stuck there (rounding, a kink). Where the
 * solver leaves the box, the projected gradient method goes on from its last point inside.
 */
export function* localSearch(
  solver: Solver,
  x: Vector,
  context: SolverContext,
  maxIterations = 1000,
): Ask<LocalEnd> {
  const start = { x, ...(yield* askGradient(x)) };
  const free = yield* descend(solver, start, context, maxIterations);
  if (!("leftFrom" in free)) return free;
  const { leftFrom } = free;
  const boxed = projectedGradient() as Solver; // its state is its own
  const slope = yield* askProjectedGradient(leftFrom.x, leftFrom.gradient);
  const inside = { ...leftFrom, residual: norm(slope) };
  const end = yield* descend(boxed, inside, context, maxIterations);
  return "leftFrom" in end ? { kind: "failed", why: "outside" } : end;
}

/** A solver's course to its end, or to the last point before it left the box. */
function* descend(
  solver: Solver,
  start: Point,
  context: SolverContext,
  maxIterations: number,
): Ask<LocalEnd | { readonly leftFrom: Point }> {
  const { tolerance = 1e-8, bounds } = context;
  let point = start;
  let state = solver.init(point, context);
  let stalled: Stall | undefined;
  for (let iteration = 0; ; iteration++) {
    const gradientNorm = point.residual ?? norm(point.gradient);
    if (!Number.isFinite(point.value) || !Number.isFinite(gradientNorm) || stalled === "non-finite")
      return { kind: "failed", why: "non-finite" };
    if (gradientNorm <= tolerance) return { kind: "minimum", point, gradientNorm };
    if (stalled !== undefined) {
      if (yield* fallsOn(point, bounds)) return { kind: "failed", why: "unfinished" };
      return { kind: "minimum", point, gradientNorm, stalled };
    }
    if (iteration === maxIterations) return { kind: "failed", why: "unfinished" };
    const step = yield* solver.step(point, state);
    if (bounds !== undefined && !isInside(step.point.x, bounds)) return { leftFrom: point };
    ({ point, state, stalled } = step);
  }
}

/**
 * Whether the value still falls along −∇f where a solver has stopped: then it was not stuck at a bottom, but where steps
 * are below rounding, far out on a function that falls for ever.
 */
function* fallsOn({ x, value, gradient }: Point, bounds: Bounds | undefined): Ask<boolean> {
  const step = (1e-3 * Math.max(1, norm(x))) / norm(gradient);
  const trial = x.map((xi, i) => xi - step * gradient[i]!);
  if (!allFinite(trial) || (bounds !== undefined && !isInside(trial, bounds))) return false;
  return (yield* askValue(trial)) < value - 1e-8 * (1 + Math.abs(value));
}

/** Whether lower ≤ x ≤ upper. */
const isInside = (x: Vector, { lower, upper }: Bounds): boolean =>
  allFinite(x) && x.every((xi, i) => xi >= lower[i]! && xi <= upper[i]!);
