import { ones, zeros } from "../../array/operations/creation.ts";
import { customDerivative } from "../../array/operations/derivative.ts";
import { formatShape, type Shape } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../../base/require.ts";
import { type Layer, type None, nothing } from "../layer.ts";
import type { NormParams } from "./batchNorm.ts";

/** What keeps the divisor from 0. */
export interface LayerNormOptions {
  /** Added to variances. 1e-5 unless said. */
  readonly epsilon?: number;
}

/**
 * (x − μ) / √(σ² + ε) · scale + shift, with μ and σ² (biased) of each example's own last axis. The same
 * in training and outside. Params are `[features]`, the length of that axis.
 *
 * @throws NadirError `layerNorm/epsilon`, `layerNorm/shape`
 * @see Ba, Kiros & Hinton (2016), Layer normalization, eq. (4)
 */
export function layerNorm(options: LayerNormOptions = {}): Layer<NormParams, None> {
  requireKnownOptions("layerNorm", options, ["epsilon"]);
  const { epsilon = 1e-5 } = options;
  requireInRange("layerNorm/epsilon", epsilon, [0, 1]);
  const normalise = normaliseRows(epsilon);
  const outputShape = (inputShape: Shape): Shape => {
    if (inputShape.length > 0) return inputShape;
    throw new NadirError("layerNorm/shape", "the input has one number an example", {
      expected: "at least one axis behind the batch axis",
    });
  };
  return {
    ...nothing,
    name: "layerNorm",
    outputShape,
    init: (inputShape) => {
      outputShape(inputShape);
      const features = inputShape[inputShape.length - 1]!;
      return () => ({ scale: ones([features]), shift: zeros([features]) });
    },
    run: ({ scale, shift }, x) => {
      const features = x.shape[x.shape.length - 1];
      if (x.shape.length < 2 || features !== scale.shape[0]) {
        throw new NadirError(
          "layerNorm/shape",
          `the input ${formatShape(x.shape)} has ${features} features on its last axis`,
          { expected: `${scale.shape[0]}, as when its params were drawn` },
        );
      }
      return { output: normalise(x).mul(scale).add(shift), state: {} };
    },
  };
}

const last = { axis: -1, keepDims: true };

/** Normalisation of each row, with its derivative given, for fewer passes; it can be differentiated again. */
const normaliseRows = (epsilon: number) => {
  const deviationOf = (centred: Tensor): Tensor => centred.square().mean(last).add(epsilon).sqrt();
  return customDerivative(
    (x) => {
      const centred = x!.sub(x!.mean(last));
      return centred.div(deviationOf(centred));
    },
    ([x], output, cotangent) => {
      const deviation = deviationOf(x!.sub(x!.mean(last)));
      const along = cotangent.mul(output).mean(last);
      return [cotangent.sub(cotangent.mean(last)).sub(output.mul(along)).div(deviation)];
    },
  );
};
