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
/** Bends below this are zero: what a residual of rounding errors over them says means nothing. */
const flat = 1e-30;

/** ⟨slopes, Xd⟩ + ½Σ bendsᵢ(Xd)ᵢ² as a function of w = at + d, by n numbers slopesᵢ + bendsᵢ(Xd)ᵢ: for many features. */
export function residualQuadratic(expansion: Expansion): Quadratic {
  const { design, bends, members, intercept, at, weigh } = expansion;
  const n = design.samples;
  const m = members.length;
  const { slopes } = expansion;
  const state = slopes.slice();
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
    dear: true,
    move: (k, d) => {
      if (k === m) {
        for (let i = 0; i < n; i++) state[i] = state[i]! + d * bends[i]!;
        return;
      }
      if (weigh === undefined) {
        design.addWeighted(members[k]!, d, bends, state);
        return;
      }
      design.column(members[k]!, column);
      weigh(column);
      for (let i = 0; i < n; i++) state[i] = state[i]! + d * column[i]!;
    },
    value: (w) => {
      let sum = 0;
      if (weigh === undefined) {
        // ⟨start, d⟩ + ½Σ(state − slopes)²/bends: no product with a column.
        for (let k = 0; k < curvatures.length; k++) sum += (w[k]! - at[k]!) * start[k]!;
        for (let i = 0; i < n; i++)
          if (bends[i]! > flat) sum += (0.5 * (state[i]! - slopes[i]!) ** 2) / bends[i]!;
        return sum;
      }
      for (let k = 0; k < curvatures.length; k++) {
        const d = w[k]! - at[k]!;
        if (d !== 0) sum += d * (gradient(k) + start[k]!);
      }
      return 0.5 * sum;
    },
  };
}

/**
 * The same for a cross entropy of K classes with chances q. Its Hessian at a sample is (diag q − qqᵀ)/n, so that with v = Xd, class by class, and
 * their mean u = Σ q_l·v_l, the slopes of class k change by q_k(v_k − u)/n: a move costs the columns of one class, not of K.
 *
 * @param chances - q, class after class
 */
export function classQuadratic(
  { design, slopes, members, at }: Expansion,
  { design: own, classes }: NonNullable<Columns["repeats"]>,
  chances: Vector,
): Quadratic {
  const n = own.samples;
  const coefficients = own.features * classes;
  const placeOf = (c: number): readonly [number, number] =>
    c < coefficients ? [Math.floor(c / classes), c % classes] : [-1, c - coefficients];
  // v, then u.
  const state = new Float64Array(n * classes + n);
  const of = (v: Vector, k: number): Vector => v.subarray(k * n, (k + 1) * n);
  const byClass = Array.from({ length: classes }, (_, k) => ({
    ...{ q: of(chances, k), v: of(state, k) },
  }));
  const mean = of(state, classes);
  const pull = new Float64Array(n);
  const places = Array.from(members, placeOf);
  const start = Float64Array.from(members, (c) => design.dot(c, slopes));
  const bends = chances.map((q) => (q * (1 - q)) / n);
  const curvatures = Float64Array.from(members, (c) =>
    Math.max(least, design.weightedSquare(c, bends)),
  );
  return {
    curvatures,
    state,
    dear: true,
    gradient: (k) => {
      const [j, of] = places[k]!;
      const { q, v } = byClass[of]!;
      for (let i = 0; i < n; i++) pull[i] = q[i]! * (v[i]! - mean[i]!);
      return start[k]! + (j < 0 ? sumOf(pull) : own.dot(j, pull)) / n;
    },
    move: (k, d) => {
      const [j, of] = places[k]!;
      const { q, v } = byClass[of]!;
      if (j >= 0) {
        own.add(j, d, v);
        own.addWeighted(j, d, q, mean);
        return;
      }
      for (let i = 0; i < n; i++) {
        v[i] = v[i]! + d;
        mean[i] = mean[i]! + d * q[i]!;
      }
    },
    value: (w) => {
      let sum = 0;
      for (let k = 0; k < start.length; k++) sum += (w[k]! - at[k]!) * start[k]!;
      let bent = 0;
      for (const { q, v } of byClass)
        for (let i = 0; i < n; i++) bent += q[i]! * v[i]! * (v[i]! - mean[i]!);
      return sum + (0.5 * bent) / n;
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
