import type { Ask, Request, Vector } from "../../linalg/ask.ts";

/** What a solver needs an objective to answer. */
export type OracleFeature = Request["kind"];

/** Where a solver stands: a point with its value and gradient. */
export interface Point {
  readonly x: Vector;
  readonly value: number;
  readonly gradient: Vector;
}

/** One iteration's outcome. `stalled` says why no further progress is possible, if so. */
export interface Step<S> {
  readonly point: Point;
  readonly state: S;
  /** ‖x⁺ − x‖₂ of the step taken; 0 if it was rejected. */
  readonly stepSize: number;
  readonly stalled?: "line-search" | "radius-vanished" | undefined;
}

/**
 * A host loop on an objective that it asks for values, gradients, and Hessian-vector products.
 * `S` is its memory between iterations: plain data, so that a run can be saved and resumed.
 */
export interface Solver<S = unknown> {
  readonly kind: "solver";
  readonly name: string;
  readonly needs: readonly OracleFeature[];
  /** True if each accepted step never raises the value. */
  readonly monotone: boolean;
  init(start: Point): S;
  step(point: Point, state: S): Ask<Step<S>>;
}
