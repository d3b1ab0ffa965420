import type { Tensor } from "../../../../array/tensor.ts";
import { adam } from "../../../../methods/rules/adam.ts";
import { chain } from "../../../../methods/rules/chain.ts";
import { clipByGlobalNorm } from "../../../../methods/rules/clip.ts";
import { sgd } from "../../../../methods/rules/sgd.ts";
import { cosine } from "../../../../methods/schedules/cosine.ts";
import { stepDecay } from "../../../../methods/schedules/stepDecay.ts";
import * as base from "../bases.ts";
import { autoencoder, regression } from "../other.ts";
import { changed, posed, type SuiteCase } from "../suite.ts";

/** 1 − exp(−(e/c)²): level far from the target. */
const welsch =
  (width: number) =>
  (error: Tensor): Tensor =>
    error.div(width).square().neg().exp().neg().add(1);

/** Rates, schedules, batches: how steps are made. */
export const rates: readonly SuiteCase[] = [
  changed("rate-too-high", base.planar, "rate 0.1 → 20: diverges", () => ({
    method: sgd(20, { momentum: 0.9 }),
  })),
  posed("rate-too-high", "regression", "rate 0.1 → 30: diverges", (seed) =>
    regression(seed, { method: sgd(cosine({ peak: 30 }), { momentum: 0.9 }) }),
  ),
  changed("rate-too-high", base.digits, "rate 0.004 → 1", () => ({
    method: adam(cosine({ peak: 1 })),
  })),
  changed("rate-too-high", base.planarRelu, "rate 0.005 → 2", () => ({
    method: adam(2),
  })),
  changed("rate-too-high", base.planar, "rate 0.1 → 6: oscillates", () => ({
    method: sgd(6, { momentum: 0.9 }),
  })),
  changed("no-warm-up", base.warmed, "warm-up 15 % → 0", () => ({
    method: adam(cosine({ peak: 0.04 })),
  })),
  changed(
    "no-warm-up",
    base.warmedSgd,
    "warm-up 15 % → 0",
    () => ({
      method: sgd(cosine({ peak: 0.02 }), { momentum: 0.9 }),
    }),
    ["rate-too-high"],
  ),
  changed("rate-too-low", base.planar, "rate 0.1 → 0.0005", () => ({
    method: sgd(0.0005, { momentum: 0.9 }),
  })),
  changed("rate-too-low", base.digits, "rate 0.004 → 0.00005", () => ({
    method: adam(cosine({ peak: 5e-5 })),
  })),
  posed("rate-too-low", "autoencoder", "rate 0.005 → 0.00003", (seed) =>
    autoencoder(seed, { method: adam(cosine({ peak: 3e-5 })) }),
  ),
  changed("schedule-too-short", base.planar, "rate falls tenfold every 50 steps", () => ({
    method: sgd(stepDecay({ peak: 0.1, factor: 0.1, every: 50 }), { momentum: 0.9 }),
  })),
  changed("schedule-too-short", base.digits, "cosine over the first 5 % of the steps", () => ({
    method: adam(cosine({ peak: 4e-3, over: 0.05 })),
  })),
  changed("too-few-steps", base.planar, "1000 steps → 60", () => ({ steps: 60 })),
  changed("too-few-steps", base.sigmoidDigits, "600 steps → 40", () => ({ steps: 40 })),
  changed("batch-too-small", base.overlapping, "batches of 80 → 1, rate constant", () => ({
    batchSize: 1,
    method: sgd(0.1, { momentum: 0.9 }),
    steps: 3000,
  })),
  posed(
    "batch-too-small",
    "regression",
    "batches of 50 → 1, rate constant",
    (seed) =>
      regression(seed, { batchSize: 1, method: sgd(0.012, { momentum: 0.9 }), steps: 3000 }),
    // The rate that a batch bears falls with its size: at one row the two are one fault.
    ["rate-too-high"],
  ),
  changed("clipped-too-tight", base.planar, "gradients clipped to 0.001", () => ({
    method: chain(clipByGlobalNorm(0.001), sgd(0.1, { momentum: 0.9 })),
  })),
  posed("clipped-too-tight", "regression", "gradients clipped to 0.001", (seed) =>
    regression(seed, {
      method: chain(clipByGlobalNorm(0.001), sgd(cosine({ peak: 0.1 }), { momentum: 0.9 })),
    }),
  ),
  posed("plateau", "regression", "squared error → Welsch's loss, far from all targets", (seed) =>
    regression(seed, { lossOf: welsch(1), offset: 12 }),
  ),
  posed("plateau", "regression", "squared error → Welsch's loss of width 0.003", (seed) =>
    regression(seed, { lossOf: welsch(0.003) }),
  ),
];
