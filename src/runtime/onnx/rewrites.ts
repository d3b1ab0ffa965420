import type { Rewrite } from "./lower.ts";
import { channelAffine } from "./rewrites/channelAffine.ts";
import { longSums } from "./rewrites/longSums.ts";
import { productPlus } from "./rewrites/productPlus.ts";
import { reluStep } from "./rewrites/reluStep.ts";
import { rowConvs } from "./rewrites/rowConvs.ts";
import { sums } from "./rewrites/sums.ts";
import { swappedProducts } from "./rewrites/swappedProducts.ts";
import { tiledPools } from "./rewrites/tiledPools.ts";

/** Groups of nodes that ONNX Runtime does faster another way, most specific first. */
export const rewrites: readonly Rewrite[] = [
  swappedProducts,
  rowConvs,
  channelAffine,
  tiledPools,
  productPlus,
  sums,
  longSums,
  reluStep,
];
