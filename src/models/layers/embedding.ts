import { take } from "../../array/operations/indexing.ts";
import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import { type Initialiser, normalInit } from "../initialisers.ts";
import { type Layer, type None, nothing } from "../layer.ts";

/** How the vectors are drawn. */
export interface EmbeddingOptions {
  /** Normal with variance 1 unless said. */
  readonly init?: Initialiser;
}

/** `vectors` is `[size, features]`: row i stands for the integer i. */
export type EmbeddingParams = { readonly vectors: Tensor };

/**
 * A learned vector for each integer from 0 to size − 1: `i32` `[...places]` to `[...places, features]`.
 * Integers outside have undefined results.
 *
 * @throws NadirError `embedding/size`, `embedding/features`, `embedding/dtype`
 */
export function embedding(
  size: number,
  features: number,
  options: EmbeddingOptions = {},
): Layer<EmbeddingParams, None> {
  requireCount("embedding/size", size);
  requireCount("embedding/features", features);
  requireKnownOptions("embedding", options, ["init"]);
  const init = options.init ?? normalInit(1);
  return {
    ...nothing,
    name: `embedding(${size}, ${features})`,
    activation: "linear",
    outputShape: (inputShape) => [...inputShape, features],
    init: () => (key) => ({
      vectors: init.draw(key, [size, features], { fanIn: size, fanOut: features }),
    }),
    run: ({ vectors }, x) => {
      if (x.dtype !== "i32") {
        throw new NadirError("embedding/dtype", `the input has dtype ${x.dtype}`, {
          expected: "integers, i32",
          hint: "give the data as an Int32Array",
        });
      }
      return { output: take(vectors, x), state: {} };
    },
  };
}
