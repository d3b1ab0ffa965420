import { describe, expect, test } from "vitest";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { deltaOf, figureRows, settingRows } from "./differences.ts";
import { armsOf, changeWords, pairedTests } from "./pairedTest.ts";

const row = (own: Partial<RunRow>): RunRow => ({
  ...{ id: "a", name: "mlp", created: 0, status: "ended", metrics: {}, method: "adam" },
  ...{ settings: {}, tags: [], archived: false, spark: "", rewound: 0 },
  ...own,
});

describe("runs beside each other", () => {
  const runs = [
    row({ settings: { learningRate: 0.1, epochs: 5 }, seed: 1, metrics: { accuracy: 0.9 } }),
    row({ settings: { learningRate: 0.2, epochs: 5, decay: 0.1 }, seed: 1, loss: 2 }),
  ];

  test("differ in what has not the same value, or is not there; that comes first", () => {
    const rows = settingRows(runs);
    const differing = rows.filter(({ differs }) => differs).map(({ name }) => name);
    expect(differing).toEqual(["learningRate", "decay"]);
    expect(rows.slice(0, 2).map(({ name }) => name)).toEqual(differing);
    expect(rows.find(({ name }) => name === "decay")!.values).toEqual([undefined, 0.1]);
  });

  test("have those figures that one of them has", () => {
    expect(figureRows(runs).map(({ name }) => name)).toEqual(["loss", "accuracy"]);
  });

  test("are told against a baseline, as a difference and a share of its size", () => {
    expect(deltaOf(3, -2)).toEqual({ difference: 5, share: 2.5 });
    expect(deltaOf(1, 0)).toEqual({ difference: 1, share: undefined });
    expect(deltaOf("adam", 1)).toBeUndefined();
    expect(deltaOf(1, undefined)).toBeUndefined();
  });
});

describe("what a change did", () => {
  const arm = (rate: number, losses: readonly number[]): RunRow[] =>
    losses.map((loss, seed) => row({ id: `${rate}${seed}`, settings: { rate }, seed, loss }));
  const runs = [...arm(0.1, [1, 2, 3]), ...arm(0.2, [0.5, 1.4, 2.6])];

  test("is told by the paired t-test over the seeds that both ran", () => {
    const [first, second] = armsOf(runs);
    const [loss] = pairedTests(first!, second!);
    // Differences −0.5, −0.6, −0.4: mean −0.5, s = 0.1, t₀.₉₇₅(2) = 4.3026527, by hand.
    expect(loss!.difference).toBeCloseTo(-0.5, 12);
    expect(loss!.halfWidth).toBeCloseTo((4.3026527 * 0.1) / Math.sqrt(3), 7);
    expect(changeWords(runs).sentences).toEqual([
      "One thing was changed: rate 0.1 → 0.2.",
      "loss −0.5 ± 0.25 over 3 seeds: more than seeds explain.",
    ]);
  });

  test("begins with the baseline", () => {
    expect(changeWords(runs, "0.21").sentences[1]).toMatch(/^loss \+0\.5 ± 0\.25/);
  });

  test("is not known where no two seeds were run with both, and belongs to no one of several changes", () => {
    expect(changeWords([runs[0]!, runs[3]!]).sentences[1]).toMatch(/^No two seeds/);
    const both = changeWords([
      runs[0]!,
      row({ id: "z", settings: { rate: 3, width: 4 }, seed: 0 }),
    ]);
    expect(both.warns).toBe(true);
    expect(both.sentences[0]).toMatch(/^2 things were changed at once \(rate, width\)/);
    expect(changeWords(runs.slice(0, 3)).sentences).toEqual(["Nothing but the seed was changed."]);
  });
});
