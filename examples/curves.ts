// Curves drawn in 28×28 images, pressed through six numbers and drawn again: the deep autoencoder that
// Hessian-free optimization was made for (Martens 2010), at a size for two cores. Equal budgets, in passes over the data.
//   npx nadir train examples/curves.ts
//   npx nadir train examples/curves.ts optimizer=adam learningRate=3e-3
//   npx nadir train examples/curves.ts optimizer=nesterov learningRate=0.3
//   npx nadir train examples/curves.ts optimizer=lbfgs
import {
  adam,
  binaryCrossEntropy,
  compositeLoss,
  dataset,
  defineTraining,
  dense,
  hessianFree,
  lbfgs,
  NadirError,
  NDArray,
  nesterov,
  problem,
  sequential,
  type Tensor,
  tanh,
} from "nadir";

const side = 28;

/** Quadratic Bézier curves with six random coordinates each, as soft pen strokes: `[count, 784]`. */
function curves(count: number): NDArray {
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const pixels = new Float32Array(count * side * side);
  for (let c = 0; c < count; c++) {
    const [x0, y0, x1, y1, x2, y2] = Array.from({ length: 6 }, () => 3 + 22 * random());
    for (let k = 0; k <= 60; k++) {
      const t = k / 60;
      const mix = (a = 0, b = 0, d = 0): number =>
        (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * d;
      const [x, y] = [mix(x0, x1, x2), mix(y0, y1, y2)];
      for (let row = Math.floor(y) - 1; row <= Math.floor(y) + 2; row++) {
        for (let column = Math.floor(x) - 1; column <= Math.floor(x) + 2; column++) {
          const ink = Math.exp(-((row - y) ** 2 + (column - x) ** 2) / 0.9);
          const at = (c * side + row) * side + column;
          pixels[at] = Math.max(pixels[at] ?? 0, ink);
        }
      }
    }
  }
  return new NDArray(pixels, [count, side * side]);
}

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
    };
    const { optimizer } = settings;
    if (!Object.hasOwn(methods, optimizer)) {
      throw new NadirError("curves/optimizer", `there is no optimizer "${optimizer}" here`, {
        expected: `one of ${Object.keys(methods).join(", ")}`,
      });
    }
    const make = methods[optimizer as keyof typeof methods];
    const isRule = optimizer === "adam" || optimizer === "nesterov";
    const model = sequential(
      ...[dense(200), tanh(), dense(50), tanh(), dense(6)],
      ...[dense(50), tanh(), dense(200), tanh(), dense(side * side)],
    );
    return problem({
      params: model.init([side * side]),
      loss: compositeLoss(
        (params, batch: { readonly x: Tensor }) => model.apply(params, batch.x),
        (logits: Tensor, batch: { readonly x: Tensor }) => binaryCrossEntropy(logits, batch.x),
      ),
      data: dataset({ x: curves(settings.images) }),
      method: make(),
      epochs: settings.passes,
      ...(isRule ? { batchSize: 100 } : {}),
    });
  },
});
