import { expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { numbersFrom } from "../linalg/testing.ts";
import { asam, sam } from "../methods/rules/sam.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { batchNorm } from "../models/layers/batchNorm.ts";
import { dense } from "../models/layers/dense.ts";
import { mse } from "../models/losses/regression.ts";
import { sequential } from "../models/sequential.ts";
import { dataset } from "./dataset.ts";
import { fit } from "./fit.ts";

const draw = numbersFrom(31);
const rows = 16;
const x = new NDArray(Float64Array.from({ length: 3 * rows }, draw), [rows, 3]);
const y = new NDArray(Float64Array.from({ length: rows }, draw), [rows, 1]);
const model = sequential(dense(4), batchNorm(), dense(1));

/** Running statistics after some steps on all rows. */
async function statistics(method: Parameters<typeof fit>[0]["method"], steps: number) {
  const { state } = await fit({
    params: model.init([3]),
    state: model.state([3]),
    loss: (params, batch: { readonly x: Tensor; readonly y: Tensor }, context) => {
      const { output, state } = model.run(params, batch.x, context);
      return { loss: mse(output, batch.y), state };
    },
    ...{
      data: dataset({ x, y }),
      method,
      steps,
      batchSize: rows,
      seed: 4,
      dtype: "f64",
      engine: "js",
    },
  });
  return state;
}

test.for([
  ["sam", sam(sgd(1e-12), { radius: 10 })],
  ["asam", asam(sgd(1e-12), { radius: 10 })],
] as const)(
  "%s counts batch statistics once a step, of the params and not of the point uphill",
  async ([, rule]) => {
    // With a step of next to nothing all statistics are those of the start: far uphill they would be others.
    for (const steps of [1, 3]) {
      const [plain, sharp] = [await statistics(sgd(1e-12), steps), await statistics(rule, steps)];
      expect(JSON.stringify(sharp)).not.toBe(
        JSON.stringify(await statistics(sgd(1e-12), steps + 1)),
      );
      const numbers = (state: unknown): number[] =>
        JSON.stringify(state)
          .match(/-?\d[\d.e+-]*/g)!
          .map(Number);
      const [a, b] = [numbers(plain), numbers(sharp)];
      expect(b.length).toBe(a.length);
      a.forEach((value, i) => {
        expect(b[i]).toBeCloseTo(value, 8);
      });
    }
  },
);
