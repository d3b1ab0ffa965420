import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { oneHot, take } from "../array/operations/indexing.ts";
import { normal } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { crossEntropy } from "../models/losses/crossEntropy.ts";
import { hinge } from "../models/losses/margin.ts";
import { dataset } from "./dataset.ts";
import { fit } from "./fit.ts";
import type { Loss } from "./problem.ts";

type Batch = { readonly x: Tensor; readonly label: Tensor };
const rows = Array.from({ length: 6 }, (_, i) => [Math.sin(i), Math.cos(i)]);
const labelled = (label: readonly number[]) => dataset({ x: rows, label: Int32Array.from(label) });

/** Trains a step of three classes from two numbers. */
const train = (
  labels: readonly number[],
  loss: Loss<Tensor, Batch, undefined>,
  held: readonly number[] = [0, 1, 2, 0, 1, 2],
) =>
  fit({
    params: (key) => normal(key, [2, 3]),
    loss,
    data: labelled(labels),
    test: labelled(held),
    method: sgd(0.1),
    steps: 1,
    batchSize: 3,
    engine: "js",
  });

const losses: readonly (readonly [string, Loss<Tensor, Batch, undefined>])[] = [
  ["cross-entropy", (w, { x, label }) => crossEntropy(x.matmul(w), label)],
  ["hinge", (w, { x, label }) => hinge(x.matmul(w), label)],
  ["one-hot", (w, { x, label }) => x.matmul(w).mul(oneHot(label, 3)).mean()],
  [
    "a table",
    (w, { x, label }) =>
      x
        .matmul(take(w, label, 1))
        .square()
        .mean(),
  ],
];

describe.for(losses)("labels of %s", ([, loss]) => {
  test("that are classes are taken", async () => {
    await expect(train([0, 1, 2, 2, 1, 0], loss)).resolves.toMatchObject({ steps: 1 });
  });

  test.for([3, -1, 1_000_000])("that hold %i are refused, with the row", async (odd) => {
    await expect(train([0, 1, 2, 2, odd, 9], loss)).rejects.toThrow(
      new RegExp(`^data\\.label of row 4 is ${odd}\\n.*from 0 to 2`),
    );
  });

  test("are looked at in the test data too", async () => {
    await expect(train([0, 1, 2, 2, 1, 0], loss, [0, 1, 2, 2, 1, 3])).rejects.toThrow(
      /^test\.label of row 5 is 3/,
    );
  });
});

test("whole numbers that are no labels may be anything", async () => {
  const count = new NDArray(Int32Array.of(7, -8, 9, 0, 1, 2), [6], "i32");
  const result = await fit({
    params: (key) => normal(key, [1]),
    loss: (w, { count: n }: { readonly count: Tensor }) => n.cast("f32").mul(w).mean(),
    data: dataset({ count }),
    method: sgd(0.1),
    steps: 1,
    batchSize: 2,
    engine: "js",
  });
  expect(result.steps).toBe(1);
});
