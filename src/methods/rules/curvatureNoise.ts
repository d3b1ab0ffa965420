import { dot } from "../../array/operations/contraction.ts";
import { abs, maximum, sqrt, where } from "../../array/operations/elementwise.ts";
import { foldIn, key, normal } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, tensorsOf } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { vjp } from "../../autodiff/grad.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative, requirePositive } from "../schedules/schedule.ts";
import { requireStep } from "./chain.ts";
import { normOver, scalar, times } from "./leaves.ts";
import { fade } from "./moments.ts";
import { normalLike } from "./noise.ts";
import { renewed } from "./refresh.ts";
import type { Rule } from "./rule.ts";

export interface CurvatureNoiseOptions {
  /** Steps from one look at the curvature to the next, a count. Default 50. */
  readonly every?: number;
  /** Hessian-vector products of a look, a count. Default 3. */
  readonly products?: number;
  /** The part of a batch that a look takes, in (0, 1]. Default 1/4. */
  readonly part?: number;
  /** r: the noise's length where the curvature is as negative as any is positive, in params, above 0. Default 0.01. */
  readonly radius?: number;
  /** ε: curvature counts as negative below −ε times the largest, at least 0. Default 0.01. */
  readonly negative?: number;
  /** β, the part of the average of curvatures that is kept at a product, in [0, 1). Default 0.9. */
  readonly decay?: number;
  /** Seed of the direction that the search starts from, a count from 0. Default 0. */
  readonly seed?: number;
}

export type CurvatureNoiseState<S extends Tree<Tensor>> = {
  readonly rule: S;
  /** v, of length 1: nested as the params are. */
  readonly direction: Tree<Tensor>;
  /** Σ βᵗ⁻ⁱ vᵢᵀHᵢvᵢ, and the weight Σ βᵗ⁻ⁱ that makes an average of it. */
  readonly curvature: Tensor;
  readonly weight: Tensor;
  /** Λ, about the largest curvature: the largest ‖Hv‖ so far, fading. */
  readonly largest: Tensor;
  /** r√(−λ/Λ), the size of the noise; 0 where the curvature is not negative. */
  readonly noise: Tensor;
};

/** How fast the memory of the largest curvature fades. */
const fading = 0.999;
/** α, the step of the search, in units of 1/Λ: up to Λ = a quarter of the largest eigenvalue it is stable. */
const searchStep = 0.5;
const tiny = 1e-30;
/** Folded into the step's key for the noise: rules count up from 0. */
const ownKey = 0x6e6f6973;

/**
 * Noise by feedback from the curvature. Every `every` steps, between two of them, some Hessian-vector products on a part of
 * a batch make as many steps of Oja's iteration for the smallest eigenvalue, v ← (v − αHv/Λ)/‖·‖, from where the last ones ended.
 * The average λ of vᵀHv over looks and batches tells what the steps until the next look do:
 * - λ ≥ −εΛ: no noise, the rule's step untouched;
 * - λ < −εΛ: the step goes r·√(−λ/Λ)·|z| along ±v besides, z standard normal, to the side where the
 *   gradient does not rise.
 * v depends on earlier batches alone, so vᵀHv is an unbiased estimate of what it is on all data, and
 * never below the smallest eigenvalue in expectation: batches of few rows do not feign saddles.
 *
 * Batch norm and dropout in the product are those of training, on the part of the batch. Price: 2·part·products/every
 * gradients a step, 0.03 unless said (a function without data has no parts: 0.12), one tensor of state per tensor of params,
 * and two passes over the params.
 *
 * @param rule - makes the step
 * @throws NadirError `rules/no-step`, `rules/every`, `rules/products`, `rules/part`, `rules/radius`, `rules/negative`, `rules/decay`, `rules/seed`
 * @see Oja & Karhunen (1985), On stochastic approximation of the eigenvectors of a random matrix; Allen-Zhu
 * & Li (2018), Neon2, algorithm 2 (negative curvature from stochastic products); the feedback is nadir's own
 */
export const curvatureNoise = described(
  {
    name: "curvatureNoise",
    kind: "transform",
    summary:
      "Noise along the direction of most negative curvature, estimated on the way; none where there is none.",
    guarantee:
      "None proved. Where the estimate says that curvature is positive, the steps are the rule's own.",
    price: {
      gradients: 0.03,
      state: 1,
      note: "0.12 gradients on a function without batches, and two passes over the params",
    },
    source:
      "Oja & Karhunen (1985), stochastic approximation of eigenvectors; Allen-Zhu & Li (2018), Neon2, algorithm 2; the feedback is nadir's own",
  },
  <S extends Tree<Tensor>>(
    rule: Rule<S>,
    options: CurvatureNoiseOptions = {},
  ): Rule<CurvatureNoiseState<S>> => {
    requireStep(rule);
    requireKnownOptions("curvatureNoise", options, [
      ...["every", "products", "part", "radius", "negative", "decay", "seed"],
    ]);
    const every = requireCount("rules/every", options.every ?? 50);
    const products = requireCount("rules/products", options.products ?? 3);
    const part = requireInRange("rules/part", options.part ?? 1 / 4, [0, 1], {
      open: true,
      closed: true,
    });
    const radius = requirePositive("rules/radius", options.radius ?? 0.01);
    const negative = requireNonNegative("rules/negative", options.negative ?? 0.01);
    const decay = requireInRange("rules/decay", options.decay ?? 0.9, [0, 1]);
    const seed = requireCount("rules/seed", options.seed ?? 0, 0);
    const { answer } = rule;
    return {
      kind: "rule",
      name: `curvatureNoise(${rule.name})`,
      learningRate: rule.learningRate,
      ...(rule.settling === undefined ? {} : { settling: rule.settling }),
      ...(rule.penaltiesOn === undefined ? {} : { penaltiesOn: rule.penaltiesOn }),
      ...(answer === undefined ? {} : { answer: (params, state) => answer(params, state.rule) }),
      init: (params) => {
        const draw = normalLike(key(seed), params);
        const shorter = normOver(draw).add(tiny).reciprocal();
        return {
          rule: rule.init(params),
          direction: mapTree((v) => times(v, shorter), draw),
          curvature: scalar(0),
          weight: scalar(0),
          largest: scalar(0),
          noise: scalar(0),
        };
      },
      refresh: {
        due: (step) => step % every === 0 || rule.refresh?.due(step) === true,
        renew: (state, place) => {
          // A Hessian is its own transpose: products are pullbacks of the gradient, which is traced once.
          const { pull } = vjp((x: Tree<Tensor>) => place.gradientAt(x, part), place.params);
          const { rule: inner, ...search } = state;
          let found = search;
          for (let i = 0; i < products; i++) found = searched(found, pull(found.direction), decay);
          const relative = found.curvature.div(found.weight).div(found.largest.add(tiny));
          const size = sqrt(maximum(relative.neg(), 0)).mul(radius);
          const noise = where(relative.less(-negative), size, 0);
          return { ...found, noise, rule: renewed(rule, inner, place) };
        },
      },
      update: (gradient, state, params, step) => {
        const { direction, noise } = state;
        const moved = rule.update(gradient, state.rule, params, step);
        const size = noise.mul(abs(normal(foldIn(step.key, ownKey), [])));
        const side = where(inProduct(direction, gradient).greater(0), size.neg(), size);
        return {
          updates: mapTree((u, v) => u.add(times(v, side)), moved.updates, direction),
          state: { ...state, rule: moved.state },
        };
      },
    };
  },
);

type Search = Omit<CurvatureNoiseState<Tree<Tensor>>, "rule">;

/** One step of the search, from the product Hv with its direction v. */
function searched(state: Search, product: Tree<Tensor>, decay: number): Search {
  const { direction } = state;
  const along = inProduct(direction, product);
  const length = sqrt(inProduct(product, product));
  const largest = maximum(state.largest.mul(fading), length);
  // ‖v − sHv‖ from products that are known, v's own length measured anew lest rounding grow.
  const stride = largest.add(tiny).reciprocal().mul(searchStep);
  const back = stride.mul(length);
  const square = inProduct(direction, direction).sub(stride.mul(along).mul(2)).add(back.mul(back));
  const shorter = sqrt(maximum(square, tiny)).reciprocal();
  const across = shorter.mul(stride);
  return {
    ...state,
    direction: mapTree((v, hv) => times(v, shorter).sub(times(hv, across)), direction, product),
    curvature: fade(state.curvature, decay, along),
    weight: fade(state.weight, decay, 1),
    largest,
  };
}

/** ⟨a, b⟩ over all leaves, as contractions: no tensor is written. */
function inProduct(a: Tree<Tensor>, b: Tree<Tensor>): Tensor {
  const right = tensorsOf(b);
  return tensorsOf(a)
    .map((x, i) => dot(x.reshape([x.size]), right[i]!.reshape([x.size])))
    .map((part) => part.cast(part.graph.floatType))
    .reduce((total, part) => total.add(part));
}
