import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { dataset } from "./dataset.ts";
import { addLosses } from "./epochLosses.ts";
import type { RunEvent } from "./events.ts";
import { type FitOptions, fit } from "./fit.ts";
import type { EpochLoss, Snapshot } from "./snapshot.ts";

const rows = Array.from({ length: 20 }, (_, i) => 1 + (i % 5) / 5);
type Batch = { readonly x: Tensor };

/** Fits one number to the rows' mean in 12 steps of 4 rows: two epochs and two fifths, in calls of 3 steps. */
async function train(options: Partial<FitOptions<Tensor, Batch, unknown>> = {}) {
  const events: RunEvent[] = [];
  const saved: Snapshot[] = [];
  const copies: number[][] = [];
  const numbers = ({ tensors }: Snapshot): number[] =>
    Object.values(tensors).flatMap(({ data }) => Array.from(data));
  const result = await fit<Tensor, Batch, unknown>({
    ...{ params: 3, data: dataset({ x: rows }), method: sgd(0.1), batchSize: 4, steps: 12 },
    loss: (param, { x }) => x.sub(param).square().mean(),
    ...{ engine: "js", health: { every: 3 }, onEvent: (event) => events.push(event) },
    checkpoints: {
      everySeconds: 0,
      save: (snapshot) => {
        copies.push(numbers(snapshot));
        return `${saved.push(snapshot)}`;
      },
    },
    ...options,
  });
  const of = <K extends RunEvent["kind"]>(kind: K) =>
    events.filter((event): event is Extract<RunEvent, { kind: K }> => event.kind === kind);
  return { result, of, saved, copies, numbers };
}

describe("a training in several calls", () => {
  test("tells the loss of each step once, by its number from 1 on", async () => {
    const { of } = await train();
    const told = of("progress");
    expect(told.length).toBeGreaterThan(2);
    expect(told.flatMap(({ series }) => [...series.steps])).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    expect(told.flatMap(({ series }) => [...(series.values["loss"] ?? [])])).toHaveLength(12);
  });

  test("gives snapshots that it does not write over, and that know the run's first loss", async () => {
    const { of, saved, copies, numbers } = await train();
    expect(saved.length).toBeGreaterThan(3);
    expect(saved.map(numbers)).toEqual(copies);
    expect(new Set(copies.map((own) => own[0])).size).toBeGreaterThan(3);
    const first = of("progress")[0]?.series.values["loss"]?.[0];
    expect(saved.map(({ progress }) => progress.firstLoss)).toEqual(saved.map(() => first));
  });

  test("measures held-out data at the end of each epoch, and where it ends within one", async () => {
    const { result, of } = await train({ test: dataset({ x: [1, 2, 3] }) });
    expect(of("evaluation").map(({ step }) => step)).toEqual([5, 10, 12]);
    const param = result.params.item();
    const loss = [1, 2, 3].reduce((sum, x) => sum + (x - param) ** 2 / 3, 0);
    expect(result.metrics["testLoss"]).toBeCloseTo(loss, 5);
    expect(result.history.map(({ step, epoch }) => [step, epoch])).toEqual([
      [5, 1],
      [10, 2],
      [12, 2.4],
    ]);
    // One that ends with an epoch tells it once.
    const whole = await train({ steps: 10 });
    expect(whole.result.history.map(({ step }) => step)).toEqual([5, 10]);
  });

  test("tells of each epoch the mean of its own steps' losses, though calls end within", async () => {
    const { result, of } = await train();
    const losses = of("progress").flatMap(({ series }) => [...(series.values["loss"] ?? [])]);
    const mean = (from: number, to: number): number =>
      losses.slice(from, to).reduce((sum, loss) => sum + loss, 0) / (to - from);
    const means = [mean(0, 5), mean(5, 10), mean(10, 12)];
    result.history.forEach(({ loss }, i) => {
      expect(loss).toBeCloseTo(means[i]!, 5);
    });
    expect(result.loss).toBeCloseTo(means[2]!, 5);
  });

  test("stops after as many epochs without an improvement as patience says, by more than the least", async () => {
    const validation = dataset({ x: [1.4] });
    const early = async (patience: number, minImprovement: number) =>
      train({
        ...{ validation, steps: 100, health: false, method: sgd(0.1) },
        earlyStopping: { patience, minImprovement },
      });
    // An improvement of at least 10 is none: the first epoch alone counts.
    for (const patience of [1, 2, 3]) {
      const { result } = await early(patience, 10);
      expect([result.ended, result.steps]).toEqual(["early", 5 * (1 + patience)]);
    }
    expect((await early(1, 0)).result.steps).toBeGreaterThan(10);
  });
});

test("losses are counted to the epochs that their steps begin in, however they come", () => {
  const losses = Float64Array.from({ length: 12 }, (_, i) => Math.sin(i) + i / 3);
  // 20 rows in batches of 8: steps 0, 1, 2 begin in the first epoch, 3 and 4 in the second …
  const whole = addLosses([], losses, 0, 20, 8);
  const parts = [0, 4, 5].reduce<EpochLoss[]>((known, from, i) => {
    return addLosses(known, losses.subarray(from, [4, 5, 12][i]), from, 20, 8);
  }, []);
  expect(parts).toEqual(whole);
  expect(whole.map(({ epoch, count }) => [epoch, count])).toEqual([
    [0, 3],
    [1, 2],
    [2, 3],
    [3, 2],
    [4, 2],
  ]);
  const own = [...losses.subarray(0, 3)];
  const mean = own.reduce((sum, loss) => sum + loss, 0) / 3;
  expect(whole[0]?.mean).toBeCloseTo(mean, 12);
  expect(whole[0]?.squares).toBeCloseTo(
    own.reduce((sum, loss) => sum + (loss - mean) ** 2, 0),
    12,
  );
});
