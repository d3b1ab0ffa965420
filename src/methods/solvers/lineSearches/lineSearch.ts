import type { Ask, Vector } from "../../../linalg/ask.ts";
import type { OracleFeature, Point, Stall } from "../solver.ts";

/** Where a line search ended. */
export interface LineSearchResult {
  /** The new point; undefined if no trial would do. */
  readonly point: Point | undefined;
  /** t in x + td; 0 if there is no new point. */
  readonly stepSize: number;
  /**
   * `wolfe`: decrease and curvature conditions, strong or weak as the search has them; `approximate`: those
   * of Hager and Zhang, at rounding level; `armijo`: enough decrease; `decrease`: lower, but the budget
   * ended first; `failed`: no trial would do.
   */
  readonly outcome: "wolfe" | "approximate" | "armijo" | "decrease" | "failed";
  readonly evaluations: number;
}

/**
 * How long a step along a descent direction to take. `S` is what it remembers from one search to the
 * next: plain data, which the solver keeps in its own state.
 */
export interface LineSearch<S = unknown> {
  readonly kind: "line-search";
  readonly name: string;
  readonly needs: readonly OracleFeature[];
  /** True if it never accepts a value above the start's. */
  readonly monotone: boolean;
  init(start: Point): S;
  /**
   * @param slope - ⟨∇f(x), d⟩, below 0
   * @param first - the first t to try, above 0
   */
  search(
    from: Point,
    direction: Vector,
    slope: number,
    first: number,
    memory: S,
  ): Ask<LineSearchResult>;
}

/** Below this part of |f|, differences of values are mostly rounding, and slopes decide. */
export const valueRounding = 1e-10;

/**
 * The approximate Wolfe conditions, (2c₁ − 1)·slope(0) ≥ slope(t) ≥ c₂·slope(0): what is left to judge a step
 * by where values differ by rounding alone.
 *
 * @see Hager & Zhang (2005), eq. (4.1)
 */
export const isApproximateWolfe = (
  slope: number,
  newSlope: number,
  decrease: number,
  curvature: number,
): boolean => newSlope >= curvature * slope && newSlope <= (2 * decrease - 1) * slope;

/** The result of a search that found nothing. */
export const failed = (evaluations: number): LineSearchResult => ({
  point: undefined,
  stepSize: 0,
  outcome: "failed",
  evaluations,
});

/** Why a solver whose search has failed along −∇f, or what it has in its place, can go no further. */
export const stallOf = (slope: number, value: number): Stall =>
  isHopeless(slope, value) ? "rounding" : "line-search";

/** Whether the decrease that a slope below 0 promises is less than what differences of values can show. */
export const isHopeless = (slope: number, value: number): boolean =>
  slope <= 0 && -slope <= valueRounding * Math.abs(value);
