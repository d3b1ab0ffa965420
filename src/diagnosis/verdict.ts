import type { Vector } from "../linalg/ask.ts";
import type { Held, Independence } from "../methods/constraints/constraint.ts";

/** How well a point satisfies the first-order conditions of a constrained minimum, and what is active there. */
export interface Conditions {
  /** ‖∇f + Σ λᵢ∇cᵢ‖₂ with the multipliers in `held`; of a set ‖x − P(x − ∇f)‖₂, or of a manifold the tangent part of ∇f. */
  readonly stationarity: number;
  /** By how much the point violates the constraints. */
  readonly feasibility: number;
  /** Σ |λᵢcᵢ|: what the room between the point and the inequalities that hold it is worth, in units of f. */
  readonly complementarity: number;
  /** Inequalities that are met with equality but push with no force above the tolerance. */
  readonly weaklyActive: readonly string[];
  /** Whether the gradients of all active constraints are independent (LICQ): then the multipliers are unique. Left out: the set is not given by smooth constraints. */
  readonly independence?: Independence;
  /** The dimension of the tangent space of what holds the point. */
  readonly freeDirections: number;
}

/** What every verdict carries: what was measured, against what, and what to do. */
interface Evidence {
  /** ‖∇f‖₂ at the point (or the residual that takes its place). */
  readonly gradientNorm: number;
  /** The gradient norm below which a point counts as stationary in this run. */
  readonly tolerance: number;
  /** Under a constraint: what holds the point, with the multipliers. Those of inequalities are strictly active. */
  readonly held?: readonly Held[];
  /** Under a constraint: the conditions of Karush, Kuhn and Tucker, each as it was measured. */
  readonly conditions?: Conditions;
  /** What was measured, one plain sentence each, with the numbers. */
  readonly evidence: readonly string[];
  /** What to do next, one plain sentence each. */
  readonly advice: readonly string[];
}

/** What kind of point a run ended at. It never claims more than was measured. */
export type Verdict = Evidence &
  (
    | {
        readonly kind: "global-minimum";
        readonly primal: number;
        readonly dual: number;
        readonly gap: number;
      }
    | {
        readonly kind: "local-minimum";
        readonly smallestEigenvalue: number;
        /** The true smallest eigenvalue lies within this of the stated one (bound or estimate: the evidence says which). */
        readonly eigenvalueError: number;
      }
    | {
        readonly kind: "saddle";
        readonly smallestEigenvalue: number;
        readonly eigenvalueError: number;
        /** Unit vector along which the curvature is negative. */
        readonly direction: Vector;
        /** How much f falls along ±direction by the quadratic model, at the step that was checked. */
        readonly predictedDecrease: number;
      }
    | {
        readonly kind: "degenerate";
        readonly nearZeroEigenvalues: number;
        readonly smallestEigenvalue: number;
        readonly eigenvalueError: number;
      }
    /** The first-order conditions hold; of the second order nothing is proved. */
    | { readonly kind: "stationary" }
    | { readonly kind: "plateau"; readonly since: number }
    | {
        readonly kind: "noise-floor";
        readonly learningRate: number;
        readonly gradientNoise: number;
      }
    | {
        readonly kind: "not-stationary";
        readonly why: "budget" | "stopped" | "line-search" | "rate-vanished" | "exhausted";
      }
    | { readonly kind: "unbounded"; readonly along: Vector }
    | {
        readonly kind: "infeasible";
        /** Weights of the constraints under which no direction lowers the sum of their violations. */
        readonly certificate: Vector;
        /** The constraint that is violated most. */
        readonly constraint: string;
        /** By how much. */
        readonly violation: number;
      }
    | { readonly kind: "diverged"; readonly step: number; readonly cause: string }
  );

/** The name of what a point is, such as `local-minimum`, `saddle` or `not-stationary`. */
export type VerdictKind = Verdict["kind"];
