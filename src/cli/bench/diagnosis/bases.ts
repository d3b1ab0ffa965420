import { adam } from "../../../methods/rules/adam.ts";
import { sgd } from "../../../methods/rules/sgd.ts";
import { cosine } from "../../../methods/schedules/cosine.ts";
import { warmup } from "../../../methods/schedules/warmup.ts";
import type { Layer } from "../../../models/layer.ts";
import { relu, sigmoid, tanh } from "../../../models/layers/activations.ts";
import { batchNorm } from "../../../models/layers/batchNorm.ts";
import { dense } from "../../../models/layers/dense.ts";
import { dropout } from "../../../models/layers/dropout.ts";
import { layerNorm } from "../../../models/layers/layerNorm.ts";
import { residual } from "../../../models/layers/residual.ts";
import { clouds, smallDigits, spirals } from "./data.ts";
import type { Classifier } from "./training.ts";

/** The same few layers again and again. */
export const repeated = (times: number, block: (place: number) => readonly Layer[]): Layer[] =>
  Array.from({ length: times }, (_, place) => block(place)).flat();

/** A healthy training of a seed. */
export type Base = (seed: number) => Classifier | Promise<Classifier>;

/** 2-32-32-3, tanh, on spirals: full of curvature, and small. */
export const planar: Base = (seed) => ({
  data: spirals(seed),
  layers: [dense(32), tanh(), dense(32), tanh(), dense(3)],
  method: sgd(0.1, { momentum: 0.9 }),
  ...{ batchSize: 60, steps: 1000, seed },
});

/** 2-48-48-3, relu, on spirals, by Adam. */
export const planarRelu: Base = (seed) => ({
  data: spirals(seed),
  layers: [dense(48), relu(), dense(48), relu(), dense(3)],
  method: adam(5e-3),
  ...{ batchSize: 60, steps: 800, seed },
});

/** 49-48-10, relu, on small digits, by Adam. */
export const digits: Base = async (seed) => ({
  data: await smallDigits(seed),
  layers: [dense(48), relu(), dense(10)],
  method: adam(cosine({ peak: 4e-3 })),
  ...{ batchSize: 60, steps: 400, seed },
});

/** 49-32-32-10, sigmoid, on small digits. */
export const sigmoidDigits: Base = async (seed) => ({
  data: await smallDigits(seed),
  layers: [dense(32), sigmoid(), dense(32), sigmoid(), dense(10)],
  method: adam(1e-2),
  ...{ batchSize: 60, steps: 600, seed },
});

/** 10-24-4, relu, on clouds that overlap: at its best it errs on one row in ten. */
export const overlapping: Base = (seed) => ({
  data: clouds(seed),
  layers: [dense(12), tanh(), dense(4)],
  method: sgd(cosine({ peak: 0.1 }), { momentum: 0.9 }),
  ...{ batchSize: 80, steps: 300, seed },
});

/** Ten layers of 32 with batch norm, on small digits. */
export const deep: Base = async (seed) => ({
  data: await smallDigits(seed),
  layers: [...repeated(10, () => [dense(32, { bias: false }), batchNorm(), relu()]), dense(10)],
  method: adam(cosine({ peak: 5e-3 })),
  ...{ batchSize: 60, steps: 400, seed },
});

/** Ten layers of 24 with layer norm, on spirals. */
export const deepPlanar: Base = (seed) => ({
  data: spirals(seed),
  layers: [...repeated(10, () => [dense(24), layerNorm(), relu()]), dense(3)],
  method: adam(cosine({ peak: 5e-3 })),
  ...{ batchSize: 60, steps: 500, seed },
});

/** Five tanh layers of 24, on spirals. */
export const deepTanh: Base = (seed) => ({
  data: spirals(seed),
  layers: [...repeated(5, () => [dense(24), tanh()]), dense(3)],
  method: adam(cosine({ peak: 5e-3 })),
  ...{ batchSize: 60, steps: 800, seed },
});

/** Four residual blocks of 24, on spirals. */
export const residuals: Base = (seed) => ({
  data: spirals(seed),
  layers: [dense(24), ...repeated(4, () => [residual(dense(24), tanh(), dense(24))]), dense(3)],
  method: adam(cosine({ peak: 3e-3 })),
  ...{ batchSize: 60, steps: 600, seed },
});

/** 49-64-10 with dropout, on small digits. */
export const dropped: Base = async (seed) => ({
  data: await smallDigits(seed),
  layers: [dense(64), relu(), dropout(0.2), dense(10)],
  method: adam(cosine({ peak: 4e-3 })),
  ...{ batchSize: 60, steps: 400, seed },
});

/** 49-48-10 with batch norm, on small digits. */
export const normed: Base = async (seed) => ({
  data: await smallDigits(seed),
  layers: [dense(48, { bias: false }), batchNorm(), relu(), dense(10)],
  method: adam(cosine({ peak: 4e-3 })),
  ...{ batchSize: 60, steps: 300, seed },
});

/** Eight residual relu blocks of 32 on small digits, with a warm-up that they need. */
export const warmed: Base = async (seed) => ({
  data: await smallDigits(seed),
  layers: [dense(32), ...repeated(8, () => [residual(dense(32), relu(), dense(32))]), dense(10)],
  method: adam(warmup(cosine({ peak: 0.04 }), 0.15, { from: 0.01 })),
  ...{ batchSize: 60, steps: 400, seed },
});

/** The same by SGD. */
export const warmedSgd: Base = async (seed) => ({
  ...(await warmed(seed)),
  method: sgd(warmup(cosine({ peak: 0.02 }), 0.15, { from: 0.01 }), { momentum: 0.9 }),
});
