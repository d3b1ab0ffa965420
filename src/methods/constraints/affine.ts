import { type ArrayLike, NDArray } from "../../array/ndarray.ts";
import { matmul } from "../../array/operations/contraction.ts";
import { formatShape, sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { axpyRow, dotRow, norm, scale } from "../../linalg/vector.ts";
import { described } from "../method.ts";
import type { Constraint, ConstraintSet } from "./constraint.ts";

/** Independent rows qᵢ, orthonormal, with qᵢᵀx = cᵢ on the set, and how A's rows are made of them. */
interface Orthonormal {
  /** Row-major `[rank, n]`. */
  readonly q: Vector;
  readonly c: Vector;
  /** Row i of A that gave qᵢ, and its coefficients: A[rows[i]] = Σⱼ≤ᵢ coefficients[i][j]·qⱼ. */
  readonly rows: readonly number[];
  readonly coefficients: readonly (readonly number[])[];
}

/**
 * The affine set {x : Ax = b}. The nearest point is x − A⁺(Ax − b), through an orthonormal basis of A's rows that is
 * made once.
 *
 * @param a - A, `[m, n]` with n the number of elements held
 * @param b - `[m]`
 * @throws NadirError `constraints/affine` if the sizes disagree or no x satisfies all rows
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
    const basis = orthonormalRows(Float64Array.from(matrix.data), Float64Array.from(right.data), n);
    return {
      kind: "constraint",
      name: `affine(${m} equations in ${n})`,
      isConvex: true,
      isBounded: basis.rows.length === n,
      within: (shape, label) => {
        if (sizeOf(shape) === n) return affineSet(basis, n, label);
        throw new NadirError(
          "constraints/shape",
          `affine: A has ${n} columns, and ${label} ${sizeOf(shape)} elements`,
          { expected: "a column for each element" },
        );
      },
    };
  },
);

function orthonormalRows(a: Vector, b: Vector, n: number): Orthonormal {
  const q: number[] = [];
  const c: number[] = [];
  const rows: number[] = [];
  const coefficients: number[][] = [];
  for (let k = 0; k < b.length; k++) {
    const row = a.slice(k * n, (k + 1) * n);
    const size = norm(row);
    const basis = Float64Array.from(q);
    const own = new Array<number>(rows.length).fill(0);
    let right = b[k]!;
    for (let sweep = 0; sweep < 2; sweep++) {
      for (let j = 0; j < rows.length; j++) {
        const along = dotRow(basis, j * n, row);
        axpyRow(-along, basis, j * n, row);
        own[j] = own[j]! + along;
        right -= along * c[j]!;
      }
    }
    const left = norm(row);
    if (left > 1e-12 * size && left > 0) {
      scale(1 / left, row);
      q.push(...row);
      c.push(right / left);
      rows.push(k);
      coefficients.push([...own, left]);
    } else if (Math.abs(right) > 1e-9 * Math.max(1, Math.abs(b[k]!), size)) {
      throw new NadirError(
        "constraints/affine",
        `affine: row ${k} of Ax = b contradicts those before it`,
        {
          expected: "equations that some x satisfies",
        },
      );
    }
  }
  return { q: Float64Array.from(q), c: Float64Array.from(c), rows, coefficients };
}

function affineSet(
  { q, c, rows, coefficients }: Orthonormal,
  n: number,
  label: string,
): ConstraintSet {
  const rank = rows.length;
  const tangent = (v: Vector): Vector => {
    const out = v.slice();
    for (let i = 0; i < rank; i++) axpyRow(-dotRow(q, i * n, out), q, i * n, out);
    return out;
  };
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
    projectedGradient: (_x, gradient) => tangent(gradient),
    face: (_x, gradient) => {
      // −∇f = Aᵀλ: with A = LQ, back-substitution in Lᵀλ = −Q∇f.
      const lambda = Array.from({ length: rank }, (_, i) => -dotRow(q, i * n, gradient));
      for (let i = rank - 1; i >= 0; i--) {
        lambda[i] = lambda[i]! / coefficients[i]![i]!;
        for (let j = 0; j < i; j++) lambda[j] = lambda[j]! - coefficients[i]![j]! * lambda[i]!;
      }
      return {
        held: rows.map((row, i) => ({
          name: `row ${row} of A·${label} = b`,
          multiplier: lambda[i]!,
        })),
        touching: [],
        dimension: n - rank,
        tangent,
      };
    },
    traced: (x) => {
      const basis = NDArray.of(q, [rank, n]);
      const flat = x.reshape([n]);
      const off = matmul(basis, flat).sub(NDArray.of(c));
      return flat.sub(matmul(off, basis)).reshape(x.shape);
    },
  };
}
