// A function of yours, minimized: put your own in the place of this one.
//   npx nadir minimize function.ts
//   npx nadir minimize function.ts x0=[-3,-1]
//   npx nadir race function.ts --methods lbfgs,trustRegion
import type { Tensor } from "nadir";

/** f(x, y) = (x² + y − 11)² + (x + y² − 7)²: Himmelblau's, with four minima, four saddles and a maximum. */
export default (point: Tensor): Tensor => {
  const [x, y] = [point.at(0), point.at(1)];
  return x.square().add(y).sub(11).square().add(x.add(y.square()).sub(7).square());
};

/** Where it starts. As many numbers as the function has unknowns. */
export const x0 = [0, 0];
