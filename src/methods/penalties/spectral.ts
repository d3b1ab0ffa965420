import { type Shape, sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import { type SingularValues, singularValueDecomposition } from "../../linalg/svd.ts";
import { described } from "../method.ts";
import { requireNonNegative } from "../schedules/schedule.ts";
import { l0Profile } from "./l0.ts";
import { l1Profile } from "./l1.ts";
import type { Penalty } from "./penalty.ts";
import type { Profile } from "./profile.ts";
import { leastSlope } from "./separable.ts";

/** The shape of the matrix that a flat block is, row by row. */
export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
}

/**
 * A penalty of the singular values, Σ p(σᵢ(X)), of a matrix given row by row. Its prox keeps the singular vectors
 * and applies p's prox to the values.
 *
 * @see Lewis (1995), The convex analysis of unitarily invariant matrix functions; Lu, Zhu, Xu, Yan & Lin (2015), Generalized
 *   singular value thresholding, theorem 1 (p not convex)
 */
function spectral(
  name: string,
  strength: number,
  shape: MatrixShape | undefined,
  profile: Profile,
  again: (strength: number, shape: MatrixShape | undefined) => Penalty,
): Penalty {
  const rows = shape === undefined ? 0 : requireCount("penalties/rows", shape.rows);
  const columns = shape === undefined ? 0 : requireCount("penalties/columns", shape.columns);
  const decompose = (x: Vector): SingularValues => {
    if (shape === undefined) {
      throw new NadirError("penalties/shape", `${name}: a flat block of ${x.length} is no matrix`, {
        expected: "{ rows, columns }, or a penalty by path: tensors have a shape",
      });
    }
    if (x.length === rows * columns) return singularValueDecomposition(x, rows, columns);
    throw new NadirError("penalties/shape", `${name}: a block of ${x.length}`, {
      expected: `${rows} × ${columns} = ${rows * columns} numbers, row by row`,
    });
  };
  /** out ← Σ f(σₖ)·uₖvₖᵀ. */
  const apply = (x: Vector, f: (sigma: number) => number, out: Vector): Vector => {
    const { left, right, values } = decompose(x);
    out.fill(0);
    for (const [k, sigma] of values.entries()) {
      const value = f(sigma);
      if (value === 0) continue;
      for (let i = 0; i < rows; i++) {
        const factor = value * left[k * rows + i]!;
        for (let j = 0; j < columns; j++) {
          out[i * columns + j] = out[i * columns + j]! + factor * right[k * columns + j]!;
        }
      }
    }
    return out;
  };
  return {
    kind: "penalty",
    name,
    strength,
    weakConvexity: profile.weakConvexity,
    singleValuedBelow: profile.singleValuedBelow,
    parts: {
      kind: "whole",
      // |⟨D, Y⟩| ≤ σ₁(D)·Σσ(Y), and a convex p rises at least as it begins.
      ...(profile.slope(0) > 0
        ? { dualNorm: (d: Vector) => (decompose(d).values[0] ?? 0) / profile.slope(0) }
        : {}),
    },
    value: (x) => {
      const { values } = decompose(x);
      const zero = Math.max(rows, columns) * Number.EPSILON * (values[0] ?? 0);
      return values.reduce((sum, s) => sum + (s <= zero ? 0 : profile.value(s)), 0);
    },
    derivative: (x, out = new Float64Array(x.length)) =>
      apply(x, (s) => (s === 0 ? 0 : leastSlope(profile, s)), out),
    prox: (v, step, out = new Float64Array(v.length)) =>
      apply(v, (s) => profile.prox(s, step), out),
    ...(shape === undefined
      ? { shaped: (tensor: Shape) => again(strength, matrixOf(tensor)) }
      : {}),
    withStrength: (other) => again(other, shape),
  };
}

/** A tensor as a matrix: its first axis against all others. */
const matrixOf = (shape: Shape): MatrixShape => ({
  rows: shape[0] ?? 1,
  columns: sizeOf(shape.slice(1)),
});

/**
 * The nuclear norm λ Σσᵢ(X): the sum of the singular values. Convex, though often listed among the non-convex penalties.
 * Its prox soft-thresholds the singular values.
 *
 * @param strength - λ, at least 0
 * @param shape - of the matrix in a flat block; of tensors, by path or in `fit`, their own: the first axis against all others
 * @throws NadirError `penalties/strength`, `penalties/rows`, `penalties/columns`
 * @see Cai, Candès & Shen (2010), A singular value thresholding algorithm for matrix completion, theorem 2.1
 */
export const nuclearNorm = described(
  {
    name: "nuclearNorm",
    kind: "penalty",
    summary: "The sum of the singular values of a matrix: low rank, convexly.",
    guarantee: "Convex. The prox is single-valued for every step.",
    price: "one singular value decomposition a prox",
    source:
      "Cai, Candès & Shen (2010), A singular value thresholding algorithm for matrix completion, theorem 2.1",
  },
  (strength: number, shape?: MatrixShape): Penalty => {
    requireNonNegative("penalties/strength", strength);
    return spectral("nuclearNorm", strength, shape, l1Profile(strength), nuclearNorm);
  },
);

/**
 * The rank λ·rank(X). Its prox keeps the singular values above √(2sλ) as they are, and drops the rest (Eckart–Young).
 *
 * @param strength - λ, at least 0
 * @param shape - of the matrix in a flat block; of tensors, by path or in `fit`, their own: the first axis against all others
 * @throws NadirError `penalties/strength`, `penalties/rows`, `penalties/columns`
 * @see Eckart & Young (1936), The approximation of one matrix by another of lower rank
 */
export const rank = described(
  {
    name: "rank",
    kind: "penalty",
    summary: "λ for each singular value that is not zero.",
    guarantee: "Not weakly convex. The prox has several values where a singular value is √(2sλ).",
    price: "one singular value decomposition a prox",
    source: "Eckart & Young (1936), The approximation of one matrix by another of lower rank",
  },
  (strength: number, shape?: MatrixShape): Penalty => {
    requireNonNegative("penalties/strength", strength);
    return spectral("rank", strength, shape, l0Profile(strength), rank);
  },
);

/**
 * Any penalty of coordinates, on the singular values instead: `singularValues(mcp(1), { rows, columns })` is low rank
 * without shrinking what stays.
 *
 * @param penalty - a sum over coordinates, such as `mcp`, `scad`, `lHalf`
 * @param shape - as for `nuclearNorm`
 * @throws NadirError `penalties/spectral` for a penalty of groups or of another kind; `penalties/rows`, `penalties/columns`
 * @see Lu, Zhu, Xu, Yan & Lin (2015), Generalized singular value thresholding, theorem 1
 */
export const singularValues = described(
  {
    name: "singularValues",
    kind: "penalty",
    summary: "A penalty of coordinates, such as mcp or lHalf, on the singular values of a matrix.",
    guarantee: "That of the penalty inside: convex, or weakly convex, with the same constants.",
    price: "one singular value decomposition a prox",
    source: "Lu, Zhu, Xu, Yan & Lin (2015), Generalized singular value thresholding, theorem 1",
  },
  (penalty: Penalty, shape?: MatrixShape): Penalty => {
    const { parts } = penalty;
    if (parts.kind !== "coordinates") {
      throw new NadirError("penalties/spectral", `singularValues of ${penalty.name}`, {
        expected: "a penalty that is a sum over coordinates: l1, l0, lHalf, scad, mcp, logSum …",
      });
    }
    return spectral(
      `singularValues(${penalty.name})`,
      penalty.strength,
      shape,
      parts.profile,
      (other, otherShape) => singularValues(penalty.withStrength(other), otherShape),
    );
  },
);
