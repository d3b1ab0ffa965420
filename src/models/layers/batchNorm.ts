import { ones, zeros } from "../../array/operations/creation.ts";
import { customDerivative, stopGradient } from "../../array/operations/derivative.ts";
import { formatShape, type Shape, sizeOf } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { type Layer, nothing } from "../layer.ts";

/** How fast running statistics move, and what keeps the divisor from 0. */
export interface BatchNormOptions {
  /** Weight of the newest batch in the running statistics, in (0, 1]. 0.1 unless said. */
  readonly momentum?: number;
  /** Added to variances. 1e-5 unless said. */
  readonly epsilon?: number;
}

/** Each `[channels]`: what the normalised signal is multiplied by, and what is added. */
export type NormParams = { readonly scale: Tensor; readonly shift: Tensor };

/** Each `[channels]`: averages over past batches, used outside training. */
export type BatchNormState = { readonly mean: Tensor; readonly variance: Tensor };

/**
 * (x − μ) / √(σ² + ε) · scale + shift for each channel of `[channels]`, `[channels, length]` or
 * `[channels, height, width]`. In training μ and σ² are the batch's own (σ² biased), and the running
 * statistics move towards them by `momentum` (σ² unbiased); outside training the running ones are used.
 *
 * @throws NadirError `batchNorm/momentum`, `batchNorm/epsilon`; `batchNorm/shape` for training on a single number a channel
 * @see Ioffe & Szegedy (2015), Batch normalization, algorithms 1 and 2
 */
export function batchNorm(options: BatchNormOptions = {}): Layer<NormParams, BatchNormState> {
  requireKnownOptions("batchNorm", options, ["momentum", "epsilon"]);
  const { momentum = 0.1, epsilon = 1e-5 } = options;
  requireInRange("batchNorm/momentum", momentum, [0, 1], { open: true, closed: true });
  requireInRange("batchNorm/epsilon", epsilon, [0, 1]);
  const normalise = normaliseBatch(epsilon);
  const outputShape = (inputShape: Shape): Shape => {
    if (inputShape.length >= 1 && inputShape.length <= 3) return inputShape;
    throw new NadirError("batchNorm/shape", `the input has shape ${formatShape(inputShape)}`, {
      expected: "[channels], [channels, length] or [channels, height, width] behind the batch axis",
    });
  };
  return {
    ...nothing,
    name: "batchNorm",
    stateful: true,
    outputShape,
    init: (inputShape) => {
      const [channels] = outputShape(inputShape);
      return () => ({ scale: ones([channels!]), shift: zeros([channels!]) });
    },
    state: (inputShape) => {
      const [channels] = outputShape(inputShape);
      return () => ({ mean: zeros([channels!]), variance: ones([channels!]) });
    },
    run: ({ scale, shift }, x, { training, state }) => {
      const channels = outputShape(x.shape.slice(1))[0]!;
      if (channels !== scale.shape[0]) {
        throw new NadirError(
          "batchNorm/shape",
          `the input ${formatShape(x.shape)} has ${channels} channels on axis 1`,
          { expected: `${scale.shape[0]}, as when its params were drawn` },
        );
      }
      if (!training) {
        const factor = scale.div(state.variance.add(epsilon).sqrt());
        const centred = x.sub(alongChannels(state.mean, x));
        return { output: scaled(centred, factor, shift), state };
      }
      const count = sizeOf(x.shape) / channels;
      if (count < 2) {
        throw new NadirError(
          "batchNorm/shape",
          `training on ${formatShape(x.shape)}: one number a channel has no variance`,
          { expected: "a batch of at least 2", hint: "raise batchSize" },
        );
      }
      const { mean, variance } = statistics(x);
      const towards = (running: Tensor, batch: Tensor): Tensor =>
        running.mul(1 - momentum).add(stopGradient(batch).mul(momentum));
      return {
        output: normalise(x, scale, shift),
        state: {
          mean: towards(state.mean, mean),
          variance: towards(state.variance, variance.mul(count / (count - 1))),
        },
      };
    },
  };
}

/** Values `[channels]` along axis 1 of an array like x. */
const alongChannels = (values: Tensor, x: Tensor): Tensor =>
  values.reshape(x.shape.slice(1).map((length, axis) => (axis === 0 ? length : 1)));

const scaled = (centred: Tensor, factor: Tensor, shift: Tensor): Tensor =>
  centred.mul(alongChannels(factor, centred)).add(alongChannels(shift, centred));

const allButChannels = (x: Tensor): number[] =>
  x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);

/** Mean and biased variance of each channel, and what is left of x without its mean. */
function statistics(x: Tensor) {
  const axis = allButChannels(x);
  const mean = x.mean({ axis });
  const centred = x.sub(alongChannels(mean, x));
  return { mean, centred, variance: centred.square().mean({ axis }) };
}

/**
 * Normalisation by the batch's own statistics, with its derivative given: it passes over the batch
 * seven times, where that of the formula as written does ten times. It can be differentiated again.
 *
 * @see Ioffe & Szegedy (2015), §3, the derivatives below algorithm 1, in one formula
 */
const normaliseBatch = (epsilon: number) =>
  customDerivative(
    (x, scale, shift) => {
      const { centred, variance } = statistics(x!);
      return scaled(centred, scale!.div(variance.add(epsilon).sqrt()), shift!);
    },
    ([x, scale], _output, cotangent) => {
      const { centred, variance } = statistics(x!);
      const axis = allButChannels(x!);
      const deviation = variance.add(epsilon).sqrt();
      const factor = scale!.div(deviation);
      const total = cotangent.sum({ axis });
      const along = cotangent.mul(centred).sum({ axis });
      const perNumber = factor.mul(scale!.size / x!.size);
      const slope = perNumber.mul(along).div(variance.add(epsilon)).neg();
      const offset = perNumber.mul(total).neg();
      const byX = scaled(cotangent, factor, offset).add(centred.mul(alongChannels(slope, x!)));
      return [byX, along.div(deviation), total];
    },
  );
