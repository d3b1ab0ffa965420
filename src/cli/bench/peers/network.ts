import { matmul } from "../../../array/operations/contraction.ts";
import { conv2d, maxPool } from "../../../array/operations/convolution.ts";
import { sqrt, square } from "../../../array/operations/elementwise.ts";
import type { Tensor } from "../../../array/tensor.ts";
import type { Layer } from "../case.ts";

/** Batch statistics are variance-floored by this much. */
const epsilon = 1e-5;

/** The logits of a benchmark's network in training mode, from its parameters in the order of `parametersOf`. */
export function logits(layers: readonly Layer[], params: readonly Tensor[], x: Tensor): Tensor {
  let used = 0;
  const take = (): Tensor => params[used++]!;
  const go = (h: Tensor, layer: Layer): Tensor => {
    switch (layer.kind) {
      case "dense":
        return matmul(h, take()).add(take());
      case "relu":
        return h.relu();
      case "flatten":
        return h.reshape([h.shape[0]!, -1]);
      case "globalAveragePool":
        return h.mean({ axis: [2, 3] });
      case "maxPool":
        return maxPool(h, layer.size);
      case "conv2d": {
        const out = conv2d(h, take(), { padding: "same" });
        return layer.bias ? out.add(take().reshape([-1, 1, 1])) : out;
      }
      case "batchNorm": {
        const axis = [0, 2, 3];
        const centred = h.sub(h.mean({ axis, keepDims: true }));
        const spread = sqrt(square(centred).mean({ axis, keepDims: true }).add(epsilon));
        return centred
          .div(spread)
          .mul(take().reshape([-1, 1, 1]))
          .add(take().reshape([-1, 1, 1]));
      }
      case "residual":
        return layer.layers.reduce(go, h).add(h);
    }
  };
  return layers.reduce(go, x);
}
