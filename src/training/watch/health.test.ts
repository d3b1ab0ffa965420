import { describe, expect, test } from "vitest";
import { normal } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import { adam } from "../../methods/rules/adam.ts";
import { sgd } from "../../methods/rules/sgd.ts";
import { lbfgs } from "../../methods/solvers/registry.ts";
import { dataset } from "../dataset.ts";
import type { RunEvent } from "../events.ts";
import { type FitOptions, fit } from "../fit.ts";
import type { Snapshot } from "../snapshot.ts";

type Params = { readonly first: Layer; readonly last: Layer };
type Layer = { readonly w: Tensor; readonly b: Tensor };
type Batch = { readonly x: Tensor; readonly y: Tensor };

const x = Array.from({ length: 40 }, (_, i) => [Math.sin(i), Math.cos(3 * i)]);
const data = dataset({ x, y: x.map(([a = 0, b = 0]) => [a * b]) });
const problem: FitOptions<Params, Batch, undefined> = {
  params: (key) => ({
    first: { w: normal(key, [2, 8]), b: normal(key, [8]) },
    last: { w: normal(key, [8, 1]), b: normal(key, [1]) },
  }),
  loss: ({ first, last }, batch) =>
    batch.x
      .matmul(first.w)
      .add(first.b)
      .relu()
      .matmul(last.w)
      .add(last.b)
      .sub(batch.y)
      .square()
      .mean(),
  data,
  method: adam(0.02),
  batchSize: 8,
  steps: 60,
  engine: "js",
};
type Health = Extract<RunEvent, { kind: "health" }>;

describe("health in fit", () => {
  test("is told at the start, at each interval and at the end, and changes no bit of the training", async () => {
    const events: RunEvent[] = [];
    const run = await fit({
      ...problem,
      health: { every: 25 },
      onEvent: (event) => events.push(event),
    });
    const heard = events.filter((event): event is Health => event.kind === "health");
    expect(heard.map(({ step }) => step)).toEqual([0, 25, 50, 60]);
    expect(run.health.map(({ layers }) => layers)).toEqual(heard.map(({ layers }) => layers));
    expect(heard[0]!.layers.map(({ layer }) => layer)).toEqual(["first", "last"]);
    const without = await fit({ ...problem, health: false });
    expect(without.health).toEqual([]);
    expect(without.params).toEqual(run.params);
    expect((await fit(problem)).health).toEqual([]);
  });

  test("by default it is told to who listens, at the start and the end at least", async () => {
    const events: RunEvent[] = [];
    await fit({ ...problem, onEvent: (event) => events.push(event) });
    const steps = events.flatMap((event) => (event.kind === "health" ? [event.step] : []));
    expect(steps).toEqual([0, 60]);
  });

  test("the update ratio of gradient descent is rate · ‖g‖/‖w‖ of each layer", async () => {
    const run = await fit({ ...problem, method: sgd(0.01), health: { every: 20 } });
    for (const { layers } of run.health.slice(0, -1)) {
      for (const { updateRatio, gradientNorm, weightNorm } of layers)
        expect(updateRatio! / ((0.01 * gradientNorm) / weightNorm)).toBeCloseTo(1, 4);
    }
    const whole = run.health[1]!.layers;
    expect(whole[0]!.parameters + whole[1]!.parameters).toBe(24 + 9);
  });

  test("a run that is stopped and resumed tells the same", async () => {
    const whole = await fit({ ...problem, health: { every: 10 } });
    const stop = new AbortController();
    let last: Snapshot | undefined;
    const options = { ...problem, health: { every: 10 } };
    const first = await fit({
      ...options,
      signal: stop.signal,
      onEvent: (event) => {
        if (event.kind === "progress" && event.step >= 30) stop.abort();
      },
      checkpoints: {
        save: (snapshot) => {
          last = structuredClone(snapshot);
          return "snapshot";
        },
      },
    });
    expect(first.ended).toBe("stopped");
    const rest = await fit({ ...options, resume: last! });
    expect(rest.params).toEqual(whole.params);
    expect([...first.health, ...rest.health]).toEqual(whole.health);
  });

  test("the layers of the last good state are told where a run diverges", async () => {
    const run = await fit({ ...problem, method: sgd(30), maxRollbacks: 0, health: true });
    expect(run.verdict.kind).toBe("diverged");
    expect(run.health.map(({ step }) => step)).toEqual([0]);
    expect(run.health[0]!.layers[0]!.updateRatio).toBeGreaterThan(0.1);
  });

  test.for([
    [{ every: 0 }, "fit/health"],
    [{ rows: 1 }, "fit/health"],
    [{ often: 3 }, "health/unknown-option"],
    [7, "fit/health"],
  ] as const)("refuses %o", async ([health, code]) => {
    const given = { ...problem, health: health as never };
    await expect(fit(given)).rejects.toMatchObject({ code });
  });

  test("a solver has none to tell on the way, and says where to look", async () => {
    const given = { ...problem, method: lbfgs(), health: true, batchSize: undefined as never };
    await expect(fit(given)).rejects.toThrow(/layerHealth/);
  });
});
