import { describe, expect, test } from "vitest";
import { NDArray } from "../../../array/ndarray.ts";
import type { Tensor } from "../../../array/tensor.ts";
import { applyDense } from "../../../linalg/cg.ts";
import { martensCg } from "../../../linalg/martensCg.ts";
import {
  largestDifference,
  numbersFrom,
  randomSymmetric,
  runAlone,
} from "../../../linalg/testing.ts";
import { matrixVector, quadraticModel } from "../../../linalg/vector.ts";
import { dense } from "../../../models/layers/dense.ts";
import { crossEntropy } from "../../../models/losses/crossEntropy.ts";
import { tanh } from "../../../models/overloads.ts";
import { sequential } from "../../../models/sequential.ts";
import { compositeLoss } from "../../../training/compositeLoss.ts";
import { dataset } from "../../../training/dataset.ts";
import { fit } from "../../../training/fit.ts";
import { classical } from "../classical/testing.ts";
import { derivatives, residualFeatures } from "../sumOfSquares/testing.ts";
import { run } from "../testing.ts";
import { type HessianFreeOptions, hessianFree } from "./hessianFree.ts";

const next = numbersFrom(3);
const rows = 96;
const x = new NDArray(Float64Array.from({ length: 4 * rows }, next), [rows, 4]);
const label = Int32Array.from({ length: rows }, (_, i) =>
  x.data[4 * i]! + x.data[4 * i + 1]! ** 2 + 0.3 * next() > 0.2 ? 1 : 0,
);
const model = sequential(dense(6), tanh(), dense(2));
type Weights = ReturnType<typeof model.init> extends (key: never) => infer P ? P : never;
type Rows = { readonly x: Tensor; readonly label: Tensor };
const problem = {
  params: model.init([4]),
  loss: compositeLoss(
    (params: Weights, batch: Rows) => model.apply(params, batch.x),
    (logits: Tensor, batch: Rows) => crossEntropy(logits, batch.label),
  ),
  data: dataset({ x, label }),
  dtype: "f64",
  tolerance: 0,
} as const;

describe("martensCg", () => {
  const n = 30;
  const numbers = numbersFrom(8);
  const a = randomSymmetric(n, numbers);
  for (let i = 0; i < n; i++) a[i * n + i] = 12 + i;
  const g = Float64Array.from({ length: n }, numbers);
  const apply = applyDense(a, n);

  test.for([undefined, Float64Array.from({ length: n }, (_, i) => 12 + i)])(
    "tells the quadratic's values along its way, which fall",
    (preconditioner) => {
      const start = new Float64Array(n);
      const options = { start, preconditioner, maxIterations: 60 };
      const { iterates, positive } = runAlone(martensCg(apply, g, options));
      expect(positive).toBe(true);
      iterates.forEach((iterate, k) => {
        expect(iterate.value).toBeCloseTo(quadraticModel(a, g, iterate.x), 12);
        const image = new Float64Array(n);
        matrixVector(image, a, iterate.x);
        const along = image.reduce((sum, v, i) => sum + v * iterate.x[i]!, 0);
        expect(iterate.curvature).toBeCloseTo(along, 10);
        if (k > 0) expect(iterate.value).toBeLessThanOrEqual(iterates[k - 1]!.value + 1e-15);
      });
      const image = new Float64Array(n);
      matrixVector(image, a, iterates.at(-1)!.x);
      expect(
        largestDifference(
          image,
          g.map((gi) => -gi),
        ),
      ).toBeLessThan(0.02);
    },
  );

  test("goes on from a start, and needs less from a near one", () => {
    const zero = { start: new Float64Array(n), preconditioner: undefined, maxIterations: 60 };
    const cold = runAlone(martensCg(apply, g, zero));
    const start = cold.iterates.at(-1)!.x.map((xi) => 0.95 * xi);
    const warm = runAlone(martensCg(apply, g, { ...zero, start }));
    expect(warm.iterates[0]!.value).toBeLessThan(cold.iterates[0]!.value);
    expect(warm.iterates.at(-1)!.value).toBeLessThan(0);
  });

  test("stops where the matrix is not positive", () => {
    const minus = applyDense(Float64Array.of(1, 0, 0, -1), 2);
    const options = { start: new Float64Array(2), preconditioner: undefined, maxIterations: 9 };
    expect(runAlone(martensCg(minus, Float64Array.of(1, 2), options)).positive).toBe(false);
  });
});

describe("hessianFree", () => {
  test.for([
    {},
    { preconditioner: "fisher" },
    { curvatureRows: 32 },
    { preconditioner: "fisher", curvatureRows: 32, maxProducts: 30 },
  ] as const)("trains a network, never rising, with %o", async (options) => {
    const { history, loss } = await fit({ ...problem, method: hessianFree(options), steps: 25 });
    history.forEach(({ loss: value }, i) => {
      if (i > 0) expect(value).toBeLessThanOrEqual(history[i - 1]!.loss);
    });
    expect(loss).toBeLessThan(0.25);
  });

  test("gives equal bits for equal seeds, and others for other rows", async () => {
    const end = async (seed: number): Promise<number> => {
      const method = hessianFree({ curvatureRows: 24, seed });
      return (await fit({ ...problem, method, steps: 4 })).loss;
    };
    const [first, again, other] = [await end(1), await end(1), await end(2)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  test("minimizes sums of squares as well", () => {
    for (const key of ["rosen", "bard", "kow_osb", "watson"]) {
      const squares = classical.find((candidate) => candidate.key === key)!;
      const features = residualFeatures(squares);
      const { point, values } = run(hessianFree(), derivatives(squares), squares.x0, { features });
      expect(values.every((value, i) => i === 0 || value <= values[i - 1]!)).toBe(true);
      expect(Math.max(...point.gradient.map(Math.abs))).toBeLessThan(1e-6);
    }
  });

  test("is refused for a loss whose parts nothing tells apart", async () => {
    const loss = (params: Weights, batch: Rows) =>
      crossEntropy(model.apply(params, batch.x), batch.label);
    await expect(fit({ ...problem, loss, method: hessianFree() })).rejects.toThrow(
      /hessianFree needs/,
    );
  });

  const refused: readonly (readonly [HessianFreeOptions, RegExp])[] = [
    [{ initialDamping: 0 }, /initialDamping is 0/],
    [{ warmStart: 1 }, /warmStart is 1/],
    [{ preconditioner: "jacobi" as never }, /one of "none", "fisher"/],
    [{ curvatureRows: 0.5 }, /curvatureRows is 0.5/],
  ];
  test.for(refused)("refuses %o", ([options, message]) => {
    expect(() => hessianFree(options)).toThrow(message);
  });
});
