import type { Vector } from "./ask.ts";
import { combinationOf, orthonormalRows } from "./orthonormalRows.ts";
import { axpyRow, dotRow, norm } from "./vector.ts";

/**
 * The λ for which Σ λᵢaᵢ is nearest to v, where those from `free` on must not be negative: the multipliers that
 * explain a gradient. An active-set method that ends after finitely many exchanges.
 *
 * @param a - rows aᵢ, row-major `[m, n]`
 * @param free - how many of the first λ may have any sign
 * @see Lawson & Hanson (1974), Solving least squares problems, algorithm NNLS (23.10)
 */
export function nonNegativeCombination(a: Vector, m: number, v: Vector, free: number): Vector {
  const n = v.length;
  const lambda = new Float64Array(m);
  const passive = Uint8Array.from({ length: m }, (_, i) => (i < free ? 1 : 0));
  const solve = (): Vector => {
    const rows = [...passive.keys()].filter((i) => passive[i] === 1);
    const part = new Float64Array(rows.length * n);
    rows.forEach((i, k) => {
      part.set(a.subarray(i * n, (i + 1) * n), k * n);
    });
    const basis = orthonormalRows(part, rows.length, n);
    const out = new Float64Array(m);
    const found = combinationOf(basis, v);
    basis.independent.forEach((k, i) => {
      out[rows[k]!] = found[i]!;
    });
    return out;
  };
  const residual = (): Vector => {
    const out = v.slice();
    for (let i = 0; i < m; i++) axpyRow(-lambda[i]!, a, i * n, out);
    return out;
  };
  if (free > 0) lambda.set(solve());
  for (let exchange = 0; exchange < 3 * m + 3; exchange++) {
    const rest = residual();
    let best = -1;
    let steepest = 1e-12 * norm(v);
    for (let i = free; i < m; i++) {
      if (passive[i] === 1) continue;
      const length = norm(a.subarray(i * n, (i + 1) * n));
      const gain = length === 0 ? 0 : dotRow(a, i * n, rest) / length;
      if (gain > steepest) [best, steepest] = [i, gain];
    }
    if (best < 0) return lambda;
    passive[best] = 1;
    for (let sweep = 0; sweep <= m; sweep++) {
      const target = solve();
      let part = 1;
      for (let i = free; i < m; i++) {
        if (passive[i] === 1 && target[i]! < 0) {
          part = Math.min(part, lambda[i]! / (lambda[i]! - target[i]!));
        }
      }
      for (let i = 0; i < m; i++) lambda[i] = lambda[i]! + part * (target[i]! - lambda[i]!);
      if (part === 1) break;
      for (let i = free; i < m; i++) {
        if (passive[i] === 1 && target[i]! < 0 && lambda[i]! <= 1e-14 * Math.max(...lambda)) {
          passive[i] = 0;
          lambda[i] = 0;
        }
      }
    }
  }
  return lambda;
}
