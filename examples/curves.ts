// Curves drawn in 28×28 images, pressed through six numbers and drawn again: the deep autoencoder that
// Hessian-free optimization was made for (Martens 2010), at a size for two cores. Equal budgets, in passes over the data.
//   npx nadir train examples/curves.ts
//   npx nadir train examples/curves.ts optimizer=adam learningRate=3e-3
//   npx nadir train examples/curves.ts optimizer=nesterov learningRate=0.3
//   npx nadir train examples/curves.ts optimizer=kfac learningRate=0.1
//   npx nadir train examples/curves.ts optimizer=lbfgs
// nadir bench curves has them all side by side.
import {
  adam,
  bernoulli,
  binaryCrossEntropy,
  compositeLoss,
  dataset,
  defineTraining,
  dense,
  hessianFree,
  kfac,
  lbfgs,
  NadirError,
  nesterov,
  problem,
  sequential,
  type Tensor,
  tanh,
} from "nadir";
import { curves } from "nadir/data";

const pixels = 28 * 28;

export default defineTraining({
  settings: {
    optimizer: "hessianFree",
    learningRate: 3e-3,
    momentum: 0.99,
    images: 1000,
    passes: 200,
    curvatureRows: 125,
  },

  build: (settings) => {
    const { learningRate, momentum, curvatureRows } = settings;
    const methods = {
      hessianFree: () => hessianFree({ curvatureRows }),
      lbfgs: () => lbfgs(),
      adam: () => adam(learningRate),
      nesterov: () => nesterov(learningRate, { momentum }),
      // The loss is a mean over pixels: curvature and divergence are that much smaller than of a picture.
      kfac: () => kfac(learningRate, { damping: 1e-4, klClip: 1e-5 }),
    };
    const { optimizer } = settings;
    if (!Object.hasOwn(methods, optimizer)) {
      throw new NadirError("curves/optimizer", `there is no optimizer "${optimizer}" here`, {
        expected: `one of ${Object.keys(methods).join(", ")}`,
      });
    }
    const make = methods[optimizer as keyof typeof methods];
    const isRule = ["adam", "nesterov", "kfac"].includes(optimizer);
    const model = sequential(
      ...[dense(200), tanh(), dense(50), tanh(), dense(6)],
      ...[dense(50), tanh(), dense(200), tanh(), dense(pixels)],
    );
    return problem({
      params: model.init([pixels]),
      loss: compositeLoss(
        (params, batch: { readonly x: Tensor }) => model.apply(params, batch.x),
        (logits: Tensor, batch: { readonly x: Tensor }) => binaryCrossEntropy(logits, batch.x),
        {
          // The loss is 1/784 of −log p: pixels away from their mean p by √784 times as much.
          drawTargets: (logits, batch, key) => {
            const p = logits.sigmoid();
            const deviation = bernoulli(key, p, p.shape).cast(p.dtype).sub(p);
            return { ...batch, x: p.add(deviation.mul(Math.sqrt(pixels))) };
          },
        },
      ),
      data: dataset({ x: curves(settings.images) }),
      method: make(),
      epochs: settings.passes,
      ...(isRule ? { batchSize: 100 } : {}),
    });
  },
});
