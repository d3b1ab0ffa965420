import type { Vector } from "../../linalg/ask.ts";
import type { Quadratic } from "./descent.ts";
import type { Columns } from "./design.ts";

/** What a second-order model of a loss is made of. */
export interface Expansion {
  readonly design: Columns;
  /** ∂/∂ηᵢ and ∂²/∂ηᵢ² at the point. */
  readonly slopes: Vector;
  readonly bends: Vector;
  /** v ← the Hessian of the loss times v, where that is not bends·v. */
  readonly weigh: ((v: Vector) => void) | undefined;
  /** The features that may move; the intercept is one position more, if it may. */
  readonly members: Int32Array;
  readonly intercept: boolean;
  /** The coefficients at the point, by position. */
  readonly at: Vector;
}

const least = 1e-12;

/** ⟨slopes, Xd⟩ + ½Σ bendsᵢ(Xd)ᵢ² as a function of w = at + d, by n numbers slopesᵢ + bendsᵢ(Xd)ᵢ: for many features. */
export function residualQuadratic(expansion: Expansion): Quadratic {
  const { design, bends, members, intercept, at, weigh } = expansion;
  const n = design.samples;
  const m = members.length;
  const state = expansion.slopes.slice();
  const column = new Float64Array(n);
  const curvatures = new Float64Array(m + (intercept ? 1 : 0));
  for (let k = 0; k < m; k++)
    curvatures[k] = Math.max(least, design.weightedSquare(members[k]!, bends));
  if (intercept) curvatures[m] = Math.max(least, sumOf(bends));
  const gradient = (k: number): number => (k === m ? sumOf(state) : design.dot(members[k]!, state));
  const start = new Float64Array(curvatures.length).map((_, k) => gradient(k));
  return {
    curvatures,
    state,
    gradient,
    move: (k, d) => {
      if (k === m) {
        for (let i = 0; i < n; i++) state[i] = state[i]! + d * bends[i]!;
        return;
      }
      design.column(members[k]!, column);
      if (weigh === undefined) {
        for (let i = 0; i < n; i++) state[i] = state[i]! + d * bends[i]! * column[i]!;
        return;
      }
      weigh(column);
      for (let i = 0; i < n; i++) state[i] = state[i]! + d * column[i]!;
    },
    value: (w) => {
      let sum = 0;
      for (let k = 0; k < curvatures.length; k++) {
        const d = w[k]! - at[k]!;
        if (d !== 0) sum += d * (gradient(k) + start[k]!);
      }
      return 0.5 * sum;
    },
  };
}

/** X(w − at), with the intercept. */
export function predictorsOf({ design, members, intercept, at }: Expansion, w: Vector): Vector {
  const m = members.length;
  const out = new Float64Array(design.samples);
  if (intercept) out.fill(w[m]! - at[m]!);
  for (let k = 0; k < m; k++) {
    const d = w[k]! - at[k]!;
    if (d !== 0) design.add(members[k]!, d, out);
  }
  return out;
}

/** The same function by its matrix of second derivatives: for few features, or where Newton steps are wanted. */
export interface MatrixQuadratic extends Quadratic {
  readonly size: number;
  entry(k: number, l: number): number;
}

export function matrixQuadratic(expansion: Expansion): MatrixQuadratic {
  const { design, slopes, bends, members, intercept, at, weigh } = expansion;
  const n = design.samples;
  const m = members.length;
  const size = m + (intercept ? 1 : 0);
  const matrix = new Float64Array(size * size);
  const column = new Float64Array(n);
  const state = new Float64Array(size);
  for (let k = 0; k < m; k++) {
    state[k] = design.dot(members[k]!, slopes);
    design.column(members[k]!, column);
    if (weigh === undefined) for (let i = 0; i < n; i++) column[i] = column[i]! * bends[i]!;
    else weigh(column);
    design.dotsOf(members, k + 1, column, matrix, k * size);
    if (intercept) matrix[m * size + k] = sumOf(column);
  }
  if (intercept) {
    state[m] = sumOf(slopes);
    matrix[m * size + m] = sumOf(bends);
  }
  for (let k = 0; k < size; k++)
    for (let l = 0; l < k; l++) matrix[l * size + k] = matrix[k * size + l]!;
  const start = state.slice();
  const curvatures = state.map((_, k) => Math.max(least, matrix[k * size + k]!));
  return {
    size,
    curvatures,
    state,
    gradient: (k) => state[k]!,
    move: (k, d) => {
      for (let l = 0, e = k * size; l < size; l++, e++) state[l] = state[l]! + d * matrix[e]!;
    },
    value: (w) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += (w[k]! - at[k]!) * (state[k]! + start[k]!);
      return 0.5 * sum;
    },
    entry: (k, l) => matrix[k * size + l]!,
  };
}

export function sumOf(v: Vector): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i]!;
  return sum;
}
