import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import { matmul } from "../array/operations/contraction.ts";
import type { Tensor } from "../array/tensor.ts";
import { adam } from "../methods/rules/adam.ts";
import { dense } from "../models/layers/dense.ts";
import { crossEntropy } from "../models/losses/crossEntropy.ts";
import { tanh } from "../models/overloads.ts";
import { sequential } from "../models/sequential.ts";
import { dataset } from "../training/dataset.ts";
import { ensemble, fitMany } from "./ensemble.ts";

/** Two noisy spirals. */
function spirals(n: number) {
  const x = new Float32Array(2 * n);
  const label = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const turn = (i / n) * 5;
    const side = i % 2;
    const angle = turn + side * Math.PI + 0.3 * Math.sin(37 * i);
    x.set([0.4 * turn * Math.cos(angle), 0.4 * turn * Math.sin(angle)], 2 * i);
    label[i] = side;
  }
  return dataset({ x: new NDArray(x, [n, 2], "f32"), label });
}

describe("an ensemble of networks from several seeds", () => {
  test("has a likelihood no worse than its members' mean, with diversity told", async () => {
    const data = spirals(120);
    const model = sequential(dense(8), tanh(), dense(2));
    const runs = await fitMany(
      {
        params: model.init([2]),
        loss: (params, batch: { x: Tensor; label: Tensor }, context) =>
          crossEntropy(model.apply(params, batch.x, context), batch.label),
        ...{ data, method: adam(0.03), epochs: 30, batchSize: 40, engine: "js" },
      },
      3,
    );
    expect(runs.map(({ seed }) => seed)).toEqual([0, 1, 2]);
    const report = ensemble({
      members: runs.map(({ params }) => params),
      logits: (params, batch: { x: Tensor; label: Tensor }) =>
        model.apply(params as never, batch.x),
      label: ({ label }) => label,
      ...{ data, batchSize: 50 },
    });
    expect(report.nll).toBeLessThan(report.meanMemberNll);
    expect(report.gain).toBeCloseTo(report.meanMemberNll - report.nll, 12);
    expect(report.disagreement).toBeGreaterThan(0);
    expect(report.distance.least).toBeGreaterThan(1);
    expect(report.memberAccuracy).toHaveLength(3);
    const sums = Array.from(
      { length: 120 },
      (_, i) => report.probabilities.data[2 * i]! + report.probabilities.data[2 * i + 1]!,
    );
    for (const sum of sums) expect(sum).toBeCloseTo(1, 6);
  });

  const data = dataset({
    x: new NDArray(new Float32Array([1, 0, 0, 1]), [2, 2], "f32"),
    label: new Int32Array([0, 1]),
  });
  const linear = {
    logits: ({ w }: { w: Tensor }, batch: { x: Tensor }) => matmul(batch.x, w),
    label: ({ label }: { label: NDArray }) => label,
    data: data as never,
  };

  test("by hand: two members that are sure of different rows", () => {
    const [a, b] = [Math.log(3), Math.log(9)];
    const members = [
      {
        w: NDArray.of(
          [
            [a, 0],
            [0, 0],
          ],
          undefined,
          "f32",
        ),
      },
      {
        w: NDArray.of(
          [
            [0, 0],
            [0, b],
          ],
          undefined,
          "f32",
        ),
      },
    ];
    const { nll, memberNll, accuracy, disagreement } = ensemble({ ...linear, members } as never);
    // Row 0: ¾ and ½; row 1: ½ and 9/10.
    expect(nll).toBeCloseTo(-(Math.log(5 / 8) + Math.log(0.7)) / 2, 6);
    expect(memberNll[0]).toBeCloseTo(-(Math.log(3 / 4) + Math.log(1 / 2)) / 2, 6);
    expect(memberNll[1]).toBeCloseTo(-(Math.log(1 / 2) + Math.log(0.9)) / 2, 6);
    expect(accuracy).toBe(1);
    // A tie is named by the first class: the first member names 0 twice, the second 0 and 1.
    expect(disagreement).toBe(0.5);
  });

  test("of copies of one network gains nothing", () => {
    const w = NDArray.of(
      [
        [1, 0],
        [0, 2],
      ],
      undefined,
      "f32",
    );
    const { gain, disagreement, distance } = ensemble({
      ...linear,
      members: [{ w }, { w }],
    } as never);
    expect(gain).toBeCloseTo(0, 12);
    expect([disagreement, distance.least]).toEqual([0, 0]);
  });

  test("of one is none", () => {
    expect(() => ensemble({ ...linear, members: [{}] } as never)).toThrow(/at least two/);
  });
});
