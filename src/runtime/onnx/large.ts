import { bytesPerElement } from "../../array/dtype.ts";
import type { Aval } from "../../array/primitives/primitive.ts";
import { sizeOf } from "../../array/shape.ts";

const largeBytes = 32 * 2 ** 20;

/** True for arrays of which every copy counts: then memory is spared even where that takes a little time. */
export const isLarge = (values: readonly Aval[]): boolean =>
  values.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * bytesPerElement[dtype], 0) >=
  largeBytes;
