import { zeros } from "../../array/operations/creation.ts";
import { formatShape, type Shape } from "../../array/shape.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import { type Initialiser, initialiserFor, varianceFactorOf } from "../initialisers.ts";
import { type Layer, type None, nothing } from "../layer.ts";

/** How a layer's weights are drawn, and whether it has a bias. */
export interface WeightOptions {
  /** How weights are drawn. Unless said: He's before relu, leakyRelu, elu, gelu and silu, else Xavier's. */
  readonly init?: Initialiser;
  /** False to leave the bias out, as before batch norm. It starts at 0. */
  readonly bias?: boolean;
}

/** `weight` is `[in, out]`, `bias` `[out]`. */
export type DenseParams = { readonly weight: Tensor; readonly bias?: Tensor };

/**
 * xW + b: from `[in]` features to `[units]`, or at each place of a sequence from `[length, in]` to
 * `[length, units]`. The width of the input is found when the params are drawn.
 *
 * @throws NadirError `dense/units`; `dense/shape` for inputs of more axes, or another width than it was drawn for
 */
export function dense(units: number, options: WeightOptions = {}): Layer<DenseParams, None> {
  requireCount("dense/units", units);
  requireKnownOptions("dense", options, ["init", "bias"]);
  const { init, bias = true } = options;
  const outputShape = (inputShape: Shape): Shape => {
    if (inputShape.length < 1 || inputShape.length > 2) {
      throw new NadirError("dense/shape", `the input has shape ${formatShape(inputShape)}`, {
        expected: "features [in], or a sequence of them [length, in], behind the batch axis",
        hint: inputShape.length > 2 ? "put flatten() before it" : undefined,
      });
    }
    return [...inputShape.slice(0, -1), units];
  };
  return {
    ...nothing,
    name: `dense(${units})`,
    activation: "linear",
    outputShape,
    init: (inputShape, follows = "linear") => {
      outputShape(inputShape);
      const fans = { fanIn: inputShape[inputShape.length - 1]!, fanOut: units };
      return (key) => {
        const weight = (init ?? initialiserFor(follows)).draw(key, [fans.fanIn, units], fans);
        return bias ? { weight, bias: zeros([units]) } : { weight };
      };
    },
    run: ({ weight, bias: shift }, x) => {
      outputShape(x.shape.slice(1));
      const width = x.shape[x.shape.length - 1];
      if (width !== weight.shape[0]) {
        throw new NadirError(
          "dense/shape",
          `the input ${formatShape(x.shape)} has ${width} features`,
          {
            expected: `${weight.shape[0]}, as when its weights ${formatShape(weight.shape)} were drawn`,
            hint: "give model.init the shape of one example of this data, without the batch axis",
          },
        );
      }
      const product = x.matmul(weight);
      return { output: shift === undefined ? product : product.add(shift), state: {} };
    },
    varianceFactor: (follows) => varianceFactorOf(init, follows),
  };
}
