import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { allFinite } from "../../linalg/vector.ts";
import {
  addColumns,
  columnSum,
  dotColumn,
  dotColumns,
  gatherDots,
  gramRows,
  squaresAbout,
} from "./kernels.ts";

/** Columns of numbers as the solvers see them: products with them. */
export interface Columns {
  /** Numbers in a column: samples, or samples times classes. */
  readonly samples: number;
  readonly features: number;
  /** If these are the columns of a design for each of so many classes, as `classColumns` makes them. */
  readonly repeats?: { readonly design: Columns; readonly classes: number };
  /** out[j] ← x_j·v for all j. `v` sums to 0 if columns are centred. */
  dots(v: Vector, out: Vector): void;
  /** out[offset + k] ← x_j·v for the first `count` members j. `v` as in `dots`. */
  dotsOf(
    members: Int32Array,
    count: number,
    v: Vector,
    out: Vector,
    offset: number,
    first?: number,
  ): void;
  /** x_j·v for a v as in `dots`. */
  dot(j: number, v: Vector): number;
  /** v ← v + a·x_j. */
  add(j: number, a: number, v: Vector): void;
  /** v ← v + a·h∘x_j, entry by entry. */
  addWeighted(j: number, a: number, h: Vector, v: Vector): void;
  /** out ← x_j. */
  column(j: number, out: Vector): void;
  /** Σᵢ hᵢ x_ij². */
  weightedSquare(j: number, h: Vector): number;
}

/**
 * A design matrix: n samples, p features, and products with columns. Columns may be scaled and centred; a
 * product then is one with the column as it is after that.
 */
export interface Design extends Columns {
  /** Its entries are all kept. */
  readonly dense: boolean;
  /** v ← v + Σ factors[k]·x_j over the `count` members j from `first` on. */
  addAll(members: Int32Array, first: number, count: number, factors: Vector, v: Vector): void;
  /** out[k·stride + l] ← x_k·x_l of members, for the rows k from `first` to `count` and all l ≤ k; what lies above is scratch. */
  gram(members: Int32Array, first: number, count: number, out: Vector, stride: number): void;
  /** The samples at these positions, columns as they were given. */
  rows(positions: Int32Array): Design;
  /** Column means and root mean squares (about the mean, if `centred`) of the columns as they were given. */
  moments(centred: boolean): { readonly means: Vector; readonly spreads: Vector };
  /** (x_j − means_j)/scales_j, in a copy if the matrix is dense; means may be left out. */
  scaled(scales: Vector, means?: Vector): Design;
}

/** A dense matrix, column after column. */
export interface DenseColumns {
  readonly samples: number;
  readonly features: number;
  /** `[features × samples]`: the first column, then the second … */
  readonly columns: Float64Array;
}

/** A sparse matrix in compressed columns (CSC): column j is at `starts[j]` … `starts[j + 1] − 1`. */
export interface SparseColumns {
  readonly samples: number;
  readonly features: number;
  /** `[features + 1]`. */
  readonly starts: Int32Array;
  /** The sample of each entry, ascending within a column. */
  readonly indices: Int32Array;
  /** The entries. */
  readonly values: Float64Array;
}

/** What a model takes as its design: rows of numbers, dense columns, or sparse ones. */
export type DesignMatrix = readonly (readonly number[])[] | DenseColumns | SparseColumns;

/**
 * Reads a design matrix.
 *
 * @throws NadirError `linear/design` if rows differ in length or sizes do not fit; `linear/not-finite` for NaN or ∞
 */
export function readDesign(x: DesignMatrix): Design {
  if ("starts" in x) return readSparse(x);
  if ("columns" in x) {
    const { samples, features, columns } = x;
    if (columns.length !== samples * features) {
      throw new NadirError("linear/design", `${columns.length} numbers in columns`, {
        expected: `${samples} samples × ${features} features = ${samples * features}`,
      });
    }
    requireFinite(columns, (at) => `sample ${at % samples}, feature ${Math.floor(at / samples)}`);
    return denseDesign(samples, features, columns);
  }
  const samples = x.length;
  const features = x[0]?.length ?? 0;
  if (features === 0) {
    throw new NadirError("linear/design", "the design has no features", {
      expected: "a row of numbers for each sample",
    });
  }
  const columns = new Float64Array(samples * features);
  for (const [i, row] of x.entries()) {
    if (row.length !== features) {
      throw new NadirError("linear/design", `row ${i} has ${row.length} numbers`, {
        expected: `${features}, as row 0 has`,
      });
    }
    for (let j = 0; j < features; j++) columns[j * samples + i] = row[j]!;
  }
  requireFinite(columns, (at) => `sample ${at % samples}, feature ${Math.floor(at / samples)}`);
  return denseDesign(samples, features, columns);
}

function readSparse(x: SparseColumns): Design {
  const { samples, features, starts, indices, values } = x;
  const wrong = (what: string, expected: string): never => {
    throw new NadirError("linear/design", what, { expected });
  };
  if (starts.length !== features + 1 || starts[0] !== 0)
    wrong(`starts has ${starts.length} entries from ${starts[0]}`, `${features + 1}, from 0`);
  if (indices.length !== values.length || starts[features] !== values.length)
    wrong(
      `${indices.length} indices, ${values.length} values, the last start ${starts[features]}`,
      "three times the same",
    );
  for (let j = 0; j < features; j++) {
    for (let k = starts[j]!; k < starts[j + 1]!; k++) {
      const rising = k === starts[j]! || indices[k]! > indices[k - 1]!;
      if (!rising || indices[k]! < 0 || indices[k]! >= samples)
        wrong(
          `feature ${j} has an entry at sample ${indices[k]}`,
          `samples from 0 to ${samples - 1}, ascending within a feature`,
        );
    }
  }
  requireFinite(values, (at) => `entry ${at} of values`);
  return sparse(x, undefined, undefined);
}

/** @throws NadirError `linear/not-finite` with the place */
export function requireFinite(values: Vector, place: (at: number) => string): void {
  if (allFinite(values)) return;
  const at = values.findIndex((value) => !Number.isFinite(value));
  throw new NadirError("linear/not-finite", `${place(at)} is ${values[at]}`, {
    expected: "finite numbers",
    hint: "leave out such samples, or fill in the missing values, before fitting",
  });
}

/** A matrix, column after column, as a design. */
export function denseDesign(samples: number, features: number, x: Float64Array): Design {
  const n = samples;
  return {
    samples,
    features,
    dense: true,
    dots: (v, out) => dotColumns(x, n, features, v, out),
    dotsOf: (members, count, v, out, offset, first) =>
      gatherDots(x, n, members, count, v, out, offset, first),
    dot: (j, v) => dotColumn(x, j * n, v),
    add: (j, a, v) => {
      for (let i = 0, k = j * n; i < n; i++, k++) v[i] = v[i]! + a * x[k]!;
    },
    addWeighted: (j, a, h, v) => {
      for (let i = 0, k = j * n; i < n; i++, k++) v[i] = v[i]! + a * h[i]! * x[k]!;
    },
    addAll: (members, first, count, factors, v) => addColumns(x, members, first, count, factors, v),
    gram: (members, first, count, out, stride) =>
      gramRows(x, n, members, first, count, out, stride),
    column: (j, out) => out.set(x.subarray(j * n, (j + 1) * n)),
    weightedSquare: (j, h) => {
      let sum = 0;
      for (let i = 0, k = j * n; i < n; i++, k++) sum += h[i]! * x[k]! * x[k]!;
      return sum;
    },
    rows: (positions) => {
      const m = positions.length;
      const part = new Float64Array(m * features);
      for (let j = 0; j < features; j++)
        for (let i = 0; i < m; i++) part[j * m + i] = x[j * n + positions[i]!]!;
      return denseDesign(m, features, part);
    },
    moments: (centred) => {
      const means = new Float64Array(features);
      const spreads = new Float64Array(features);
      for (let j = 0; j < features; j++) {
        const mean = centred ? columnSum(x, j * n, n) / n : 0;
        means[j] = mean;
        spreads[j] = Math.sqrt(squaresAbout(x, j * n, n, mean) / n);
      }
      return { means, spreads };
    },
    scaled: (scales, means) => {
      const copy = new Float64Array(n * features);
      for (let j = 0; j < features; j++) {
        const mean = means?.[j] ?? 0;
        const factor = 1 / scales[j]!;
        for (let k = j * n; k < (j + 1) * n; k++) copy[k] = (x[k]! - mean) * factor;
      }
      return denseDesign(n, features, copy);
    },
  };
}

/** Columns (x_j − means_j)/scales_j, never formed: a product with a vector that sums to 0 does not see the means. */
function sparse(x: SparseColumns, scales: Vector | undefined, means: Vector | undefined): Design {
  const { samples: n, features, starts, indices, values } = x;
  const dot = (j: number, v: Vector): number => {
    let sum = 0;
    for (let k = starts[j]!; k < starts[j + 1]!; k++) sum += values[k]! * v[indices[k]!]!;
    return scales === undefined ? sum : sum / scales[j]!;
  };
  const add = (j: number, a: number, v: Vector): void => {
    const factor = scales === undefined ? a : a / scales[j]!;
    for (let k = starts[j]!; k < starts[j + 1]!; k++) {
      const i = indices[k]!;
      v[i] = v[i]! + factor * values[k]!;
    }
    if (means === undefined) return;
    const shift = factor * means[j]!;
    for (let i = 0; i < n; i++) v[i] = v[i]! - shift;
  };
  const column = (j: number, out: Vector): void => {
    out.fill(0);
    add(j, 1, out);
  };
  const temporary = new Float64Array(n);
  return {
    samples: n,
    features,
    dense: false,
    dots: (v, out) => {
      for (let j = 0; j < features; j++) out[j] = dot(j, v);
    },
    dotsOf: (members, count, v, out, offset, first = 0) => {
      for (let k = 0; k < count; k++) out[offset + k] = dot(members[first + k]!, v);
    },
    dot,
    add,
    addWeighted: (j, a, h, v) => {
      const factor = scales === undefined ? a : a / scales[j]!;
      for (let k = starts[j]!; k < starts[j + 1]!; k++) {
        const i = indices[k]!;
        v[i] = v[i]! + factor * h[i]! * values[k]!;
      }
      if (means === undefined) return;
      const shift = factor * means[j]!;
      for (let i = 0; i < n; i++) v[i] = v[i]! - shift * h[i]!;
    },
    addAll: (members, first, count, factors, v) => {
      for (let k = 0; k < count; k++)
        if (factors[k] !== 0) add(members[first + k]!, factors[k]!, v);
    },
    gram: (members, first, count, out, stride) => {
      const full = new Float64Array(n);
      for (let k = first; k < count; k++) {
        column(members[k]!, full);
        for (let l = 0; l <= k; l++) out[k * stride + l] = dot(members[l]!, full);
      }
    },
    column,
    weightedSquare: (j, h) => {
      if (means !== undefined) {
        column(j, temporary);
        let sum = 0;
        for (let i = 0; i < n; i++) sum += h[i]! * temporary[i]! ** 2;
        return sum;
      }
      let sum = 0;
      for (let k = starts[j]!; k < starts[j + 1]!; k++) sum += h[indices[k]!]! * values[k]! ** 2;
      return scales === undefined ? sum : sum / scales[j]! ** 2;
    },
    rows: (positions) => {
      const place = new Int32Array(n).fill(-1);
      positions.forEach((from, to) => {
        place[from] = to;
      });
      const ends = [0];
      const entries: [number, number][] = [];
      for (let j = 0; j < features; j++) {
        const own: [number, number][] = [];
        for (let k = starts[j]!; k < starts[j + 1]!; k++) {
          const to = place[indices[k]!]!;
          if (to >= 0) own.push([to, values[k]!]);
        }
        entries.push(...own.sort((a, b) => a[0] - b[0]));
        ends.push(entries.length);
      }
      const part = {
        samples: positions.length,
        features,
        starts: Int32Array.from(ends),
        indices: Int32Array.from(entries, ([i]) => i),
        values: Float64Array.from(entries, ([, value]) => value),
      };
      return sparse(part, undefined, undefined);
    },
    moments: (centred) => {
      const found = new Float64Array(features);
      const spreads = new Float64Array(features);
      for (let j = 0; j < features; j++) {
        let sum = 0;
        for (let k = starts[j]!; k < starts[j + 1]!; k++) sum += values[k]!;
        const mean = centred ? sum / n : 0;
        let squares = mean * mean * (n - (starts[j + 1]! - starts[j]!));
        for (let k = starts[j]!; k < starts[j + 1]!; k++) squares += (values[k]! - mean) ** 2;
        found[j] = mean;
        spreads[j] = Math.sqrt(squares / n);
      }
      return { means: found, spreads };
    },
    scaled: (by, about) => sparse(x, by, about),
  };
}
