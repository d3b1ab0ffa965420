import { type Network, type NetworkLayer, networkOf } from "../../analysis/network.ts";
import { maximum } from "../../array/operations/elementwise.ts";
import { foldIn } from "../../array/operations/random.ts";
import { concat } from "../../array/operations/shaping.ts";
import type { Aval } from "../../array/primitives/primitive.ts";
import { finish, type Program, record } from "../../array/program.ts";
import { splat } from "../../array/simplify.ts";
import type { Tensor } from "../../array/tensor.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import type { Tree } from "../../array/tree.ts";
import { differentiate } from "../../autodiff/grad.ts";
import { close, open } from "../../autodiff/variables.ts";
import { cut } from "../../base/cut.ts";
import { internal } from "../../base/errors.ts";
import type { LayerKind } from "../../diagnosis/health.ts";
import { saturationMargin, unitAxis } from "../../diagnosis/units.ts";
import { type AnyLoss, evaluateLoss } from "../step.ts";
import { type Outline, streams } from "../values.ts";

/** What a loss is looked at through: params, a model's state, and rows. */
export interface WatchedLoss {
  readonly loss: AnyLoss;
  readonly params: Outline;
  readonly state: Outline;
  readonly sample: Outline;
  readonly dtype: "f32" | "f64";
}

/** A layer as a program measures it. Numbers are places in its list of means. */
export interface WatchedLayer {
  readonly path: string;
  readonly kind: LayerKind;
  readonly params: readonly number[];
  readonly activation:
    | {
        readonly of: string;
        readonly square: number;
        readonly mean: number;
        readonly saturated: number | undefined;
        /** The place among the outputs of the largest value of each unit; undefined unless it is ReLU. */
        readonly peaks: number | undefined;
        readonly isLast: boolean;
      }
    | undefined;
  readonly batchNorm: { readonly drift: number; readonly spread: number } | undefined;
  readonly residual: { readonly branch: number; readonly skip: number } | undefined;
}

/**
 * A program of params, state, rows, key and step that measures what goes through a network in training mode. Its outputs: the
 * loss, the means that layers name, the peaks of units that can die, and with `gradients` the gradient of each param.
 */
export interface HealthProgram {
  readonly program: Program;
  readonly layers: readonly WatchedLayer[];
  readonly peaks: number;
}

/** Of a range from −1 to 1. */
const saturation = 1 - 2 * saturationMargin;
/** Kept from 0: what batch norm adds to variances unless told otherwise. */
const epsilon = 1e-5;

/** Traces the measurement of a loss. @throws NadirError as the loss does for what it refuses */
export function traceHealth(watched: WatchedLoss, { gradients = false } = {}): HealthProgram {
  const { loss, params, state, sample, dtype } = watched;
  const groups: readonly (readonly Aval[])[] = [
    ...[params.arrays, state.arrays, sample.arrays],
    [{ shape: [2], dtype: "i32" }],
    [{ shape: [], dtype: "i32" }],
  ];
  let layers: readonly WatchedLayer[] = [];
  let peaks = 0;
  const recorded = record(
    groups.flat(),
    (...inputs) => {
      const [weights, recalled, rows, [root] = [], [step] = []] = cut(
        inputs,
        groups.map(({ length }) => length),
      );
      if (root === undefined || step === undefined) throw internal("health without its key");
      const context = {
        key: foldIn(foldIn(foldIn(root, streams.steps), step), 0),
        training: true,
        state: close<unknown>(state.structure, recalled!),
      };
      const tree = close<Tree<Tensor>>(params.structure, weights!);
      const batch = close<unknown>(sample.structure, rows!);
      const evaluate = (at: Tree<Tensor>) => evaluateLoss(loss, at, batch, context);
      const { value, gradient, aux } = gradients
        ? differentiate(tree, evaluate, "health")
        : { ...evaluate(tree), gradient: undefined };
      const next = aux.state === undefined ? [] : open(aux.state, value.graph, "state").tensors;
      const network = networkOf({ value, params: weights!, paths: params.paths, batch: rows! });
      const measured = measure(network, watched, { before: recalled!, next });
      layers = measured.layers;
      peaks = measured.peaks.length;
      const means = measured.means.map((mean) => mean.reshape([1]).cast(dtype));
      return [
        value,
        means.length === 0 ? value.reshape([1]) : concat(means, 0),
        ...measured.peaks,
        ...(gradient === undefined ? [] : tensorsOf(gradient)),
      ];
    },
    dtype,
  );
  return { program: finish(recorded), layers, peaks };
}

interface Memory {
  readonly before: readonly Tensor[];
  readonly next: readonly Tensor[];
}

function measure({ layers, sums }: Network, { params, state }: WatchedLoss, memory: Memory) {
  const [means, peaks]: [Tensor[], Tensor[]] = [[], []];
  const meanOf = (value: Tensor): number => means.push(value.mean()) - 1;
  const activationOf = (layer: NetworkLayer): WatchedLayer["activation"] => {
    const { activations, output, isLast } = layer;
    const values = activations.length > 0 ? activations : output === undefined ? [] : [output];
    if (values.length === 0) return undefined;
    const average = (of: (value: Tensor) => Tensor): number =>
      meanOf(
        values
          .map((value) => of(value).mean())
          .reduce((sum, mean) => sum.add(mean))
          .div(values.length),
      );
    const bounded = activations.filter(({ op }) => op === "sigmoid" || op === "tanh");
    const ramps = activations.filter(({ op }) => op === "relu");
    return {
      of:
        activations.length === 0
          ? "output"
          : [...new Set(activations.map(({ op }) => op))].sort().join("+"),
      square: average((value) => value.square()),
      mean: average((value) => value),
      saturated:
        bounded.length === 0
          ? undefined
          : meanOf(
              bounded
                .map(shareSaturated)
                .reduce((sum, share) => sum.add(share))
                .div(bounded.length),
            ),
      peaks: peaksOf(ramps, peaks),
      isLast,
    };
  };
  const norms = normsOf(state, memory);
  const watched = layers.map((layer): WatchedLayer => {
    const { path, params: own } = layer;
    const norm = norms.get(path);
    return {
      ...{ path, params: own },
      kind: kindOf(layer, norm !== undefined, params.paths),
      activation: activationOf(layer),
      batchNorm: norm && {
        drift: meanOf(
          norm.mean.batch.sub(norm.mean.running).square().div(norm.variance.running.add(epsilon)),
        ),
        spread: meanOf(
          norm.variance.batch.add(epsilon).div(norm.variance.running.add(epsilon)).log().abs(),
        ),
      },
      residual: undefined,
    };
  });
  const shortcuts = sums.map(
    ({ path, params: own, branch, skip }): WatchedLayer => ({
      ...{ path, kind: "residual", params: own, activation: undefined, batchNorm: undefined },
      residual: { branch: meanOf(branch.square()), skip: meanOf(skip.square()) },
    }),
  );
  return { layers: [...watched, ...shortcuts], means, peaks };
}

/** The share of values of sigmoid or tanh that are near an end of the range. */
function shareSaturated(value: Tensor): Tensor {
  const size = value.op === "tanh" ? value.abs() : value.mul(2).sub(1).abs();
  return size.greater(saturation).cast(value.graph.floatType).mean();
}

/** Adds the largest value of each unit, over rows and places, and of all times that the layer is used. */
function peaksOf(ramps: readonly Tensor[], peaks: Tensor[]): number | undefined {
  const largest = ramps.map((value) => {
    const units = unitAxis(value.shape);
    return value.max({ axis: value.shape.map((_, axis) => axis).filter((axis) => axis !== units) });
  });
  const [first] = largest;
  if (first === undefined) return undefined;
  const alike = largest.filter(({ size }) => size === first.size);
  return peaks.push(alike.reduce((most, one) => maximum(most, one))) - 1;
}

function kindOf(
  { kind, params }: NetworkLayer,
  isBatchNorm: boolean,
  paths: readonly string[],
): LayerKind {
  if (kind !== "elementwise") return kind;
  if (isBatchNorm) return "batchNorm";
  const names = params.map((at) => paths[at]!.split(".").at(-1));
  return names.includes("scale") && names.includes("shift") ? "norm" : "other";
}

/** A running average of a batch's statistic, and the statistic. */
interface Moving {
  readonly running: Tensor;
  readonly batch: Tensor;
}

/** Running means and variances of the model's state by the path of their record, with those of the batch that they move towards. */
function normsOf(state: Outline, { before, next }: Memory) {
  const found = new Map<string, { mean: Moving; variance: Moving }>();
  if (next.length !== before.length) return found;
  const moving = before.map((running, i) => movesTowards(next[i]!, running));
  state.paths.forEach((path, i) => {
    if (!/(^|\.)mean$/.test(path)) return;
    const record = path.slice(0, -"mean".length);
    const other = state.paths.indexOf(`${record}variance`);
    const [mean, variance] = [moving[i], moving[other]];
    if (mean !== undefined && variance !== undefined)
      found.set(record.replace(/\.$/, ""), { mean, variance });
  });
  return found;
}

/** The statistic, if a value is running · (1 − m) + statistic · m. */
function movesTowards(next: Tensor, running: Tensor): Moving | undefined {
  if (next.op !== "add") return undefined;
  for (const part of next.inputs) {
    const kept =
      part.op === "mul" && part.inputs[0] === running ? splat(part.inputs[1]) : undefined;
    if (kept === undefined || !(kept < 1)) continue;
    // Computed back: products with constants are merged, so the statistic itself may be no node.
    return { running, batch: next.sub(part).div(1 - kept) };
  }
  return undefined;
}
