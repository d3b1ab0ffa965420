// A small network that tells two spirals apart: put your own data and layers in their place.
//   npx nadir train mlp.ts
//   npx nadir train mlp.ts hidden=[64,64] learningRate=3e-3 --seed 1
//   npx nadir show @
import {
  accuracy,
  adam,
  crossEntropy,
  dataset,
  defineTraining,
  dense,
  problem,
  sequential,
  tanh,
  warmupCosine,
} from "nadir";

/** Points of two spirals, one turned against the other; `offset` shifts them, so that no two sets share a point. */
function spirals(points: number, offset: number) {
  const angles = Array.from({ length: points }, (_, i) => (2.5 * Math.PI * (i + offset)) / points);
  const side = (sign: number): number[][] =>
    angles.map((t) => [(sign * t * Math.cos(t)) / 3, (sign * t * Math.sin(t)) / 3]);
  const label = Int32Array.from({ length: 2 * points }, (_, i) => (i < points ? 0 : 1));
  return dataset({ x: [...side(1), ...side(-1)], label });
}

export default defineTraining({
  // What a command line may set: learningRate=3e-3 epochs=50.
  settings: { learningRate: 1e-2, epochs: 100, batchSize: 32, hidden: [32, 32] },

  build: ({ learningRate, epochs, batchSize, hidden }) => {
    const model = sequential(...hidden.flatMap((width) => [dense(width), tanh()]), dense(2));
    return problem({
      params: model.init([2]),
      loss: (params, batch, context) => {
        const scores = model.apply(params, batch.x, context);
        return {
          loss: crossEntropy(scores, batch.label),
          metrics: { accuracy: accuracy(scores, batch.label) },
        };
      },
      data: spirals(256, 0),
      test: spirals(64, 0.5),
      method: adam(warmupCosine({ peak: learningRate, warmup: 0.05 })),
      epochs,
      batchSize,
    });
  },
});
