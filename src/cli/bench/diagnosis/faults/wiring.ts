import type { Tensor } from "../../../../array/tensor.ts";
import { adam } from "../../../../methods/rules/adam.ts";
import { adamW } from "../../../../methods/rules/adamW.ts";
import { byPath, frozen } from "../../../../methods/rules/byPath.ts";
import { chain } from "../../../../methods/rules/chain.ts";
import { sgd } from "../../../../methods/rules/sgd.ts";
import { weightDecay } from "../../../../methods/rules/weightDecay.ts";
import { cosine } from "../../../../methods/schedules/cosine.ts";
import { type Layer, pureLayer } from "../../../../models/layer.ts";
import { relu, sigmoid, tanh } from "../../../../models/layers/activations.ts";
import { dense } from "../../../../models/layers/dense.ts";
import { dropout } from "../../../../models/layers/dropout.ts";
import { residual } from "../../../../models/layers/residual.ts";
import * as base from "../bases.ts";
import { repeated } from "../bases.ts";
import { adversaries, recurrent } from "../other.ts";
import { changed, posed, type SuiteCase } from "../suite.ts";

const softmaxed = (scores: Tensor): Tensor => {
  const e = scores.sub(scores.max({ axis: -1, keepDims: true })).exp();
  return e.div(e.sum({ axis: -1, keepDims: true }));
};

const scaledBy = (factor: number): Layer => pureLayer("scaled", (x) => x.mul(factor));

/** How a network is put together, and what holds it back. */
export const wiring: readonly SuiteCase[] = [
  changed("vanishing-gradients", base.deepTanh, "five tanh layers → eight of sigmoids", () => ({
    layers: [...repeated(8, () => [dense(24), sigmoid()]), dense(3)],
  })),
  changed("vanishing-gradients", base.sigmoidDigits, "two sigmoid layers → eight", () => ({
    layers: [...repeated(8, () => [dense(32), sigmoid()]), dense(10)],
  })),
  changed("no-normalization", base.deep, "ten layers → thirty, without batch norm", () => ({
    layers: [...repeated(30, () => [dense(32), relu()]), dense(10)],
  })),
  posed("exploding-recurrence", "recurrent", "recurrent weights four times as large", (seed) =>
    recurrent(seed, { gain: 4, length: 30 }),
  ),
  posed("exploding-recurrence", "recurrent", "recurrent weights six times as large", (seed) =>
    recurrent(seed, { gain: 6 }),
  ),
  changed("softmax-twice", base.digits, "softmax before crossEntropy", () => ({
    scores: softmaxed,
  })),
  changed("softmax-twice", base.overlapping, "softmax before crossEntropy", () => ({
    scores: softmaxed,
  })),
  changed("frozen-params", base.planar, "only the first layer is trained", () => ({
    method: byPath({ "**": frozen(), "0": sgd(0.1, { momentum: 0.9 }) }),
  })),
  changed("frozen-params", base.sigmoidDigits, "the first two layers are frozen", () => ({
    method: byPath({ "**": adam(1e-2), "0": frozen(), "2": frozen() }),
  })),
  changed("idle-branch", base.residuals, "branches times 10⁻⁶", () => ({
    layers: [
      dense(24),
      ...repeated(4, () => [residual(dense(24), tanh(), dense(24), scaledBy(1e-6))]),
      dense(3),
    ],
  })),
  changed("decay-too-strong", base.digits, "weight decay 0 → 30", () => ({
    method: adamW(cosine({ peak: 4e-3 }), { weightDecay: 30 }),
  })),
  changed("decay-too-strong", base.planar, "weight decay 0 → 0.05", () => ({
    method: chain(weightDecay(0.05), sgd(0.1, { momentum: 0.9 })),
  })),
  changed("dropout-too-strong", base.dropped, "dropout 0.2 → 0.95", () => ({
    layers: [dense(64), relu(), dropout(0.95), dense(10)],
  })),
  changed("dropout-too-strong", base.planarRelu, "dropout 0.8 after both layers", () => ({
    layers: [dense(48), relu(), dropout(0.8), dense(48), relu(), dropout(0.8), dense(3)],
  })),
  changed("batch-norm-drift", base.normed, "batches of 60 → 2", () => ({
    batchSize: 2,
    steps: 1500,
  })),
  changed("batch-norm-drift", base.normed, "batches of 60 → 3", () => ({
    batchSize: 3,
    steps: 1500,
  })),
  posed("mode-collapse", "adversaries", "generator's rate times 20", (seed) =>
    adversaries(seed, { generatorRate: 0.02 }),
  ),
  posed("mode-collapse", "adversaries", "generator's rate times 30", (seed) =>
    adversaries(seed, { generatorRate: 0.03 }),
  ),
];
