import { internal } from "../../base/errors.ts";
import type { DType } from "../dtype.ts";
import type { Shape } from "../shape.ts";
import type { Primitive } from "./primitive.ts";

/** A value that arrives from outside, the `position`-th of its program. */
export const input: Primitive<
  0,
  { readonly shape: Shape; readonly dtype: DType; readonly position: number }
> = {
  arity: 0,
  shape: (_inputs, { shape }) => shape,
  dtype: (_inputs, { dtype }) => dtype,
  vjp: () => [],
  emitOnnx: () => {
    throw internal("inputs are named by the engine");
  },
  cost: () => ({ flops: 0, bytes: 0 }),
  curvature: "affine",
};
