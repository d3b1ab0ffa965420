import type { LayerHealth } from "./health.ts";

/** How the gradient changes from layer to layer. */
export interface DepthProfile {
  /** √ mean g² of each layer with a matrix or filters, in the order of use. */
  readonly layers: readonly { readonly layer: string; readonly gradientRms: number }[];
  /** That of the first layer over that of the last; undefined for fewer than two layers, or where the last is 0. */
  readonly ratio: number | undefined;
  /** What a layer multiplies the gradient by on its way to the one before, by the straight line through its logarithms. */
  readonly factor: number | undefined;
  /**
   * `vanishing`: the first layer's gradient is below a thousandth of the last's, or 0; `exploding`: above a thousandfold.
   * Fewer than three layers are never said to do either.
   */
  readonly verdict: "vanishing" | "exploding" | "even";
}

/**
 * Three decades. Layers drawn as Glorot & Bengio propose, or He, stay within one decade over ten layers at the start, and
 * well-trained networks within two; with a gradient a thousand times smaller than the last layer's, a layer stands
 * still at any rate that the last layer bears.
 */
const limit = 1e3;
const fewest = 3;

/**
 * Vanishing and exploding gradients: the root mean square of the gradient's entries in the first layer against the last. By
 * entry, so that a layer's width does not count.
 *
 * @see Glorot & Bengio (2010), Understanding the difficulty of training deep feedforward neural networks, §4.2, figure 7;
 *   Pascanu, Mikolov & Bengio (2013), On the difficulty of training recurrent neural networks, §2.2
 */
export function depthProfile(health: readonly LayerHealth[]): DepthProfile {
  const layers = health
    .filter(({ kind }) => kind === "dense" || kind === "conv")
    .map(({ layer, gradientNorm, parameters }) => ({
      layer,
      gradientRms: gradientNorm / Math.sqrt(parameters),
    }));
  const [first, last] = [layers[0]?.gradientRms, layers.at(-1)?.gradientRms];
  if (first === undefined || last === undefined || layers.length < 2 || !(last > 0))
    return { layers, ratio: undefined, factor: undefined, verdict: "even" };
  const ratio = first / last;
  const verdict =
    layers.length < fewest || (ratio >= 1 / limit && ratio <= limit)
      ? "even"
      : ratio < 1
        ? "vanishing"
        : "exploding";
  return { layers, ratio, factor: factorOf(layers.map(({ gradientRms }) => gradientRms)), verdict };
}

/** e^(−slope) of the least-squares line through logarithms; undefined where one is no number. */
function factorOf(sizes: readonly number[]): number | undefined {
  const logs = sizes.map(Math.log);
  if (!logs.every(Number.isFinite)) return undefined;
  const middle = (logs.length - 1) / 2;
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  let [xx, xy] = [0, 0];
  for (const [i, value] of logs.entries()) {
    xx += (i - middle) ** 2;
    xy += (i - middle) * (value - mean);
  }
  return Math.exp(-xy / xx);
}
