import { type LinearLayer, linearLayers } from "../analysis/linearLayers.ts";
import { isTensor } from "../array/graph.ts";
import { stopGradient } from "../array/operations/derivative.ts";
import type { Key } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { mapTree } from "../array/tensorTree.ts";
import { flatten, type Tree } from "../array/tree.ts";
import { close, identify, requireScalar } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { partsOf } from "./compositeLoss.ts";
import type { LossContext } from "./problem.ts";

/** The linear layers of a loss at params, in a trace of its own: what it shares with others is computed once. */
export function layersAt(
  tree: Tree<Tensor>,
  loss: (params: Tree<Tensor>) => Tensor,
): { readonly layers: readonly LinearLayer[]; readonly params: readonly Tensor[] } {
  const { leaves, structure } = flatten(tree, isTensor, "params");
  const variables = identify(leaves);
  return { params: leaves, layers: linearLayers(loss(close(structure, variables)), variables) };
}

/**
 * A composite loss with targets that the model itself draws: its derivatives by the outputs have mean 0 and the
 * covariance of the Fisher matrix.
 *
 * @throws NadirError `kfac/targets`
 */
export function drawnLoss(
  loss: object,
  params: Tree<Tensor>,
  batch: unknown,
  context: LossContext<unknown>,
  key: Key,
): Tensor {
  const parts = partsOf(loss);
  if (parts?.drawTargets === undefined) {
    throw new NadirError("kfac/targets", "kfac: the loss does not say how targets are drawn", {
      expected:
        "compositeLoss(outputs, loss, { drawTargets }), for the Fisher matrix of the model's own distribution",
      hint: 'drawTargets: (logits, batch, key) => ({ ...batch, label: categorical(key, logits) }), or kfac(rate, { fisher: "empirical" })',
    });
  }
  const outputs = parts.outputs(params, batch, context) as Tree<Tensor>; // what compositeLoss takes
  const drawn = parts.drawTargets(mapTree(stopGradient, outputs), batch, key);
  return requireScalar("loss", parts.loss(outputs, drawn));
}
