import type { Verdict } from "../../diagnosis/verdict.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { type ConvexOptions, readConvexOptions } from "./options.ts";
import { type PredictOptions, predictPairs } from "./pairs.ts";
import { type Id, type Ratings, readRatings, type Table } from "./ratings.ts";

/** What `softImpute` is told: the penalty's strength, and when to stop. */
export interface SoftImputeOptions {
  /** λ > 0 of the nuclear norm. */
  readonly strength: number;
  /** Duality gap, relative to the objective, at which to stop. Default 1e-8. */
  readonly tolerance?: number;
  /** Default 2,000. */
  readonly iterations?: number;
}

/** A completed matrix. */
export interface Completion {
  readonly userIds: readonly Id[];
  readonly itemIds: readonly Id[];
  /** Z, `[users, items]`, row-major. */
  readonly matrix: Float64Array;
  /** Those above 0. */
  readonly singularValues: Float64Array;
  readonly iterations: number;
  readonly verdict: Verdict;
  /** The entry of each pair. @throws NadirError `factorization/unseen` for an id that was not fitted, unless NaN is asked for */
  predict(users: ArrayLike<Id>, items: ArrayLike<Id>, options?: PredictOptions): Float64Array;
}

/** A low-rank completion: how it is to be fitted. */
export interface SoftImpute {
  /** Fits it. @throws NadirError `factorization/…` for ratings that cannot be */
  fit(ratings: Ratings): Completion;
}

/**
 * Low-rank completion: minimize ½Σ (r − z)² over the observed entries + λ‖Z‖_* (the nuclear norm, convex), by soft-impute:
 * the missing entries are filled with the present ones, the singular values shrunk by λ, and so on, with Nesterov's
 * extrapolation, restarted where it overshoots. Ends with primal, dual and gap.
 *
 * The dual is max Σ (r·y − ½y²) over Y on the observed entries with ‖Y‖₂ ≤ λ; the residual, shrunk to fit, is feasible.
 *
 * Price: an iteration decomposes the Gram matrix of the shorter side, some 9k³ + 2k²·max(rows, columns): for matrices of up to some hundred rows or
 * columns.
 *
 * @throws NadirError `factorization/strength` unless above 0, `factorization/tolerance`, `factorization/iterations`; from `fit`,
 *   `factorization/…` for ratings that cannot be
 * @see Mazumder, Hastie & Tibshirani (2010), Spectral regularization algorithms for learning large incomplete matrices
 */
export function softImpute(options: SoftImputeOptions): SoftImpute {
  const read = readConvexOptions("softImpute", options, { iterations: 2000 });
  return { fit: (ratings) => fitTo(readRatings(ratings), read) };
}

function fitTo(table: Table, { strength, tolerance, iterations: most }: ConvexOptions): Completion {
  const [rows, columns] = [table.userIds.length, table.itemIds.length];
  const at = Int32Array.from(table.users, (user, e) => user * columns + table.items[e]!);
  let z: Float64Array = new Float64Array(rows * columns);
  let ahead = z;
  let momentum = 1;
  let best = { value: Number.POSITIVE_INFINITY, dual: Number.NEGATIVE_INFINITY };
  let values: Float64Array = new Float64Array(0);
  let iterations = 0;
  for (; iterations < most; ) {
    iterations++;
    const filled = ahead.slice();
    at.forEach((place, e) => {
      filled[place] = table.values[e]!;
    });
    const { matrix: next, values: shrunk } = shrinkSpectrum(filled, rows, columns, strength);
    const nuclear = shrunk.reduce((sum, sigma) => sum + sigma, 0);
    const residual = new Float64Array(rows * columns);
    let value = strength * nuclear;
    at.forEach((place, e) => {
      residual[place] = table.values[e]! - next[place]!;
      value += 0.5 * residual[place]! ** 2;
    });
    const overshot = value > best.value;
    if (iterations % 5 === 0 || iterations === most) {
      best = {
        value,
        dual: Math.max(
          best.dual,
          dualValue(residual, at, table.values, { rows, columns, strength }),
        ),
      };
    } else best = { ...best, value };
    const growth = overshot ? 1 : (1 + Math.sqrt(1 + 4 * momentum * momentum)) / 2;
    const weight = overshot ? 0 : (momentum - 1) / growth;
    const last = z;
    ahead = next.map((entry, i) => entry + weight * (entry - last[i]!));
    momentum = growth;
    z = next;
    values = shrunk.filter((sigma) => sigma > 0);
    if (best.value - best.dual <= tolerance * Math.max(1, Math.abs(best.value))) break;
  }
  return {
    ...{
      userIds: table.userIds,
      itemIds: table.itemIds,
      matrix: z,
      singularValues: values,
      iterations,
    },
    verdict: verdictOf(best.value, best.dual, tolerance),
    predict: (users, items, how = {}) =>
      predictPairs(table, users, items, how, (user, item) => z[user * columns + item]!),
  };
}

/**
 * The matrix with λ taken off its singular values, those below lost, and what is left of them. By the eigenvectors q of the
 * smaller Gram matrix: Σ max(0, 1 − λ/σ) q(qᵀX). Squaring costs small singular values their digits; these are shrunk to 0.
 */
function shrinkSpectrum(
  x: Float64Array,
  rows: number,
  columns: number,
  strength: number,
): { readonly matrix: Float64Array; readonly values: Float64Array } {
  const { order, eigen } = decompose(x, rows, columns);
  const wide = rows <= columns;
  const out = new Float64Array(x.length);
  const kept: number[] = [];
  for (let k = order - 1; k >= 0; k--) {
    const sigma = Math.sqrt(Math.max(0, eigen.values[k]!));
    if (sigma <= strength) break;
    kept.push(sigma - strength);
    const share = 1 - strength / sigma;
    const q = eigen.vectors.subarray(k * order, (k + 1) * order);
    const image = new Float64Array(wide ? columns : rows);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        image[wide ? j : i]! += x[i * columns + j]! * q[wide ? i : j]!;
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        out[i * columns + j]! += share * (wide ? q[i]! * image[j]! : image[i]! * q[j]!);
  }
  return { matrix: out, values: Float64Array.from(kept) };
}

/** The eigenvalues of XXᵀ or XᵀX, whichever is smaller. */
function decompose(x: Float64Array, rows: number, columns: number) {
  const wide = rows <= columns;
  const order = Math.min(rows, columns);
  const gram = new Float64Array(order * order);
  if (wide) {
    for (let i = 0; i < rows; i++) {
      for (let k = 0; k <= i; k++) {
        let sum = 0;
        for (let j = 0; j < columns; j++) sum += x[i * columns + j]! * x[k * columns + j]!;
        gram[i * order + k] = sum;
      }
    }
  } else {
    for (let i = 0; i < rows; i++) {
      const row = i * columns;
      for (let j = 0; j < columns; j++) {
        const left = x[row + j]!;
        for (let k = 0; k <= j; k++) gram[j * order + k]! += left * x[row + k]!;
      }
    }
  }
  for (let i = 0; i < order; i++)
    for (let k = 0; k < i; k++) gram[k * order + i] = gram[i * order + k]!;
  return { order, eigen: symmetricEigen(gram, order) };
}

function dualValue(
  residual: Float64Array,
  at: Int32Array,
  ratings: Float64Array,
  {
    rows,
    columns,
    strength,
  }: { readonly rows: number; readonly columns: number; readonly strength: number },
): number {
  const { order, eigen } = decompose(residual, rows, columns);
  const largest = Math.sqrt(Math.max(0, eigen.values[order - 1]!));
  const shrink = largest > strength ? strength / largest : 1;
  let dual = 0;
  at.forEach((place, e) => {
    const y = shrink * residual[place]!;
    dual += ratings[e]! * y - 0.5 * y * y;
  });
  return dual;
}

function verdictOf(primal: number, dual: number, tolerance: number): Verdict {
  const gap = primal - dual;
  const format = (value: number): string => Number(value.toPrecision(4)).toString();
  const measured = { gradientNorm: gap, tolerance };
  const evidence = [
    `the objective is ${format(primal)}; the residual, shrunk to spectral norm λ, proves that nothing is below ${format(dual)}`,
  ];
  if (gap <= Math.max(tolerance, 1e-6) * Math.max(1, Math.abs(primal)))
    return {
      kind: "global-minimum",
      primal,
      dual,
      gap: Math.max(0, gap),
      ...measured,
      evidence,
      advice: [],
    };
  return {
    kind: "not-stationary",
    why: "budget",
    ...measured,
    evidence,
    advice: ["allow more iterations"],
  };
}
