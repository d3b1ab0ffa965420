import type { Rewrite } from "./lower.ts";

/** Groups of nodes that ONNX Runtime does faster as one, most specific first. */
export const rewrites: readonly Rewrite[] = [];
