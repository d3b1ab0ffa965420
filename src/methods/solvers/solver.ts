import type { Ask, Request, Vector } from "../../linalg/ask.ts";
import type { Search, SolverContext } from "./search.ts";

/** What a solver needs an objective to answer. */
export type OracleFeature = Request["kind"];

/** Where a solver stands: a point with its value and gradient. */
export interface Point {
  readonly x: Vector;
  readonly value: number;
  /** ∇f(x); of length 0 where the method does not ask for it: then `residual` is there. */
  readonly gradient: Vector;
  /**
   * What takes the place of ‖∇f‖₂ in the stopping rule: the norm of the projected or proximal gradient, a
   * KKT residual, the size of a simplex or of a population. Left out: ‖∇f‖₂.
   */
  readonly residual?: number;
}

/**
 * Why a solver can make no further progress from a point:
 * - `rounding`: the decrease it can still expect is below the rounding error of the value. The usual
 *   end of a badly scaled problem whose gradient cannot be computed to the tolerance.
 * - `line-search`: no step length along its direction lowers the value (wrong derivatives, noise).
 * - `radius-vanished`: no step in the trust region lowers the value, down to steps that do not
 *   change x (the same causes).
 * - `non-finite`: a second derivative at the point is NaN or infinite.
 * - `exhausted`: a search with a plan of its own has carried it out.
 */
export type Stall = "rounding" | "line-search" | "radius-vanished" | "non-finite" | "exhausted";

/** One iteration's outcome. `stalled` says why no further progress is possible, if so. */
export interface Step<S> {
  readonly point: Point;
  readonly state: S;
  /** ‖x⁺ − x‖₂ of the step taken; 0 if it was rejected. */
  readonly stepSize: number;
  readonly stalled?: Stall | undefined;
}

/**
 * A host loop on an objective that it asks for values, gradients, and Hessian-vector products.
 *
 * `S` is its memory between iterations: plain data, so that a run can be saved and resumed. The
 * solver owns it and may change it in place: a state is good for one continuation, and whoever wants
 * two copies it (`structuredClone`).
 */
export interface Solver<S = unknown> {
  readonly kind: "solver";
  readonly name: string;
  readonly needs: readonly OracleFeature[];
  /** What it asks for beside, where the problem has it. */
  readonly uses?: readonly OracleFeature[];
  /** True if no step ever raises the value. */
  readonly monotone: boolean;
  /** True if a constraint's set must be convex. */
  readonly convexSetsOnly?: boolean;
  /**
   * True of a search with a plan of its own: that it stands at a stationary point does not end it, only
   * its own report (`exhausted`) or a budget does.
   */
  readonly endsByPlan?: boolean;
  init(start: Point, context?: SolverContext): S;
  step(point: Point, state: S): Ask<Step<S>>;
  /** What a search of many places has seen up to this state. */
  search?(state: S): Search;
}
