import type { Vector } from "./ask.ts";
import { nonNegativeCombination } from "./nonNegativeCombination.ts";
import { besideRows, type OrthonormalRows, orthonormalRows } from "./orthonormalRows.ts";
import { symmetricEigen } from "./symmetricEigen.ts";
import { axpyRow, dotRow, norm, scale } from "./vector.ts";

/** The least of a quadratic form over the unit vectors of a cone. */
export interface LeastOnCone {
  /** min vᵀDv over v of the cone with ‖v‖ = 1; ∞ if the cone is {0}. */
  readonly value: number;
  /** Where it is attained, if a vector was found there. */
  readonly at: Vector | undefined;
}

/** A part of a unit vector this small is none. */
const none = 1e-9;

/**
 * The least vᵀDv over the unit vectors of {v : aⱼᵀv ≤ 0}, D = diag(d). Where it is attained some of the constraints are
 * tight, and v is an eigenvector of D on their null space: each subset of them is tried, and of each eigenspace whether
 * it meets the cone beside 0, by Stiemke's lemma (it does not where a positive combination of the normals' parts in it is
 * 0 and they span it).
 *
 * Price: 2^m eigen-decompositions of n×n matrices for m normals.
 *
 * @param d - `[n]`
 * @param normals - aⱼ, each `[n]`
 * @param error - of the eigenvalues. Those nearer to each other than twice this, or than a millionth of the largest, count as one: the least of them
 * @see Hiriart-Urruty & Seeger (2010), A variational approach to copositive matrices, §3 (Pareto eigenvalues)
 */
export function leastOnCone(d: Vector, normals: readonly Vector[], error: number): LeastOnCone {
  const n = d.length;
  const rows = unitRows(normals);
  const m = rows.length / n;
  const apart = Math.max(2 * error, 1e-6 * d.reduce((most, di) => Math.max(most, Math.abs(di)), 0));
  let least: LeastOnCone = { value: Number.POSITIVE_INFINITY, at: undefined };
  for (let subset = 0; subset < 2 ** m; subset++) {
    const tight = orthonormalRows(
      chosen(rows, n, (j) => ((subset >> j) & 1) === 1),
      bits(subset),
      n,
    );
    const dimension = n - tight.rank;
    if (dimension === 0) continue;
    const { values, vectors } = symmetricEigen(restricted(d, tight), n);
    for (let from = 0, to = 0; from < dimension && values[from]! < least.value; from = to) {
      while (to < dimension && values[to]! - values[from]! <= apart) to++;
      const space = vectors.subarray(from * n, to * n);
      const found = inCone(space, to - from, rows, n);
      if (found !== undefined) least = { value: values[from]!, at: found };
    }
  }
  return least;
}

/** The normals at length 1, without those that are 0. */
function unitRows(normals: readonly Vector[]): Vector {
  const kept = normals.filter((a) => norm(a) > none);
  const n = kept[0]?.length ?? 1;
  const out = new Float64Array(kept.length * n);
  kept.forEach((a, j) => {
    const unit = out.subarray(j * n, (j + 1) * n);
    unit.set(a);
    scale(1 / norm(a), unit);
  });
  return out;
}

const bits = (subset: number): number => (subset === 0 ? 0 : (subset & 1) + bits(subset >> 1));

function chosen(rows: Vector, n: number, which: (j: number) => boolean): Vector {
  const out: number[] = [];
  for (let j = 0; j < rows.length / n; j++) {
    if (which(j)) out.push(...rows.subarray(j * n, (j + 1) * n));
  }
  return Float64Array.from(out);
}

/** PDP with P beside the tight rows, and above all of its eigenvalues on their span. */
function restricted(d: Vector, tight: OrthonormalRows): Vector {
  const n = d.length;
  const above = 2 * Math.max(1, norm(d));
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const unit = new Float64Array(n);
    unit[i] = 1;
    const inside = besideRows(tight, unit);
    const image = besideRows(
      tight,
      inside.map((value, k) => d[k]! * value),
    );
    for (let k = 0; k < n; k++) out[i * n + k] = image[k]! + above * (unit[k]! - inside[k]!);
  }
  return out;
}

/**
 * A unit vector of a space, given by orthonormal rows, that lies in the cone; undefined if 0 alone does. It is the
 * longest of what is left of the basis' vectors, either way, beside the normals (Moreau's decomposition).
 */
function inCone(space: Vector, k: number, rows: Vector, n: number): Vector | undefined {
  const m = rows.length / n;
  const parts = new Float64Array(m * k);
  for (let j = 0; j < m; j++) {
    const row = rows.subarray(j * n, (j + 1) * n);
    for (let i = 0; i < k; i++) {
      const along = dotRow(space, i * n, row);
      parts[j * k + i] = Math.abs(along) <= none ? 0 : along;
    }
  }
  if (meetsOnlyZero(parts, m, k)) return undefined;
  let best = new Float64Array(k);
  for (let i = 0; i < 2 * k; i++) {
    const candidate = new Float64Array(k);
    candidate[i >> 1] = i % 2 === 0 ? 1 : -1;
    const weights = nonNegativeCombination(parts, m, candidate, 0);
    for (let j = 0; j < m; j++) axpyRow(-weights[j]!, parts, j * k, candidate);
    if (norm(candidate) > norm(best)) best = candidate;
  }
  const out = new Float64Array(n);
  for (let i = 0; i < k; i++) axpyRow(best[i]!, space, i * n, out);
  if (norm(out) > 0) scale(1 / norm(out), out);
  return out;
}

/** Whether Av ≤ 0 only for v = 0: A has rank k, and some y > 0 has Aᵀy = 0. */
function meetsOnlyZero(a: Vector, m: number, k: number): boolean {
  if (orthonormalRows(a, m, k).rank < k) return false;
  const sum = new Float64Array(k);
  for (let j = 0; j < m; j++) axpyRow(1, a, j * k, sum);
  const rest = sum.map((value) => -value);
  const weights = nonNegativeCombination(a, m, rest, 0);
  for (let j = 0; j < m; j++) axpyRow(-weights[j]!, a, j * k, rest);
  return norm(rest) <= none * Math.max(1, norm(sum));
}
