import {
  avgPool as averages,
  maxPool as largest,
  type Pair,
  type WindowOptions,
} from "../../array/operations/convolution.ts";
import { requireKnownOptions } from "../../base/require.ts";
import { type Layer, type None, pureLayer } from "../layer.ts";
import { requirePictures } from "./conv2d.ts";

/** Largest number of each window of `[channels, height, width]`; windows side by side unless a stride is given. */
export const maxPool = (window: Pair, options: WindowOptions = {}): Layer<None, None> =>
  pool("maxPool", largest, window, options);

/** Mean of each window of `[channels, height, width]`, padding counted as zeros; windows side by side unless a stride is given. */
export const avgPool = (window: Pair, options: WindowOptions = {}): Layer<None, None> =>
  pool("avgPool", averages, window, options);

/** Mean over each channel: `[channels, height, width]` to `[channels]`. @throws NadirError `globalAvgPool/shape` for what are no pictures, when traced */
export const globalAvgPool = (): Layer<None, None> =>
  pureLayer("globalAvgPool", (x) => {
    requirePictures("globalAvgPool", x.shape.slice(1));
    return x.mean({ axis: [2, 3] });
  });

function pool(
  name: string,
  apply: typeof largest,
  window: Pair,
  options: WindowOptions,
): Layer<None, None> {
  requireKnownOptions(name, options, ["stride", "padding"]);
  return pureLayer(
    `${name}(${typeof window === "number" ? window : `[${window.join(", ")}]`})`,
    (x) => {
      requirePictures(name, x.shape.slice(1));
      return apply(x, window, options);
    },
  );
}
