import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { singularValueDecomposition } from "../../linalg/svd.ts";
import { norm } from "../../linalg/vector.ts";
import { described } from "../method.ts";
import { type Constraint, type ConstraintSet, independent } from "./constraint.ts";
import {
  combined,
  type Dense,
  dense,
  matrixShape,
  product,
  symmetricPart,
  transposed,
} from "./matrices.ts";

/**
 * The Stiefel manifold {X : XᵀX = I} of matrices with orthonormal columns, at most as many as rows. The nearest point
 * is the polar factor UVᵀ of X = UΣVᵀ. Not convex. The tangent part of ∇f, ∇f − X·sym(Xᵀ∇f), stands for the gradient;
 * the multiplier named is the Frobenius norm of sym(Xᵀ∇f).
 *
 * @throws NadirError `constraints/shape`, when it is put to use, for what is no matrix or has more columns than rows
 * @see Absil, Mahony & Sepulchre (2008), Optimization algorithms on matrix manifolds, §3.5.7, §4.8 and example 3.6.2
 */
export const stiefel = described(
  {
    name: "stiefel",
    kind: "constraint",
    summary: "Matrices with orthonormal columns: rotations, principal subspaces.",
    guarantee: "Not convex. The projection is exact to rounding.",
    price: "one singular value decomposition a projection",
    source: "Absil, Mahony & Sepulchre (2008), Optimization algorithms on matrix manifolds, §3.5.7",
  },
  (): Constraint => ({
    kind: "constraint",
    name: "stiefel()",
    isConvex: false,
    isBounded: true,
    within: (shape, label) => {
      const [rows, columns] = matrixShape("stiefel()", shape, label);
      if (columns <= rows) return stiefelSet(rows, columns, label);
      throw new NadirError("constraints/shape", `stiefel(): ${label} is ${rows}×${columns}`, {
        expected: "at most as many columns as rows: no more can be orthonormal",
      });
    },
  }),
);

function stiefelSet(rows: number, columns: number, label: string): ConstraintSet {
  const matrix = (x: Vector): Dense => dense(x, rows, columns);
  const gram = (a: Dense, b: Dense): Dense => product(transposed(a), b);
  const tangent = (x: Dense, v: Vector): Vector =>
    combined(matrix(v), -1, product(x, symmetricPart(gram(x, matrix(v))))).data;
  const project = (x: Vector): Vector => {
    const { left, right } = singularValueDecomposition(x, rows, columns);
    return product(transposed(completed(left, columns, rows)), completed(right, columns, columns))
      .data;
  };
  return {
    project,
    residual: (x) => {
      const off = gram(matrix(x), matrix(x)).data;
      for (let i = 0; i < columns; i++) off[i * columns + i] = off[i * columns + i]! - 1;
      return norm(off);
    },
    linearMinimum: (gradient) => project(gradient.map((gi) => -gi)),
    projectedGradient: (x, gradient) => tangent(matrix(x), gradient),
    face: (x, gradient) => {
      const at = matrix(x);
      const multipliers = symmetricPart(gram(at, matrix(gradient)));
      return {
        held: [{ name: `${label}ᵀ${label} = I`, multiplier: norm(multipliers.data) }],
        touching: [],
        independence: independent((columns * (columns + 1)) / 2),
        dimension: rows * columns - (columns * (columns + 1)) / 2,
        tangent: (v) => tangent(at, v),
        bend: (v) => product(matrix(v), multipliers).data.map((bent) => -bent),
      };
    },
  };
}

/** Orthonormal rows in place of those that are zero, where X had less than full rank. */
function completed(left: Vector, count: number, length: number): Dense {
  const out = left.slice();
  for (let k = 0, axis = 0; k < count; k++) {
    const row = out.subarray(k * length, (k + 1) * length);
    while (norm(row) < 0.5) {
      row.fill(0);
      row[axis++] = 1;
      for (let sweep = 0; sweep < 2; sweep++) {
        for (let j = 0; j < count; j++) {
          if (j === k) continue;
          const other = out.subarray(j * length, (j + 1) * length);
          const along = other.reduce((sum, value, i) => sum + value * row[i]!, 0);
          for (let i = 0; i < length; i++) row[i] = row[i]! - along * other[i]!;
        }
      }
      const size = norm(row);
      if (size > 1e-8) for (let i = 0; i < length; i++) row[i] = row[i]! / size;
      else row.fill(0);
    }
  }
  return dense(out, count, length);
}
