import type { Bounds, Vector } from "../../linalg/ask.ts";
import type { Stall } from "./solver.ts";

/** What a solver is told of its run beside the start. */
export interface SolverContext {
  /** The run's one source of randomness. Default 0. */
  readonly seed?: number;
  /** The gradient norm at which a point counts as stationary in this run. Default 1e-8. */
  readonly tolerance?: number;
  /** The box that x must stay in, where the problem has one. */
  readonly bounds?: Bounds | undefined;
}

/** A local minimum that a search has seen, as one of several ends that lie together. */
export interface FoundMinimum {
  readonly x: Vector;
  readonly value: number;
  /** ‖∇f‖₂ there (of the projected gradient, in a box). */
  readonly gradientNorm: number;
  /** Why the local search ended, if the gradient was not within its tolerance. */
  readonly stalled?: Stall | undefined;
  /** How many local searches ended in it. */
  readonly reached: number;
}

/** What a search of many places has seen: for tables, and for the evidence of the verdict. */
export interface Search {
  /** The distinct ends of local searches, the lowest first. */
  readonly minima: readonly FoundMinimum[];
  /** Local searches made. */
  readonly localSearches: number;
  /** Those of them that ended at no point worth the name: not finite, out of the box, out of iterations. They never win. */
  readonly failed: number;
  /** What was searched and what was seen, one plain sentence each. */
  readonly evidence: readonly string[];
}
