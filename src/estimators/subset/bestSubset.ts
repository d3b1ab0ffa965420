import { NadirError } from "../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import { format } from "../../diagnosis/words.ts";
import { loadHighs } from "../../programs/highs.ts";
import { type Criteria, criteriaOf } from "../linear/criteria.ts";
import { type DesignMatrix, readDesign } from "../linear/design.ts";
import { type LinearTask, readTargets, taskOf } from "../linear/task.ts";
import { type Candidate, candidateAt, firstSupport } from "./firstSupport.ts";
import { type Found, type SubsetWork, searchSubset } from "./searchSubset.ts";
import { type Quadratic, shareCost } from "./subsetObjective.ts";

/** How many columns `bestSubset` may use, and how long it may take to prove that there are no better ones. */
export interface BestSubsetOptions {
  /** k: how many coefficients may differ from zero, at most. */
  readonly size: number;
  /** λ of a squared L2 penalty λ/2‖w‖² beside, on columns as they are after `standardize`. Default 0: then columns must be independent. */
  readonly ridge?: number;
  /** Whether there is an intercept. Default true. */
  readonly intercept?: boolean;
  /** Whether columns are divided by their standard deviation first. Without a ridge it changes nothing. Default true. */
  readonly standardize?: boolean;
  /** (objective − bound)/objective at which the search ends, in (0, 1). Default 1e-6. */
  readonly tolerance?: number;
  /** Seconds for each size; then the best so far is returned with its bound. Default 60. */
  readonly timeLimit?: number;
  /** Columns that local branching may exchange at once; 0: no local branching. Default 3. */
  readonly radius?: number;
}

/** The best columns found, and what is proved of them. */
export interface SubsetFit {
  /** For the columns as they were given: `[features]`. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
  /** Positions of the coefficients that are not zero, ascending. */
  readonly support: readonly number[];
  /** k. */
  readonly size: number;
  /** ‖y − Xw − b‖²/(2n) + λ/2‖w‖². */
  readonly objective: number;
  /** ‖y − Xw − b‖²/(2n). */
  readonly loss: number;
  /** No k columns have a lower objective. */
  readonly bound: number;
  /** (objective − bound)/objective. */
  readonly gap: number;
  /** The objective of the support that the search began from, by heuristics alone. */
  readonly first: number;
  readonly criteria: Criteria;
  readonly work: SubsetWork;
  readonly verdict: Verdict;
  /** Xw + b for new samples. */
  predict(x: DesignMatrix): Float64Array;
}

/** Best subsets of every size up to k. */
export interface SubsetPath {
  /** Of sizes 0, 1, …, k. */
  readonly fits: readonly SubsetFit[];
  /** The one with the least BIC. */
  readonly best: SubsetFit;
}

/** Least squares on few columns, ready to be fitted. */
export interface BestSubset {
  /**
   * The best k columns.
   *
   * @param x - the design, `[samples, features]`
   * @param y - the response, `[samples]`
   * @throws NadirError `linear/…` for data that cannot be fitted; `subset/dependent` if columns depend on each other and there is no ridge
   */
  fit(x: DesignMatrix, y: ArrayLike<number>): Promise<SubsetFit>;
  /** The best columns of each size from 0 to k. */
  path(x: DesignMatrix, y: ArrayLike<number>): Promise<SubsetPath>;
}

/**
 * Least squares with at most k coefficients that are not zero, to proof:
 *
 *     minimize  ‖y − Xw − b‖²/(2n) + λ/2‖w‖²   where  ‖w‖₀ ≤ k,
 *
 * as a mixed-integer program of tangents that is solved by HiGHS again and again, each time with the tangents of the last answers; a
 * first support by hard thresholding and forward selection, improved by local branching. The verdict is `global-minimum` where objective and
 * bound meet; else it says how far apart they are when the time ended.
 *
 * Price: grows with the number of columns, and quickly where the best subsets are many and close together (little signal, or strongly
 * correlated columns): up to some dozens of columns without a ridge, hundreds with one and a clear signal.
 *
 * @throws NadirError `subset/…` for options that cannot be, `programs/missing` without the package highs
 * @see Bertsimas, King & Mazumder (2016), Best subset selection via a modern optimization lens; Bertsimas & Van Parys (2020), Sparse
 *   high-dimensional regression: exact scalable algorithms and phase transitions; Fischetti & Lodi (2003), Local branching
 *
 * @example
 * const { support, gap, verdict } = await bestSubset({ size: 3 }).fit(x, y);
 */
export function bestSubset(options: BestSubsetOptions): BestSubset {
  const settings = readSettings(options);
  const { size } = settings;
  return {
    fit: async (x, y) => fitSize(taskFor(x, y, settings), settings, size),
    path: async (x, y) => {
      const task = taskFor(x, y, settings);
      const fits: SubsetFit[] = [];
      for (let k = 0; k <= size; k++) fits.push(await fitSize(task, settings, k));
      const bic = ({ criteria }: SubsetFit): number => criteria.bic ?? Number.POSITIVE_INFINITY;
      return { fits, best: fits.reduce((a, b) => (bic(b) < bic(a) ? b : a)) };
    },
  };
}

type Settings = Required<BestSubsetOptions>;

function readSettings(options: BestSubsetOptions): Settings {
  requireKnownOptions("bestSubset", options, [
    ...["size", "ridge", "intercept", "standardize", "tolerance", "timeLimit", "radius"],
  ]);
  const infinity = Number.POSITIVE_INFINITY;
  return {
    size: requireCount("subset/size", options.size, 0),
    ridge: requireInRange("subset/ridge", options.ridge ?? 0, [0, infinity]),
    intercept: options.intercept ?? true,
    standardize: options.standardize ?? true,
    tolerance: requireInRange("subset/tolerance", options.tolerance ?? 1e-6, [0, 1], {
      open: true,
    }),
    timeLimit: requireInRange("subset/timeLimit", options.timeLimit ?? 60, [0, infinity], {
      open: true,
    }),
    radius: requireCount("subset/radius", options.radius ?? 3, 0),
  };
}

interface SubsetTask {
  readonly task: LinearTask;
  readonly quadratic: Quadratic;
  /** Values of `quadratic` are objectives over this. */
  readonly scale: number;
  readonly samples: number;
}

function taskFor(x: DesignMatrix, y: ArrayLike<number>, settings: Settings): SubsetTask {
  const { intercept, standardize, ridge, size } = settings;
  const targets = readTargets("squared", y);
  const task = taskOf(readDesign(x), targets, { loss: "squared", intercept, standardize });
  const { design, fitter } = task;
  const p = design.features;
  if (size > p) {
    throw new NadirError("subset/size", `size is ${size}`, {
      expected: `at most ${p}: there are no more columns`,
    });
  }
  const [constant] = task.constant;
  if (constant !== undefined) {
    throw new NadirError("linear/constant-column", `column ${constant} does not vary`, {
      expected: "columns that vary",
      hint: "leave such columns out",
    });
  }
  const scale = fitter.loss > 0 ? fitter.loss : 1;
  const h = fitter.hessian(Array.from({ length: p }, (_, j) => j));
  for (let j = 0; j < p; j++) h[j * p + j] = h[j * p + j]! + ridge;
  for (let i = 0; i < h.length; i++) h[i] = h[i]! / scale;
  const b = fitter.gradient.map((g) => -g / scale);
  return {
    task,
    quadratic: { size: p, h, b, constant: fitter.loss / scale },
    scale,
    samples: targets.size,
  };
}

async function fitSize(task: SubsetTask, settings: Settings, k: number): Promise<SubsetFit> {
  const { quadratic } = task;
  const p = quadratic.size;
  const idle: SubsetWork = { cuts: 0, programs: 0, improvements: 0 };
  const cost = shareCost(quadratic);
  if (cost === undefined) {
    throw new NadirError("subset/dependent", dependence(p, task.samples), {
      expected:
        "columns that are linearly independent, or a ridge that chooses among equal answers",
      hint: "ridge: 1e-2, for example",
    });
  }
  if (k === 0 || k === p) {
    const all = Array.from({ length: k }, (_, j) => j);
    const best = candidateAt(quadratic, all)!; // H is positive definite
    return fitOf(task, settings, k, { best, bound: best.value, work: idle }, best);
  }
  const { tolerance, radius, timeLimit } = settings;
  const first = firstSupport(quadratic, k);
  const highs = await loadHighs();
  const found = searchSubset(highs, cost, first, { size: k, tolerance, radius, timeLimit });
  return fitOf(task, settings, k, found, first);
}

const dependence = (p: number, samples: number): string =>
  p > samples
    ? `${p} columns for ${samples} samples, and no ridge`
    : "some column is a combination of others, and there is no ridge";

function fitOf(
  { task, quadratic, scale, samples }: SubsetTask,
  settings: Settings,
  size: number,
  { best, bound: scaledBound, work }: Found,
  first: Candidate,
): SubsetFit {
  const w = new Float64Array(quadratic.size);
  best.support.forEach((j, a) => {
    w[j] = best.beta[a]!;
  });
  const { coefficients, intercept } = task.original(w, 0);
  const objective = Math.max(0, best.value * scale);
  const bound = Math.min(objective, Math.max(0, scaledBound * scale));
  const gap = objective > 0 ? (objective - bound) / objective : 0;
  const loss = objective - 0.5 * settings.ridge * w.reduce((sum, v) => sum + v * v, 0);
  const parameters = best.support.length + (settings.intercept ? 1 : 0);
  return {
    ...{ coefficients, intercept, support: best.support, size, objective, loss, bound, gap, work },
    first: first.value * scale,
    criteria: criteriaOf("squared", loss, samples, quadratic.size, parameters),
    verdict: verdictOf(objective, bound, gap, settings, size, work),
    predict: (x) => {
      const design = readDesign(x);
      if (design.features !== coefficients.length) {
        throw new NadirError("linear/design", `${design.features} features to predict from`, {
          expected: `${coefficients.length}, as the model was fitted with`,
        });
      }
      const out = new Float64Array(design.samples).fill(intercept);
      for (const j of best.support) design.add(j, coefficients[j]!, out);
      return out;
    },
  };
}

function verdictOf(
  objective: number,
  bound: number,
  gap: number,
  { tolerance, timeLimit }: Settings,
  size: number,
  { cuts, programs }: SubsetWork,
): Verdict {
  const measured = { gradientNorm: gap, tolerance };
  const how =
    programs === 0
      ? "there is but one subset of that size"
      : `${programs} programs under ${cuts} tangents of the cost, solved by HiGHS, whose branch and bound is taken at its word`;
  if (gap <= tolerance * (1 + 1e-6)) {
    return {
      kind: "global-minimum",
      ...measured,
      ...{ primal: objective, dual: bound, gap: objective - bound },
      evidence: [
        `least squares on these columns gives ${format(objective, 8)}; no ${size} columns give less than ${format(bound, 8)}`,
        how,
      ],
      advice: [],
    };
  }
  return {
    kind: "not-stationary",
    why: "budget",
    ...measured,
    evidence: [
      `the best columns found give ${format(objective, 8)}; that no ${size} columns give less than ${format(bound, 8)} is proved, ${format(100 * gap)} % below`,
      how,
      `the limit of ${timeLimit} s came first`,
    ],
    advice: [
      "a larger timeLimit, or a ridge, closes the gap sooner; the columns may be the best all the same",
    ],
  };
}
