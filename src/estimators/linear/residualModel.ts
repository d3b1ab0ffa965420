import type { Vector } from "../../linalg/ask.ts";
import type { Quadratic } from "./descent.ts";
import type { Design } from "./design.ts";

/**
 * ‖y − Xw‖²/(2n) as a function of the coefficients of chosen features, by its residual: a step of a block costs four operations for
 * each of its entries, however many features are chosen, and nothing is computed beforehand.
 *
 * @param residual - y − Xw at the present coefficients: kept up to date in place
 * @param curvatureOf - ‖x_j‖²/n by feature
 */
export function residualModel(
  design: Design,
  members: Int32Array,
  residual: Vector,
  curvatureOf: Vector,
): Quadratic {
  const { samples: n } = design;
  const factors = new Float64Array(members.length);
  return {
    curvatures: Float64Array.from(members, (j) => curvatureOf[j]!),
    state: residual,
    gradient: (k) => -design.dot(members[k]!, residual) / n,
    move: (k, d) => design.add(members[k]!, -d, residual),
    gradients: (start, length, out) => {
      design.dotsOf(members, length, residual, out, 0, start);
      for (let i = 0; i < length; i++) out[i] = -out[i]! / n;
    },
    moveAll: (start, length, changes) => {
      for (let i = 0; i < length; i++) factors[i] = -changes[i]!;
      design.addAll(members, start, length, factors, residual);
    },
    value: () => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += residual[i]! * residual[i]!;
      return sum / (2 * n);
    },
  };
}
