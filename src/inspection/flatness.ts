import { requireCount, requireInRange, requireKnownOptions } from "../base/require.ts";
import { worstRise } from "../diagnosis/worstRise.ts";
import { answerAsync, askGradient, askHvp, type Vector } from "../linalg/ask.ts";
import type { Apply } from "../linalg/cg.ts";
import { extremePairs } from "../linalg/extremePairs.ts";
import type { RitzPair } from "../linalg/lanczos.ts";
import { norm } from "../linalg/vector.ts";
import {
  type Inspected,
  locate,
  type PointOptions,
  pointOptionNames,
  requireFiniteLoss,
} from "./point.ts";
import { Surface } from "./surface.ts";

/** The regions in which `flatness` looks for the worst rise, and its price. */
export interface FlatnessOptions<X> extends PointOptions<X> {
  /** ρ of the ball ‖e‖ ≤ ρ, in units of the params. Default 0.05. */
  readonly radius?: number;
  /** ρ of the ellipsoid ‖e/|x|‖ ≤ ρ, relative to each param. Default 0.5. */
  readonly adaptiveRadius?: number;
  /** Gradients of an ascent from each of its three starts. Default 5. */
  readonly steps?: number;
  /** Products at most, for each of the two eigenvalues. Default 200. */
  readonly maxProducts?: number;
}

/** A sharpness by the worst rise in a region, and by curvature. */
export interface Sharpness {
  /** The region's ρ. */
  readonly radius: number;
  /** The largest rise of the loss that ascent found in it: a lower bound of the largest that there is. */
  readonly rise: number;
  /** The largest eigenvalue of the Hessian, as the region measures directions, with the error it is known to. */
  readonly largestEigenvalue: number;
  readonly error: number;
}

/** How flat a point is. */
export interface FlatnessReport {
  readonly loss: number;
  readonly gradientNorm: number;
  /**
   * In the ball ‖e‖ ≤ ρ, with the largest eigenvalue of H. Depends on how a network is written: scaling a ReLU layer by α
   * and the next by 1/α changes it, and not the function.
   */
  readonly plain: Sharpness;
  /**
   * In the ellipsoid ‖e/|x|‖ ≤ ρ, with the largest eigenvalue of |x|·H·|x|: the same however layers are scaled. A param
   * that is 0 stays 0 in it.
   */
  readonly adaptive: Sharpness;
  readonly rows: number;
  readonly ofRows: number;
  readonly cost: { readonly gradients: number; readonly seconds: number };
  readonly engine: string;
}

/**
 * How sharply the loss rises about a point: by its largest curvature, by SAM's worst rise in a ball, and by both in
 * the adaptive form that does not depend on the scale of layers. Compare points by the adaptive ones.
 *
 * In eval mode, over all rows or a sample of them. Price: 15 gradients each for the two rises and some 20 Hessian
 * products each for the two eigenvalues; `cost.gradients` tells what it came to.
 *
 * @throws NadirError `inspect/at`, `inspect/rows`, `inspect/not-finite`; `flatness/radius`, `flatness/adaptiveRadius`, `flatness/steps`
 * @see Foret et al. (2021), SAM; Kwon et al. (2021), ASAM, definition 1; Dinh, Pascanu, Bengio & Bengio (2017), Sharp
 *   minima can generalize for deep nets, section 4, on why plain sharpness says little across networks
 * @example const { adaptive } = await flatness(digits, { at: run.params, rows: 2000 });
 */
export async function flatness<X>(
  problem: Inspected<X>,
  options: FlatnessOptions<X>,
): Promise<FlatnessReport> {
  requireKnownOptions("flatness", options, [
    ...pointOptionNames,
    ...["radius", "adaptiveRadius", "steps", "maxProducts"],
  ]);
  const positive = [0, Number.POSITIVE_INFINITY] as const;
  const { radius = 0.05, adaptiveRadius = 0.5, seed = 0, maxProducts = 200 } = options;
  requireInRange("flatness/radius", radius, positive, { open: true });
  requireInRange("flatness/adaptiveRadius", adaptiveRadius, positive, { open: true });
  const steps = requireCount("flatness/steps", options.steps ?? 5);
  const located = locate(problem, options);
  await using surface = await Surface.open(located, options.rows);
  const begin = performance.now();
  const { x, oracle } = surface;
  const narrow = located.dtype === "f32";
  const { value, gradient } = await answerAsync(askGradient(x), oracle);
  requireFiniteLoss(value);
  const measure = async (stretch: Vector | undefined, ball: number): Promise<Sharpness> => {
    const apply = stretch === undefined ? hessianAt(x) : stretchedHessianAt(x, stretch);
    const { largest } = await answerAsync(
      extremePairs(apply, x.length, {
        ...{ largest: 1, smallest: 0, tolerance: narrow ? 1e-4 : 1e-6, maxProducts, seed },
        roundoff: narrow ? 2 ** -23 : 2 ** -52,
      }),
      oracle,
    );
    const [{ value: largestEigenvalue, error, vector }] = largest as readonly [RitzPair];
    const uphill = stretch === undefined ? gradient : gradient.map((g, i) => g * stretch[i]!);
    const starts = [uphill, vector, vector.map((entry) => -entry)];
    const { rise } = await answerAsync(
      worstRise(x, value, { radius: ball, stretch, starts, steps }),
      oracle,
    );
    return { radius: ball, rise, largestEigenvalue, error };
  };
  return {
    loss: value,
    gradientNorm: norm(gradient),
    plain: await measure(undefined, radius),
    adaptive: await measure(x.map(Math.abs), adaptiveRadius),
    rows: surface.rows,
    ofRows: located.rows,
    cost: { gradients: surface.gradients, seconds: (performance.now() - begin) / 1000 },
    engine: surface.engine.name,
  };
}

const hessianAt =
  (x: Vector): Apply =>
  (v) =>
    askHvp(x, v);

/** v ↦ s∘H(s∘v). */
const stretchedHessianAt = (x: Vector, stretch: Vector): Apply =>
  function* (v) {
    const product = yield* askHvp(
      x,
      v.map((entry, i) => entry * stretch[i]!),
    );
    return product.map((entry, i) => entry * stretch[i]!);
  };
