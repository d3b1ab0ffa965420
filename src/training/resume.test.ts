import { describe, expect, test } from "vitest";
import { normal } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { adam } from "../methods/rules/adam.ts";
import { momentum } from "../methods/rules/momentum.ts";
import type { Rule } from "../methods/rules/rule.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { dataset } from "./dataset.ts";
import { type FitOptions, fit } from "./fit.ts";
import type { Snapshot } from "./snapshot.ts";
import { inParts } from "./testing.ts";

type Params = { readonly w: Tensor; readonly b: Tensor };
type Batch = { readonly x: Tensor; readonly y: Tensor };

const x = Array.from({ length: 24 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const data = dataset({ x, y: x.map(([a = 0, b = 0]) => a * b) });

/** A small regression: `tanh` of a plane. */
const problem = (method: Rule): FitOptions<Params, Batch, undefined> => ({
  params: (key) => ({ w: normal(key, [2]), b: normal(key, []) }),
  loss: (params, batch, { key }) =>
    batch.x
      .matmul(params.w)
      .add(params.b)
      .tanh()
      .sub(batch.y.add(normal(key, [batch.y.size]).mul(0.01)))
      .square()
      .mean(),
  data,
  // Measured at the end of each epoch, where a call then ends.
  test: data,
  method,
  batchSize: 7,
  epochs: 30,
  seed: 5,
  engine: "js",
});

describe("a run that is stopped and resumed", () => {
  test.for([
    ["sgd", sgd(0.1)],
    ["momentum", momentum(0.05)],
    ["adam", adam(0.02)],
  ] as const)("with %s ends on the very bits of one that never stopped", async ([, method]) => {
    const whole = await fit(problem(method));
    const parted = await inParts(problem(method), [0, 0, 0, 0, 0]);
    expect(parted.parts).toBe(5);
    expect(parted.params).toEqual(whole.params);
    expect([parted.loss, parted.verdict, parted.steps]).toEqual([
      whole.loss,
      whole.verdict,
      whole.steps,
    ]);
    expect({ ...parted.cost, seconds: 0 }).toEqual({ ...whole.cost, seconds: 0 });
  });

  test("rolls back to the same steps as one that never stopped", async () => {
    const options = problem(sgd(40));
    // The logarithm is not finite where a step of this size throws the params.
    const unstable: typeof options = {
      ...options,
      loss: (params, batch) => batch.x.matmul(params.w).square().add(1).square().mean().exp(),
    };
    const whole = await fit(unstable);
    const parted = await inParts(unstable, [0, 0, 0]);
    expect(whole.rollbacks).toBeGreaterThan(0);
    expect([parted.rollbacks, parted.steps, parted.verdict]).toEqual([
      whole.rollbacks,
      whole.steps,
      whole.verdict,
    ]);
    expect(parted.params).toEqual(whole.params);
  });

  test.for([
    ["another method", { method: adam(0.02) }, /method is adam, and was sgd/],
    ["another rate", { method: sgd(0.2) }, /the training step is not the one/],
    ["another seed", { seed: 6 }, /seed is 6, and was 5/],
    ["other data", { data: dataset({ x, y: x.map(() => 1) }) }, /the training data are not those/],
    ["another order", { shuffle: false }, /shuffle is false, and was true/],
  ] as const)("is refused with %s", async ([, change, message]) => {
    let kept: Snapshot | undefined;
    const save = (snapshot: Snapshot): string => {
      kept = snapshot;
      return "snapshot";
    };
    await fit({ ...problem(sgd(0.1)), checkpoints: { save } });
    if (kept === undefined) throw new Error("no snapshot was taken");
    await expect(fit({ ...problem(sgd(0.1)), ...change, resume: kept })).rejects.toThrow(message);
  });
});
