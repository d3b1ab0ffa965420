import type { Vector } from "../../linalg/ask.ts";
import type { Design } from "../linear/design.ts";
import { dotColumn, dotColumns } from "../linear/kernels.ts";

/** A design by samples: what duals of support vector machines ask for. */
export interface Samples {
  readonly design: Design;
  /** ‖x_i‖². */
  readonly squares: Vector;
  /** x_i·w. */
  dot(i: number, w: Vector): number;
  /** w ← w + a·x_i. */
  add(i: number, a: number, w: Vector): void;
  /** out[k] ← x_i·x_k for all k. */
  products(i: number, out: Vector): void;
}

/** The share of nonzero entries below which rows are kept without their zeros. */
const sparseBelow = 0.3;

/** A design matrix for access by samples. */
export function samplesOf(design: Design): Samples {
  const { samples: n, features: p } = design;
  const column = new Float64Array(n);
  let nonzeros = 0;
  const lengths = new Int32Array(n);
  for (let j = 0; j < p; j++) {
    design.column(j, column);
    for (let i = 0; i < n; i++) {
      if (column[i] === 0) continue;
      nonzeros++;
      lengths[i] = lengths[i]! + 1;
    }
  }
  return design.dense && nonzeros > sparseBelow * n * p
    ? denseRows(design)
    : sparseRows(design, lengths, nonzeros);
}

function denseRows(design: Design): Samples {
  const { samples: n, features: p } = design;
  const column = new Float64Array(n);
  const x = new Float64Array(n * p);
  for (let j = 0; j < p; j++) {
    design.column(j, column);
    for (let i = 0; i < n; i++) x[i * p + j] = column[i]!;
  }
  const row = (i: number): Vector => x.subarray(i * p, (i + 1) * p);
  return {
    design,
    squares: Float64Array.from({ length: n }, (_, i) => dotColumn(x, i * p, row(i))),
    dot: (i, w) => dotColumn(x, i * p, w),
    add: (i, a, w) => {
      for (let j = 0, k = i * p; j < p; j++, k++) w[j] = w[j]! + a * x[k]!;
    },
    products: (i, out) => dotColumns(x, p, n, row(i), out),
  };
}

function sparseRows(design: Design, lengths: Int32Array, nonzeros: number): Samples {
  const { samples: n, features: p } = design;
  const starts = new Int32Array(n + 1);
  for (let i = 0; i < n; i++) starts[i + 1] = starts[i]! + lengths[i]!;
  const places = starts.slice(0, n);
  const features = new Int32Array(nonzeros);
  const values = new Float64Array(nonzeros);
  const column = new Float64Array(n);
  for (let j = 0; j < p; j++) {
    design.column(j, column);
    for (let i = 0; i < n; i++) {
      if (column[i] === 0) continue;
      const at = places[i]!;
      features[at] = j;
      values[at] = column[i]!;
      places[i] = at + 1;
    }
  }
  const squares = new Float64Array(n);
  for (let i = 0; i < n; i++)
    for (let k = starts[i]!; k < starts[i + 1]!; k++) squares[i] = squares[i]! + values[k]! ** 2;
  return {
    design,
    squares,
    dot: (i, w) => {
      let sum = 0;
      for (let k = starts[i]!; k < starts[i + 1]!; k++) sum += values[k]! * w[features[k]!]!;
      return sum;
    },
    add: (i, a, w) => {
      for (let k = starts[i]!; k < starts[i + 1]!; k++) {
        const j = features[k]!;
        w[j] = w[j]! + a * values[k]!;
      }
    },
    products: (i, out) => {
      out.fill(0);
      for (let k = starts[i]!; k < starts[i + 1]!; k++) design.add(features[k]!, values[k]!, out);
    },
  };
}
