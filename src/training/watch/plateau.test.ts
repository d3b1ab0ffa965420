import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { numbersFrom } from "../../linalg/testing.ts";
import { sgd } from "../../methods/rules/registry.ts";
import { onPlateau } from "../../methods/schedules/onPlateau.ts";
import { lbfgs } from "../../methods/solvers/registry.ts";
import { dataset } from "../dataset.ts";
import type { RunEvent } from "../events.ts";
import { fit } from "../fit.ts";
import { inParts } from "../testing.ts";

const rows = 120;
const next = numbersFrom(9);
const x = new NDArray(Float64Array.from({ length: 2 * rows }, next), [rows, 2]);
const y = Float64Array.from({ length: rows }, (_, i) => x.data[2 * i]! + 2 * next());
type Rows = { readonly x: Tensor; readonly y: Tensor };
const problem = {
  params: Float64Array.of(0, 0),
  loss: (w: Tensor, batch: Rows) => batch.x.matmul(w).sub(batch.y).square().mean(),
  data: dataset({ x, y }),
  method: sgd(0.7),
  epochs: 30,
  batchSize: 8,
  dtype: "f64",
} as const;

type Plateau = Extract<RunEvent, { kind: "plateau" }>;
const changesIn = (events: readonly RunEvent[]): Plateau[] =>
  events.filter((event) => event.kind === "plateau");

describe("fit with onPlateau", () => {
  test("lowers rates when the training loss no longer falls, and ends nearer to the minimum", async () => {
    const events: RunEvent[] = [];
    const lowered = await fit({
      ...{ ...problem, onPlateau: onPlateau({ factor: 0.3, patience: 2 }) },
      onEvent: (event) => events.push(event),
    });
    const held = await fit(problem);
    const changes = changesIn(events);
    expect(changes.length).toBeGreaterThan(2);
    changes.forEach(({ rateScale, noise }, i) => {
      expect([rateScale, noise]).toEqual([expect.closeTo(0.3 ** (i + 1), 12), 0]);
    });
    expect(lowered.verdict.gradientNorm).toBeLessThan(held.verdict.gradientNorm / 3);
    const rates = events.flatMap((event) =>
      event.kind === "progress" ? [event.learningRate ?? 0] : [],
    );
    expect(rates[0]).toBeCloseTo(0.7, 12);
    expect(rates.at(-1)).toBeCloseTo(0.7 * changes.at(-1)!.rateScale, 12);
  });

  test("judges by the validation loss where there are validation data", async () => {
    const events: RunEvent[] = [];
    await fit({
      ...{ ...problem, validation: problem.data, onPlateau: onPlateau({ patience: 2 }) },
      onEvent: (event) => events.push(event),
    });
    const losses = events.flatMap((event) =>
      event.kind === "evaluation" ? [event.metrics["validationLoss"]] : [],
    );
    for (const { metric } of changesIn(events)) expect(losses).toContain(metric);
    expect(changesIn(events).length).toBeGreaterThan(0);
  });

  test("raises rates and noise for a while, and takes them back", async () => {
    const events: RunEvent[] = [];
    const rule = onPlateau({ factor: 1.2, noise: 0.3, hold: 2, patience: 2, times: 1 });
    const run = await fit({
      ...{ ...problem, onPlateau: rule, onEvent: (event: RunEvent) => events.push(event) },
    });
    const [raised, restored, ...others] = changesIn(events);
    expect(raised).toMatchObject({ rateScale: 1.2, noise: 0.3 });
    expect(restored).toMatchObject({ rateScale: 1, noise: 0, step: raised!.step + 30 });
    expect(others).toEqual([]);
    const plain = await fit(problem);
    const raisedAt = raised!.step / 15; // 15 steps an epoch
    expect(run.history[raisedAt - 1]!.loss).toBe(plain.history[raisedAt - 1]!.loss);
    expect(run.history[raisedAt]!.loss).not.toBe(plain.history[raisedAt]!.loss);
  });

  test("goes on from a snapshot with the scale and the noise that it had, bit for bit", async () => {
    const rule = onPlateau({ factor: 1.2, noise: 0.3, hold: 3, patience: 1 });
    const options = { ...problem, onPlateau: rule };
    const whole = await fit(options);
    const parted = await inParts(options, [40, 95, 200, 333]);
    expect(parted.parts).toBe(4);
    expect(parted.params).toEqual(whole.params);
    expect(parted.loss).toBe(whole.loss);
    await expect(
      fit({ ...options, onPlateau: onPlateau({ patience: 1 }), resume: parted.last }),
    ).rejects.toThrow(/onPlateau is/);
  });

  test("is refused where it has no meaning", async () => {
    await expect(fit({ ...problem, onPlateau: onPlateau({ goal: "max" }) })).rejects.toThrow(
      /goal "max"/,
    );
    const { batchSize: _, ...whole } = problem;
    const bySolver = fit({ ...whole, method: lbfgs(), onPlateau: onPlateau() });
    await expect(bySolver).rejects.toThrow(/a solver chooses its own step sizes/);
  });
});
