import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { described } from "../method.ts";
import { type Constraint, type ConstraintSet, type Face, naturalResidual } from "./constraint.ts";
import {
  combined,
  type Dense,
  dense,
  matrixShape,
  product,
  rowsOf,
  symmetricPart,
  transposed,
  weighted,
} from "./matrices.ts";

/** Eigenvalues this small, relative to the largest, count as 0: a projection is no more exact. */
const vanishing = 1e-12;

/**
 * The cone of symmetric positive semidefinite matrices. The nearest point takes the symmetric part, and of its
 * eigenvalues those above 0.
 *
 * @throws NadirError `constraints/shape`, when it is put to use, for what is no square matrix
 * @see Higham (1988), Computing a nearest symmetric positive semidefinite matrix, theorem 2.1
 */
export const psd = described(
  {
    name: "psd",
    kind: "constraint",
    summary: "Symmetric matrices without a negative eigenvalue: covariances, kernels.",
    guarantee: "Convex. The projection is exact to rounding.",
    price: "one eigen-decomposition a projection, about 9n³ operations for n rows",
    source:
      "Higham (1988), Computing a nearest symmetric positive semidefinite matrix, theorem 2.1",
  },
  (): Constraint => ({
    kind: "constraint",
    name: "psd()",
    isConvex: true,
    isBounded: false,
    within: (shape, label) => {
      const [rows, columns] = matrixShape("psd()", shape, label);
      if (rows === columns) return psdSet(rows, label);
      throw new NadirError("constraints/shape", `psd(): ${label} is ${rows}×${columns}`, {
        expected: "as many rows as columns",
      });
    },
  }),
);

function psdSet(n: number, label: string): ConstraintSet {
  const symmetric = (x: Vector): Dense => symmetricPart(dense(x, n, n));
  const project = (x: Vector): Vector => {
    const { values, vectors } = symmetricEigen(symmetric(x).data, n);
    const basis = dense(vectors, n, n);
    return weighted(
      basis,
      values.map((value) => Math.max(value, 0)),
      basis,
    ).data;
  };
  return {
    project,
    residual: (x) => {
      const even = symmetric(x).data;
      const odd = x.reduce((most, xi, i) => Math.max(most, Math.abs(xi - even[i]!)), 0);
      return Math.max(odd, -symmetricEigen(even, n).values[0]!);
    },
    projectedGradient: (x, gradient) => naturalResidual(project, x, gradient),
    face: (x, gradient, slack) => coneFace(symmetric(x), symmetric(gradient), slack, label),
  };
}

/**
 * The face through X: with W the null directions on which the force acts, Z = WᵀGW ≻ 0, those V with WᵀVW = 0. The
 * cone bends there by ZVX⁺ + X⁺VZ.
 *
 * @see Shapiro (1997), First and second order analysis of nonlinear semidefinite programs, §4
 */
function coneFace(x: Dense, gradient: Dense, slack: number, label: string): Face {
  const n = x.rows;
  const { values, vectors } = symmetricEigen(x.data, n);
  const zero = vanishing * Math.max(values[n - 1]!, Number.MIN_VALUE);
  const nullity = values.filter((value) => value <= zero).length;
  const basis = dense(vectors, n, n);
  const kernel = rowsOf(basis, 0, nullity);
  const force = product(product(kernel, gradient), transposed(kernel));
  const forces = symmetricEigen(force.data, nullity);
  const weak = forces.values.filter((value) => value <= slack).length;
  const pushed = product(rowsOf(dense(forces.vectors, nullity, nullity), weak, nullity), kernel);
  const strong = nullity - weak;
  const z = weighted(pushed, forces.values.slice(weak), pushed);
  const inverse = weighted(
    basis,
    values.map((value) => (value > zero ? 1 / value : 0)),
    basis,
  );
  const onto = product(transposed(pushed), pushed);
  const name = `${label} ⪰ 0`;
  return {
    held: strong === 0 ? [] : [{ name, multiplier: forces.values[nullity - 1]! }],
    touching: weak === 0 ? [] : [name],
    dimension: (n * (n + 1)) / 2 - (strong * (strong + 1)) / 2,
    tangent: (v) => {
      const even = symmetricPart(dense(v, n, n));
      return combined(even, -1, product(product(onto, even), onto)).data;
    },
    bend: (v) => {
      const one = product(product(z, dense(v, n, n)), inverse);
      return combined(one, 1, transposed(one)).data;
    },
  };
}
