// Handwritten digits: 784-256-128-10, 8,000 to learn from, 2,000 to test on.
//   npx nadir train examples/mnist.ts
//   npx nadir train examples/mnist.ts epochs=5 dropout=0 --seed 1
import {
  accuracy,
  adam,
  crossEntropy,
  defineTraining,
  dense,
  dropout,
  problem,
  relu,
  sequential,
  warmupCosine,
} from "nadir";
import { mnist } from "nadir/data";

export default defineTraining({
  settings: { learningRate: 2e-3, epochs: 12, batchSize: 128, hidden: [256, 128], dropout: 0.2 },

  build: async (settings) => {
    const { train, test, classes } = await mnist();
    const [first = 256, second = 128] = settings.hidden;
    const model = sequential(
      dense(first),
      relu(),
      dropout(settings.dropout),
      dense(second),
      relu(),
      dropout(settings.dropout),
      dense(classes),
    );
    return problem({
      params: model.init([784]),
      loss: (params, batch, context) => {
        const scores = model.apply(params, batch.x, context);
        return {
          loss: crossEntropy(scores, batch.label),
          metrics: { accuracy: accuracy(scores, batch.label) },
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
