import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import { parseRemedy, remedyText } from "../diagnosis/advice/remedyText.ts";
import { chain } from "../methods/rules/chain.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { weightDecay } from "../methods/rules/weightDecay.ts";
import { cosine } from "../methods/schedules/cosine.ts";
import { rateValue } from "../methods/schedules/rateValue.ts";
import { dataset } from "./dataset.ts";
import type { TrainingProblem } from "./defineTraining.ts";
import { fit } from "./fit.ts";
import { withRemedy } from "./remedies.ts";
import { untyped } from "./untyped.ts";

/** ½ E(w − 3)² for batches whose only row is 3: one step of rate η takes w from 0 to 3η. */
const line: TrainingProblem = {
  params: { w: [0] },
  loss: ({ w }: { readonly w: Tensor }, batch: { readonly x: Tensor }): Tensor =>
    w.at(0).sub(batch.x).square().mean().div(2),
  data: dataset({ x: new Float32Array([3, 3, 3, 3]) }),
  method: sgd(0.1),
  batchSize: 2,
  steps: 10,
  dtype: "f64",
};

const run = (problem: TrainingProblem, steps: number) => fit({ ...untyped(problem), steps });
const weight = async (problem: TrainingProblem, steps: number): Promise<number> => {
  const { params } = await run(problem, steps);
  return (params as { w: NDArray }).w.data[0]!; // the tree of `line`
};

describe("remedies", () => {
  test.for([
    "rate:0.1",
    "warm-up:0.15",
    "schedule",
    "steps:4",
    "batch-size:32",
    "clip:1",
    "decay:0.01",
    "redraw",
    "disturb:0.3",
    "standardize",
    "shuffle",
    "balance",
    "early-stopping:3",
  ])("%s is written as it is read", (text) => {
    expect(remedyText(parseRemedy(text))).toBe(text);
  });

  test.for(["rates:0.1", "rate", "rate:x", "rate:-1", "shuffle:2", ""])("refuses %s", (text) => {
    expect(() => parseRemedy(text)).toThrow(/there is no change/);
  });

  test("a rate is scaled, and told so", async () => {
    const slower = withRemedy(line, { kind: "rate", factor: 0.5 });
    expect(await weight(slower, 1)).toBeCloseTo(0.15, 12);
    expect(rateValue((slower.method as ReturnType<typeof sgd>).learningRate!, 0, 10)).toBeCloseTo(
      0.05,
      12,
    );
  });

  test("a warm-up begins with its part of the rate, and ends with all of it", async () => {
    const warm = withRemedy(line, { kind: "warm-up", part: 0.4 });
    expect(await weight(warm, 1)).toBeCloseTo(3 * 0.1 * 0.25, 12);
    const { learningRate } = warm.method as ReturnType<typeof sgd>;
    expect([0, 1, 3, 9].map((step) => rateValue(learningRate!, step, 10))).toEqual(
      [0.025, 0.05, 0.1, 0.1].map((rate) => expect.closeTo(rate, 12)),
    );
  });

  test("a schedule that vanished is replaced by a cosine over all steps", async () => {
    const short = { ...line, method: sgd(cosine({ peak: 0.1, over: 1 })) };
    expect(await weight(short, 10)).toBeCloseTo(0.3, 6);
    expect(await weight(withRemedy(short, { kind: "schedule" }), 10)).toBeGreaterThan(1);
  });

  test("a clipped gradient makes a step of the norm's length", async () => {
    expect(await weight(withRemedy(line, { kind: "clip", norm: 1 }), 1)).toBeCloseTo(0.1, 6);
  });

  test("weight decay is weakened by its factor", async () => {
    const decayed = { ...line, params: { w: [1] }, method: chain(weightDecay(0.5), sgd(0.1)) };
    // 1 + 0.1·(2 − 0.5·1), and with a tenth of the pull.
    expect(await weight(decayed, 1)).toBeCloseTo(1.15, 12);
    expect(await weight(withRemedy(decayed, { kind: "decay", factor: 0.1 }), 1)).toBeCloseTo(
      1.195,
      12,
    );
  });

  test("features are centred and scaled by the training data, test data too", () => {
    const x = new NDArray(new Float32Array([0, 10, 2, 30]), [2, 2]);
    const other = new NDArray(new Float32Array([1, 40]), [1, 2]);
    const label = new Int32Array([0, 1]);
    const scaled = withRemedy(
      {
        ...line,
        data: dataset({ x, label }),
        test: dataset({ x: other, label: new Int32Array([1]) }),
      },
      { kind: "standardize" },
    );
    const of = (set: TrainingProblem["data"]) => Array.from((set.arrays as { x: NDArray }).x.data); // the tree given above
    expect(of(scaled.data)).toEqual([-1, -1, 1, 1]);
    expect(of(scaled.test ?? scaled.data)).toEqual([0, 2]);
  });

  test("rare classes come as often as the most frequent one", () => {
    const label = new Int32Array([0, 0, 0, 1]);
    const balanced = withRemedy(
      { ...line, data: dataset({ x: new Float32Array(4), label }) },
      { kind: "balance" },
    );
    const { label: rows } = balanced.data.arrays as { label: NDArray }; // the tree given above
    expect(Array.from(rows.data).sort()).toEqual([0, 0, 0, 1, 1, 1]);
  });

  test("what only the file can change is refused", () => {
    expect(() => withRemedy(line, { kind: "told" })).toThrow(/only the file can make/);
  });
});
