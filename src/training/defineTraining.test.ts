import { describe, expect, expectTypeOf, test } from "vitest";
import { normal } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { dataset } from "./dataset.ts";
import { defineTraining, problem } from "./defineTraining.ts";
import { fit } from "./fit.ts";

const data = dataset({ x: Float32Array.of(1, 2, 3), y: Float32Array.of(2, 4, 6) });

describe("defineTraining", () => {
  const training = defineTraining({
    settings: { rate: 0.1, name: "line", layers: [1, 2] },
    build: ({ rate, layers }) => {
      expectTypeOf(rate).toBeNumber();
      expectTypeOf(layers).toEqualTypeOf<number[]>();
      return problem({
        params: (key) => ({ w: normal(key, []) }),
        loss: (params, batch, context) => {
          // What the loss sees is known from the params and the data.
          expectTypeOf(params).toEqualTypeOf<{ w: Tensor }>();
          expectTypeOf(batch.y).toEqualTypeOf<Tensor>();
          expectTypeOf(context.training).toBeBoolean();
          return batch.x.mul(params.w).sub(batch.y).square().mean();
        },
        data,
        method: sgd(rate),
        epochs: 50,
        batchSize: 3,
        engine: "js",
      });
    },
  });

  test("keeps the defaults with their types, and makes what fit takes", async () => {
    expectTypeOf(training.settings.rate).toBeNumber();
    expectTypeOf(training.settings.name).toBeString();
    expect(training.settings).toEqual({ rate: 0.1, name: "line", layers: [1, 2] });
    const made = await training.build({ ...training.settings, rate: 0.05 });
    const result = await fit(made as Parameters<typeof fit>[0]);
    expect(result).toMatchObject({ steps: 50, verdict: { kind: "global-minimum" } });
  });

  test("may leave the settings out", () => {
    expect(defineTraining({ build: () => problem({ ...anything, data }) }).settings).toEqual({});
  });

  test("refuses what is no definition", () => {
    // @ts-expect-error: a definition needs build
    expect(() => defineTraining({ settings: {} })).toThrow(/build is not a function/);
    const misspelt = { setting: {}, build: () => problem({ ...anything, data }) };
    expect(() => defineTraining(misspelt)).toThrow(/unknown option "setting"[\s\S]*settings\?/);
  });
});

const anything = {
  params: (key: Tensor) => normal(key, []),
  loss: (w: Tensor) => w.square(),
  method: sgd(0.1),
};
