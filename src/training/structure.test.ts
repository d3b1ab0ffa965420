import { describe, expect, test } from "vitest";
import { array } from "../array/operations/creation.ts";
import type { Tensor } from "../array/tensor.ts";
import { lbfgs } from "../methods/solvers/quasiNewton/lbfgs.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { leastSquares, leastSquaresFeatures } from "./leastSquares.ts";
import { minimize } from "./minimize.ts";

const line = leastSquares((x: Tensor) =>
  array([1, 2, 4])
    .mul(x.at(0))
    .sub(array([2, 4, 9])),
);

describe("leastSquares", () => {
  test("is minimized as the sum of squares by solvers that know nothing of residuals", async () => {
    const { x, value } = await minimize(line, { x0: [0], method: lbfgs() });
    expect(x[0]).toBeCloseTo(46 / 21, 8); // Σab / Σa²
    expect(value).toBeCloseTo(101 - 46 ** 2 / 21, 8);
  });

  test("answers residuals, their Jacobian and Gauss–Newton products", () => {
    const residuals = ([x]: readonly Tensor[]) => [x!.square(), x!.sum()];
    const features = leastSquaresFeatures(residuals, { shapes: [[2]], dtype: "f64" }, 2);
    const x = Float64Array.of(3, 1);
    expect(features.residuals!({ kind: "residuals", x })).toEqual(Float64Array.of(9, 1, 4));
    expect(features.jacobian!({ kind: "jacobian", x })).toEqual({
      residuals: Float64Array.of(9, 1, 4),
      jacobian: Float64Array.of(6, 0, 0, 2, 1, 1),
    });
    // 2JᵀJ·(1, 0) with JᵀJ = [[37, 1], [1, 5]]
    const direction = Float64Array.of(1, 0);
    expect(features.gnvp!({ kind: "gnvp", x, direction })).toEqual(Float64Array.of(74, 2));
  });

  test("is refused where a solver needs it and the problem is a bare function", async () => {
    const solver: Solver = { ...(lbfgs() as Solver), name: "gauss", needs: ["jacobian"] };
    await expect(minimize((x) => x.square().sum(), { x0: [1], method: solver })).rejects.toThrow(
      /gauss needs the terms of a sum of squares/,
    );
  });
});
