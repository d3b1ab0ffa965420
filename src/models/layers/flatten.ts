import { type Shape, sizeOf } from "../../array/shape.ts";
import { type Layer, type None, pureLayer } from "../layer.ts";

/** All axes of an example in one, row by row: `[channels, height, width]` to `[channels · height · width]`. */
export const flatten = (): Layer<None, None> =>
  pureLayer("flatten", (x) => x.reshape([x.shape[0]!, sizeOf(x.shape.slice(1))]));

/** Each example in another shape of as many numbers: `unflatten([1, 28, 28])` makes pictures of rows of 784. */
export const unflatten = (shape: Shape): Layer<None, None> =>
  pureLayer(`unflatten([${shape.join(", ")}])`, (x) => x.reshape([x.shape[0]!, ...shape]));
