import { type ArrayLike, NDArray } from "../../array/ndarray.ts";
import { matmul } from "../../array/operations/contraction.ts";
import { formatShape, sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import {
  besideRows,
  combinationOf,
  type OrthonormalRows,
  orthonormalRows,
} from "../../linalg/orthonormalRows.ts";
import { axpyRow, dotRow } from "../../linalg/vector.ts";
import { described } from "../method.ts";
import type { Constraint, ConstraintSet } from "./constraint.ts";

/**
 * The affine set {x : Ax = b}. The nearest point is x − A⁺(Ax − b), through an orthonormal basis of A's rows that is
 * made once.
 *
 * @param a - A, `[m, n]` with n the number of elements held
 * @param b - `[m]`
 * @throws NadirError `constraints/affine` if the sizes disagree or no x satisfies all rows; `constraints/shape` for params of another size
 * @see Golub & Van Loan (2013), Matrix computations, §5.2.8 (modified Gram–Schmidt, done twice)
 */
export const affine = described(
  {
    name: "affine",
    kind: "constraint",
    summary: "Linear equations Ax = b.",
    guarantee: "Convex. The projection is exact to rounding.",
    price: "2·rank·n multiplications a projection",
    source: "Golub & Van Loan (2013), Matrix computations, §5.2.8",
  },
  (a: ArrayLike, b: ArrayLike): Constraint => {
    const matrix = NDArray.of(a, undefined, "f64");
    const right = NDArray.of(b, undefined, "f64");
    const [m = 0, n = 0] = matrix.shape;
    if (matrix.shape.length !== 2 || right.size !== m) {
      throw new NadirError(
        "constraints/affine",
        `affine: A is ${formatShape(matrix.shape)}, b has ${right.size} elements`,
        { expected: "A of shape [m, n] and b of shape [m]" },
      );
    }
    const basis = orthonormalRows(Float64Array.from(matrix.data), m, n);
    const c = rightSides(basis, Float64Array.from(right.data));
    return {
      kind: "constraint",
      name: `affine(${m} equations in ${n})`,
      isConvex: true,
      isBounded: basis.rank === n,
      within: (shape, label) => {
        if (sizeOf(shape) === n) return affineSet(basis, c, n, label);
        throw new NadirError(
          "constraints/shape",
          `affine: A has ${n} columns, and ${label} ${sizeOf(shape)} elements`,
          { expected: "a column for each element" },
        );
      },
    };
  },
);

/** c with qᵢᵀx = cᵢ on the set. */
function rightSides({ rank, coefficients, independent }: OrthonormalRows, b: Vector): Vector {
  const c = new Float64Array(rank);
  const reached = (own: readonly number[], count: number): number =>
    own.slice(0, count).reduce((sum, l, j) => sum + l * c[j]!, 0);
  independent.forEach((row, i) => {
    const own = coefficients[row]!;
    c[i] = (b[row]! - reached(own, i)) / own[i]!;
  });
  coefficients.forEach((own, row) => {
    const off = Math.abs(reached(own, own.length) - b[row]!);
    if (off <= 1e-9 * Math.max(1, Math.abs(b[row]!), ...own.map(Math.abs))) return;
    throw new NadirError(
      "constraints/affine",
      `affine: row ${row} of Ax = b contradicts those before it`,
      { expected: "equations that some x satisfies" },
    );
  });
  return c;
}

function affineSet(basis: OrthonormalRows, c: Vector, n: number, label: string): ConstraintSet {
  const { q, rank, coefficients, independent } = basis;
  return {
    project: (x) => {
      const out = x.slice();
      for (let i = 0; i < rank; i++) axpyRow(c[i]! - dotRow(q, i * n, out), q, i * n, out);
      return out;
    },
    residual: (x) =>
      coefficients.reduce((most, own) => {
        const off = own.reduce((sum, l, j) => sum + l * (dotRow(q, j * n, x) - c[j]!), 0);
        return Math.max(most, Math.abs(off));
      }, 0),
    projectedGradient: (_x, gradient) => besideRows(basis, gradient),
    face: (_x, gradient) => {
      const lambda = combinationOf(basis, gradient);
      return {
        held: independent.map((row, i) => ({
          name: `row ${row} of A·${label} = b`,
          multiplier: -lambda[i]!,
        })),
        touching: [],
        independence: { gradients: coefficients.length, rank },
        dimension: n - rank,
        tangent: (v) => besideRows(basis, v),
      };
    },
    traced: (x) => {
      const rows = NDArray.of(q, [rank, n]);
      const flat = x.reshape([n]);
      const off = matmul(rows, flat).sub(NDArray.of(c));
      return flat.sub(matmul(off, rows)).reshape(x.shape);
    },
  };
}
