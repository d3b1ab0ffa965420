import type { Ask, Vector } from "./ask.ts";
import { type Apply, type CgOptions, vanishing } from "./cg.ts";
import { addScaled, axpy, dot, norm } from "./vector.ts";

export interface SteihaugResult {
  readonly step: Vector;
  /** gᵀs + ½sᵀHs, never above 0. */
  readonly model: number;
  /** Which of the four ends: the last two lie on the boundary. */
  readonly reason: "converged" | "budget" | "boundary" | "negative-curvature";
  /** Whole conjugate-gradient steps taken. */
  readonly iterations: number;
  /** Products with H asked for. */
  readonly products: number;
}

/**
 * min gᵀs + ½sᵀHs subject to ‖s‖ ≤ radius, approximately and without H's entries: conjugate
 * gradients from 0, to the boundary where they leave the ball or meet non-positive curvature.
 *
 * At least as good as the Cauchy point. Along negative curvature both boundary points are compared.
 * A gradient of exactly 0 gives s = 0 even at a saddle: there `lanczos` finds the way.
 *
 * @see Steihaug (1983), The conjugate gradient method and trust regions; Nocedal & Wright (2006),
 * algorithm 7.2
 */
export function* steihaug(
  apply: Apply,
  g: Vector,
  radius: number,
  options: CgOptions,
): Ask<SteihaugResult> {
  const n = g.length;
  const { tolerance, maxIterations = 2 * n } = options;
  const step = new Float64Array(n);
  const gradient = g.slice();
  const direction = new Float64Array(n);
  addScaled(direction, direction, -1, g);
  let gradientNorm = norm(g);
  let model = 0;
  for (let iterations = 0; ; iterations++) {
    if (gradientNorm < tolerance || gradientNorm < vanishing) {
      return { step, model, reason: "converged", iterations, products: iterations };
    }
    if (iterations >= maxIterations) {
      return { step, model, reason: "budget", iterations, products: iterations };
    }
    const product = yield* apply(direction);
    const products = iterations + 1;
    const curvature = dot(direction, product);
    const slope = dot(gradient, direction);
    const change = (t: number): number => t * (slope + 0.5 * t * curvature);
    if (!(curvature > 0)) {
      const [backward, forward] = toBoundary(step, direction, radius);
      const t = change(backward) < change(forward) ? backward : forward;
      axpy(t, direction, step);
      model += change(t);
      return { step, model, reason: "negative-curvature", iterations, products };
    }
    const square = gradientNorm * gradientNorm;
    const stepSize = square / curvature;
    const [, forward] = toBoundary(step, direction, radius);
    if (stepSize >= forward) {
      axpy(forward, direction, step);
      model += change(forward);
      return { step, model, reason: "boundary", iterations, products };
    }
    axpy(stepSize, direction, step);
    axpy(stepSize, product, gradient);
    model += change(stepSize);
    gradientNorm = norm(gradient);
    const conjugate = (gradientNorm * gradientNorm) / square;
    for (let i = 0; i < n; i++) direction[i] = conjugate * direction[i]! - gradient[i]!;
  }
}

/** The two t with ‖s + t·d‖ = radius, for s in the ball. */
export function toBoundary(s: Vector, d: Vector, radius: number): [number, number] {
  const a = dot(d, d);
  const b = dot(s, d);
  const inside = Math.max(0, (radius - norm(s)) * (radius + norm(s)));
  // The root of larger size first; the other from the product of the roots, to cancel nothing.
  const far = -(b + (b >= 0 ? 1 : -1) * Math.sqrt(b * b + a * inside)) / a;
  const near = far === 0 ? 0 : -inside / (a * far);
  return far < near ? [far, near] : [near, far];
}
