import { NadirError } from "../../base/errors.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import type { Vector } from "../../linalg/ask.ts";
import { cholesky } from "../../linalg/cholesky.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { paidFor } from "./blocks.ts";
import { type Criteria, criteriaOf } from "./criteria.ts";
import { type Design, type DesignMatrix, readDesign } from "./design.ts";
import { refuseSeparation, separableRows, separationOf } from "./separation.ts";
import {
  absoluteTolerance,
  approach,
  type Effort,
  type PathStep,
  type Start,
  solvePath,
  supportOf,
} from "./solvePath.ts";
import { stateOf } from "./statement.ts";
import { type StrengthOptions, strengthsOf } from "./strengths.ts";
import {
  blocksFor,
  type LinearTask,
  type LossChoice,
  type Targets,
  type Task,
  taskOf,
} from "./task.ts";

/** Options as read, with their defaults. */
export interface Settings extends Effort {
  readonly loss: LossChoice;
  readonly penalty: Penalty;
  readonly intercept: boolean;
  readonly standardize: boolean;
  /** The penalty is one of differences of neighbours: total variation. */
  readonly fused: boolean;
  readonly start: Start;
}

/** A fitted linear model. */
export interface LinearFit {
  /** For the columns as they were given: `[features]`. */
  readonly coefficients: Float64Array;
  readonly intercept: number;
  /** Positions of the coefficients that are not zero. */
  readonly support: readonly number[];
  /** λ of the penalty. */
  readonly strength: number;
  /** Loss (a mean over samples) plus penalty. */
  readonly objective: number;
  readonly loss: number;
  readonly sweeps: number;
  /** The largest fixed-point violation of a coefficient, as a slope of the loss. */
  readonly violation: number;
  readonly criteria: Criteria;
  readonly verdict: Verdict;
  /** Xw + b for new samples: log odds, log rates or log hazards where the loss has them. */
  linear(x: DesignMatrix): Float64Array;
  /** What is expected for new samples: a number, a rate, a relative hazard, or the likelier of two labels. */
  predict(x: DesignMatrix): Float64Array;
  /** The chance of the larger label, for a logistic loss. @throws NadirError `linear/probability` for any other */
  probabilities(x: DesignMatrix): Float64Array;
}

/** Fits along a path of strengths, from large to small. */
export interface LinearPath {
  readonly strengths: readonly number[];
  readonly fits: readonly LinearFit[];
  /**
   * The smallest strength down to which the objective is convex on the features in play there: of those that are not
   * zero at it or the next. Below it, other stationary points may lie near. Undefined if it is so along the whole path.
   */
  readonly locallyConvexDownTo: number | undefined;
}

/** @throws NadirError `linear/constant-column` */
export function requireVarying({ constant }: Pick<Task, "constant">, intercept: boolean): void {
  const [first] = constant;
  if (first === undefined) return;
  const many = constant.length > 1 ? ` (and ${constant.length - 1} more)` : "";
  throw new NadirError("linear/constant-column", `column ${first}${many} does not vary`, {
    expected: intercept
      ? "columns that vary: beside an intercept, a constant says nothing"
      : "columns that are not all zero",
    hint: "leave such columns out",
  });
}

/** A task; its columns may stand still unless `strict`: in a fold, a column may happen not to vary. */
function prepared(
  design: Design,
  targets: Targets,
  settings: Settings,
  strict: boolean,
): LinearTask {
  const task = taskOf(design, targets, settings);
  if (strict) requireVarying(task, settings.intercept);
  return task;
}

/** Where a fit ended, and what counted as its end. */
export interface Solved extends PathStep {
  readonly tolerance: number;
}

/** Solves one strength. */
export function solveOne(task: Task, settings: Settings): Solved {
  const { penalty } = settings;
  if (penalty.strength === 0) requireFullRank(task);
  const effort = { ...settings, tolerance: absoluteTolerance(task, settings.tolerance) };
  const blocks = blocksFor(task, penalty);
  approach(task, penalty, settings.start, effort);
  return { penalty, blocks, ended: task.fitter.solve(blocks, effort), tolerance: effort.tolerance };
}

/** Fits one strength. */
export function fitOne(
  design: Design,
  targets: Targets,
  settings: Settings,
  strict: boolean,
): LinearFit {
  const task = prepared(design, targets, settings, strict);
  const solved = solveOne(task, settings);
  if (settings.penalty.strength === 0) requireMaximum(task, targets, settings, solved);
  return fitOf(task, targets, settings, solved);
}

/** Predictors beyond which a likelihood may be rising for ever. */
const far = 5;

/** Whether a fit without a penalty looks as if it had no end. */
export const looksEndless = ({ ended, tolerance }: Solved, eta: Vector): boolean =>
  ended.separated === true ||
  !(ended.violation <= tolerance) ||
  eta.some((value) => Math.abs(value) > far);

/** @throws NadirError `linear/separable` if the likelihood has no maximum */
function requireMaximum(
  { design, fitter, ownIntercept }: LinearTask,
  targets: Targets,
  { loss }: Settings,
  solved: Solved,
): void {
  if (loss !== "logistic" && loss !== "poisson" && loss !== "cox") return;
  const eta = new Float64Array(design.samples).fill(fitter.intercept);
  for (const j of supportOf(fitter.w)) design.add(j, fitter.w[j]!, eta);
  if (!looksEndless(solved, eta)) return;
  const rows = separableRows(loss, targets, design, ownIntercept);
  const found = rows && separationOf(rows);
  if (found !== undefined) refuseSeparation(loss, found, design.features);
}

/** Fits a path. */
export function fitPath(
  design: Design,
  targets: Targets,
  settings: Settings,
  options: StrengthOptions,
  strict: boolean,
): LinearPath {
  const task = prepared(design, targets, settings, strict);
  const strengths = strengthsOf(task, settings.penalty, options);
  const effort = { ...settings, tolerance: absoluteTolerance(task, settings.tolerance) };
  const fits: LinearFit[] = [];
  let boundary: number | undefined;
  let before: readonly number[] = [];
  for (const step of solvePath(task, settings.penalty, strengths, effort)) {
    fits.push(fitOf(task, targets, settings, { ...step, tolerance: effort.tolerance }));
    const support = supportOf(task.fitter.w);
    if (
      boundary === undefined &&
      !isConvexOn(task, step.penalty, [...new Set([...before, ...support])])
    )
      boundary = fits.at(-2)?.strength ?? step.penalty.strength;
    before = support;
  }
  return { strengths, fits, locallyConvexDownTo: boundary };
}

/** Whether the loss is curved more than the penalty is concave, in all directions of these features. */
function isConvexOn({ fitter }: Task, penalty: Penalty, features: readonly number[]): boolean {
  const rho = penalty.weakConvexity;
  if (rho === 0 || features.length === 0) return true;
  if (!Number.isFinite(rho) || fitter.corner !== undefined) return false;
  const hessian = fitter.hessian(features);
  return cholesky(hessian, features.length, hessian, -rho);
}

/** @throws NadirError `linear/rank-deficient` if columns depend on each other, so that without a penalty there is no one answer */
function requireFullRank({ fitter, design }: Task): void {
  const p = design.features;
  const all = Array.from({ length: p }, (_, j) => j);
  const hessian = p <= design.samples ? fitter.hessian(all) : undefined;
  if (hessian !== undefined && cholesky(hessian, p, hessian, -1e-12)) return;
  throw new NadirError(
    "linear/rank-deficient",
    p > design.samples
      ? `${p} columns for ${design.samples} samples, and no penalty`
      : "some column is a combination of others, and there is no penalty",
    {
      expected:
        "columns that are linearly independent, or a penalty that chooses among the answers",
      hint: "penalty: squaredL2(1e-6) takes the smallest of them",
    },
  );
}

function fitOf(task: LinearTask, targets: Targets, settings: Settings, solved: Solved): LinearFit {
  const { fitter } = task;
  const { penalty, blocks, ended } = solved;
  if (ended.separated) {
    throw new NadirError("linear/separable", "the two classes are separated by a plane", {
      expected: "classes that overlap: else the likelihood rises for ever as coefficients grow",
      hint: "add a penalty: squaredL2(1e-3) or l1(1e-3)",
    });
  }
  const w = fitter.w.slice();
  const { coefficients, intercept } = task.original(w, fitter.intercept);
  const loss = fitter.loss;
  const verdict = verdictLater(task, solved);
  const linear = (x: DesignMatrix): Float64Array =>
    predictors(readDesign(x), coefficients, intercept);
  return {
    coefficients,
    intercept,
    support: supportOf(coefficients),
    strength: penalty.strength,
    objective: loss + paidFor(blocks, w),
    loss,
    sweeps: ended.sweeps,
    violation: ended.violation,
    criteria: criteriaOf(
      settings.loss,
      loss,
      targets.size,
      task.design.features,
      supportOf(w).length + (settings.intercept ? 1 : 0),
    ),
    get verdict() {
      return verdict();
    },
    linear,
    predict: (x) => meansOf(settings.loss, targets, linear(x)),
    probabilities: (x) => {
      if (settings.loss === "logistic") return linear(x).map((eta) => 1 / (1 + Math.exp(-eta)));
      throw new NadirError("linear/probability", "this loss has no probabilities", {
        expected: 'loss: "logistic"',
      });
    },
  };
}

/** The verdict on where the task's fitter stands, made when asked for: along a path most are never looked at. */
export function verdictLater(
  task: Task,
  { penalty, blocks, ended, tolerance }: Solved,
): () => Verdict {
  const { fitter, design, loss, ownIntercept: intercept, quadratic, fused = false } = task;
  const back = fitter.keep();
  let verdict: Verdict | undefined;
  return () => {
    if (verdict !== undefined) return verdict;
    back();
    verdict = stateOf({
      ...{ ended, penalty, blocks, tolerance, fitter, design, loss, intercept, quadratic, fused },
    });
    return verdict;
  };
}

function predictors(design: Design, coefficients: Vector, intercept: number): Float64Array {
  if (design.features !== coefficients.length) {
    throw new NadirError("linear/design", `${design.features} features to predict from`, {
      expected: `${coefficients.length}, as the model was fitted with`,
    });
  }
  const out = new Float64Array(design.samples).fill(intercept);
  coefficients.forEach((w, j) => {
    if (w !== 0) design.add(j, w, out);
  });
  return out;
}

function meansOf(loss: LossChoice, { labels }: Targets, eta: Float64Array): Float64Array {
  if (loss === "poisson" || loss === "cox") return eta.map(Math.exp);
  if (labels === undefined) return eta;
  const [low, high] = labels;
  return eta.map((value) => (value > 0 ? high : low));
}
