import { NadirError } from "../../base/errors.ts";
import { requireKnownOptions } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import { type Design, type DesignMatrix, readDesign } from "../linear/design.ts";
import type { SampleOptions } from "../linear/sampleWeights.ts";
import {
  crossValidateSvm,
  type SvmCrossValidation,
  type SvmCrossValidationOptions,
} from "./crossValidateSvm.ts";
import {
  fitOne,
  fitPath,
  type Machine,
  type SvmFit,
  type SvmPath,
  type SvmPathOptions,
} from "./fits.ts";
import { type Labels, readLabels } from "./labels.ts";
import type { SvmSettings } from "./settings.ts";

/** A support vector machine: how it is to be fitted. */
export interface Svm {
  readonly settings: SvmSettings;
  /**
   * Fits it.
   *
   * @param x - the design, `[samples, features]`: rows, dense columns, or sparse ones
   * @param y - two different labels, −1 and 1 most often
   * @throws NadirError `svm/labels`, `linear/design`, `linear/not-finite`, `linear/weights` for data that cannot be fitted
   */
  fit(x: DesignMatrix, y: ArrayLike<number>, options?: SampleOptions): SvmFit;
  /** Fits it for one C after another, from small to large, each from where the last ended. */
  path(x: DesignMatrix, y: ArrayLike<number>, options?: SvmPathOptions): SvmPath;
  /** Chooses C, and the width of an rbf kernel, by samples that were held out, and fits it on all samples. */
  crossValidate(
    x: DesignMatrix,
    y: ArrayLike<number>,
    options?: SvmCrossValidationOptions,
  ): SvmCrossValidation;
}

/** Makes a machine for a design and labels; with this γ of its kernel, where one is given. */
export type MachineOf = (design: Design, labels: Labels, gamma?: number) => Machine;

/** @param widths - its kernel has a γ */
export function svmOf(settings: SvmSettings, widths: boolean, machineOf: MachineOf): Svm {
  const machine = (
    x: DesignMatrix,
    y: ArrayLike<number>,
    weights: ArrayLike<number> | undefined,
  ): Machine => {
    const design = readDesign(x);
    return machineOf(design, readLabels(y, design.samples, settings.classWeights, weights));
  };
  return {
    settings,
    fit: (x, y, options = {}) => {
      requireKnownOptions("fit", options, ["weights"]);
      return fitOne(machine(x, y, options.weights));
    },
    path: (x, y, options = {}) => {
      requireKnownOptions("path", options, ["Cs", "weights"]);
      return fitPath(machine(x, y, options.weights), options).path;
    },
    crossValidate: (x, y, options = {}) =>
      crossValidateSvm({ design: readDesign(x), y, settings, widths, machineOf }, options),
  };
}

export const totalOf = (a: Vector): number => a.reduce((sum, value) => sum + value, 0);

/** @throws NadirError `svm/features` */
export function requireFeatures(given: number, fitted: number): void {
  if (given === fitted) return;
  throw new NadirError("svm/features", `${given} features to predict from`, {
    expected: `${fitted}, as the machine was fitted with`,
  });
}
