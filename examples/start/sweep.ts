// A training made to be swept: which rate, width and weight decay give the lowest loss on rows that it has not seen?
//   npx nadir sweep sweep.ts learningRate=log:1e-3..1e-1 hidden=8,16,32 decay=0,1e-4,1e-2 --trials 9
//   npx nadir train sweep.ts
//   npx nadir studio
import { adamW, dataset, defineTraining, dense, mse, problem, sequential, tanh } from "nadir";

/** Two waves with a little noise, at `points` places; the same in every run. */
function waves(points: number, offset: number) {
  const places = Array.from({ length: points }, (_, i) => (6 * (i + offset)) / points - 3);
  return dataset({
    x: places.map((x) => [x]),
    y: places.map((x, i) => [Math.sin(2 * x) + 0.3 * Math.cos(5 * x) + 0.1 * Math.sin(91 * i)]),
  });
}

export default defineTraining({
  settings: { learningRate: 1e-2, hidden: 16, decay: 1e-4, epochs: 100 },

  build: ({ learningRate, hidden, decay, epochs }) => {
    const model = sequential(dense(hidden), tanh(), dense(hidden), tanh(), dense(1));
    return problem({
      params: model.init([1]),
      loss: (params, batch, context) => mse(model.apply(params, batch.x, context), batch.y),
      data: waves(128, 0),
      validation: waves(64, 0.5),
      method: adamW(learningRate, { weightDecay: decay }),
      epochs,
      batchSize: 32,
    });
  },
});
