import { sqrt, square, where } from "../../array/operations/elementwise.ts";
import { sum } from "../../array/operations/reduction.ts";
import type { Tensor } from "../../array/tensor.ts";

/** √Σx² of one tensor. */
export const length = (x: Tensor): Tensor => sqrt(sum(square(x)));

/** ‖x‖/size, or 1 where either is 0: new params at 0 have no size to compare with. */
export const trustRatio = (x: Tensor, size: Tensor): Tensor => {
  const own = length(x);
  return where(own.greater(0).and(size.greater(0)), own.div(size), 1);
};
