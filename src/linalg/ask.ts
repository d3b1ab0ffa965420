/**
 * How an algorithm asks for what it does not compute itself.
 *
 * A solver, a line search or Lanczos is written once, as a generator that yields requests and is
 * answered with numbers. `answer` drives it with a synchronous oracle (generated JavaScript: no
 * promise in the inner loop of a ten-nanosecond function), `answerAsync` with one that awaits (ONNX
 * Runtime).
 */

/** A flat float64 vector. */
export type Vector = Float64Array;

/**
 * What may be asked of a smooth objective f: ℝⁿ → ℝ at a point. The oracle does not change the vectors,
 * and does not keep them: the asker may use their memory again after the answer.
 */
export type SmoothRequest =
  | { readonly kind: "value"; readonly x: Vector }
  | { readonly kind: "gradient"; readonly x: Vector }
  | { readonly kind: "hvp"; readonly x: Vector; readonly direction: Vector }
  | { readonly kind: "hessian"; readonly x: Vector };

/**
 * What may be asked where the problem has the structure for it: residuals (`leastSquares`), rows
 * (`finiteSum`), a set to stay in (`constraint`), a penalty with a prox, constraints as functions.
 */
export type StructureRequest =
  /** The residuals r(x) of a least-squares objective f = Σ rᵢ². */
  | { readonly kind: "residuals"; readonly x: Vector }
  /** Residuals and their Jacobian. */
  | { readonly kind: "jacobian"; readonly x: Vector }
  /**
   * The Gauss–Newton product: 2JᵀJ·direction for least squares, Jᵀ∇²ℓJ·direction for a model under a
   * convex loss ℓ. Of a finite sum's model it may be asked for on some rows; left out: on all.
   */
  | {
      readonly kind: "gnvp";
      readonly x: Vector;
      readonly direction: Vector;
      readonly rows?: Int32Array;
    }
  /** How many rows a finite sum is the mean over. */
  | { readonly kind: "row-count" }
  /** Value and gradient of the mean over these rows of a finite sum. */
  | { readonly kind: "rows"; readonly x: Vector; readonly rows: Int32Array }
  /** The nearest point of the constraint's set. */
  | { readonly kind: "project"; readonly x: Vector }
  /** Where the constraint is a box: its lower and upper bounds. */
  | { readonly kind: "bounds" }
  /** What takes the gradient's place under a constraint or a penalty: 0 just at stationary points. */
  | { readonly kind: "projected-gradient"; readonly x: Vector; readonly gradient: Vector }
  /** A point of the constraint's set that minimizes ⟨gradient, s⟩ over it. */
  | { readonly kind: "linear-minimum"; readonly gradient: Vector }
  /** The penalty's value. */
  | { readonly kind: "penalty"; readonly x: Vector }
  /** pᵢ′(|xᵢ|) from the right, for a penalty Σ pᵢ(|xᵢ|): ∞ at 0 where it rises like a root. */
  | { readonly kind: "penalty-slopes"; readonly x: Vector }
  /** argminᵤ ½‖u − x‖² + step·penalty(u). */
  | { readonly kind: "prox"; readonly x: Vector; readonly step: number }
  /** Value and gradient of g in f = g − h, a difference of convex functions. */
  | { readonly kind: "convex-part"; readonly x: Vector }
  /** Value and gradient of h in it. */
  | { readonly kind: "subtracted-part"; readonly x: Vector }
  /** The constraint functions: c(x) = 0 and d(x) ≤ 0. */
  | { readonly kind: "constraints"; readonly x: Vector }
  /** Σ λᵢ∇cᵢ + Σ μⱼ∇dⱼ: multipliers of the equalities, then of the inequalities. */
  | { readonly kind: "constraint-pullback"; readonly x: Vector; readonly multipliers: Vector };

/** What may be asked. */
export type Request = SmoothRequest | StructureRequest;

/** f(x), and for a `gradient` request ∇f(x) as well. The gradient is the caller's to keep. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Vector;
}

/** r(x) `[m]`, and its Jacobian, row-major `[m, n]`. */
export interface Linearization {
  readonly residuals: Vector;
  readonly jacobian: Vector;
}

/** lower ≤ x ≤ upper; ∓Infinity where there is no bound. */
export interface Bounds {
  readonly lower: Vector;
  readonly upper: Vector;
}

/** c(x), to be 0, and d(x), to be at most 0. */
export interface ConstraintValues {
  readonly equalities: Vector;
  readonly inequalities: Vector;
}

/**
 * `value`, `penalty` and `row-count` are answered by a number, `gradient`, `rows` and parts by an Evaluation, `jacobian` by a
 * Linearization, `constraints` by ConstraintValues, `bounds` by Bounds, `hessian` by the n×n row-major H, all others by a
 * vector. What is no Evaluation is read before the next request: an oracle may use its memory again.
 */
export type Reply = number | Evaluation | Linearization | ConstraintValues | Bounds | Vector;

/** A computation that may ask, and ends in a `T`. */
export type Ask<T> = Generator<Request, T, Reply>;

// The casts below are the protocol's one contract: the oracle answers a request of a kind with that kind's reply.

/** f(x). */
export function* askValue(x: Vector): Ask<number> {
  return (yield { kind: "value", x }) as number;
}

/** f(x) and ∇f(x), in one evaluation. */
export function* askGradient(x: Vector): Ask<Evaluation> {
  return (yield { kind: "gradient", x }) as Evaluation;
}

/** ∇²f(x)·direction. */
export function* askHvp(x: Vector, direction: Vector): Ask<Vector> {
  return (yield { kind: "hvp", x, direction }) as Vector;
}

/** ∇²f(x), row-major n×n. */
export function* askHessian(x: Vector): Ask<Vector> {
  return (yield { kind: "hessian", x }) as Vector;
}

/** The bounds of a box. */
export function* askBounds(): Ask<Bounds> {
  return (yield { kind: "bounds" }) as Bounds;
}

/** r(x). */
export function* askResiduals(x: Vector): Ask<Vector> {
  return (yield { kind: "residuals", x }) as Vector;
}

/** r(x) and its Jacobian. */
export function* askJacobian(x: Vector): Ask<Linearization> {
  return (yield { kind: "jacobian", x }) as Linearization;
}

/** The Gauss–Newton matrix times a direction; over these rows alone, where they are named. */
export function* askGnvp(x: Vector, direction: Vector, rows?: Int32Array): Ask<Vector> {
  return (yield { kind: "gnvp", x, direction, ...(rows === undefined ? {} : { rows }) }) as Vector;
}

/** The nearest point of the constraint's set. */
export function* askProject(x: Vector): Ask<Vector> {
  return (yield { kind: "project", x }) as Vector;
}

/** x − P(x − ∇f), the tangent part of ∇f on a manifold, or the prox-gradient of a penalty. */
export function* askProjectedGradient(x: Vector, gradient: Vector): Ask<Vector> {
  return (yield { kind: "projected-gradient", x, gradient }) as Vector;
}

/** How many rows a finite sum is the mean over. */
export function* askRowCount(): Ask<number> {
  return (yield { kind: "row-count" }) as number;
}

/** Value and gradient of the mean over these rows of a finite sum. */
export function* askRows(x: Vector, rows: Int32Array): Ask<Evaluation> {
  return (yield { kind: "rows", x, rows }) as Evaluation;
}

/** Value and gradient of g in f = g − h, a difference of convex functions. */
export function* askConvexPart(x: Vector): Ask<Evaluation> {
  return (yield { kind: "convex-part", x }) as Evaluation;
}

/** Value and gradient of h in it. */
export function* askSubtractedPart(x: Vector): Ask<Evaluation> {
  return (yield { kind: "subtracted-part", x }) as Evaluation;
}

/** The penalty's value. */
export function* askPenalty(x: Vector): Ask<number> {
  return (yield { kind: "penalty", x }) as number;
}

/** The slopes of a penalty that is a sum over coordinates, in their magnitudes. */
export function* askPenaltySlopes(x: Vector): Ask<Vector> {
  return (yield { kind: "penalty-slopes", x }) as Vector;
}

/** argminᵤ ½‖u − x‖² + step·penalty(u). */
export function* askProx(x: Vector, step: number): Ask<Vector> {
  return (yield { kind: "prox", x, step }) as Vector;
}

/** A point of the constraint's set that minimizes ⟨gradient, s⟩ over it. */
export function* askLinearMinimum(gradient: Vector): Ask<Vector> {
  return (yield { kind: "linear-minimum", gradient }) as Vector;
}

/** The constraint functions: c(x), to be 0, and d(x), to be at most 0. */
export function* askConstraints(x: Vector): Ask<ConstraintValues> {
  return (yield { kind: "constraints", x }) as ConstraintValues;
}

/** Σ λᵢ∇cᵢ(x) + Σ μⱼ∇dⱼ(x), multipliers of the equalities first. */
export function* askConstraintPullback(x: Vector, multipliers: Vector): Ask<Vector> {
  return (yield { kind: "constraint-pullback", x, multipliers }) as Vector;
}

/** What answers requests about structure: one function for each kind that the problem has. */
export type Features = {
  readonly [K in StructureRequest["kind"]]?: (
    request: Extract<StructureRequest, { kind: K }>,
  ) => Reply;
};

/** Answers requests at once. */
export type Oracle = (request: Request) => Reply;
/** Answers requests in its own time. */
export type AsyncOracle = (request: Request) => Promise<Reply>;

/** Answers what may be asked of any smooth function. */
export type SmoothOracle = (request: SmoothRequest) => Reply;
/** The same, in its own time. */
export type AsyncSmoothOracle = (request: SmoothRequest) => Promise<Reply>;

/** Runs to the end with a synchronous oracle. */
export function answer<T>(asking: Ask<T>, oracle: Oracle): T {
  let turn = asking.next();
  while (!turn.done) turn = asking.next(oracle(turn.value));
  return turn.value;
}

/** Runs to the end with an asynchronous oracle. */
export async function answerAsync<T>(asking: Ask<T>, oracle: AsyncOracle): Promise<T> {
  let turn = asking.next();
  while (!turn.done) turn = asking.next(await oracle(turn.value));
  return turn.value;
}
