// Rosenbrock's banana: a curved valley whose floor falls slowly towards (1, 1).
//   npx nadir minimize examples/rosenbrock.ts
//   npx nadir minimize examples/rosenbrock.ts method=lbfgs
//   npx nadir minimize examples/rosenbrock.ts method=adam learningRate=0.01 maxIterations=50000
import type { Tensor } from "nadir";

/** f(x, y) = 100 (y − x²)² + (1 − x)². */
export default (point: Tensor): Tensor => {
  const [x, y] = [point.at(0), point.at(1)];
  return y.sub(x.square()).square().mul(100).add(x.sub(1).square());
};

export const x0 = [-1.2, 1];
