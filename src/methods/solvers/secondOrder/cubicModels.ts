import { type Ask, askHessian, askHvp, type Vector } from "../../../linalg/ask.ts";
import { cubicStep, solveCubic } from "../../../linalg/cubicSubproblem.ts";
import { fromBasis, krylovSpace, tridiagonal } from "../../../linalg/krylov.ts";
import {
  decompose,
  type TrustRegionStorage,
  trustRegionStorage,
} from "../../../linalg/trustRegionSubproblem.ts";
import { allFinite, dot, norm, normInf, scaled } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";
import { findNegativeCurvature, type NegativeCurvature } from "./curvatureSearch.ts";

/** A step with the change that the cubic model foresees, at most 0. */
export interface CubicProposal {
  readonly step: Vector;
  readonly change: number;
}

/** The cubic model by the Hessian's eigenvalues at one point. */
export interface CubicDense {
  readonly kind: "dense";
  readonly eigen: TrustRegionStorage;
  /** Whether `eigen` belongs to the current point. */
  current: boolean;
}

/** The cubic model by Hessian-vector products: what it remembers. */
export interface CubicKrylov {
  readonly kind: "krylov";
  /** Whether the current point was searched for negative curvature. */
  current: boolean;
  escape: NegativeCurvature | undefined;
  /** Seed of the next random start. */
  seed: number;
  /** Hessian-vector products asked for. */
  products: number;
}

export const cubicDense = (n: number): CubicDense => ({
  kind: "dense",
  eigen: trustRegionStorage(n),
  current: false,
});

export const cubicKrylov = (): CubicKrylov => ({
  kind: "krylov",
  current: false,
  escape: undefined,
  seed: 0,
  products: 0,
});

/** gᵀHg; undefined if it is not finite. */
export function* curvatureAlong(
  { x, gradient }: Point,
  model: CubicDense | CubicKrylov,
): Ask<number | undefined> {
  if (model.kind === "krylov") {
    model.products++;
    const along = dot(gradient, yield* askHvp(x, gradient));
    return Number.isFinite(along) ? along : undefined;
  }
  if (!(yield* readHessian({ x, gradient }, model))) return undefined;
  const { eigen, gradient: c } = model.eigen;
  return c.reduce((sum, ck, k) => sum + eigen.values[k]! * ck * ck, 0);
}

function* readHessian(
  { x, gradient }: Pick<Point, "x" | "gradient">,
  model: CubicDense,
): Ask<boolean> {
  if (model.current) return true;
  const hessian = yield* askHessian(x);
  if (!allFinite(hessian)) return false;
  decompose(model.eigen, hessian, gradient);
  model.current = true;
  return true;
}

/** The cubic model's global minimizer; the Hessian is asked for once a point. */
export function* proposeCubicDense(
  point: Point,
  model: CubicDense,
  sigma: number,
): Ask<CubicProposal | undefined> {
  if (!(yield* readHessian(point, model))) return undefined;
  const { step, model: change } = solveCubic(model.eigen, sigma);
  return { step, change };
}

/**
 * The minimizer over the gradient's Krylov space, grown until ‖∇m(s)‖ ≤ min(½, ‖s‖)·½‖g‖; or, where the
 * gradient has nearly vanished and a random start shows negative curvature, the one along that.
 *
 * @see Cartis, Gould & Toint (2011), part I, §6.2 and the stopping rule TC.s
 */
export function* proposeCubicKrylov(
  point: Point,
  model: CubicKrylov,
  sigma: number,
  settings: { readonly products: number; readonly saddleGradient: number },
): Ask<CubicProposal | undefined> {
  const { x, gradient } = point;
  if (!model.current) {
    model.current = true;
    model.escape = undefined;
    if (normInf(gradient) <= settings.saddleGradient) {
      const { found, finite, products } = yield* findNegativeCurvature(x, model.seed++);
      model.products += products;
      model.escape = found;
      if (!finite) return undefined;
    }
  }
  const inSpace = yield* proposeInSpace(point, model, sigma, settings.products);
  const { escape: leftmost } = model;
  if (inSpace === undefined || leftmost === undefined) return inSpace;
  const away = alongEscape(gradient, leftmost, sigma);
  return away.change < inSpace.change ? away : inSpace;
}

function* proposeInSpace(
  { x, gradient }: Point,
  model: CubicKrylov,
  sigma: number,
  products: number,
): Ask<CubicProposal | undefined> {
  const n = x.length;
  const size = norm(gradient);
  if (size === 0) return { step: new Float64Array(n), change: 0 };
  let solved: ReturnType<typeof cubicStep> | undefined;
  let checkAt = 1;
  const solve = (alpha: readonly number[], beta: readonly number[]) => {
    const g = new Float64Array(alpha.length);
    g[0] = size;
    return cubicStep(tridiagonal(alpha, beta), g, sigma);
  };
  const enough = (alpha: readonly number[], beta: readonly number[], rest: number): boolean => {
    const k = alpha.length;
    if (k < checkAt) return false;
    // The small problem costs k³: it is solved at growing distances.
    checkAt = Math.max(k + 1, Math.ceil(1.25 * k));
    solved = solve(alpha, beta);
    // All of ∇m(s) outside of the space: the last entry of the small step times the next off-diagonal.
    const residual = rest * Math.abs(solved.step[k - 1]!);
    return residual <= 0.5 * Math.min(0.5, norm(solved.step)) * size;
  };
  const apply = (v: Vector): Ask<Vector> => askHvp(x, v);
  const space = yield* krylovSpace(apply, gradient, Math.min(n, products), enough);
  const k = space.alpha.length;
  model.products += k;
  if (k === 0) return undefined;
  if (solved === undefined || solved.step.length !== k) solved = solve(space.alpha, space.beta);
  return { step: fromBasis(space.basis, solved.step), change: solved.model };
}

/** The cubic's minimizer along ± a direction of negative curvature. */
function alongEscape(
  gradient: Vector,
  { direction, curvature }: NegativeCurvature,
  sigma: number,
): CubicProposal {
  const slope = dot(gradient, direction);
  const size = Math.abs(slope);
  const t = (-curvature + Math.sqrt(curvature * curvature + 4 * sigma * size)) / (2 * sigma);
  const step = new Float64Array(direction.length);
  scaled(step, slope > 0 ? -t : t, direction);
  return { step, change: -size * t + 0.5 * curvature * t * t + (sigma / 3) * t ** 3 };
}
