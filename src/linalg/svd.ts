import type { Vector } from "./ask.ts";

/** A = Σ σₖ uₖ vₖᵀ, values descending. */
export interface SingularValues {
  readonly values: Vector;
  /** uₖ in a row each: k×rows, row-major. A zero where the value is 0. */
  readonly left: Vector;
  /** vₖ in a row each: k×columns, row-major. */
  readonly right: Vector;
}

/**
 * The singular value decomposition of a row-major matrix by one-sided Jacobi rotations: the rows of the shorter side
 * are turned against each other until they are orthogonal. Small values come out as exact as large ones.
 *
 * Price: about 6 to 10 sweeps of k²·max(rows, columns), k = min(rows, columns), each. (ml-matrix would be a package that
 * `import "nadir"` loads: the tests compare with it.)
 *
 * @see Demmel & Veselić (1992), Jacobi's method is more accurate than QR, algorithm 4.1
 */
export function singularValueDecomposition(
  a: Vector,
  rows: number,
  columns: number,
): SingularValues {
  const wide = rows <= columns;
  const [count, length] = wide ? [rows, columns] : [columns, rows];
  // Row k of `turned` starts as row k of A (or column k, if these are fewer) and ends as σₖ times the other side's vector.
  const turned = new Float64Array(count * length);
  for (let k = 0; k < count; k++) {
    for (let i = 0; i < length; i++) {
      turned[k * length + i] = wide ? a[k * columns + i]! : a[i * columns + k]!;
    }
  }
  const turn = new Float64Array(count * count);
  for (let k = 0; k < count; k++) turn[k * count + k] = 1;
  for (let sweep = 0; sweep < 60 && !orthogonalize(turned, turn, count, length); sweep++);
  const norms = Float64Array.from({ length: count }, (_, k) => rowNorm(turned, k, length));
  const order = Array.from(norms.keys()).sort((i, j) => norms[j]! - norms[i]!);
  const long = new Float64Array(count * length);
  const short = new Float64Array(count * count);
  order.forEach((from, k) => {
    const norm = norms[from]!;
    for (let i = 0; i < length; i++)
      long[k * length + i] = norm === 0 ? 0 : turned[from * length + i]! / norm;
    for (let i = 0; i < count; i++) short[k * count + i] = turn[from * count + i]!;
  });
  const values = Float64Array.from(order, (from) => norms[from]!);
  return wide ? { values, left: short, right: long } : { values, left: long, right: short };
}

function rowNorm(x: Vector, row: number, length: number): number {
  let sum = 0;
  for (let i = row * length; i < (row + 1) * length; i++) sum += x[i]! * x[i]!;
  return Math.sqrt(sum);
}

/** One sweep over all pairs of rows; true if each was orthogonal to rounding. */
function orthogonalize(x: Vector, turn: Vector, count: number, length: number): boolean {
  let done = true;
  for (let p = 0; p < count - 1; p++) {
    for (let q = p + 1; q < count; q++) {
      let pp = 0;
      let qq = 0;
      let pq = 0;
      for (let i = p * length, j = q * length; i < (p + 1) * length; i++, j++) {
        pp += x[i]! * x[i]!;
        qq += x[j]! * x[j]!;
        pq += x[i]! * x[j]!;
      }
      if (Math.abs(pq) <= 1e-15 * Math.sqrt(pp * qq)) continue;
      done = false;
      const zeta = (qq - pp) / (2 * pq);
      const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
      const cosine = 1 / Math.sqrt(1 + tangent * tangent);
      rotate(x, p * length, q * length, length, cosine, cosine * tangent);
      rotate(turn, p * count, q * count, count, cosine, cosine * tangent);
    }
  }
  return done;
}

function rotate(
  x: Vector,
  p: number,
  q: number,
  length: number,
  cosine: number,
  sine: number,
): void {
  for (let i = 0; i < length; i++) {
    const a = x[p + i]!;
    const b = x[q + i]!;
    x[p + i] = cosine * a - sine * b;
    x[q + i] = sine * a + cosine * b;
  }
}
