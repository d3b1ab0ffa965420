import { NadirError } from "../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import { elasticNet } from "../../methods/penalties/elasticNet.ts";
import { l1 } from "../../methods/penalties/l1.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { squaredL2 } from "../../methods/penalties/squaredL2.ts";
import {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  linearFolding,
} from "./crossValidate.ts";
import { type DesignMatrix, readDesign } from "./design.ts";
import { fitOne, fitPath, type LinearFit, type LinearPath, type Settings } from "./fits.ts";
import type { SampleOptions } from "./sampleWeights.ts";
import type { Start } from "./solvePath.ts";
import type { StrengthOptions } from "./strengths.ts";
import { type LossChoice, type Response, readTargets, weighted } from "./task.ts";

/** A linear model's loss, penalty and columns, and when its fit counts as done. */
export interface LinearModelOptions {
  /** What is minimized on the samples. Default `squared`. */
  readonly loss?: LossChoice;
  /** On the coefficients, of columns as they are after `standardize`. None unless given. */
  readonly penalty?: Penalty;
  /** Whether there is an intercept, which is never penalized. Default true (cox has none). */
  readonly intercept?: boolean;
  /**
   * Whether columns are divided by their standard deviation (by their root mean square without an intercept) before
   * the penalty is applied. Coefficients are reported for the columns as given. Default true; false for a penalty of differences
   * (`totalVariation`), which compares coefficients with each other.
   */
  readonly standardize?: boolean;
  /** The largest fixed-point violation that counts as none, over the largest slope at zero coefficients. Default 1e-9. */
  readonly tolerance?: number;
  /** Sweeps of coordinate descent at most, for each strength. Default 100,000. */
  readonly maxSweeps?: number;
  /** Where a fit with a non-convex penalty starts from. Default `auto`. */
  readonly start?: Start;
}

/** A linear model: how it is to be fitted. */
export interface LinearModel {
  readonly settings: Settings;
  /**
   * Fits it.
   *
   * @param x - the design, `[samples, features]`
   * @param y - the response
   * @throws NadirError `linear/…` for a design or response that cannot be fitted, with what to do
   */
  fit(x: DesignMatrix, y: Response, options?: SampleOptions): LinearFit;
  /** Fits it for one strength after another, each from where the last ended. */
  path(x: DesignMatrix, y: Response, options?: StrengthOptions & SampleOptions): LinearPath;
  /** Chooses the strength by the loss on held-out folds, and fits it on all samples. */
  crossValidate(
    x: DesignMatrix,
    y: Response,
    options?: CrossValidationOptions & SampleOptions,
  ): CrossValidation;
}

/**
 * A generalized linear model with any penalty that is a sum over coefficients or groups of them, or over differences of neighbours
 * (`totalVariation`, the fused lasso):
 *
 *     minimize  (1/n) Σ ℓ(x_i·w + b, y_i) + P(w).
 *
 * Coordinate descent with working sets, Anderson extrapolation and Newton steps on the support (squared loss), or proximal
 * Newton steps around it. The verdict says what is proved: `global-minimum` with primal, dual and gap for a
 * convex problem; for MCP, SCAD, L½ … the strongest statement that the curvature on the support allows.
 *
 * @throws NadirError `linear/…` for options that cannot be
 * @see Bertrand et al. (2022), Beyond L1: faster and better sparse models with skglm; Friedman, Hastie & Tibshirani (2010), Regularization
 *   paths for generalized linear models via coordinate descent
 */
export function linearModel(options: LinearModelOptions = {}): LinearModel {
  const settings = readSettings(options);
  const { loss } = settings;
  const read = (x: DesignMatrix, y: Response, weights: ArrayLike<number> | undefined) =>
    weighted(readDesign(x), readTargets(loss, y), loss, weights);
  return {
    settings,
    fit: (x, y, options = {}) => {
      requireKnownOptions("fit", options, ["weights"]);
      const { design, targets } = read(x, y, options.weights);
      return fitOne(design, targets, settings, true);
    },
    path: (x, y, { weights, ...strengths } = {}) => {
      requireKnownOptions("path", strengths, ["strengths", "count", "ratio"]);
      const { design, targets } = read(x, y, weights);
      return fitPath(design, targets, settings, strengths, true);
    },
    crossValidate: (x, y, { weights, ...folds } = {}) => {
      const { design, targets } = read(x, y, weights);
      return crossValidate(linearFolding(design, targets, settings), folds);
    },
  };
}

/** Options with their defaults. @throws NadirError `linear/…` */
export function readSettings(options: LinearModelOptions): Settings {
  requireKnownOptions(
    "linearModel",
    options,
    [...["loss", "penalty", "intercept", "standardize", "tolerance", "maxSweeps", "start"]],
    "linearModel(options).fit(x, y)",
  );
  const { loss = "squared", penalty: given = l1(0), intercept = true } = options;
  // A model, such as lasso(0.1), is easily taken for its penalty where no types are checked.
  if (given?.parts === undefined)
    throw new NadirError("linearModel/penalty", "linearModel: the penalty is none", {
      expected: "a penalty, such as l1(0.1) or scad(0.1)",
      hint: "nadir methods --kind penalty",
    });
  const differences = given.parts.kind === "whole" ? given.parts.ofDifferences : undefined;
  const [penalty, fused] = [differences ?? given, differences !== undefined];
  return {
    ...{ loss, penalty, intercept, fused, standardize: options.standardize ?? !fused },
    start: options.start ?? "auto",
    tolerance: requireInRange("linear/tolerance", options.tolerance ?? 1e-9, [0, 1], {
      open: true,
    }),
    maxSweeps: requireCount("linear/maxSweeps", options.maxSweeps ?? 100_000),
  };
}

type Shared = Omit<LinearModelOptions, "loss" | "penalty">;

/** Least squares with an L1 penalty, ½‖y − Xw − b‖²/n + λ‖w‖₁: the lasso (Tibshirani 1996). */
export const lasso = (strength: number, options: Shared = {}): LinearModel =>
  linearModel({ ...options, penalty: l1(strength) });

/** Least squares with a squared L2 penalty, ½‖y − Xw − b‖²/n + λ/2‖w‖²: ridge regression (Hoerl & Kennard 1970). */
export const ridge = (strength: number, options: Shared = {}): LinearModel =>
  linearModel({ ...options, penalty: squaredL2(strength) });

/** Least squares with an elastic net, λ(α‖w‖₁ + (1 − α)/2‖w‖²) with α = `l1Ratio` (Zou & Hastie 2005). */
export const elasticNetRegression = (
  strength: number,
  l1Ratio: number,
  options: Shared = {},
): LinearModel => linearModel({ ...options, penalty: elasticNet(strength, { l1Ratio }) });

/** Logistic regression, with a penalty if one is given: two labels. */
export const logisticRegression = (options: Omit<LinearModelOptions, "loss"> = {}): LinearModel =>
  linearModel({ ...options, loss: "logistic" });
