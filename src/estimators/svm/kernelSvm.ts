import { requireInRange } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import type { Design } from "../linear/design.ts";
import { type Kernel, type KernelChoice, readKernel } from "./kernel.ts";
import { kernelRows } from "./kernelRows.ts";
import { pairwiseAscent } from "./pairwiseAscent.ts";
import { type Samples, samplesOf } from "./samples.ts";
import { readSettings, type SvmOptions } from "./settings.ts";
import { requireFeatures, type Svm, svmOf, totalOf } from "./svm.ts";

/** The kernel of `kernelSvm`, besides what every support vector machine may be told. */
export interface KernelSvmOptions extends SvmOptions {
  /** Default `rbf`. */
  readonly kernel?: KernelChoice;
  /** Megabytes of kernel rows to keep. Default 200. */
  readonly cacheMegabytes?: number;
}

/**
 * A support vector machine with a kernel: f(x) = Σ yᵢαᵢ K(xᵢ, x) + b, and
 *
 *     minimize  ½‖f‖²_K + C Σ ℓ(yᵢ(f(xᵢ) + b))   with ℓ the hinge, its square, or the hinge cut off (ramp).
 *
 * Sequential minimal optimization with working sets of second order, shrinking, and a cache of kernel rows. The verdict of the convex
 * losses is `global-minimum` with primal, dual and gap; a ramp loss, by the convex–concave procedure, ends at a local minimum, with a lower bound of
 * the global one: samples on the wrong side lose their weight, so that it has fewer support vectors.
 *
 * @throws NadirError `svm/…` for options that cannot be
 * @see Cortes & Vapnik (1995), Support-vector networks; Fan, Chen & Lin (2005), Working set selection using second order information;
 *   Collobert et al. (2006), Trading convexity for scalability
 */
export function kernelSvm(options: KernelSvmOptions = {}): Svm {
  const settings = readSettings("kernelSvm", options, ["kernel", "cacheMegabytes"]);
  const megabytes = requireInRange(
    "svm/cacheMegabytes",
    options.cacheMegabytes ?? 200,
    [0, Number.POSITIVE_INFINITY],
    { open: true },
  );
  const choice = options.kernel ?? "rbf";
  const penalized = settings.bias === "penalized";
  const widths = choice === "rbf" || (typeof choice === "object" && "rbf" in choice);
  return svmOf(settings, widths, (design, labels, gamma) => {
    const samples = samplesOf(design);
    const kernel = readKernel(gamma === undefined ? choice : { rbf: gamma }, samples);
    return {
      ...{ settings, labels },
      solver: pairwiseAscent(kernelRows(samples, kernel, penalized ? 1 : 0, megabytes)),
      weights: ({ a, bias }) => ({ bias: penalized ? totalOf(a) : bias }),
      project: (a) => projection(samples, kernel, a),
    };
  });
}

/** Σ aᵢK(xᵢ, x): keeps the support vectors, and no others. */
function projection(samples: Samples, kernel: Kernel, a: Vector): (design: Design) => Float64Array {
  const { features } = samples.design;
  const members = Array.from(a.keys()).filter((i) => a[i] !== 0);
  const vectors = members.map((i) => {
    const x = new Float64Array(features);
    samples.add(i, 1, x);
    return { x, weight: a[i]!, square: samples.squares[i]! };
  });
  return (design) => {
    requireFeatures(design.features, features);
    const n = design.samples;
    const squares = new Float64Array(n);
    const column = new Float64Array(n);
    for (let j = 0; j < features; j++) {
      design.column(j, column);
      for (let i = 0; i < n; i++) squares[i] = squares[i]! + column[i]! ** 2;
    }
    const out = new Float64Array(n);
    for (const { x, weight, square } of vectors) {
      column.fill(0);
      x.forEach((value, j) => {
        if (value !== 0) design.add(j, value, column);
      });
      kernel.fromProducts(column, square, squares);
      for (let i = 0; i < n; i++) out[i] = out[i]! + weight * column[i]!;
    }
    return out;
  };
}
