// A saddle point on the way: from (0, 2) the gradient leads straight to (0, 0) and vanishes there, though
// the function falls to both sides. A method of first order sees a minimum; the verdict sees the negative
// curvature, says along which direction, and how much lower that leads.
//   npx nadir minimize examples/saddle.ts
//   npx nadir minimize examples/saddle.ts escapeSaddles=true
//   npx nadir minimize examples/saddle.ts method=trustRegion
import type { Tensor } from "nadir";

/** f(x, y) = ¼x⁴ − ½x² + ½y²: minima at (±1, 0), a saddle between them. */
export default (point: Tensor): Tensor => {
  const [x, y] = [point.at(0), point.at(1)];
  return x.pow(4).mul(0.25).sub(x.square().mul(0.5)).add(y.square().mul(0.5));
};

export const x0 = [0, 2];
export const method = "lbfgs";
