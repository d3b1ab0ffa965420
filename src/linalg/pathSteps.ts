import { NadirError } from "../base/errors.ts";
import type { Vector } from "./ask.ts";
import { cholesky, choleskySolve } from "./cholesky.ts";
import { toBoundary } from "./steihaug.ts";
import { addScaled, axpy, dot, matrixVector, norm, scaled } from "./vector.ts";

/**
 * The Cauchy point: the minimizer of gᵀs + ½sᵀHs along −g with ‖s‖ ≤ radius, for a dense row-major H.
 * 0 where g is 0.
 *
 * @see Nocedal & Wright (2006), eqs. (4.11), (4.12)
 */
export function cauchyPoint(h: Vector, g: Vector, radius: number): Vector {
  const step = new Float64Array(g.length);
  const length = norm(g);
  if (length === 0) return step;
  const curvature = curvatureAlong(h, g);
  const interior = curvature > 0 ? (length * length) / curvature : Number.POSITIVE_INFINITY;
  scaled(step, -Math.min(interior, radius / length), g);
  return step;
}

/**
 * The dogleg point: the minimizer of the model on the path 0 → steepest-descent minimizer → Newton
 * step, within the radius. H dense, row-major and positive definite.
 *
 * @throws NadirError `linalg/not-positive-definite` if H is not
 * @see Powell (1970); Nocedal & Wright (2006), eq. (4.16)
 */
export function doglegPoint(h: Vector, g: Vector, radius: number): Vector {
  const n = g.length;
  const factor = new Float64Array(n * n);
  if (!cholesky(h, n, factor)) {
    throw new NadirError(
      "linalg/not-positive-definite",
      "doglegPoint: H is not positive definite",
      {
        expected: "a positive definite H, on which the path's model falls all along",
        hint: "trustRegionStep takes any symmetric H",
      },
    );
  }
  const newton = new Float64Array(n);
  choleskySolve(factor, n, g, newton);
  addScaled(newton, new Float64Array(n), -1, newton);
  return doglegPath(h, g, newton, radius);
}

/** The same from a Newton step −H⁻¹g that is at hand already. */
export function doglegPath(h: Vector, g: Vector, newton: Vector, radius: number): Vector {
  if (norm(newton) <= radius) return newton;
  const descent = cauchyPoint(h, g, Number.POSITIVE_INFINITY);
  if (norm(descent) >= radius) return cauchyPoint(h, g, radius);
  const leg = new Float64Array(g.length);
  addScaled(leg, newton, -1, descent);
  const [, t] = toBoundary(descent, leg, radius);
  axpy(t, leg, descent);
  return descent;
}

/** gᵀHg. */
function curvatureAlong(h: Vector, g: Vector): number {
  const product = new Float64Array(g.length);
  matrixVector(product, h, g);
  return dot(g, product);
}
