import { describe, expect, test } from "vitest";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { deltaOf, figureRows, settingAndSeedRows } from "./differences.ts";

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
    const rows = settingAndSeedRows(runs);
    const differing = rows.filter(({ differs }) => differs).map(({ name }) => name);
    expect(differing).toEqual(["decay", "learningRate"]);
    expect(rows.slice(0, 2).map(({ name }) => name)).toEqual(differing);
    expect(rows.find(({ name }) => name === "decay")!.values).toEqual([undefined, 0.1]);
  });

  test("have their seeds among what differs, or among what is the same", () => {
    const seeds = (second: number): boolean[] =>
      settingAndSeedRows([runs[0]!, row({ seed: second })]).map(({ differs }) => differs);
    expect(settingAndSeedRows([runs[0]!, row({ seed: 2 })])[2]).toMatchObject({
      name: "seed",
      values: [1, 2],
    });
    expect(seeds(2)).toEqual([true, true, true, false, false]);
    expect(seeds(1)).toEqual([true, true, false, false, false]);
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
