import { NadirError } from "../../../base/errors.ts";
import { type Ask, askGnvp, askJacobian, type Vector } from "../../../linalg/ask.ts";
import { type Apply, cg } from "../../../linalg/cg.ts";
import { solveLeastSquares } from "../../../linalg/qr.ts";
import { allFinite, axpy, dot, matrixVector, norm } from "../../../linalg/vector.ts";
import type { OracleFeature, Point } from "../solver.ts";

/** How the linearized problem is solved: by the dense Jacobian, or by products with 2JᵀJ. */
export type LinearSolve = "auto" | "dense" | "products";

/** Unknowns up to which `auto` works with the dense Jacobian. */
export const denseUpTo = 200;

/** @throws NadirError `${area}/linear` for a word that is none of the three */
export function needsOf(area: string, linear: unknown): readonly OracleFeature[] {
  if (linear === "auto") return ["gradient", "residuals", "jacobian", "gnvp"];
  if (linear === "dense") return ["gradient", "residuals", "jacobian"];
  if (linear === "products") return ["gradient", "residuals", "gnvp"];
  throw new NadirError(`${area}/linear`, `linear is ${String(linear)}`, {
    expected: 'one of "auto", "dense", "products"',
  });
}

/** Residuals and Jacobian at the current point, kept between refused trials. */
export interface Linearized {
  residuals: Vector;
  jacobian: Vector;
  /** Whether they belong to the current point. */
  current: boolean;
}

export const noLinearization = (): Linearized => ({
  residuals: new Float64Array(0),
  jacobian: new Float64Array(0),
  current: false,
});

/** Asks for the linearization unless it is there. @returns false if it is not finite */
export function* linearize(x: Vector, at: Linearized): Ask<boolean> {
  if (at.current) return true;
  const { residuals, jacobian } = yield* askJacobian(x);
  at.residuals = residuals.slice();
  at.jacobian = jacobian.slice();
  at.current = allFinite(residuals) && allFinite(jacobian);
  return at.current;
}

/** Σ rᵢ². */
export const sumOfSquares = (residuals: Vector): number => dot(residuals, residuals);

/** The point with value Σ rᵢ² and gradient 2Jᵀr. */
export function pointFrom(x: Vector, { residuals, jacobian }: Linearized): Point {
  const n = x.length;
  const gradient = new Float64Array(n);
  for (let i = 0; i < residuals.length; i++) {
    const twice = 2 * residuals[i]!;
    for (let j = 0; j < n; j++) gradient[j] = gradient[j]! + twice * jacobian[i * n + j]!;
  }
  return { x, value: sumOfSquares(residuals), gradient };
}

/**
 * The step s that minimizes ‖Js + r‖² + damping·Σ (scalesⱼ·sⱼ)², by QR of J with √damping·D below it: no
 * normal equations, whose digits are half of J's.
 *
 * @see Moré (1978), The Levenberg–Marquardt algorithm: implementation and theory, §3
 */
export function dampedStep(
  jacobian: Vector,
  residuals: Vector,
  damping: number,
  scales: Vector,
): Vector {
  const n = scales.length;
  const m = residuals.length;
  const rows = damping > 0 ? m + n : m;
  const a = new Float64Array(rows * n);
  const b = new Float64Array(rows);
  a.set(jacobian);
  b.set(residuals);
  const root = Math.sqrt(damping);
  for (let j = 0; j < n && damping > 0; j++) a[(m + j) * n + j] = root * scales[j]!;
  return solveLeastSquares(a, b, n);
}

/** Jv. */
export function image({ jacobian, residuals }: Linearized, v: Vector): Vector {
  const out = new Float64Array(residuals.length);
  matrixVector(out, jacobian, v);
  return out;
}

/** An inexact damped step by products, and what they said. */
export interface ProductStep {
  readonly step: Vector;
  /** sᵀJᵀJs = ‖Js‖². */
  readonly square: number;
  readonly finite: boolean;
}

/**
 * (JᵀJ + damping·I)s = −Jᵀr by conjugate gradients, to `forcing` of ‖Jᵀr‖.
 *
 * @see Nocedal & Wright (2006), §10.3 (inexact Gauss–Newton); Wright & Holt (1985)
 */
export function* stepByProducts(
  { x, gradient }: Point,
  damping: number,
  forcing: number,
): Ask<ProductStep> {
  const apply: Apply = function* (v) {
    const product = (yield* askGnvp(x, v)).slice();
    axpy(2 * damping, v, product);
    return product;
  };
  const tolerance = forcing * norm(gradient);
  const solved = yield* cg(apply, gradient, {
    tolerance,
    maxIterations: Math.min(2 * x.length, 250),
  });
  const step = solved.x;
  const square = 0.5 * dot(step, yield* askGnvp(x, step));
  return { step, square, finite: Number.isFinite(square) && allFinite(step) };
}
