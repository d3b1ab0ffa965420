import { requireCount, requireInRange } from "../../base/require.ts";
import { norm } from "../../linalg/vector.ts";
import type { Point, Stall } from "./solver.ts";

export interface StoppingOptions {
  /** The gradient norm ‖∇f‖₂ at or below which a point counts as stationary, in the scale chosen. Default 1e-8. */
  readonly tolerance?: number;
  /**
   * What the tolerance is multiplied by. `absolute` (default): 1. `value`: max(1, |f|), for losses
   * that are sums over much data. `start`: the gradient norm at the start, which
   * makes the rule independent of f's units, and too lenient where that gradient is huge.
   */
  readonly scale?: "absolute" | "value" | "start";
  /** Iterations after which to stop in any case. Default: no limit. */
  readonly maxIterations?: number;
  /** True for a solver that ends by its plan: the gradient is no reason to stop. */
  readonly byPlan?: boolean;
}

/** Which criterion ended a run, with what was measured and against what. */
export interface Stop {
  readonly criterion: "gradient" | "iterations" | Stall;
  /** ‖∇f‖₂ at the last point, or the residual that takes its place. */
  readonly gradient: number;
  /** The ‖∇f‖₂ below which the criterion `gradient` is met there. */
  readonly threshold: number;
}

/** Says after each iteration whether to stop, and by which criterion; the gradient's comes first. */
export type StoppingRule = (point: Point, iteration: number, stalled?: Stall) => Stop | undefined;

/**
 * A stopping rule: ‖∇f‖₂ ≤ tolerance · scale, or the solver's own report that it is stuck, or the budget.
 *
 * It speaks of the gradient only: whether a stationary point is a minimum is the verdict's question.
 *
 * @throws NadirError `stopping/tolerance` unless it is at least 0; `stopping/maxIterations` unless it
 * is a whole number of at least 0
 */
export function stoppingRule(start: Point, options: StoppingOptions = {}): StoppingRule {
  const infinity = Number.POSITIVE_INFINITY;
  const { scale = "absolute", maxIterations = infinity, byPlan = false } = options;
  const tolerance = requireInRange("stopping/tolerance", options.tolerance ?? 1e-8, [0, infinity]);
  if (maxIterations !== infinity) requireCount("stopping/maxIterations", maxIterations, 0);
  const fixed = scale === "start" ? tolerance * norm(start.gradient) : tolerance;
  return (point, iteration, stalled) => {
    const gradient = point.residual ?? norm(point.gradient);
    const threshold = scale === "value" ? fixed * Math.max(1, Math.abs(point.value)) : fixed;
    const criterion =
      !byPlan && gradient <= threshold
        ? "gradient"
        : (stalled ?? (iteration >= maxIterations ? "iterations" : undefined));
    return criterion === undefined ? undefined : { criterion, gradient, threshold };
  };
}
