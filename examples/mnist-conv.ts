// Handwritten digits by a small convolutional network with batch norm and dropout.
//   npx nadir train examples/mnist-conv.ts
import {
  accuracy,
  adam,
  batchNorm,
  conv2d,
  crossEntropy,
  defineTraining,
  dense,
  dropout,
  flatten,
  maxPool,
  problem,
  relu,
  sequential,
  unflatten,
  warmupCosine,
} from "nadir";
import { mnist } from "nadir/data";

export default defineTraining({
  settings: { learningRate: 0.02, epochs: 10, batchSize: 128, channels: [8, 16], dropout: 0.3 },

  build: async (settings) => {
    const { train, test, classes, imageShape } = await mnist();
    const [first = 8, second = 16] = settings.channels;
    const model = sequential(
      unflatten([1, ...imageShape]),
      conv2d(first, 3, { padding: 1 }),
      batchNorm(),
      relu(),
      maxPool(2),
      conv2d(second, 3, { padding: 1 }),
      batchNorm(),
      relu(),
      maxPool(2),
      flatten(),
      dropout(settings.dropout),
      dense(classes),
    );
    return problem({
      params: model.init([784]),
      // Batch norm remembers a running mean and variance: the state goes in and comes out anew.
      state: model.state([784]),
      loss: (params, batch, context) => {
        const { output, state } = model.run(params, batch.x, context);
        return {
          loss: crossEntropy(output, batch.label),
          state,
          metrics: { accuracy: accuracy(output, batch.label) },
        };
      },
      data: train,
      test,
      method: adam(warmupCosine({ peak: settings.learningRate, warmup: 0.05 })),
      epochs: settings.epochs,
      batchSize: settings.batchSize,
    });
  },
});
