import { NadirError } from "../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import { randomStream } from "../../linalg/random.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import type { DesignMatrix } from "../linear/design.ts";
import {
  type Candidate,
  fastTrimmed,
  leastOverSubsets,
  smallest,
  subsetsUpTo,
} from "./concentration.ts";
import {
  gramOf,
  type Linear,
  leastSquaresOn,
  medianScale,
  predictLinear,
  type Rows,
  readRows,
  residualsOf,
} from "./rows.ts";

/** What `leastTrimmedSquares` may be told. */
export interface TrimmedOptions {
  /** The share of samples left out, in [0, ½). Default: as many as can be, so that nearly half may be wrong. */
  readonly trimmed?: number;
  /** Random starts. Default 500. */
  readonly starts?: number;
  /** Of the starts. Default 0. */
  readonly seed?: number;
  /** Default true. */
  readonly intercept?: boolean;
}

/** A robust fit. */
export interface RobustFit extends Linear {
  /** y − Xw − b by sample. */
  readonly residuals: Float64Array;
  /** Of the residuals that belong: 1.4826 times their median magnitude. */
  readonly scale: number;
  /** By sample, from 1 (counts in full) to 0 (does not count). */
  readonly weights: Float64Array;
  /** Samples whose residual is larger than 2.5 scales. */
  readonly outliers: readonly number[];
  readonly objective: number;
  /** The objective after each step, which never rises. */
  readonly history: readonly number[];
  readonly verdict: Verdict;
  /** Xw + b for new samples. */
  predict(x: DesignMatrix): Float64Array;
}

/** A fit by least trimmed squares. */
export interface TrimmedFit extends RobustFit {
  /** The samples that were kept, ascending. */
  readonly kept: Int32Array;
  /** Least squares on all samples but the outliers: more exact, where the errors of the others are normal. */
  readonly reweighted: Linear;
}

/** A robust regression: how it is to be fitted. */
export interface RobustModel<Fit extends RobustFit> {
  /**
   * Fits it.
   *
   * @param x - the design, `[samples, features]`
   * @throws NadirError `linear/…`, `robust/…` for samples that cannot be fitted
   */
  fit(x: DesignMatrix, y: ArrayLike<number>): Fit;
}

/** Subsets up to which all are looked at: then the minimum is proved. */
const enumerated = 5_000;

/**
 * Least trimmed squares: ½ of the mean square of the h smallest residuals,
 *
 *     minimize over w, b  (1/2h) Σ_{i ≤ h} r²_(i),   h = n − ⌊trimmed·n⌋,
 *
 * which n − h samples, however wrong, cannot carry away. Not convex: concentration steps from many random starts. The verdict is
 * `global-minimum` where all subsets were looked at, or all kept samples are met exactly; else a `local-minimum`.
 *
 * @throws NadirError `robust/starts` for options that cannot be; from `fit`, `linear/…` for samples that cannot be fitted,
 *   `robust/trimmed`, `robust/samples`
 * @see Rousseeuw (1984), Least median of squares regression; Rousseeuw & Van Driessen (2006), Computing LTS regression for large data sets
 */
export function leastTrimmedSquares(options: TrimmedOptions = {}): RobustModel<TrimmedFit> {
  requireKnownOptions(
    "leastTrimmedSquares",
    options,
    ["trimmed", "starts", "seed", "intercept"],
    "leastTrimmedSquares(options).fit(x, y)",
  );
  const { intercept = true, seed = 0 } = options;
  const starts = requireCount("robust/starts", options.starts ?? 500);
  const trimmed =
    options.trimmed === undefined
      ? undefined
      : requireInRange("robust/trimmed", options.trimmed, [0, 0.5]);
  return { fit: (x, y) => fitTo(x, y, { intercept, seed, starts, trimmed }) };
}

interface Settings {
  readonly intercept: boolean;
  readonly seed: number;
  readonly starts: number;
  readonly trimmed: number | undefined;
}

function fitTo(
  x: DesignMatrix,
  y: ArrayLike<number>,
  { intercept, seed, starts, trimmed }: Settings,
): TrimmedFit {
  const rows = readRows(x, y, intercept);
  const { samples: n, width } = rows;
  // The most that can be left out while no plane through few samples can win: (n + p + 1)/2 stay.
  const least = Math.floor((n + width + 1) / 2);
  const share = trimmed ?? (n - least) / n;
  const h = n - Math.floor(share * n + 1e-9);
  if (h < least) {
    throw new NadirError("robust/trimmed", `${n - h} of ${n} samples would be left out`, {
      expected: `at most ${n - least}, as ${width} coefficients pass through that many samples by themselves`,
    });
  }
  const subsets = subsetsUpTo(n, h, enumerated);
  const ends = Number.isFinite(subsets)
    ? [leastOverSubsets(rows, h)]
    : fastTrimmed(rows, h, starts, randomStream(seed));
  const best = ends[0]!;
  const residuals = residualsOf(rows, best.w, new Float64Array(n));
  const kept = smallest(residuals, h);
  const scale = medianScale(residuals, width);
  const floor = 1e-12 * rows.y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const outliers = beyond(residuals, Math.max(2.5 * scale, floor));
  const out = new Set(outliers);
  const rest = Array.from({ length: n }, (_, i) => i).filter((i) => !out.has(i));
  const { coefficients, intercept: own } = rows.original(best.w);
  const chosen = new Set(kept);
  return {
    ...{ coefficients, intercept: own, residuals, scale, outliers, kept },
    weights: residuals.map((_, i) => (chosen.has(i) ? 1 : 0)),
    objective: best.objective,
    history: best.history,
    verdict: stateOf(rows, best, ends, residuals, kept, subsets, starts),
    reweighted: rows.original(leastSquaresOn(rows, rest)),
    predict: (next) => predictLinear(next, { coefficients, intercept: own }),
  };
}

/** Samples with a residual above the limit. */
export function beyond(residuals: Float64Array, limit: number): number[] {
  return Array.from(residuals.keys()).filter((i) => Math.abs(residuals[i]!) > limit);
}

function stateOf(
  rows: Rows,
  { w, objective, settled }: Candidate,
  ends: readonly Candidate[],
  residuals: Float64Array,
  kept: Int32Array,
  subsets: number,
  starts: number,
): Verdict {
  const { samples: n, width, x, y } = rows;
  const h = kept.length;
  const inside = new Float64Array(n);
  for (const i of kept) inside[i] = 1 / h;
  const gradient = new Float64Array(width);
  let size = 0;
  for (const i of kept) {
    for (let a = 0; a < width; a++)
      gradient[a] = gradient[a]! - (residuals[i]! * x[i * width + a]!) / h;
    size += (Math.abs(y[i]!) * Math.hypot(...x.subarray(i * width, (i + 1) * width))) / h;
  }
  const measured = { gradientNorm: Math.hypot(...gradient), tolerance: 1e-10 * size };
  const breakdown = `${h} of ${n} samples count: ${n - h} wrong ones, wherever they are, cannot carry the fit away`;
  const evidence = [
    `least squares of the kept samples, to a gradient of ${show(measured.gradientNorm)}`,
    breakdown,
  ];
  if (!settled || !(measured.gradientNorm <= measured.tolerance)) {
    const advice = ["scale the columns, or allow more starts"];
    return { kind: "not-stationary", why: "budget", ...measured, evidence, advice };
  }
  const level = kept.reduce((sum, i) => sum + y[i]! ** 2, 0) / (2 * h);
  const exact = objective <= 1e-24 * level;
  if (exact || Number.isFinite(subsets)) {
    evidence.push(
      exact
        ? "the kept samples are met exactly, and no sum of squares is less than 0"
        : `all ${subsets} subsets of ${h} samples were fitted; none gives less`,
    );
    const dual = exact ? 0 : objective;
    const advice = ["nothing lower exists for this share of samples kept"];
    return {
      ...{ kind: "global-minimum", ...measured, primal: objective, dual },
      ...{ gap: objective - dual, evidence, advice },
    };
  }
  const same = ends.filter((end) => end.objective <= objective * (1 + 1e-9)).length;
  evidence.push(
    `${same} of the ${ends.length} candidates that were followed, from ${starts} random starts, ended here; the others higher`,
  );
  const sizes = residuals.map(Math.abs).sort();
  const room = (sizes[h] ?? Number.POSITIVE_INFINITY) - sizes[h - 1]!;
  const { values } = symmetricEigen(gramOf(x, width, inside), width);
  const smallestEigenvalue = values[0]!;
  const eigenvalueError = 8 * width * Number.EPSILON * values[width - 1]!;
  const curvature = { smallestEigenvalue, eigenvalueError };
  if (room > 1e-12 * (sizes[h - 1]! + Math.hypot(...w)) && smallestEigenvalue > eigenvalueError) {
    evidence.push(
      `the first sample left out is farther by ${show(room)} than the last kept, so that near here the objective is a paraboloid, curved by ${show(smallestEigenvalue)} at least`,
    );
    const advice = ["a lower point may exist elsewhere: more starts make that less likely"];
    return { kind: "local-minimum", ...measured, ...curvature, evidence, advice };
  }
  evidence.push("a sample left out lies as far as one that is kept: which of them counts is open");
  const advice = ["a stationary point, no more: keep a sample more or less (trimmed)"];
  return { kind: "stationary", ...measured, evidence, advice };
}

/** Numbers for sentences. */
export const show = (value: number): string =>
  value === 0 ? "0" : Number(value.toPrecision(3)).toString();
