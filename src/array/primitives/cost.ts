import { bytesPerElement } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import type { Aval, Cost } from "./primitive.ts";

/** Bytes of one array. */
export const bytesOf = (value: Aval): number => sizeOf(value.shape) * bytesPerElement[value.dtype];

/** Bytes of a node's inputs and output together. */
export const traffic = (node: Aval & { readonly inputs: readonly Aval[] }): number =>
  node.inputs.reduce((sum, input) => sum + bytesOf(input), bytesOf(node));

/** One operation for each element of the result. */
export const onePerElement = (node: Aval & { readonly inputs: readonly Aval[] }): Cost => ({
  flops: sizeOf(node.shape),
  bytes: traffic(node),
});

/** One operation for each element of the first input. */
export const onePerInput = (node: Aval & { readonly inputs: readonly Aval[] }): Cost => ({
  flops: node.inputs[0] === undefined ? 0 : sizeOf(node.inputs[0].shape),
  bytes: traffic(node),
});

/** Moves data and computes nothing. */
export const movesOnly = (node: Aval & { readonly inputs: readonly Aval[] }): Cost => ({
  flops: 0,
  bytes: traffic(node),
});
