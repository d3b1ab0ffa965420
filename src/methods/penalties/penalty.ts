import type { Shape } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { Profile } from "./profile.ts";

/** Coordinates that a penalty ties together: one vector of the block, with its weight. */
export interface Group {
  /** Positions in the block, ascending. */
  readonly indices: readonly number[];
  /** What the strength is multiplied by. */
  readonly weight: number;
}

/** What a penalty looks like from inside: how coordinate descent takes it apart. */
export type Parts =
  /** Σ p(|xᵢ|). */
  | { readonly kind: "coordinates"; readonly profile: Profile }
  /** Σ over groups of p(‖x_g‖₂) + l1·‖x_g‖₁, with p of the group's own weight. */
  | {
      readonly kind: "groups";
      /** The groups of a block of `size` coordinates: disjoint, and all of it. */
      groups(size: number): readonly Group[];
      /** p for a group of this weight. */
      profile(weight: number): Profile;
      readonly l1: number;
    }
  /** Not a sum over disjoint parts. */
  | {
      readonly kind: "whole";
      /** For a penalty of differences, Σ p(|xᵢ₊₁ − xᵢ|): the penalty Σ p(|xᵢ|), by the same name. */
      readonly ofDifferences?: Penalty;
      /** The directions along which P is smooth at x, and what holds the others; absent where they are not known. */
      readonly smoothAlong?: (x: Vector) => Smooth;
      /** The least ε with |⟨d, y⟩| ≤ ε·P(y) for all y, for a P that grows like a norm: P's dual norm. */
      readonly dualNorm?: (d: Vector) => number;
    };

/** The directions along which a penalty is smooth at a point. */
export interface Smooth {
  /** How many there are. */
  readonly dimension: number;
  /** The part of v along them: an orthogonal projection. */
  tangent(v: Vector): Vector;
}

/**
 * A penalty P on a block of params: its value, a derivative, and its proximal operator
 *
 *     prox(v, s) = argmin_x ½‖x − v‖² + s·P(x),
 *
 * a global minimizer for every step s above 0, also where the subproblem is not convex. Where there
 * are several minimizers, one of them; on a tie between zero and another, zero.
 */
export interface Penalty {
  readonly kind: "penalty";
  readonly name: string;
  /** λ, what the penalty is multiplied by (as its formula says). */
  readonly strength: number;
  /**
   * The smallest ρ ≥ 0 for which P(x) + ρ‖x‖²/2 is convex: 0 for a convex penalty, ∞ where there is none.
   * A loss whose curvature is everywhere at least ρ makes the sum convex.
   */
  readonly weakConvexity: number;
  /** The prox is single-valued, and continuous, for every v if the step lies below this: ∞ for a convex penalty, 0 if for no step. */
  readonly singleValuedBelow: number;
  readonly parts: Parts;
  /** P(x). */
  value(x: Vector): number;
  /** out ← the derivative of P; at a kink, the one of its (regular) subgradients with the least norm. */
  derivative(x: Vector, out?: Vector): Vector;
  /** out ← a global minimizer of ½‖x − v‖² + step·P(x). `out` may be v. */
  prox(v: Vector, step: number, out?: Vector): Vector;
  /**
   * The prox on one tensor of params, traced into a training step. `step` is above 0: a scalar, or for a sum over
   * coordinates also one for each element. Absent where the prox is no formula, or has none that can be traced: the host then
   * takes it between two steps.
   */
  readonly traced?: (v: Tensor, step: Tensor) => Tensor;
  /** The penalty as it is on a tensor of this shape, flattened; absent where the shape says nothing new. */
  shaped?(shape: Shape): Penalty;
  /** The same penalty, of another strength. */
  withStrength(strength: number): Penalty;
}
