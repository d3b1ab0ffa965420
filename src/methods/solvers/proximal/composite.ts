import {
  type Ask,
  askGradient,
  askPenalty,
  askProjectedGradient,
  type Vector,
} from "../../../linalg/ask.ts";
import { dot, norm } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";

/** A point of f + P with f alone, which step-size rules compare. */
export interface Composite {
  readonly x: Vector;
  /** f(x). */
  readonly smooth: number;
  /** ∇f(x). */
  readonly gradient: Vector;
  /** f(x) + P(x). */
  readonly value: number;
}

/** f, ∇f and f + P at a point. */
export function* compositeAt(x: Vector): Ask<Composite> {
  const { value, gradient } = yield* askGradient(x);
  return { x, smooth: value, gradient, value: value + (yield* askPenalty(x)) };
}

/** As the loop outside sees it: the value of the sum, ∇f, and the prox-gradient's norm. */
export function* pointOf({ x, value, gradient }: Composite): Ask<Point> {
  const residual = norm(yield* askProjectedGradient(x, gradient));
  return { x, value, gradient, residual };
}

/** A step of about one unit in the largest element, where nothing is known of curvature. */
export const firstStep = (gradient: Vector): number =>
  1 /
  Math.max(
    1,
    gradient.reduce((most, gi) => Math.max(most, Math.abs(gi)), 0),
  );

/** sᵀs/sᵀy of two points, or undefined where the curvature between them is not positive. @see Barzilai & Borwein (1988), eq. (5) */
export function spectralStep(
  before: { readonly x: Vector; readonly gradient: Vector },
  after: { readonly x: Vector; readonly gradient: Vector },
): number | undefined {
  let ss = 0;
  let sy = 0;
  for (let i = 0; i < after.x.length; i++) {
    const s = after.x[i]! - before.x[i]!;
    ss += s * s;
    sy += s * (after.gradient[i]! - before.gradient[i]!);
  }
  return sy > 0 ? Math.min(1e30, Math.max(1e-30, ss / sy)) : undefined;
}

/** How f's linear model at a point compares: f(x) + ⟨∇f(x), y − x⟩. */
export const linearModel = (at: Composite, y: Vector): number =>
  at.smooth + dot(at.gradient, y) - dot(at.gradient, at.x);

/** Below this, differences of values are mostly rounding. */
export const drownedIn = (value: number): number => 1e-14 * Math.max(1, Math.abs(value));
