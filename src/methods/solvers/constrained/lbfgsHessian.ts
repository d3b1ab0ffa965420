import type { Vector } from "../../../linalg/ask.ts";
import { axpyRow, dot, dotRow, norm, scaled } from "../../../linalg/vector.ts";
import type { CurvaturePairs } from "../quasiNewton/curvaturePairs.ts";

/** A symmetric matrix by its products. */
export type Product = (v: Vector) => Vector;

/**
 * v ↦ Bv with B from σI by a BFGS update for each pair, unrolled: B = σI + Σ bᵢbᵢᵀ − aᵢaᵢᵀ. Before the first pair σ
 * makes the step at most one unit long.
 *
 * @see Nocedal & Wright (2006), Numerical Optimization, eqs. (7.20) and (7.23)
 */
export function lbfgsHessian(pairs: CurvaturePairs, gradient: Vector): Product {
  const { s, y, rho, count, next, memory } = pairs;
  const n = gradient.length;
  if (count === 0) {
    const sigma = Math.max(1, norm(gradient));
    return (v) => v.map((vi) => sigma * vi);
  }
  const newest = ((next - 1 + memory) % memory) * n;
  const last = y.subarray(newest, newest + n);
  const sigma = dot(last, last) * rho[newest / n]!;
  const a = new Float64Array(count * n);
  const rows: number[] = [];
  const apply = (v: Vector, updates: number): Vector => {
    const out = new Float64Array(n);
    scaled(out, sigma, v);
    for (let k = 0; k < updates; k++) {
      const row = rows[k]!;
      axpyRow(rho[row / n]! * dotRow(y, row, v), y, row, out);
      axpyRow(-dotRow(a, k * n, v), a, k * n, out);
    }
    return out;
  };
  for (let k = 0; k < count; k++) {
    const row = ((next - count + k + memory) % memory) * n;
    const step = s.subarray(row, row + n);
    const image = apply(step, k);
    const curvature = Math.sqrt(dot(step, image));
    rows.push(row);
    a.set(
      image.map((value) => value / curvature),
      k * n,
    );
  }
  return (v) => apply(v, count);
}
