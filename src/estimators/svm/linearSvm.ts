import type { Vector } from "../../linalg/ask.ts";
import type { Design } from "../linear/design.ts";
import { coordinateAscent } from "./coordinateAscent.ts";
import { samplesOf } from "./samples.ts";
import { readSettings, type SvmOptions } from "./settings.ts";
import { requireFeatures, type Svm, svmOf, totalOf } from "./svm.ts";

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
  const penalized = settings.bias === "penalized";
  return svmOf(settings, false, (design, labels) => {
    const samples = samplesOf(design);
    return {
      ...{ settings, labels },
      solver: coordinateAscent(samples, penalized),
      weights: ({ a, bias }) => {
        const coefficients = new Float64Array(design.features);
        a.forEach((value, i) => {
          if (value !== 0) samples.add(i, value, coefficients);
        });
        // The bias of a machine that pays for it is the weight of a feature that is 1.
        return { coefficients, bias: penalized ? totalOf(a) : bias };
      },
      project: (_, coefficients) => (given) => products(given, coefficients!),
    };
  });
}

function products(design: Design, w: Vector): Float64Array {
  requireFeatures(design.features, w.length);
  const out = new Float64Array(design.samples);
  w.forEach((value, j) => {
    if (value !== 0) design.add(j, value, out);
  });
  return out;
}
