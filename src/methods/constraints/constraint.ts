import type { Shape } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { Bounds, Vector } from "../../linalg/ask.ts";

/** One inequality or equality that holds a point back, and how hard. */
export interface Held {
  /** As `x[3] ≥ 0`. */
  readonly name: string;
  /** λ: by how much the minimum falls for each unit by which the constraint is moved back. At least 0 for an inequality at a minimum. */
  readonly multiplier: number;
}

/** Gradients of active constraints. */
export interface Independence {
  readonly gradients: number;
  /** How many of them are independent. LICQ, the condition under which multipliers are unique, holds if all are. */
  readonly rank: number;
  /** The smallest singular value of the matrix they are the rows of. Left out: at least 1. */
  readonly smallestSingularValue?: number;
}

/** A set near one of its points x, as second-order conditions need it. */
export interface Face {
  /** The constraints that hold x against the force −∇f, with their multipliers. */
  readonly held: readonly Held[];
  /** Names of those that x touches with no force worth the name: they block one side of the face. */
  readonly touching: readonly string[];
  /** For each of `touching`, the normal a with aᵀv ≤ 0 for the directions v that it lets pass. Left out: not of that form. */
  readonly normals?: readonly Vector[];
  /** Of the active constraints, held and touching. Left out: the set is not given by smooth constraints. */
  readonly independence?: Independence;
  /** Independent directions in which x can move along them. */
  readonly dimension: number;
  /** Of a penalty, at which kinks x stands, in words. */
  readonly kinks?: string;
  /** True if curvature along it is not known: kinks of a penalty between coordinates. */
  readonly isUnknown?: boolean;
  /** Why it is not, in words that go on a sentence. */
  readonly unknownBecause?: string;
  /** Σ |λᵢcᵢ(x)| over held inequalities, where x may be off them. Left out: x is on them. */
  readonly slack?: number;
  /** A point near y where what holds x holds on, with equality, and all else too. Left out: `project` leads there from tangent steps. */
  retract?(y: Vector): Vector;
  /** The part of v along which x can move to first order while these constraints hold on: an orthogonal projection. */
  tangent(v: Vector): Vector;
  /** What the set's own bending adds to ∇²f·v for a tangent v: Σ λᵢ∇²cᵢ·v. Left out: flat. */
  bend?(v: Vector): Vector;
  /** Its error relative to the curvature, where it is a difference. Left out: rounding only. */
  readonly bendError?: number;
}

/** How far a point is from satisfying all constraints, and whether it could get nearer. */
export interface Violation {
  /** The largest violation, of the constraint named `worst`. */
  readonly size: number;
  readonly worst: string;
  /** How steeply the violations could fall together: ‖Jᵀr‖ for the violations r, relative to Σ |rᵢ|·max(1, ‖∇cᵢ‖). 0: not to first order. */
  readonly slope: number;
  /** r/‖r‖₂: weights of the constraints under which no direction reduces their sum, where the slope is 0. */
  readonly certificate: Vector;
}

/** A set of vectors of one size: a constraint on arrays of one shape. */
export interface ConstraintSet {
  /** The nearest point of the set (one of them, where there are several), in a vector of its own. */
  project(x: Vector): Vector;
  /** By how much x violates the set: 0 inside, in the units of x where that makes sense. */
  residual(x: Vector): number;
  /** A point of the set that minimizes ⟨gradient, s⟩: for bounded sets. */
  linearMinimum?(gradient: Vector): Vector;
  /** Where the set is just lower ≤ x ≤ upper. */
  readonly bounds?: Bounds;
  /**
   * What takes the place of ∇f in the stopping rule, 0 just at first-order stationary points: x − P(x − ∇f)
   * on convex sets, the tangent part of ∇f on manifolds.
   */
  projectedGradient(x: Vector, gradient: Vector): Vector;
  /** The set around its point x, where −gradient pushes. Multipliers up to `slack` count as none. */
  face(x: Vector, gradient: Vector, slack: number): Face;
  /** What is added to f: for a penalty, which is seen as a set without walls. */
  value?(x: Vector): number;
  /** Where `project` may fail to reach the set, as with constraints given as functions. */
  violation?(x: Vector): Violation;
  /** The projection in the array language, where it can be written in it. */
  readonly traced?: (x: Tensor) => Tensor;
}

/** A closed set to stay in. */
export interface Constraint {
  readonly kind: "constraint";
  /** As it was asked for: `box(0, 1)`. */
  readonly name: string;
  /** True if every segment between two of its points lies in it. */
  readonly isConvex: boolean;
  /** False if it holds points of any length. */
  readonly isBounded: boolean;
  /**
   * The set among arrays of a shape.
   *
   * @param label - what the array is called in sentences
   * @throws NadirError `constraints/shape` if the set holds no arrays of this shape
   */
  within(shape: Shape, label: string): ConstraintSet;
}

/** x − P(x − gradient): 0 just where −gradient lies in the normal cone of a convex set at x. */
export function naturalResidual(
  project: (x: Vector) => Vector,
  x: Vector,
  gradient: Vector,
): Vector {
  const step = project(x.map((xi, i) => xi - gradient[i]!));
  for (let i = 0; i < step.length; i++) step[i] = x[i]! - step[i]!;
  return step;
}

/** Gradients that are independent by their form. */
export const independent = (gradients: number): Independence => ({ gradients, rank: gradients });

/** sign·eᵢ in ℝⁿ. */
export function axis(n: number, i: number, sign: number): Vector {
  const out = new Float64Array(n);
  out[i] = sign;
  return out;
}
