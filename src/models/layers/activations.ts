import { expm1, where } from "../../array/operations/elementwise.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import { requireInRange } from "../../base/require.ts";
import { type Layer, type None, pureLayer } from "../layer.ts";

/** max(x, 0). */
export const relu = (): Layer<None, None> => pureLayer("relu", (x) => x.relu(), "relu");

/** Hyperbolic tangent, in (−1, 1). */
export const tanh = (): Layer<None, None> => pureLayer("tanh", (x) => x.tanh(), "tanh");

/** 1 / (1 + e⁻ˣ), in (0, 1). */
export const sigmoid = (): Layer<None, None> => pureLayer("sigmoid", (x) => x.sigmoid(), "sigmoid");

/** log(1 + eˣ): a smooth relu. */
export const softplus = (): Layer<None, None> =>
  pureLayer("softplus", (x) => x.softplus(), "softplus");

/** x · sigmoid(x), also called swish. @see Elfwing, Uchibe & Doya (2018), Sigmoid-weighted linear units */
export const silu = (): Layer<None, None> => pureLayer("silu", (x) => x.mul(x.sigmoid()), "silu");

/** Which form of GELU. */
export interface GeluOptions {
  /** `erf` is the definition; `tanh` is close to it (within 5e-4) and was cheaper once. `erf` unless said. */
  readonly form?: "erf" | "tanh";
}

/**
 * x · Φ(x), with Φ the standard normal distribution function.
 *
 * @throws NadirError `gelu/form`
 * @see Hendrycks & Gimpel (2016), Gaussian error linear units
 */
export function gelu({ form = "erf" }: GeluOptions = {}): Layer<None, None> {
  if (form !== "erf" && form !== "tanh") {
    throw new NadirError("gelu/form", `gelu: form is ${String(form)}`, {
      expected: '"erf" or "tanh"',
    });
  }
  return pureLayer("gelu", form === "erf" ? geluOf : geluByTanh, "gelu");
}

const geluOf = (x: Tensor): Tensor => x.mul(x.mul(Math.SQRT1_2).erf().add(1)).mul(0.5);

function geluByTanh(x: Tensor): Tensor {
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(inner.tanh().add(1)).mul(0.5);
}

/**
 * x above 0, slope · x below. @throws NadirError `leakyRelu/slope` unless it is in [0, 1)
 *
 * @see Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models
 */
export function leakyRelu(slope = 0.01): Layer<None, None> {
  requireInRange("leakyRelu/slope", slope, [0, 1]);
  return pureLayer(
    `leakyRelu(${slope})`,
    (x) =>
      x
        .relu()
        .mul(1 - slope)
        .add(x.mul(slope)),
    "leakyRelu",
  );
}

/**
 * x above 0, α(eˣ − 1) below. @throws NadirError `elu/alpha` unless α > 0
 *
 * @see Clevert, Unterthiner & Hochreiter (2016), Exponential linear units
 */
export function elu(alpha = 1): Layer<None, None> {
  requireInRange("elu/alpha", alpha, [0, Number.POSITIVE_INFINITY], { open: true });
  // The branch not taken is computed too: without its positive part x has a finite exponential. Not
  // min(x, 0), which shares its derivative with 0 where they are equal.
  const below = (x: Tensor): Tensor => expm1(x.sub(x.relu())).mul(alpha);
  return pureLayer(`elu(${alpha})`, (x) => where(x.greater(0), x, below(x)), "elu");
}
