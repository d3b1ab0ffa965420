import type { LinearLayer } from "../../analysis/linearLayers.ts";
import { isTensor } from "../../array/graph.ts";
import { eye, full } from "../../array/operations/creation.ts";
import { minimum, sqrt, where } from "../../array/operations/elementwise.ts";
import { sum } from "../../array/operations/reduction.ts";
import { concat, slice } from "../../array/operations/shaping.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mapTree, tensorsOf, zerosLike } from "../../array/tensorTree.ts";
import { flatten, type Tree, unflatten } from "../../array/tree.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import { described } from "../method.ts";
import { type LearningRate, rateAt, requirePositive, requireRate } from "../schedules/schedule.ts";
import { like, times } from "./leaves.ts";
import { inverse } from "./matrixRoot.ts";
import type { Rule, RuleStep } from "./rule.ts";

export interface KfacOptions {
  /** λ, in f per unit of x², above 0. Default 1e-2. */
  readonly damping?: number;
  /** κ: steps are shortened to η²⟨∇f, F⁻¹∇f⟩ ≤ κ, about twice the KL divergence that one makes by itself, above 0. Default 1e-4. */
  readonly klClip?: number;
  /** μ, the part of the last step that is kept, in [0, 1). Default 0.9. */
  readonly momentum?: number;
  /** ε, the part of the factors that is kept at a step, in [0, 1); less in the first 1/(1 − ε) steps. Default 0.95. */
  readonly decay?: number;
  /** Steps from one inversion of the factors to the next, a count; in the first of them also at 1, 2, 4, 8 …. Default 20. */
  readonly every?: number;
  /** The part of each batch that the factors are measured on, in (0, 1]. Default 1/4. */
  readonly part?: number;
  /**
   * Whose derivatives G is made of: `model` (default), of the loss with targets drawn from the model's own predictive
   * distribution, which makes it the Fisher matrix; or `empirical`, of the batch's own targets, which does not.
   */
  readonly fisher?: "model" | "empirical";
}

/** Factors of one layer stand at the place of its weights among the params of two axes or four. */
export type KfacState = {
  readonly velocity: Tree<Tensor>;
  /** A = E[āāᵀ] of the inputs with a 1 behind them: `[in + 1, in + 1]`. */
  readonly inputs: readonly Tensor[];
  /** G = E[ggᵀ] of the derivatives by the outputs: `[out, out]`. */
  readonly outputs: readonly Tensor[];
  /** (A + π√λ·I)⁻¹ and (G + √λ/π·I)⁻¹ as of the last inversion; zeros before the first. */
  readonly inputInverses: readonly Tensor[];
  readonly outputInverses: readonly Tensor[];
};

/** Folded away where a step is exactly 0. */
const tiny = 1e-30;

/**
 * K-FAC, the natural gradient with a Fisher matrix that is a Kronecker product in each layer, F ≈ A ⊗ G with
 * A = E[āāᵀ] of the layer's inputs ā = (a, 1) and G = E[ggᵀ] of the derivatives g by its outputs s = Wᵀa + b:
 *
 *     U = (A + π√λ·I)⁻¹·(∇W; ∇b)·(G + √λ/π·I)⁻¹,   π² = (tr A/dim A)/(tr G/dim G)
 *     v ← μv + νU,   W ← W − ηv,   ν = min(1, √(κ/(η²Σ⟨U, ∇⟩)))
 *
 * A and G are running averages. The layers are read off the loss's graph: products x·W of rows with a matrix, and
 * convolutions, for which A sums over the places of a patch and G is their mean; biases belong to the layer that adds
 * them. Params of other kinds need a rule of their own: `byPath({ "*": kfac(0.1), "**.scale": adam(1e-3) })`.
 *
 * The loss must be a mean over the batch's rows. With `fisher: "model"` it is a `compositeLoss` that says how targets are drawn.
 * The first step only measures; inverses are renewed between steps.
 *
 * Price: one gradient a step and one on `part` of the batch, four products of each gradient with matrices of the layer's widths,
 * 2·((in + 1)² + out²) numbers of state for each layer; every `every` steps 4/3·(in³ + out³) multiplications.
 *
 * @param learningRate - η: about 1 for small noise, less for small batches
 * @throws NadirError `rules/learningRate`, `rules/damping`, `rules/klClip`, `rules/momentum`, `rules/decay`, `rules/every`,
 *   `rules/part`, `kfac/fisher`; in a trace `kfac/layers` for params that belong to no layer, `kfac/batch` on a function
 *   without data, `kfac/targets` for a loss that cannot draw targets, `layers/shared`, `layers/groups`
 * @see Martens & Grosse (2015), Optimizing neural networks with Kronecker-factored approximate curvature, eq. (1), §5, §6.3
 * @see Grosse & Martens (2016), A Kronecker-factored approximate Fisher matrix for convolution layers, theorem 1
 * @see Ba, Grosse & Martens (2017), Distributed second-order optimization using Kronecker-factored approximations, §5 (clipping)
 */
export const kfac = described(
  {
    name: "kfac",
    kind: "rule",
    summary:
      "The natural gradient of networks, with a Fisher matrix that is a Kronecker product in each layer.",
    guarantee:
      "None proved for networks. Steps do not depend on how a layer's inputs and outputs are scaled or mixed, but for the damping.",
    price: {
      gradients: 1.25,
      state: 1,
      note: "2·((in + 1)² + out²) numbers for each layer, products of these sizes at each step, their inverses now and then",
    },
    source:
      "Martens & Grosse (2015), K-FAC, §5 and §6.3; Grosse & Martens (2016), theorem 1 (convolutions); Ba, Grosse & Martens (2017), §5 (clipping)",
  },
  (learningRate: LearningRate, options: KfacOptions = {}): Rule<KfacState> => {
    requireRate("rules/learningRate", learningRate);
    requireKnownOptions("kfac", options, [
      ...(["damping", "klClip", "momentum", "decay", "every", "part", "fisher"] as const),
    ]);
    const damping = requirePositive("rules/damping", options.damping ?? 1e-2);
    const klClip = requirePositive("rules/klClip", options.klClip ?? 1e-4);
    const momentum = requireInRange("rules/momentum", options.momentum ?? 0.9, [0, 1]);
    const decay = requireInRange("rules/decay", options.decay ?? 0.95, [0, 1]);
    const every = requireCount("rules/every", options.every ?? 20);
    const part = requireInRange("rules/part", options.part ?? 1 / 4, [0, 1], {
      open: true,
      closed: true,
    });
    const { fisher = "model" } = options;
    if (fisher !== "model" && fisher !== "empirical") {
      throw new NadirError("kfac/fisher", `kfac: fisher is ${String(fisher)}`, {
        expected: '"model" or "empirical"',
      });
    }
    const targets = fisher === "model" ? "model" : "given";
    return {
      kind: "rule",
      name: "kfac",
      learningRate,
      init: (params) => {
        const widths = tensorsOf(params).filter(isWeight).map(widthsOf);
        const square = (n: number, { dtype }: Tensor): Tensor => full([n, n], 0, dtype);
        const inputs = widths.map(({ entering, of }) => square(entering + 1, of));
        const outputs = widths.map(({ leaving, of }) => square(leaving, of));
        return {
          velocity: zerosLike(params),
          ...{ inputs, outputs, inputInverses: inputs, outputInverses: outputs },
        };
      },
      refresh: {
        next: (step) =>
          step < every
            ? Math.min(every, 2 ** Math.ceil(Math.log2(Math.max(step, 1))))
            : every * Math.ceil(step / every),
        renew: (state) => {
          const pairs = state.inputs.map((a, i) => inverses(a, state.outputs[i]!, damping));
          return {
            ...state,
            inputInverses: pairs.map(([a]) => a),
            outputInverses: pairs.map(([, g]) => g),
          };
        },
      },
      update: (gradient, state, params, step) => {
        const places = layersOf(params, step, { part, targets });
        const count = step.index.add(1).cast(step.index.graph.floatType);
        const kept = minimum(count.reciprocal().neg().add(1), decay);
        const averaged = (before: Tensor, [rows, share]: Rows): Tensor => {
          // The new part's weight goes onto its few rows: a pass less over the matrix.
          const weighted = times(rows, kept.neg().add(1).mul(share));
          return times(before, kept).add(rows.transpose().matmul(weighted));
        };
        const inputs: Tensor[] = [];
        const outputs: Tensor[] = [];
        const slopes = tensorsOf(gradient);
        const directions = [...slopes];
        let along: Tensor | undefined;
        for (const [i, { layer, weight, bias }] of places.entries()) {
          const { ofInputs, ofOutputs } = factors(layer, bias !== undefined);
          inputs.push(averaged(state.inputs[i]!, ofInputs));
          outputs.push(averaged(state.outputs[i]!, ofOutputs));
          const slope = joined(slopes[weight]!, bias === undefined ? undefined : slopes[bias]!);
          const natural = state.inputInverses[i]!.matmul(slope).matmul(state.outputInverses[i]!);
          const product = sum(natural.mul(slope)).cast(step.index.graph.floatType);
          along = along === undefined ? product : along.add(product);
          const [w, b] = parted(natural, slopes[weight]!);
          directions[weight] = w;
          if (bias !== undefined) directions[bias] = b;
        }
        const rate = rateAt(learningRate, step);
        // ⟨U, ∇⟩ is not negative but by rounding.
        const size = (along ?? rate.mul(0)).maximum(0).mul(rate).mul(rate).add(tiny);
        const shorter = minimum(sqrt(size.reciprocal().mul(klClip)), 1);
        const direction = unflatten(flatten(gradient, isTensor).structure, directions);
        const velocity = mapTree(
          (v, u) => v.mul(momentum).add(times(u, shorter)),
          state.velocity,
          direction,
        );
        const updates = mapTree((v) => times(v, rate.neg()), velocity);
        return { updates, state: { ...state, velocity, inputs, outputs } };
      },
    };
  },
);

const isWeight = ({ shape }: Tensor): boolean => shape.length === 2 || shape.length === 4;

/** How many numbers enter and leave at one place: of `[in, out]`, or of filters `[out, in, height, width]`. */
function widthsOf(weight: Tensor): { entering: number; leaving: number; of: Tensor } {
  const [first = 0, second = 0] = weight.shape;
  return weight.shape.length === 2
    ? { entering: first, leaving: second, of: weight }
    : { entering: weight.size / first, leaving: first, of: weight };
}

/** A layer and the places of its params among the leaves. */
interface Place {
  readonly layer: LinearLayer;
  readonly weight: number;
  readonly bias: number | undefined;
}

/** The layer of each weight, in their order. @throws NadirError `kfac/batch`, `kfac/layers` */
function layersOf(
  params: Tree<Tensor>,
  step: RuleStep,
  request: Parameters<NonNullable<RuleStep["layers"]>>[0],
): readonly Place[] {
  if (step.layers === undefined) {
    throw new NadirError("kfac/batch", "kfac: a function without data has no layers", {
      expected: "a loss over batches of data, with fit or minimize(finiteSum(…))",
      hint: "for a function of a few hundred unknowns: newton, trustRegion or saddleFreeNewton",
    });
  }
  const { leaves, paths } = flatten(params, isTensor, "params");
  const found = step.layers(request);
  const placeOf = (i: number): number => leaves.indexOf(found.params[i]!);
  const places = found.layers.flatMap((layer): readonly Place[] => {
    const weight = placeOf(layer.weight);
    if (weight < 0) return [];
    const bias = layer.bias === undefined ? -1 : placeOf(layer.bias);
    return [{ layer, weight, bias: bias < 0 ? undefined : bias }];
  });
  const known = new Set(places.flatMap(({ weight, bias }) => [weight, bias]));
  const others = paths.filter((_, i) => !known.has(i));
  if (others.length > 0) {
    const names = others.map((path) => (path === "" ? "params" : `params.${path}`)).join(", ");
    throw new NadirError("kfac/layers", `kfac: ${names} belong to no linear layer of the loss`, {
      expected: "weights of products x·W or of convolutions, and the biases added to them",
      hint: `give others a rule of their own: byPath({ "*": kfac(0.1), "${others[0]}": adam(1e-3) })`,
    });
  }
  return [...places].sort((a, b) => a.weight - b.weight);
}

/** A factor as RᵀR times a number: its rows R, and the number. */
type Rows = readonly [rows: Tensor, share: number];

/** A = E[Σāāᵀ] and G = E[Σggᵀ]/places over examples, g the derivative of an example's own loss. */
function factors(
  { input, cotangent, examples, places }: LinearLayer,
  hasBias: boolean,
): { readonly ofInputs: Rows; readonly ofOutputs: Rows } {
  // Without a bias the coordinate that is 1 is 0: a block of its own in A, which the damping makes invertible.
  const unit = full([input.shape[0]!, 1], hasBias ? 1 : 0, input.dtype);
  return {
    ofInputs: [concat([input, unit], 1), 1 / examples],
    // The loss is a mean: an example's own derivative is `examples` times its part of it.
    ofOutputs: [cotangent, examples / places],
  };
}

/** (A + π√λ·I)⁻¹ and (G + √λ/π·I)⁻¹. */
function inverses(a: Tensor, g: Tensor, damping: number): readonly [Tensor, Tensor] {
  const unitOf = (x: Tensor): Tensor => eye(x.shape[0]!, x.dtype);
  const meanOf = (x: Tensor): Tensor =>
    sum(x.mul(unitOf(x)))
      .mul(1 / x.shape[0]!)
      .add(tiny);
  // A layer whose outputs move nothing yet has G = 0: then π is 1, and the damping alone is inverted.
  const ratio = meanOf(a).div(like(meanOf(g), a));
  const silent = like(meanOf(g), a).lessEqual(2 * tiny);
  const share = sqrt(where(silent, 1, ratio));
  const root = Math.sqrt(damping);
  return [
    inverse(a.add(unitOf(a).mul(share.mul(root)))),
    inverse(g.add(unitOf(g).mul(like(share.reciprocal(), g).mul(root)))),
  ];
}

/** The gradient of weights and bias as one matrix `[in + 1, out]`. */
function joined(weight: Tensor, bias: Tensor | undefined): Tensor {
  const { entering, leaving } = widthsOf(weight);
  const matrix =
    weight.shape.length === 2 ? weight : weight.reshape([leaving, entering]).transpose();
  const last = bias?.reshape([1, leaving]) ?? full([1, leaving], 0, weight.dtype);
  return concat([matrix, last], 0);
}

/** Such a matrix taken apart again, into the shapes of weights and bias. */
function parted(matrix: Tensor, weight: Tensor): readonly [Tensor, Tensor] {
  const { entering, leaving } = widthsOf(weight);
  const top = slice(matrix, [0, entering], null);
  return [
    (weight.shape.length === 2 ? top : top.transpose()).reshape(weight.shape),
    slice(matrix, [entering, entering + 1], null).reshape([leaving]),
  ];
}
