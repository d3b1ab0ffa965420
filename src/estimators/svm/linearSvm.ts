import { NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { type DesignMatrix, readDesign } from "../linear/design.ts";
import { coordinateAscent } from "./coordinateAscent.ts";
import {
  fitOne,
  fitPath,
  type Machine,
  type SvmFit,
  type SvmPath,
  type SvmPathOptions,
} from "./fits.ts";
import { readLabels } from "./labels.ts";
import { readSamples } from "./samples.ts";
import { readSettings, type SvmOptions, type SvmSettings } from "./settings.ts";

/** A support vector machine: how it is to be fitted. */
export interface Svm {
  readonly settings: SvmSettings;
  /**
   * Fits it.
   *
   * @param x - the design, `[samples, features]`: rows, dense columns, or sparse ones
   * @param y - two different labels, −1 and 1 most often
   * @throws NadirError `svm/labels`, `linear/design`, `linear/not-finite` for data that cannot be fitted
   */
  fit(x: DesignMatrix, y: ArrayLike<number>): SvmFit;
  /** Fits it for one C after another, from small to large, each from where the last ended. */
  path(x: DesignMatrix, y: ArrayLike<number>, options?: SvmPathOptions): SvmPath;
}

/**
 * A linear support vector machine:
 *
 *     minimize  ½‖w‖² + C Σ ℓ(yᵢ(w·xᵢ + b))   with ℓ(z) = max(0, 1 − z), its square, or the hinge cut off at 1 − s.
 *
 * Dual coordinate ascent, at the price of the design's nonzero entries a sweep. The verdict of the convex losses is
 * `global-minimum` with primal, dual and gap; a ramp loss ends at a local minimum, with a lower bound of the global one.
 *
 * @throws NadirError `svm/…` for options that cannot be
 * @see Hsieh et al. (2008), A dual coordinate descent method for large-scale linear SVM; Collobert et al. (2006), Trading convexity for
 *   scalability
 */
export function linearSvm(options: SvmOptions = {}): Svm {
  const settings = readSettings("linearSvm", options);
  const machine = (x: DesignMatrix, y: ArrayLike<number>): Machine => {
    const samples = readSamples(x);
    const { features } = samples.design;
    const penalized = settings.bias === "penalized";
    return {
      settings,
      labels: readLabels(y, samples.design.samples),
      solver: coordinateAscent(samples, penalized),
      weights: ({ a, bias }) => {
        const coefficients = new Float64Array(features);
        a.forEach((value, i) => {
          if (value !== 0) samples.add(i, value, coefficients);
        });
        // The bias of a machine that pays for it is the weight of a feature that is 1.
        return { coefficients, bias: penalized ? totalOf(a) : bias };
      },
      project: (_, coefficients) => (given) => products(given, coefficients!),
    };
  };
  return {
    settings,
    fit: (x, y) => fitOne(machine(x, y)),
    path: (x, y, prices = {}) => fitPath(machine(x, y), prices),
  };
}

export const totalOf = (a: Vector): number => a.reduce((sum, value) => sum + value, 0);

function products(x: DesignMatrix, w: Vector): Float64Array {
  const design = readDesign(x);
  requireFeatures(design.features, w.length);
  const out = new Float64Array(design.samples);
  w.forEach((value, j) => {
    if (value !== 0) design.add(j, value, out);
  });
  return out;
}

/** @throws NadirError `svm/features` */
export function requireFeatures(given: number, fitted: number): void {
  if (given === fitted) return;
  throw new NadirError("svm/features", `${given} features to predict from`, {
    expected: `${fitted}, as the machine was fitted with`,
  });
}
