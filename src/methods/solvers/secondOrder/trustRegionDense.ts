import { type Ask, askHessian, type Vector } from "../../../linalg/ask.ts";
import { cholesky, choleskySolve } from "../../../linalg/cholesky.ts";
import { cauchyPoint, doglegPath } from "../../../linalg/pathSteps.ts";
import {
  decompose,
  solveInBall,
  type TrustRegionStorage,
  trustRegionStorage,
} from "../../../linalg/trustRegionSubproblem.ts";
import { allFinite, dot, norm, quadraticModel, scale } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";
import { negligibleCurvature } from "./curvatureSearch.ts";

/** A step that a quadratic model proposes. */
export interface Proposal {
  readonly step: Vector;
  /** The model's change of value, at most 0: gᵀs + ½sᵀHs. */
  readonly change: number;
  readonly onBoundary: boolean;
  /** λ with (H + λI)s = −g, where the proposer knows it. */
  readonly multiplier: number | undefined;
}

/** The quadratic model by its Hessian, at one point. All buffers belong to the solver's state. */
export interface DenseModel {
  readonly kind: "dense";
  /** H at the current point, row-major, if `current`. */
  readonly hessian: Vector;
  current: boolean;
  /** Whether `eigen` holds the decomposition of `hessian`. */
  decomposed: boolean;
  readonly eigen: TrustRegionStorage;
  readonly factor: Vector;
  /** −H⁻¹g, if H is positive definite. */
  readonly newton: Vector;
  /** ‖newton‖; infinite if H is not positive definite. */
  newtonNorm: number;
}

export function denseModel(n: number): DenseModel {
  return {
    kind: "dense",
    hessian: new Float64Array(n * n),
    current: false,
    decomposed: false,
    eigen: trustRegionStorage(n),
    factor: new Float64Array(n * n),
    newton: new Float64Array(n),
    newtonNorm: Number.POSITIVE_INFINITY,
  };
}

/**
 * Asks for the Hessian unless it is there, and factors it.
 *
 * @returns false if the Hessian is not finite
 */
export function* readDense(point: Point, dense: DenseModel): Ask<boolean> {
  if (dense.current) return true;
  const { hessian, factor, newton } = dense;
  const n = point.x.length;
  hessian.set(yield* askHessian(point.x));
  if (!allFinite(hessian)) return false;
  dense.current = true;
  dense.decomposed = false;
  dense.newtonNorm = Number.POSITIVE_INFINITY;
  if (cholesky(hessian, n, factor)) {
    choleskySolve(factor, n, point.gradient, newton);
    for (let i = 0; i < n; i++) newton[i] = -newton[i]!;
    const length = norm(newton);
    if (Number.isFinite(length)) dense.newtonNorm = length;
  }
  return true;
}

/** gᵀHg. */
export function denseCurvature({ hessian }: DenseModel, g: Vector): number {
  const n = g.length;
  let sum = 0;
  for (let i = 0, k = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++, k++) row += hessian[k]! * g[j]!;
    sum += g[i]! * row;
  }
  return sum;
}

/**
 * The model's minimizer in the ball: Newton's step by Cholesky where it fits, which is cheap and,
 * unlike an eigen-decomposition, exact also where unknowns have very different scales; otherwise
 * the exact step by eigen-decomposition, done once per point.
 */
export function proposeDense(point: Point, dense: DenseModel, radius: number): Proposal {
  const { newton, newtonNorm, eigen } = dense;
  if (newtonNorm <= radius) {
    const change = 0.5 * dot(point.gradient, newton);
    return { step: newton, change, onBoundary: newtonNorm > 0.8 * radius, multiplier: 0 };
  }
  decomposeOnce(point, dense);
  const { step, model, onBoundary, multiplier } = solveInBall(eigen, radius);
  return { step, change: model, onBoundary, multiplier };
}

/**
 * The dogleg point where H is positive definite; else the boundary point along the leftmost eigenvector or
 * the Cauchy point, whichever the model puts lower.
 *
 * @see Powell (1970), A hybrid method for nonlinear equations; Nocedal & Wright (2006), eq. (4.16)
 */
export function proposeDogleg(point: Point, dense: DenseModel, radius: number): Proposal {
  const { hessian, newton, newtonNorm, eigen } = dense;
  const { gradient } = point;
  if (newtonNorm <= radius) return proposeDense(point, dense, radius);
  if (newtonNorm < Number.POSITIVE_INFINITY) {
    const step = doglegPath(hessian, gradient, newton, radius);
    const change = quadraticModel(hessian, gradient, step);
    return { step, change, onBoundary: norm(step) > 0.8 * radius, multiplier: undefined };
  }
  const step = cauchyPoint(hessian, gradient, radius);
  const change = quadraticModel(hessian, gradient, step);
  decomposeOnce(point, dense);
  const { values, vectors } = eigen.eigen;
  if (values[0]! < 0) {
    const along = vectors.slice(0, step.length);
    scale(dot(along, gradient) > 0 ? -radius : radius, along);
    const lower = quadraticModel(hessian, gradient, along);
    if (lower < change) {
      return { step: along, change: lower, onBoundary: true, multiplier: undefined };
    }
  }
  return { step, change, onBoundary: norm(step) > 0.8 * radius, multiplier: undefined };
}

function decomposeOnce(point: Point, dense: DenseModel): void {
  if (dense.decomposed) return;
  decompose(dense.eigen, dense.hessian, point.gradient);
  dense.decomposed = true;
}

/** The Hessian's smallest eigenvalue if that is below 0 and not only by rounding, else 0. */
export function denseNegativeCurvature(point: Point, dense: DenseModel): number {
  if (dense.newtonNorm < Number.POSITIVE_INFINITY) return 0;
  decomposeOnce(point, dense);
  const { values } = dense.eigen.eigen;
  const smallest = values[0]!;
  const largest = Math.max(-smallest, values[values.length - 1]!);
  return smallest < -negligibleCurvature * largest ? smallest : 0;
}

/**
 * A second try after a step that failed: s + c with c ⟂ s, which takes from the gradient found at
 * x + s what the model did not foresee: c minimizes ⟨e, c⟩ + ½cᵀ(H + λI)c for
 * e = ∇f(x + s) − ∇f(x) − Hs. In a curved valley this is the way back to the valley's floor, and
 * saves the shorter step and its new Hessian.
 *
 * Overwrites `dense.factor`.
 *
 * @returns undefined if the correction is not small against the step, or H + λI is singular
 * @see Conn, Gould & Toint (2000), Trust-region methods, §15.3.2.3 (second-order correction);
 * Transtrum & Sethna (2012), Geodesic acceleration (the same term in least squares)
 */
export function correctedStep(
  point: Point,
  dense: DenseModel,
  step: Vector,
  multiplier: number,
  trialGradient: Vector,
): Vector | undefined {
  const n = step.length;
  const { hessian, factor } = dense;
  if (!cholesky(hessian, n, factor, multiplier)) return undefined;
  const corrected = new Float64Array(n);
  for (let i = 0, k = 0; i < n; i++) {
    let row = 0;
    for (let j = 0; j < n; j++, k++) row += hessian[k]! * step[j]!;
    corrected[i] = trialGradient[i]! - point.gradient[i]! - row;
  }
  choleskySolve(factor, n, corrected, corrected);
  const along = new Float64Array(n);
  choleskySolve(factor, n, step, along);
  const ratio = dot(step, corrected) / dot(step, along);
  let square = 0;
  for (let i = 0; i < n; i++) {
    const c = ratio * along[i]! - corrected[i]!;
    square += c * c;
    corrected[i] = step[i]! + c;
  }
  // A large correction says that the model's curvature no longer holds there.
  return square > 0 && Math.sqrt(square) < 0.25 * norm(step) ? corrected : undefined;
}
