import { where } from "../../array/operations/elementwise.ts";
import { bernoulli } from "../../array/operations/random.ts";
import { internal } from "../../base/errors.ts";
import { requireInRange } from "../../base/require.ts";
import { type Layer, type None, nothing } from "../layer.ts";

/**
 * In training, each number is 0 with probability p and else divided by 1 − p, so that its mean stays;
 * outside training nothing happens. The mask is a function of the context's key alone.
 *
 * @param p - in [0, 1)
 * @throws NadirError `dropout/p`
 * @see Srivastava et al. (2014), Dropout: a simple way to prevent neural networks from overfitting, §10
 */
export function dropout(p: number): Layer<None, None> {
  requireInRange("dropout/p", p, [0, 1]);
  return {
    ...nothing,
    name: `dropout(${p})`,
    random: p > 0,
    outputShape: (inputShape) => inputShape,
    run: (_params, x, { training, key }) => {
      if (!training || p === 0) return { output: x, state: {} };
      if (key === undefined) throw internal("dropout without a key"); // the model has asked for it
      const mask = where(bernoulli(key, 1 - p, x.shape), 1 / (1 - p), 0).cast(x.dtype);
      return { output: x.mul(mask), state: {} };
    },
  };
}
