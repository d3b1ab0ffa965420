import { where } from "../../array/operations/elementwise.ts";
import { bernoulli, type Key } from "../../array/operations/random.ts";
import { maskParts } from "../../array/primitives/randomMask.ts";
import type { Tensor } from "../../array/tensor.ts";
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
      return { output: x.mul(maskOf(key, p, x)), state: {} };
    },
  };
}

// A cheap mask keeps a multiple of 1/65536 of the numbers: within this range, p and 1 − p are off by less
// than a two-thousandth of themselves, which no training can tell from p.
const leastPart = 1 / 64;

function maskOf(key: Key, p: number, { graph, shape, dtype }: Tensor): Tensor {
  const scale = 1 / (1 - p);
  if (Math.min(p, 1 - p) < leastPart)
    return where(bernoulli(key, 1 - p, shape), scale, 0).cast(dtype);
  const kept = Math.round((1 - p) * maskParts);
  return graph.ops.randomMask(key, { shape, kept, dtype }).mul(scale);
}
