import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { mnist } from "../../data/mnist.ts";
import { randomStream, uniform } from "../../linalg/random.ts";
import { adam } from "../../methods/rules/adam.ts";
import { relu } from "../../models/layers/activations.ts";
import { dense } from "../../models/layers/dense.ts";
import { crossEntropy } from "../../models/losses/crossEntropy.ts";
import { sequential } from "../../models/sequential.ts";
import { dataset } from "../dataset.ts";
import type { RunEvent } from "../events.ts";
import { fit } from "../fit.ts";
import type { Snapshot } from "../snapshot.ts";

const rows = 1500;
const model = sequential(dense(48), relu(), dense(10));
type Batch = { readonly x: Tensor; readonly label: Tensor };

/** Digits of which a share has another label, and which. */
async function flipped(share: number) {
  const { x, label } = (await mnist()).train.arrays;
  const random = randomStream(3);
  const given = Int32Array.from(label.data.slice(0, rows));
  const wrong = given.map((own, i) => {
    if (uniform(random) >= share) return 0;
    given[i] = (own + 1 + Math.floor(9 * uniform(random))) % 10;
    return 1;
  });
  const data = dataset({ x: new NDArray(x.data.slice(0, rows * 784), [rows, 784]), label: given });
  const problem = {
    params: model.init([784]),
    loss: (params: Parameters<typeof model.apply>[0], batch: Batch) =>
      crossEntropy(model.apply(params, batch.x), batch.label),
    ...{ data, method: adam(2e-3), batchSize: 100, epochs: 8, suspects: true },
  };
  return { problem, wrong };
}

describe("fit with suspects", () => {
  test("of digits with a quarter of labels flipped, finds nine of ten, and little else", async () => {
    const { problem, wrong } = await flipped(0.25);
    const events: RunEvent[] = [];
    const { suspects } = await fit({
      ...problem,
      health: false,
      onEvent: (event) => events.push(event),
    });
    const hits = suspects!.suspects.filter(({ row }) => wrong[row] === 1).length;
    const total = wrong.reduce((sum, one) => sum + one, 0);
    expect(hits / total).toBeGreaterThan(0.9);
    expect(hits / suspects!.suspects.length).toBeGreaterThan(0.75);
    expect(Math.abs(suspects!.rate - 0.25)).toBeLessThan(0.07);
    expect(suspects!.epochs).toBe(8);
    const told = events.find(({ kind }) => kind === "label-suspects");
    expect(told).toMatchObject({ count: suspects!.suspects.length, rows });
  });

  test("suspects nothing where labels are as they should be", async () => {
    const { problem } = await flipped(0);
    expect((await fit(problem)).suspects!.suspects).toEqual([]);
  });

  test("goes on from a snapshot, with what it had seen", async () => {
    const { problem } = await flipped(0.25);
    const whole = await fit(problem);
    const stop = new AbortController();
    let resume: Snapshot | undefined;
    await fit({
      ...problem,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === "progress" && event.step >= 45) stop.abort();
      },
      checkpoints: {
        save: (snapshot) => {
          resume = structuredClone(snapshot);
          return "file";
        },
      },
    });
    const rest = await fit({ ...problem, resume: resume! });
    expect(rest.suspects).toEqual(whole.suspects);
    expect(rest.params).toEqual(whole.params);
  });

  test("says what it misses", async () => {
    const { problem } = await flipped(0);
    const loss = (params: Parameters<typeof model.apply>[0], batch: Batch) =>
      model.apply(params, batch.x).mean();
    await expect(fit({ ...problem, loss })).rejects.toMatchObject({ code: "suspects/logits" });
    const given = { ...problem, suspects: { label: "class" } };
    await expect(fit(given)).rejects.toMatchObject({ code: "suspects/label" });
  });
});
