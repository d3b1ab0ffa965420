import { requireCount } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import { singularValueDecomposition } from "../../linalg/svd.ts";
import { norm } from "../../linalg/vector.ts";
import { described } from "../method.ts";
import type { Constraint, ConstraintSet } from "./constraint.ts";
import { freeFace } from "./l2Ball.ts";
import {
  combined,
  type Dense,
  dense,
  matrixShape,
  product,
  rowsOf,
  transposed,
  weighted,
} from "./matrices.ts";

/** Singular values this small, relative to the largest, count as 0: a projection is no more exact. */
const vanishing = 1e-12;

/**
 * The matrices of rank at most k. The nearest point keeps the k largest singular values (Eckart & Young). Not
 * convex. At a matrix of rank k the tangent part of ∇f stands for the gradient, (I − UUᵀ)V(I − VVᵀ) left out; below
 * that rank the k − r largest singular values of what is left out count too, because rank can still grow there.
 *
 * @param rank - k, at least 1
 * @throws NadirError `constraints/rank`; `constraints/shape`, when it is put to use, for what is no matrix
 * @see Eckart & Young (1936); Vandereycken (2013), Low-rank matrix completion by Riemannian optimization, eq. (2.5);
 *   Schneider & Uschmajew (2015), Convergence results for projected line-search methods on varieties of low-rank matrices, cor. 3.3
 */
export const rankAtMost = described(
  {
    name: "rankAtMost",
    kind: "constraint",
    summary: "Matrices of rank at most k: factorization without factors.",
    guarantee:
      "Not convex. The projection is exact to rounding; where σₖ = σₖ₊₁ there are several, and it is one of them.",
    price: "one singular value decomposition a projection",
    source:
      "Eckart & Young (1936); Schneider & Uschmajew (2015), Convergence results for projected line-search methods on varieties of low-rank matrices, corollary 3.3",
  },
  (rank: number): Constraint => {
    requireCount("constraints/rank", rank);
    return {
      kind: "constraint",
      name: `rankAtMost(${rank})`,
      isConvex: false,
      isBounded: false,
      within: (shape, label) => {
        const [rows, columns] = matrixShape(`rankAtMost(${rank})`, shape, label);
        return rankSet(rows, columns, Math.min(rank, rows, columns), label);
      },
    };
  },
);

function rankSet(rows: number, columns: number, k: number, label: string): ConstraintSet {
  const decompose = (x: Vector) => {
    const { values, left, right } = singularValueDecomposition(x, rows, columns);
    const rank = values.filter((value) => value > vanishing * values[0]!).length;
    return {
      values,
      rank,
      left: dense(left, values.length, rows),
      right: dense(right, values.length, columns),
    };
  };
  /** X's own column and row spaces, by orthonormal rows. */
  const spaces = (x: Vector) => {
    const { values, rank, left, right } = decompose(x);
    const r = Math.min(rank, k);
    return { r, values, u: rowsOf(left, 0, r), v: rowsOf(right, 0, r) };
  };
  /** (I − UUᵀ)A(I − VVᵀ). */
  const normalPart = (a: Dense, u: Dense, v: Dense): Dense => {
    const beside = combined(a, -1, product(transposed(u), product(u, a)));
    return combined(beside, -1, product(product(beside, transposed(v)), v));
  };
  const truncated = (x: Vector, rank: number): Vector => {
    const { values, left, right } = decompose(x);
    return weighted(
      left,
      values.map((value, i) => (i < rank ? value : 0)),
      right,
    ).data;
  };
  return {
    project: (x) => truncated(x, k),
    residual: (x) => norm(decompose(x).values.slice(k)),
    projectedGradient: (x, gradient) => {
      const { r, u, v } = spaces(x);
      const g = dense(gradient, rows, columns);
      const normal = normalPart(g, u, v);
      const tangent = combined(g, -1, normal);
      if (r === k) return tangent.data;
      return combined(tangent, 1, dense(truncated(normal.data, k - r), rows, columns)).data;
    },
    face: (x, gradient) => {
      const { r, values, u, v } = spaces(x);
      const name = `rank(${label}) ≤ ${k}`;
      if (r < k || k === Math.min(rows, columns))
        return freeFace(rows * columns, r < k ? [name] : []);
      const normal = normalPart(dense(gradient, rows, columns), u, v);
      // (X⁺)ᵀ, rows by columns.
      const inverse = weighted(
        u,
        values.slice(0, r).map((value) => 1 / value),
        v,
      );
      const [force = 0] = singularValueDecomposition(normal.data, rows, columns).values;
      return {
        held: [{ name, multiplier: force }],
        touching: [],
        dimension: k * (rows + columns - k),
        tangent: (direction) => {
          const d = dense(direction, rows, columns);
          return combined(d, -1, normalPart(d, u, v)).data;
        },
        bend: (direction) => {
          const turned = transposed(dense(direction, rows, columns));
          const one = product(product(normal, turned), inverse);
          return combined(one, 1, product(product(inverse, turned), normal)).data;
        },
      };
    },
  };
}
