import {
  abs,
  logicalAnd,
  logicalNot,
  maximum,
  minimum,
  sqrt,
  square,
  where,
} from "../../array/operations/elementwise.ts";
import { foldIn, type Key, key, normal } from "../../array/operations/random.ts";
import { sum } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, tensorsOf } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { vjp } from "../../autodiff/grad.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { requireNonNegative, requirePositive } from "../schedules/schedule.ts";
import { requireStep } from "./chain.ts";
import { normOver, scalar, sumOver, times } from "./leaves.ts";
import { fade } from "./moments.ts";
import { normalLike } from "./noise.ts";
import { heldNumber, partOf, renewed } from "./refresh.ts";
import type { Rule } from "./rule.ts";

export interface CurvatureNoiseOptions {
  /** Steps from one look at the curvature to the next, a count; more while looks find no reason for noise. Default 50. */
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
  /** The largest ‖g‖ since it was last small. */
  readonly peak: Tensor;
  /** Steps from the last look to the next, and the step before which that is: `i32`. */
  readonly wait: Tensor;
  readonly next: Tensor;
};

/** How fast the memory of the largest curvature fades. */
const fading = 0.999;
/** α, the step of the search, in units of 1/Λ: up to Λ = a quarter of the largest eigenvalue it is stable. */
const searchStep = 0.5;
/** The longest wait for a look, in units of the shortest. */
const longestWait = 16;
/** The search has settled where ‖Hv − λv‖ is at most this part of Λ. */
const settled = 0.03;
/** A gradient is small at this part of the largest since the last small one. */
const smallPart = 0.1;
/** The random part of the direction that a look begins with. */
const randomPart = 0.1;
/** Elements of a leaf that are seen for the size of its gradient, about. */
const sampled = 4096;
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
 * A look in vain, where the search has settled and found no negative curvature, doubles the wait for the next, up to sixteen times
 * `every`; any other sets it to `every` again. A gradient that has come down to a tenth of the largest since it last did calls for a
 * look at once (its size is taken from some thousands of its elements). Steps without noise are traced without what noise takes.
 *
 * v depends on earlier batches alone, so vᵀHv is an unbiased estimate of what it is on all data, and
 * never below the smallest eigenvalue in expectation: batches of few rows do not feign saddles.
 *
 * Batch norm and dropout in the product are those of training, on the part of the batch. Price: part·(1 + 2·products) gradients
 * a look, which is 0.035 a step every 50 steps (a function without data has no parts: 0.14) and a sixteenth of it where looks are in vain;
 * one tensor of state per tensor of params; in steps with noise two passes over the params.
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
      gradients: 0.035,
      state: 1,
      note: "a sixteenth of it while curvature stays positive; four times that on a function without batches; with noise, two passes over the params",
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
          peak: scalar(0),
          wait: scalar(every).cast("i32"),
          next: scalar(0).cast("i32"),
        };
      },
      refresh: {
        next: (step, state) =>
          Math.min(
            Math.max(step, heldNumber(state, "next")),
            rule.refresh?.next(step, partOf(state, "rule")) ?? Number.POSITIVE_INFINITY,
          ),
        quiet: (state) =>
          heldNumber(state, "noise") === 0 &&
          rule.refresh?.quiet?.(partOf(state, "rule")) !== false,
        renew: (state, place) => {
          // A Hessian is its own transpose: products are pullbacks of the gradient, which is traced once.
          const { value, pull } = vjp((x: Tree<Tensor>) => place.gradientAt(x, part), place.params);
          const { rule: inner, ...search } = state;
          const start = freshened(search.direction, place.key);
          let found: Found = { ...search, direction: start, residual: search.largest };
          for (let i = 0; i < products; i++) found = searched(found, pull(found.direction), decay);
          const { residual, ...next } = found;
          const relative = next.curvature.div(next.weight).div(next.largest.add(tiny));
          const isNegative = relative.less(-negative);
          const size = sqrt(maximum(relative.neg(), 0)).mul(radius);
          const isSettled = residual.lessEqual(next.largest.mul(settled));
          const isMoving = normOver(value).greater(0);
          const vain = logicalAnd(isSettled, logicalAnd(isMoving, logicalNot(isNegative)));
          const wait = where(vain, minimum(search.wait.mul(2), longestWait * every), every);
          return {
            ...next,
            noise: where(isNegative, size, 0),
            ...{ wait, next: place.index.add(wait) },
            rule: renewed(rule, inner, place),
          };
        },
      },
      update: (gradient, state, params, step) => {
        const { direction, noise } = state;
        const moved = rule.update(gradient, state.rule, params, step);
        const next = { ...state, ...arrival(gradient, state, step.index), rule: moved.state };
        if (step.quiet === true) return { updates: moved.updates, state: next };
        const size = noise.mul(abs(normal(foldIn(step.key, ownKey), [])));
        const side = where(inProduct(direction, gradient).greater(0), size.neg(), size);
        return {
          updates: mapTree((u, v) => u.add(times(v, side)), moved.updates, direction),
          state: next,
        };
      },
    };
  },
);

/** A direction with a random part, of length 1: a search along one that has forgotten another would never find it. */
function freshened(direction: Tree<Tensor>, own: Key): Tree<Tensor> {
  const draw = normalLike(own, direction);
  const share = normOver(draw).add(tiny).reciprocal().mul(randomPart);
  const mixed = mapTree((v, z) => v.add(times(z, share)), direction, draw);
  const shorter = normOver(mixed).add(tiny).reciprocal();
  return mapTree((v) => times(v, shorter), mixed);
}

/** A gradient that has become small calls for a look, once: what comes after is measured against it. */
function arrival(
  gradient: Tree<Tensor>,
  { peak, next }: Pick<Search, "peak" | "next">,
  index: Tensor,
): Pick<Search, "peak" | "next"> {
  const size = sampledNorm(gradient);
  const largest = maximum(peak, size);
  const isSmall = size.less(largest.mul(smallPart));
  return {
    peak: where(isSmall, size, largest),
    next: where(isSmall, minimum(next, index.add(1)), next),
  };
}

/** About ‖g‖: of a leaf with many elements some thousands are seen, evenly over it, because every step pays for them. */
function sampledNorm(gradient: Tree<Tensor>): Tensor {
  const squares = (leaf: Tensor): Tensor => {
    const stride = Math.floor(leaf.size / sampled);
    if (stride < 2) return sum(square(leaf));
    const count = Math.floor(leaf.size / stride);
    const all = leaf.reshape([leaf.size]).slice([0, count * stride]);
    const some = all.reshape([count, stride]).slice(null, [0, 1]);
    return sum(square(some)).mul(leaf.size / count);
  };
  return sqrt(sumOver(squares, gradient));
}

type Search = Omit<CurvatureNoiseState<Tree<Tensor>>, "rule">;

/** The search in the middle of a look, with ‖Hv − λv‖ of its last product. */
type Found = Search & { readonly residual: Tensor };

/** One step of the search, from the product Hv with its direction v. */
function searched(state: Found, product: Tree<Tensor>, decay: number): Found {
  const { direction } = state;
  const along = inProduct(direction, product);
  const length = sqrt(inProduct(product, product));
  const residual = sqrt(maximum(length.mul(length).sub(along.mul(along)), 0));
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
    residual,
  };
}

/** ⟨a, b⟩ over all leaves. ONNX Runtime takes longer for a product of two rows than for a product, written, and its sum. */
function inProduct(a: Tree<Tensor>, b: Tree<Tensor>): Tensor {
  const right = tensorsOf(b);
  return tensorsOf(a)
    .map((x, i) => sum(x.mul(right[i]!)))
    .map((part) => part.cast(part.graph.floatType))
    .reduce((total, part) => total.add(part));
}
