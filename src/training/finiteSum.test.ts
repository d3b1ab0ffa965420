import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { array } from "../array/operations/creation.ts";
import type { Tensor } from "../array/tensor.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { adam, sgd } from "../methods/rules/registry.ts";
import { lbfgs, saga, svrg, trustRegion } from "../methods/solvers/registry.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { binaryCrossEntropy } from "../models/losses/binaryCrossEntropy.ts";
import { compositeLoss } from "./compositeLoss.ts";
import { dataset } from "./dataset.ts";
import { finiteSum } from "./finiteSum.ts";
import { fit } from "./fit.ts";
import { minimize } from "./minimize.ts";

const rows = 2100; // more than one chunk of rows, and no multiple of a batch
const next = numbersFrom(11);
const x = new NDArray(Float64Array.from({ length: 3 * rows }, next), [rows, 3]);
const y = Float64Array.from({ length: rows }, (_, i) =>
  x.data[3 * i]! - 0.5 * x.data[3 * i + 1]! + 0.3 * next() > 0 ? 1 : 0,
);
const data = dataset({ x, y });
type Rows = { readonly x: Tensor; readonly y: Tensor };
const loss = (w: Tensor, batch: Rows): Tensor =>
  binaryCrossEntropy(batch.x.matmul(w), batch.y).add(w.square().sum().mul(0.005));
const whole = (w: Tensor): Tensor => loss(w, { x: array(x), y: array(y) });
const x0 = new Float64Array(3);

describe("finiteSum", () => {
  test.for([svrg(), saga(), lbfgs(), trustRegion(), adam(0.05)])(
    "$name reaches the minimum that the function without structure has",
    async (method) => {
      const options = { x0, tolerance: 1e-7, maxIterations: 600 };
      const plain = await minimize(whole, { ...options, method: lbfgs() });
      const run = await minimize(finiteSum(loss, data), { ...options, method });
      expect(run.verdict.kind).toBe("local-minimum");
      expect(run.value).toBeCloseTo(plain.value, 12);
      run.x.forEach((w, i) => {
        expect(w).toBeCloseTo(plain.x[i]!, 5);
      });
    },
  );

  test("counts evaluations in units of all rows", async () => {
    const method = svrg({ batchSize: 21, passes: 1, stepSize: 0.5 });
    const { evaluations, cost, iterations } = await minimize(finiteSum(loss, data), {
      ...{ x0, method, maxIterations: 3, tolerance: 0 },
    });
    expect(iterations).toBe(3);
    expect(evaluations.rows).toBeCloseTo(6, 12); // two gradients of each batch
    expect(evaluations.gradient).toBe(4);
    expect(cost.gradientEquivalents).toBeCloseTo(10, 12);
  });

  test("gives rules batches, if told of how many rows, and counts their gradients", async () => {
    const options = { x0, method: sgd(1), maxIterations: 2, tolerance: 0 };
    const small = await minimize(finiteSum(loss, data, { batchSize: 20 }), options);
    const large = await minimize(finiteSum(loss, data), options);
    expect(small.value).toBeLessThan(large.value); // 210 steps against 2
    expect(small.cost.gradientEquivalents).toBeCloseTo(2 + 3, 12);
    expect(large.cost.gradientEquivalents).toBeCloseTo(2 + 3, 12);
  });

  test("is what fit minimizes by the same solver, bit for bit", async () => {
    const method = svrg({ batchSize: 50, stepSize: 0.5 });
    const sum = await minimize(finiteSum(loss, data), {
      ...{ x0, method, maxIterations: 2, tolerance: 0 },
    });
    const run = await fit({
      ...{ params: x0, loss, data, method, steps: 2, dtype: "f64", tolerance: 0 },
    } as const);
    expect(run.params.data).toEqual(sum.x);
    expect(run.loss).toBe(sum.value);
  });

  test("gives the same on both engines to rounding", async () => {
    const solve = (engine: "js" | "onnx") =>
      minimize(finiteSum(loss, data), {
        ...{ x0, method: svrg({ batchSize: 300 }), engine, dtype: "f32", tolerance: 1e-4 },
      });
    const [js, onnx] = [await solve("js"), await solve("onnx")];
    expect(onnx.engine).toBe("onnx");
    expect(onnx.value).toBeCloseTo(js.value, 5);
  });

  test("has Gauss–Newton products where the loss is composite, and says so where it is not", async () => {
    const product: Solver = {
      ...{ kind: "solver", name: "product", needs: ["gradient", "gnvp"], monotone: true },
      init: () => ({}),
      *step(point, state) {
        const direction = Float64Array.of(1, 0, 0);
        const image = (yield { kind: "gnvp", x: point.x, direction }) as Float64Array;
        const exact = (yield { kind: "hvp", x: point.x, direction }) as Float64Array;
        expect(image[0]).toBeCloseTo(exact[0]!, 12);
        return { point, state, stepSize: 0, stalled: "exhausted" };
      },
    };
    const split = compositeLoss(
      (w: Tensor, batch: Rows) => batch.x.matmul(w),
      (logits, batch) => binaryCrossEntropy(logits, batch.y),
    );
    const run = await minimize(finiteSum(split, data), { x0, method: product });
    expect(run.evaluations.gnvp).toBe(1);
    await expect(minimize(finiteSum(loss, data), { x0, method: product })).rejects.toThrow(
      /product needs a sum of squares, or a model under a convex loss/,
    );
  });

  test("refuses a sum where a mean is meant, before any step", async () => {
    const summed = (w: Tensor, batch: Rows): Tensor =>
      batch.x.matmul(w).sub(batch.y).square().sum();
    const wrong = minimize(finiteSum(summed, data), { x0: [0.1, 0.2, 0.3], method: svrg() });
    await expect(wrong).rejects.toThrow(/the loss of row 0 is .*, and of that row twice/);
  });

  test("refuses batches larger than the data, and solvers of sums for functions that are none", async () => {
    expect(() => finiteSum(loss, data, { batchSize: rows + 1 })).toThrow(/a batch of 2101/);
    await expect(minimize(whole, { x0, method: svrg() })).rejects.toThrow(
      /svrg needs a sum over rows of data/,
    );
  });
});
