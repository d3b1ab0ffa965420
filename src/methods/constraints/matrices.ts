import { formatShape, type Shape } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";

/** A row-major matrix. */
export interface Dense {
  readonly rows: number;
  readonly columns: number;
  readonly data: Vector;
}

export const dense = (data: Vector, rows: number, columns: number): Dense => ({
  rows,
  columns,
  data,
});

/** AB. */
export function product(a: Dense, b: Dense): Dense {
  const data = new Float64Array(a.rows * b.columns);
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k]!;
      if (factor === 0) continue;
      for (let j = 0, to = i * b.columns, from = k * b.columns; j < b.columns; j++, to++, from++) {
        data[to] = data[to]! + factor * b.data[from]!;
      }
    }
  }
  return dense(data, a.rows, b.columns);
}

/** Aᵀ. */
export function transposed({ rows, columns, data }: Dense): Dense {
  const out = new Float64Array(data.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) out[j * rows + i] = data[i * columns + j]!;
  }
  return dense(out, columns, rows);
}

/** A + c·B. */
export const combined = (a: Dense, c: number, b: Dense): Dense =>
  dense(
    a.data.map((value, i) => value + c * b.data[i]!),
    a.rows,
    a.columns,
  );

/** (A + Aᵀ)/2. */
export function symmetricPart(a: Dense): Dense {
  const turned = transposed(a);
  return dense(
    a.data.map((value, i) => (value + turned.data[i]!) / 2),
    a.rows,
    a.columns,
  );
}

/** Aᵀ·diag(weights)·B for matrices whose rows belong together. */
export function weighted(a: Dense, weights: ArrayLike<number>, b: Dense): Dense {
  const scaled = dense(
    b.data.map((value, i) => value * weights[Math.floor(i / b.columns)]!),
    b.rows,
    b.columns,
  );
  return product(transposed(a), scaled);
}

/** The first `count` rows, or those from `start`. */
export const rowsOf = ({ columns, data }: Dense, start: number, end: number): Dense =>
  dense(data.slice(start * columns, end * columns), end - start, columns);

/** A shape's rows and columns. @throws NadirError `constraints/shape` unless it is that of a matrix */
export function matrixShape(name: string, shape: Shape, label: string): readonly [number, number] {
  const [rows, columns] = shape;
  if (shape.length === 2) return [rows!, columns!];
  throw new NadirError(
    "constraints/shape",
    `${name}: ${label} has shape ${formatShape(shape)}, and is no matrix`,
    {
      expected: "an array of two axes",
      hint: `x0 as a matrix, or the set for that tensor alone: constraint: { weights: ${name} }`,
    },
  );
}
