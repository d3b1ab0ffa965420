/**
 * What the benchmarks time, as data: each system is given the same description and the same files,
 * and builds it in its own words.
 */

/** One piece of a network. Images are `[batch, channels, height, width]`; convolutions keep height and width. */
export type Layer =
  | { readonly kind: "dense"; readonly inputs: number; readonly outputs: number }
  | { readonly kind: "relu" }
  | { readonly kind: "flatten" }
  | { readonly kind: "globalAveragePool" }
  | { readonly kind: "maxPool"; readonly size: number }
  | { readonly kind: "batchNorm"; readonly features: number }
  | {
      readonly kind: "conv2d";
      readonly inputs: number;
      readonly outputs: number;
      readonly kernel: number;
      readonly bias: boolean;
    }
  /** x + layers(x). */
  | { readonly kind: "residual"; readonly layers: readonly Layer[] };

/** A classifier trained by mean cross-entropy of its logits. */
export interface Network {
  /** Shape of one sample, without the batch. */
  readonly input: readonly number[];
  readonly classes: number;
  readonly layers: readonly Layer[];
}

/** Momentum: v ← βv + g, x ← x − ηv with β = 0.9. Adam: β₁ = 0.9, β₂ = 0.999, ε = 1e-8. */
export interface Optimizer {
  readonly kind: "momentum" | "adam";
  readonly learningRate: number;
}

/** One training step on one resident batch: forward, backward, update. The time is per step. */
export interface StepCase {
  readonly kind: "step";
  readonly id: string;
  readonly title: string;
  readonly network: Network;
  readonly batch: number;
  readonly optimizer: Optimizer;
}

/** Whole training on the digits, shuffled each epoch, full batches only, test accuracy after each epoch. The time is of all epochs. */
export interface EpochsCase {
  readonly kind: "epochs";
  readonly id: string;
  readonly title: string;
  readonly network: Network;
  readonly batch: number;
  readonly optimizer: Optimizer;
  readonly epochs: number;
}

/** The gradient of the loss over all samples, or a Hessian-vector product with the parameters as the direction. */
export interface CurvatureCase {
  readonly kind: "curvature";
  readonly id: string;
  readonly title: string;
  readonly network: Network;
  readonly batch: number;
  /** `fresh-product`: all from the start each time. `kept-product`: one of `products` at one point, what they share counted in. */
  readonly what: "gradient" | "fresh-product" | "kept-product";
  readonly products: number;
}

/** The extended Rosenbrock function (pairs) from (−1.2, 1, …) in float64, start to end. The time is per solve. */
export interface SolveCase {
  readonly kind: "solve";
  readonly id: string;
  readonly title: string;
  readonly dimension: number;
}

/** The 36 Moré–Garbow–Hillstrom cases (`mgh.ts`), one after another. The time is of all 36 solves. */
export interface CollectionCase {
  readonly kind: "collection";
  readonly id: string;
  readonly title: string;
}

/**
 * The 36 Moré–Garbow–Hillstrom cases by every method that a system has, each run told on its own: for
 * `nadir bench classical`, where nadir's side runs in the process of the command.
 */
export interface ProfilesCase {
  readonly kind: "profiles";
  readonly id: string;
  readonly title: string;
  /** The known minima of each problem. */
  readonly minima: Readonly<Record<string, readonly number[]>>;
}

/** Least squares with an L1 penalty, for each of these strengths, on the data of `nadir bench sparse`. */
export interface SparseCase {
  readonly kind: "sparse";
  readonly id: string;
  readonly title: string;
  readonly strengths: readonly number[];
  /** As the peer itself understands it. */
  readonly tolerance: number;
  readonly repeats: number;
}

/** A support vector machine with an rbf kernel, on the data of `nadir bench robust`. */
export interface SvmCase {
  readonly kind: "svm";
  readonly id: string;
  readonly title: string;
  readonly C: number;
  readonly gamma: number;
  /** As the peer itself understands it. */
  readonly tolerance: number;
}

export type BenchCase =
  | StepCase
  | EpochsCase
  | CurvatureCase
  | SolveCase
  | CollectionCase
  | ProfilesCase
  | SparseCase
  | SvmCase;

/** A case with a network, and so with data files. */
export type NetworkCase = StepCase | EpochsCase | CurvatureCase;

export interface Suite {
  readonly name: string;
  readonly cases: readonly BenchCase[];
}

/** One array of parameters: its shape, and how it starts. */
export interface Parameter {
  readonly shape: readonly number[];
  /** `he`: uniform with variance 2 / fan-in. */
  readonly start: "he" | "zero" | "one";
}

/**
 * A network's parameters in the order of their files, depth first, weight before bias: dense
 * `[inputs, outputs]`, convolution `[outputs, inputs, k, k]`, batch norm scale and then shift.
 */
export function parametersOf(layers: readonly Layer[]): readonly Parameter[] {
  return layers.flatMap((layer): readonly Parameter[] => {
    switch (layer.kind) {
      case "dense":
        return [
          { shape: [layer.inputs, layer.outputs], start: "he" },
          { shape: [layer.outputs], start: "zero" },
        ];
      case "conv2d": {
        const { inputs, outputs, kernel, bias } = layer;
        const weight: Parameter = { shape: [outputs, inputs, kernel, kernel], start: "he" };
        return bias ? [weight, { shape: [outputs], start: "zero" }] : [weight];
      }
      case "batchNorm":
        return [
          { shape: [layer.features], start: "one" },
          { shape: [layer.features], start: "zero" },
        ];
      case "residual":
        return parametersOf(layer.layers);
      default:
        return [];
    }
  });
}
