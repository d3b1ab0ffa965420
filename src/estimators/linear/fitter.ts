import type { Vector } from "../../linalg/ask.ts";
import type { Blocks } from "./blocks.ts";

/** Where a fit of one strength ended. */
export interface Ended {
  /** The largest L_B‖w_B − prox_{P/L_B}(w_B − ∇_B/L_B)‖ of a block, and the slope along the intercept. */
  readonly violation: number;
  readonly sweeps: number;
  /** The data show that there is no best fit: predictors that separate the samples were met. */
  readonly separated?: boolean;
}

export interface SolveOptions {
  readonly tolerance: number;
  readonly maxSweeps: number;
  /** Blocks that a screening rule did not drop: looked at before all others. */
  readonly candidates?: readonly number[];
  /** How many more strengths will be asked for: what is computed once may serve them. Default 0. */
  readonly ahead?: number;
}

/** A linear model being fitted, for one penalty after another, each from where the last ended. */
export interface Fitter {
  readonly w: Vector;
  readonly intercept: number;
  /** ∇ of the loss at w. */
  readonly gradient: Vector;
  /** Second derivatives along each coefficient, or bounds of them: what the steps of the prox are the inverse of. */
  readonly curvatures: Vector;
  /** The loss at w. */
  readonly loss: number;
  start(w: Vector, intercept: number): void;
  /** A way back to the present point, and to all that is known of it. */
  keep(): () => void;
  solve(blocks: Blocks, options: SolveOptions): Ended;
  /** ∂ loss/∂η, a candidate for the dual point. */
  slopes(): Vector;
  /** v ← ∇²loss·v, both in predictors: of the loss that steps are made on, at the present ones. */
  weigh(v: Vector): void;
  /**
   * For a loss with kinks, which has no Hessian: whether it rises at once along every direction of these features (and the
   * intercept). `hessian` then says of columns alone whether they depend on each other.
   */
  corner?(features: readonly number[]): boolean;
  /** The Hessian of the loss on these features, row-major. */
  hessian(features: readonly number[]): Vector;
}
