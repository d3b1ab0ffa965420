import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { PlateauRemedy } from "../../diagnosis/plateauFinding.ts";
import { numbersFrom } from "../../linalg/testing.ts";
import { adam } from "../../methods/rules/adam.ts";
import { gradientDescent, sgd } from "../../methods/rules/registry.ts";
import { exponentialDecay } from "../../methods/schedules/exponentialDecay.ts";
import { onPlateau } from "../../methods/schedules/onPlateau.ts";
import { dataset } from "../dataset.ts";
import type { RunEvent } from "../events.ts";
import { type FitOptions, fit } from "../fit.ts";
import { inParts } from "../testing.ts";

type Detected = Extract<RunEvent, { kind: "plateau-detected" }>;
type Rows = { readonly x: Tensor; readonly y: Tensor };

/** Trains and hears: what was told of plateaus, and the run. */
async function hear<P, S>(options: FitOptions<P, Rows, S>) {
  const events: RunEvent[] = [];
  const run = await fit<P, Rows, S>({
    ...options,
    health: false,
    onEvent: (event) => events.push(event),
  });
  const detected = events.filter((event): event is Detected => event.kind === "plateau-detected");
  return { run, events, detected };
}

const draw = numbersFrom(4);
const rows = 64;
const x = new NDArray(Float64Array.from({ length: 2 * rows }, draw), [rows, 2]);
const common = { dtype: "f64", engine: "js", batchSize: rows } as const;

/** y = 3a − 2b through two linear layers that begin near 0: a saddle, which plain descent leaves late. */
const linear = dataset({
  x,
  y: Float64Array.from({ length: rows }, (_, i) => 3 * x.data[2 * i]! - 2 * x.data[2 * i + 1]!),
});
type Linear = { readonly first: Tensor; readonly last: Tensor };
type Options<P> = FitOptions<P, Rows, undefined>;
/** Params as given: `fit` infers the traced tree from them where it is called with a literal. */
const given = (params: object) => params as never;
const saddle: FitOptions<Linear, Rows, undefined> = {
  ...common,
  params: given({
    first: new NDArray(Float64Array.of(1e-7, 2e-7, -1e-7, 1e-7, 3e-7, 0), [2, 3]),
    last: new NDArray(Float64Array.of(1e-7, -1e-7, 2e-7), [3, 1]),
  }),
  loss: ({ first, last }, batch) =>
    batch.x.matmul(first).matmul(last).reshape([-1]).sub(batch.y).square().mean(),
  data: linear,
  method: gradientDescent(0.005),
  steps: 500,
};

describe("a loss that no longer falls", () => {
  test("at the saddle of a linear network, negative curvature is found, told, and followed", async () => {
    const told = await hear({ ...saddle, onPlateau: "tell" });
    expect(told.detected[0]).toMatchObject({
      ...{ finding: "saddle", since: 0, remedy: "follow-negative-curvature", applied: undefined },
    });
    expect(told.detected[0]!.evidence.join()).toMatch(/smallest eigenvalue of the Hessian is -/);
    const stuck = await fit(saddle);
    expect(told.run.params).toEqual(stuck.params);
    const { run, detected } = await hear({ ...saddle, onPlateau: "follow-negative-curvature" });
    expect(detected[0]!.applied).toBe("follow-negative-curvature");
    expect(stuck.loss).toBeGreaterThan(1);
    expect(run.loss).toBeLessThan(0.1 * stuck.loss);
  });

  test("noise leaves a saddle whose gradient is exactly 0", async () => {
    const still = {
      ...saddle,
      params: given({
        first: new NDArray(new Float64Array(6), [2, 3]),
        last: new NDArray(new Float64Array(3), [3, 1]),
      }),
      steps: 800,
    };
    const stuck = await fit(still);
    const { run, detected, events } = await hear({
      ...still,
      onPlateau: { remedy: "add-noise", patience: 100 },
    });
    expect(detected[0]).toMatchObject({ finding: "saddle", applied: "add-noise", gradientNorm: 0 });
    const noisy = events.filter((event) => event.kind === "plateau");
    expect(noisy[0]!.noise).toBeGreaterThan(0);
    expect(noisy[1]).toMatchObject({ noise: 0, rateScale: 1 });
    expect(run.loss).toBeLessThan(0.1 * stuck.loss);
  });

  /** A sigmoid that begins saturated at the wrong end: the gradient is small, and no saddle is near. */
  const flat: FitOptions<{ readonly w: Tensor; readonly b: Tensor }, Rows, undefined> = {
    ...common,
    params: given({ w: Float64Array.of(0, 0), b: -7 }),
    loss: ({ w, b }, batch) => batch.x.matmul(w).add(b).sigmoid().sub(0.9).square().mean(),
    data: linear,
    method: gradientDescent(0.7),
    steps: 400,
  };

  test("on a flat stretch a raised rate gets further, and is taken back", async () => {
    const { detected, events, run } = await hear({
      ...flat,
      onPlateau: { remedy: "raise-rate", patience: 50 },
    });
    expect(detected[0]).toMatchObject({ finding: "plateau", applied: "raise-rate" });
    const [raised, back] = events.filter((event) => event.kind === "plateau");
    expect(raised).toMatchObject({ rateScale: 3 });
    expect(back).toMatchObject({ rateScale: 1 });
    const plain = await fit(flat);
    expect(run.params.b.item()).toBeGreaterThan(plain.params.b.item() + 0.05);
  });

  test("a schedule that fell too soon is begun anew", async () => {
    const early: FitOptions<Linear, Rows, undefined> = {
      ...saddle,
      params: given({
        first: new NDArray(Float64Array.of(1, 0, 0, 0, 1, 0), [2, 3]),
        last: new NDArray(Float64Array.of(1, 1, 1), [3, 1]),
      }),
      method: gradientDescent(exponentialDecay({ peak: 0.02, factor: 0.9 })),
      steps: 600,
    };
    const plain = await fit(early);
    const { run, detected, events } = await hear({ ...early, onPlateau: "restart-schedule" });
    expect(detected[0]!.applied).toBe("restart-schedule");
    const after = events.find(
      (event) => event.kind === "progress" && event.step > detected[0]!.step,
    );
    expect(after).toMatchObject({ kind: "progress" });
    expect((after as { learningRate: number }).learningRate).toBeGreaterThan(1e-3);
    expect(run.loss).toBeLessThan(0.9 * plain.loss);
  });

  const noisy = dataset({
    x,
    y: Float64Array.from({ length: rows }, (_, i) => x.data[2 * i]! + 2 * draw()),
  });
  const floor: FitOptions<Tensor, Rows, undefined> = {
    ...common,
    params: given(Float64Array.of(0, 0)),
    loss: (w, batch) => batch.x.matmul(w).sub(batch.y).square().mean(),
    data: noisy,
    method: sgd(0.5),
    batchSize: 4,
    steps: 2000,
  };

  test("at a noise floor no rate is raised: it is told to be lowered", async () => {
    const { detected, events } = await hear({ ...floor, onPlateau: "raise-rate" });
    expect(detected[0]).toMatchObject({
      finding: "noise-floor",
      applied: undefined,
      remedy: undefined,
    });
    expect(detected[0]!.noise).toBeGreaterThan(detected[0]!.gradientNorm);
    expect(events.some(({ kind }) => kind === "plateau")).toBe(false);
  });

  test("at a minimum it is told to stop, and a loss that falls is left alone", async () => {
    const { batchSize: _, ...whole } = floor;
    const end = await hear({
      ...whole,
      batchSize: rows,
      method: gradientDescent(0.5),
      onPlateau: "tell",
    });
    expect(end.detected[0]!.finding).toBe("converged");
    const falling = await hear({
      ...flat,
      params: given({ w: Float64Array.of(0, 0), b: -2 }),
      method: adam(0.005),
      onPlateau: "raise-rate",
    });
    expect(falling.detected).toEqual([]);
  });

  test("is told unasked to who hears, and beside a rule for rates", async () => {
    // Held-out data end calls at epochs: short of them a small training is a single call.
    const { detected } = await hear({ ...floor, test: noisy });
    expect(detected[0]!.finding).toBe("noise-floor");
    expect(detected[0]!.step).toBeGreaterThanOrEqual(500);
    const both = await hear({
      ...floor,
      onPlateau: { remedy: "tell", schedule: onPlateau({ factor: 0.3, patience: 3 }) },
    });
    expect(both.detected.length).toBeGreaterThan(0);
    expect(both.events.some((event) => event.kind === "plateau" && event.rateScale < 0.5)).toBe(
      true,
    );
  });

  const resumes = async <P>(problem: Options<P>, remedy: PlateauRemedy): Promise<void> => {
    const options: Options<P> = { ...problem, onPlateau: { remedy, patience: 60 } };
    const whole = await fit(options);
    const parted = await inParts(options, [45, 75, 130, 200]);
    expect(parted.parts).toBeGreaterThan(2);
    expect(parted.params).toEqual(whole.params);
    expect(parted.loss).toBe(whole.loss);
    await expect(fit({ ...options, onPlateau: "tell", resume: parted.last })).rejects.toThrow(
      /onPlateau is/,
    );
  };

  test("goes on from a snapshot with a raised rate as it was, bit for bit", () =>
    resumes(flat, "raise-rate"));

  test("goes on from a snapshot behind a saddle as it was, bit for bit", () =>
    resumes(saddle, "follow-negative-curvature"));

  test("is refused where it cannot be done", async () => {
    const cases = [
      ["restart-schedule", /follows no schedule/],
      ["jump", /no plateau's rule and no remedy/],
      [{ remedy: "tell", patience: 0 }, /patience/],
      [onPlateau({ goal: "max" }), /goal "max"/],
    ] as const;
    for (const [given, message] of cases)
      await expect(fit({ ...floor, onPlateau: given as never })).rejects.toThrow(message);
  });
});
