import { NadirError } from "../../base/errors.ts";
import { requireKnownOptions } from "../../base/require.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import type { Vector } from "../../linalg/ask.ts";
import { l1 } from "../../methods/penalties/l1.ts";
import { noBlocks, paidFor } from "./blocks.ts";
import { classColumns } from "./classColumns.ts";
import { type Criteria, criteriaOf } from "./criteria.ts";
import {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type Folding,
} from "./crossValidate.ts";
import { type Design, type DesignMatrix, readDesign, requireFinite } from "./design.ts";
import {
  looksEndless,
  requireVarying,
  type Settings,
  type Solved,
  solveOne,
  verdictLater,
} from "./fits.ts";
import { type LinearModelOptions, readSettings } from "./linearModel.ts";
import { multinomialLoss } from "./multinomialLoss.ts";
import { ProxNewton } from "./proxNewton.ts";
import { refuseSeparation, separableClasses, separationOf } from "./separation.ts";
import { absoluteTolerance, solvePath } from "./solvePath.ts";
import { type StrengthOptions, strengthsOf } from "./strengths.ts";
import { type Prepared, prepareDesign, requireOnePerSample, type Task } from "./task.ts";

/** A fitted multinomial model. */
export interface MultinomialFit {
  /** The labels, ascending. What follows by class stands in their order. */
  readonly classes: readonly number[];
  /** By class, for the columns as they were given: `[features]`. */
  readonly coefficients: readonly Float64Array[];
  /** By class; they sum to 0. */
  readonly intercepts: Float64Array;
  /** Features with a coefficient that is not zero. */
  readonly support: readonly number[];
  readonly strength: number;
  /** Loss (a mean over samples) plus penalty. */
  readonly objective: number;
  readonly loss: number;
  readonly sweeps: number;
  readonly violation: number;
  readonly criteria: Criteria;
  readonly verdict: Verdict;
  /** The likeliest label of each sample. */
  predict(x: DesignMatrix): Float64Array;
  /** The chance of each class, by sample: rows that sum to 1. */
  probabilities(x: DesignMatrix): readonly Float64Array[];
}

/** Fits along a path of strengths, from large to small. */
export interface MultinomialPath {
  readonly strengths: readonly number[];
  readonly fits: readonly MultinomialFit[];
}

/** Logistic regression for several classes: how it is to be fitted. */
export interface MultinomialModel {
  readonly settings: Settings;
  /** @param y - a label for each sample: at least two different numbers */
  fit(x: DesignMatrix, y: ArrayLike<number>): MultinomialFit;
  path(x: DesignMatrix, y: ArrayLike<number>, options?: StrengthOptions): MultinomialPath;
  crossValidate(
    x: DesignMatrix,
    y: ArrayLike<number>,
    options?: CrossValidationOptions,
  ): CrossValidation<MultinomialFit, MultinomialPath>;
}

/**
 * Multinomial logistic regression with any penalty that is a sum over coefficients or groups of them:
 *
 *     minimize  (1/n) Σ_i [log Σ_k e^{η_ik} − η_{i,y_i}] + P(W),   η_i = Wᵀx_i + b.
 *
 * Coefficients stand feature after feature, the K classes of a feature together: `groupLasso(λ, { groups: K })` keeps or drops a feature
 * for all classes at once. Without a penalty, what is added to all classes alike changes nothing: coefficients that
 * sum to 0 over classes are reported.
 *
 * @throws NadirError `linear/…` for options, a design or labels that cannot be fitted
 * @see Friedman, Hastie & Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent, §4; Hastie,
 *   Tibshirani & Wainwright (2015), Statistical learning with sparsity, §3.3
 */
export function multinomialRegression(
  options: Omit<LinearModelOptions, "loss"> = {},
): MultinomialModel {
  requireKnownOptions("multinomialRegression", options, [
    ...["penalty", "intercept", "standardize", "tolerance", "maxSweeps", "start"],
  ]);
  const settings = readSettings({ ...options, loss: "logistic" });
  const read = (x: DesignMatrix, y: ArrayLike<number>): Data => readData(readDesign(x), y);
  return {
    settings,
    fit: (x, y) => {
      const data = read(x, y);
      const task = taskOf(data, settings, settings.penalty.strength === 0);
      requireVarying(task, settings.intercept);
      const solved = solveOne(task, task.settings);
      if (settings.penalty.strength === 0) requireMaximum(data, task, settings, solved);
      return fitOf(data, task, settings, solved);
    },
    path: (x, y, strengths = {}) => {
      requireKnownOptions("path", strengths, ["strengths", "count", "ratio"]);
      return fitPath(read(x, y), settings, strengths, true);
    },
    crossValidate: (x, y, folds = {}) => crossValidate(folding(read(x, y), settings), folds),
  };
}

/** Samples and their classes. */
interface Data {
  readonly design: Design;
  /** Positions in `classes`. */
  readonly labels: Int32Array;
  readonly classes: readonly number[];
}

function readData(design: Design, y: ArrayLike<number>): Data {
  const values = Float64Array.from(y);
  requireFinite(values, (at) => `y[${at}]`);
  requireOnePerSample(values.length, design.samples);
  const classes = [...new Set(values)].sort((a, b) => a - b);
  if (classes.length < 2) {
    throw new NadirError("linear/response", `y has ${classes.length} different labels`, {
      expected: "at least two classes",
    });
  }
  const place = new Map(classes.map((label, k) => [label, k]));
  return { design, classes, labels: Int32Array.from(values, (value) => place.get(value)!) };
}

/** With the design as it was prepared. */
interface ClassTask extends Task {
  readonly settings: Settings;
  readonly prepared: Prepared;
  /** Classes with coefficients of their own: all, or without a penalty all but the last. */
  readonly coded: number;
}

function taskOf({ design, labels, classes }: Data, settings: Settings, bare: boolean): ClassTask {
  const K = classes.length;
  const coded = bare ? K - 1 : K;
  const prepared = prepareDesign(design, settings, false);
  if (settings.fused) throw noBlocks(settings.penalty);
  const free = settings.intercept ? K - 1 : 0;
  const columns = classColumns(prepared.design, coded, free);
  const loss = multinomialLoss(labels, K, coded);
  const fitter = new ProxNewton(columns, loss, false);
  const counts = new Float64Array(K);
  for (const label of labels) counts[label] = counts[label]! + 1;
  const zero = new Float64Array(columns.features);
  for (let k = 0; k < free; k++)
    zero[columns.features - free + k] = Math.log(counts[k]! / counts[K - 1]!);
  const reset = (): void => fitter.start(zero, 0);
  reset();
  return {
    ...{ design: columns, free, loss, fitter, reset, prepared, coded },
    ...{ ownIntercept: false, quadratic: false, constant: prepared.constant },
    settings: bare ? { ...settings, penalty: l1(0) } : settings,
  };
}

/** @throws NadirError `linear/separable` if the likelihood has no maximum */
function requireMaximum(
  { labels, classes }: Data,
  { design, prepared, fitter }: ClassTask,
  { intercept }: Settings,
  solved: Solved,
): void {
  const eta = new Float64Array(design.samples);
  fitter.w.forEach((value, c) => {
    if (value !== 0) design.add(c, value, eta);
  });
  if (!looksEndless(solved, eta)) return;
  const rows = separableClasses(prepared.design, labels, classes.length, intercept);
  const found = rows && separationOf(rows);
  if (found !== undefined) refuseSeparation("classes", found);
}

/** A fit on a part of some samples, in which columns may stand still; with a penalty. */
export function fitPart(data: Data, settings: Settings): MultinomialFit {
  const strengths = [settings.penalty.strength];
  return fitPath(data, settings, { strengths }, false).fits[0]!;
}

function fitPath(
  data: Data,
  settings: Settings,
  options: StrengthOptions,
  strict: boolean,
): MultinomialPath {
  const task = taskOf(data, settings, false);
  if (strict) requireVarying(task, settings.intercept);
  const strengths = strengthsOf(task, settings.penalty, options);
  const tolerance = absoluteTolerance(task, settings.tolerance);
  const steps = solvePath(task, settings.penalty, strengths, { ...settings, tolerance });
  const fits = Array.from(steps, (step) => fitOf(data, task, settings, { ...step, tolerance }));
  return { strengths, fits };
}

function folding(data: Data, settings: Settings): Folding<MultinomialFit, MultinomialPath> {
  const { design, labels, classes } = data;
  return {
    samples: labels.length,
    strengths: (options) => strengthsOf(taskOf(data, settings, false), settings.penalty, options),
    fits: (kept, strengths, fold) => {
      const part = Int32Array.from(kept, (i) => labels[i]!);
      if (new Set(part).size < classes.length) {
        throw new NadirError("linear/folds", `without fold ${fold}, a label is missing`, {
          expected: "all labels among the samples that remain",
          hint: "fewer folds, another seed, or more samples of the rarest label",
        });
      }
      const own = { design: design.rows(kept), labels: part, classes };
      return fitPath(own, settings, { strengths }, false).fits;
    },
    path: (strengths) => fitPath(data, settings, { strengths }, true),
    loss: ({ coefficients, intercepts }, _kept, held) => {
      const eta = classColumns(design, classes.length, 0);
      const out = new Float64Array(eta.samples);
      coefficients.forEach((w, k) => {
        addClass(
          design,
          w,
          intercepts[k]!,
          out.subarray(k * labels.length, (k + 1) * labels.length),
        );
      });
      const n = labels.length;
      const part = Float64Array.from({ length: held.length * classes.length }, (_, e) => {
        const k = Math.floor(e / held.length);
        return out[k * n + held[e % held.length]!]!;
      });
      const own = Int32Array.from(held, (i) => labels[i]!);
      return multinomialLoss(own, classes.length, classes.length).value(part);
    },
  };
}

function addClass(design: Design, w: Vector, intercept: number, out: Vector): void {
  out.fill(intercept);
  w.forEach((value, j) => {
    if (value !== 0) design.add(j, value, out);
  });
}

function fitOf(data: Data, task: ClassTask, settings: Settings, solved: Solved): MultinomialFit {
  const { classes, labels } = data;
  const { fitter, coded, free, prepared } = task;
  const { penalty, blocks, ended } = solved;
  if (ended.separated) {
    throw new NadirError("linear/separable", "the classes are separated by planes", {
      expected: "classes that overlap: else the likelihood rises for ever as coefficients grow",
      hint: "add a penalty: squaredL2(1e-3) or l1(1e-3)",
    });
  }
  const K = classes.length;
  const { scales, offsets } = prepared;
  const p = scales.length;
  const w = fitter.w.slice();
  const coefficients = classes.map(() => new Float64Array(p));
  const support: number[] = [];
  let parameters = free;
  for (let j = 0; j < p; j++) {
    let used = 0;
    for (let k = 0; k < coded; k++) {
      const value = w[j * coded + k]!;
      if (value === 0) continue;
      used++;
      coefficients[k]![j] = value / scales[j]!;
    }
    if (used > 0) support.push(j);
    parameters += used;
    const mean = coded < K ? coefficients.reduce((sum, own) => sum + own[j]!, 0) / K : 0;
    for (const own of coefficients) own[j] = own[j]! - mean;
  }
  const intercepts = Float64Array.from(classes, (_, k) => {
    const shift = coefficients[k]!.reduce((sum, value, j) => sum + value * offsets[j]!, 0);
    return (k < free ? w[p * coded + k]! : 0) - shift;
  });
  if (free > 0) {
    const mean = intercepts.reduce((sum, value) => sum + value, 0) / K;
    for (let k = 0; k < K; k++) intercepts[k] = intercepts[k]! - mean;
  }
  const loss = fitter.loss;
  const verdict = verdictLater(task, solved);
  const probabilities = (x: DesignMatrix): readonly Float64Array[] =>
    chancesOf(readDesign(x), { coefficients, intercepts });
  return {
    ...{ classes, coefficients, intercepts, support, loss },
    strength: penalty.strength,
    objective: loss + paidFor(blocks, w),
    sweeps: ended.sweeps,
    violation: ended.violation,
    criteria: criteriaOf(settings.loss, loss, labels.length, p * coded, parameters),
    get verdict() {
      return verdict();
    },
    probabilities,
    predict: (x) =>
      Float64Array.from(probabilities(x), (row) => classes[row.indexOf(Math.max(...row))]!),
  };
}

/** Softmax of the predictors, by sample. */
export function chancesOf(
  design: Design,
  { coefficients, intercepts }: Pick<MultinomialFit, "coefficients" | "intercepts">,
): readonly Float64Array[] {
  const p = coefficients[0]?.length ?? 0;
  if (design.features !== p) {
    throw new NadirError("linear/design", `${design.features} features to predict from`, {
      expected: `${p}, as the model was fitted with`,
    });
  }
  const byClass = coefficients.map((w, k) => {
    const out = new Float64Array(design.samples);
    addClass(design, w, intercepts[k]!, out);
    return out;
  });
  return Array.from({ length: design.samples }, (_, i) => {
    const row = Float64Array.from(byClass, (own) => own[i]!);
    const top = row.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const raised = row.map((value) => Math.exp(value - top));
    const total = raised.reduce((sum, value) => sum + value, 0);
    return raised.map((value) => value / total);
  });
}
