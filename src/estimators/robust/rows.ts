import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { cholesky } from "../../linalg/cholesky.ts";
import { solveLeastSquares } from "../../linalg/qr.ts";
import { type Design, type DesignMatrix, readDesign, requireFinite } from "../linear/design.ts";
import { requireVarying } from "../linear/fits.ts";
import { prepareDesign, requireOnePerSample } from "../linear/task.ts";

/** Samples row by row, for estimators that pick them: columns centred and scaled, an intercept as the last one. */
export interface Rows {
  readonly samples: number;
  /** Columns, with that of the intercept. */
  readonly width: number;
  /** `[samples, width]`, row-major. */
  readonly x: Vector;
  readonly y: Vector;
  /** Coefficients for the columns as they were given. */
  original(w: Vector): Linear;
}

/** What predicts. */
export interface Linear {
  /** `[features]`. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
}

/**
 * Reads samples.
 *
 * @throws NadirError `linear/not-finite`, `linear/design`, `linear/response`, `linear/constant-column`, `linear/rank-deficient`;
 *   `robust/samples` with fewer than twice as many samples as coefficients
 */
export function readRows(x: DesignMatrix, y: ArrayLike<number>, intercept: boolean): Rows {
  const given = readDesign(x);
  const values = Float64Array.from(y);
  requireFinite(values, (at) => `y[${at}]`);
  requireOnePerSample(values.length, given.samples);
  const prepared = prepareDesign(given, { intercept, standardize: true }, true);
  requireVarying(prepared, intercept);
  const { samples, features } = given;
  const width = features + (intercept ? 1 : 0);
  if (samples < 2 * width) {
    throw new NadirError("robust/samples", `${samples} samples for ${width} coefficients`, {
      expected: `at least ${2 * width}: a majority must be able to say which samples are wrong`,
    });
  }
  const rows = new Float64Array(samples * width).fill(1);
  const column = new Float64Array(samples);
  for (let j = 0; j < features; j++) {
    prepared.design.column(j, column);
    for (let i = 0; i < samples; i++) rows[i * width + j] = column[i]!;
  }
  const all = new Float64Array(samples).fill(1 / samples);
  const gram = gramOf(rows, width, all);
  if (!cholesky(gram, width, gram, -1e-12)) {
    throw new NadirError("linear/rank-deficient", "some column is a combination of others", {
      expected: "columns that are linearly independent",
      hint: "leave out columns that the others already tell",
    });
  }
  return {
    ...{ samples, width, x: rows, y: values },
    original: (w) => {
      const { scales, offsets } = prepared;
      const coefficients = scales.map((scale, j) => w[j]! / scale);
      const shift = coefficients.reduce((sum, value, j) => sum + value * offsets[j]!, 0);
      return { coefficients, intercept: intercept ? w[features]! - shift : 0 };
    },
  };
}

/** Σ hᵢ xᵢxᵢᵀ, row-major. */
export function gramOf(x: Vector, width: number, h: Vector): Vector {
  const out = new Float64Array(width * width);
  for (let i = 0; i < h.length; i++) {
    const weight = h[i]!;
    if (weight === 0) continue;
    for (let a = 0; a < width; a++) {
      const left = weight * x[i * width + a]!;
      for (let b = 0; b <= a; b++)
        out[a * width + b] = out[a * width + b]! + left * x[i * width + b]!;
    }
  }
  for (let a = 0; a < width; a++)
    for (let b = 0; b < a; b++) out[b * width + a] = out[a * width + b]!;
  return out;
}

/** y − Xw. */
export function residualsOf({ samples, width, x, y }: Rows, w: Vector, out: Vector): Vector {
  for (let i = 0; i < samples; i++) {
    let fitted = 0;
    for (let a = 0, k = i * width; a < width; a++, k++) fitted += x[k]! * w[a]!;
    out[i] = y[i]! - fitted;
  }
  return out;
}

/** Least squares on these samples, each times the root of its weight. */
export function leastSquaresOn(
  { width, x, y }: Rows,
  members: ArrayLike<number>,
  weights?: Vector,
): Vector {
  const m = members.length;
  const a = new Float64Array(m * width);
  const b = new Float64Array(m);
  for (let k = 0; k < m; k++) {
    const i = members[k]!;
    const root = weights === undefined ? 1 : Math.sqrt(weights[i]!);
    for (let c = 0; c < width; c++) a[k * width + c] = root * x[i * width + c]!;
    b[k] = -root * y[i]!; // the solver's residual is Ax + b
  }
  return solveLeastSquares(a, b, width);
}

/**
 * The scale of residuals that are normal for the most part: 1.4826 times the median of their magnitudes, a little more in small samples.
 *
 * @see Rousseeuw & Leroy (1987), Robust regression and outlier detection, ch. 5, eq. (1.3)
 */
export function medianScale(residuals: Vector, width: number): number {
  const sizes = residuals.map(Math.abs).sort();
  const n = sizes.length;
  const middle = 0.5 * (sizes[(n - 1) >> 1]! + sizes[n >> 1]!);
  return 1.4826 * (1 + 5 / (n - width)) * middle;
}

/** Xw + b for new samples. */
export function predictLinear(x: DesignMatrix, { coefficients, intercept }: Linear): Float64Array {
  const design: Design = readDesign(x);
  if (design.features !== coefficients.length) {
    throw new NadirError("linear/design", `${design.features} features to predict from`, {
      expected: `${coefficients.length}, as the model was fitted with`,
    });
  }
  const out = new Float64Array(design.samples).fill(intercept);
  coefficients.forEach((w, j) => {
    design.add(j, w, out);
  });
  return out;
}
