import type { TypedArray } from "../../array/dtype.ts";
import { keyData } from "../../array/operations/random.ts";
import { sizeOf } from "../../array/shape.ts";
import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import type { LayerHealth } from "../../diagnosis/health.ts";
import { expectedTime } from "../../runtime/choose.ts";
import type { Listener } from "../events.ts";
import type { Standing } from "../measure.ts";
import type { LoopOptions, RunningPlan } from "../plan.ts";
import { pickRows } from "../rows.ts";
import {
  addNoise,
  comparedRows,
  type GradientNoise,
  noiseScaleOf,
  repeatedTo,
} from "./gradientNoise.ts";
import { healthOf } from "./healthFigures.ts";
import { traceHealth } from "./healthProgram.ts";

/** How the health of layers is watched in a training. */
export interface HealthOptions {
  /**
   * Steps between measurements. Left out, as many as keep the cost below a twentieth of the training's, by the size of the
   * network, and at most 200 measurements.
   */
  readonly every?: number;
  /** Rows, drawn once, on which activations are looked at. Default as many as in a batch, between 64 and 256. */
  readonly rows?: number;
}

/** The health of every layer at one step. */
export interface HealthReport {
  readonly step: number;
  readonly layers: readonly LayerHealth[];
  /** tr Σ/‖G‖² as steps see it, in rows, over the last looks; undefined where noise hides the gradient, or rows are too few. */
  readonly noiseScale?: number;
}

/** As many as in a batch: what a look holds is then what a step holds, and a large model needs no more memory for it. */
const defaultRows = ({ spec: { batchSize }, rows }: Pick<RunningPlan, "spec" | "rows">): number =>
  Math.min(rows, Math.max(64, Math.min(256, batchSize)));
/** What a measurement may take of a training's time: by expectation, which may be off by a factor. */
const share = 0.0125;
const mostMeasurements = 200;
/** Nanoseconds that a measurement takes apart from its programs: calls, and norms on the host at one a number. */
const callNanoseconds = 100_000;

/** Measures layers on a fixed sample of the training rows, as training sees them. */
export interface HealthWatch {
  /** Steps between measurements; `undefined` if a call need not end where one is due. */
  readonly every: number | undefined;
  /** Whether a measurement is due after a call from one step to another. */
  isDue(from: number, to: number): boolean;
  measure(at: {
    readonly step: number;
    readonly params: readonly TypedArray[];
    readonly state: readonly TypedArray[];
    /** The params after one more step. */
    readonly moved: readonly TypedArray[];
    /** ‖∇‖² of each param. */
    readonly gradientSquares: ArrayLike<number>;
    /** What the looks before this one found. */
    readonly noise: GradientNoise | undefined;
  }): Promise<{ readonly report: HealthReport; readonly noise: GradientNoise | undefined }>;
  dispose(): Promise<void>;
}

/** @throws NadirError `fit/health` */
export function requireHealth(health: HealthOptions | boolean | undefined): HealthOptions {
  if (health === undefined || typeof health === "boolean") return {};
  if (typeof health !== "object" || health === null) {
    throw new NadirError("fit/health", `fit: health is ${String(health)}`, {
      expected: "true, false, or { every, rows }",
    });
  }
  requireKnownOptions("health", health, ["every", "rows"]);
  if (health.every !== undefined) requireCount("fit/health", health.every);
  if (health.rows !== undefined) requireCount("fit/health", health.rows, 2);
  return health;
}

/**
 * Compiles what watches a training: where that was asked for, or where someone hears. A loss that refuses the rows of
 * the sample is told of in a note, unless health was asked for.
 *
 * @throws NadirError as the loss does for the rows of the sample
 */
export async function openHealth(
  plan: RunningPlan,
  { health, onEvent }: Pick<LoopOptions, "health" | "onEvent">,
): Promise<HealthWatch | undefined> {
  if (health === false || (health === undefined && onEvent === undefined)) return undefined;
  try {
    return await watchHealth(plan, requireHealth(health), onEvent);
  } catch (error) {
    if (health !== undefined || !(error instanceof NadirError)) throw error;
    const text = `the health of layers is not measured: on ${defaultRows(plan)} rows, ${error.summary}`;
    onEvent?.({ kind: "note", step: 0, text });
    return undefined;
  }
}

async function watchHealth(
  plan: RunningPlan,
  options: HealthOptions,
  onEvent: Listener | undefined,
): Promise<HealthWatch> {
  const { spec, params, state, data, order, rows, engine, step, seed, total } = plan;
  const compared = comparedRows(spec.batchSize, rows);
  const compare =
    compared === undefined ? undefined : await noiseOfBatches(plan, compared, onEvent);
  const count = Math.min(rows, options.rows ?? defaultRows(plan));
  const sample = pickRows(data, order.rows(0, count));
  const traced = traceHealth({ loss: spec.loss, params, state, sample, dtype: spec.dtype });
  const executable = await engine.compile(traced.program);
  const numbers = params.arrays.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const turn = expectedTime(step.program)[engine.name];
  const measurement =
    expectedTime(traced.program)[engine.name] +
    turn * (compare === undefined ? 1 : 1 + Math.max(1, compared! / spec.batchSize)) +
    callNanoseconds +
    2 * numbers;
  const every =
    options.every ??
    Math.max(1, Math.ceil(measurement / (share * turn)), Math.ceil(total / mostMeasurements));
  const rowsData = sample.arrays.map(({ data: own }) => own);
  const key = keyData(seed).data;
  return {
    every: options.every,
    isDue: (from, to) => to === total || Math.floor(to / every) > Math.floor(from / every),
    measure: async ({ step: at, params: weights, state: held, moved, gradientSquares, noise }) => {
      const [, means, ...rest] = await executable.run([
        ...weights,
        ...held,
        ...rowsData,
        key,
        new Int32Array([at]),
      ]);
      const peaks = rest.slice(0, traced.peaks);
      const squares = weights.map((own, i) => squaresOf(own, moved[i]!));
      const layers = traced.layers.map((layer) =>
        healthOf(layer, {
          ...{ means: means!, peaks, gradientSquares },
          sizes: weights.map(({ length }) => length),
          weightSquares: squares.map(({ weight }) => weight),
          moveSquares: squares.map(({ move }) => move),
        }),
      );
      const seen =
        compare && (await compare({ params: weights, state: held }, at, gradientSquares, noise));
      const noiseScale = seen && noiseScaleOf(seen);
      const report = { step: at, layers, ...(noiseScale !== undefined && { noiseScale }) };
      return { report, noise: seen };
    },
    dispose: () => executable.dispose(),
  };
}

/** Compares the gradient of the next batch, whose squares by param are known, with that of so many rows from its first on. */
async function noiseOfBatches(
  { measurements, data, order, spec: { batchSize } }: RunningPlan,
  count: number,
  onEvent: Listener | undefined,
) {
  const batchAt = (step: number) =>
    pickRows(data, repeatedTo(batchSize, order.rows(step * batchSize, count)));
  try {
    await measurements.prepareProbe(batchAt(0));
  } catch (error) {
    if (!(error instanceof NadirError)) throw error;
    const text = `the noise of batches is not measured: on ${count} rows, ${error.summary}`;
    onEvent?.({ kind: "note", step: 0, text });
    return undefined;
  }
  return async (
    at: Standing,
    step: number,
    gradientSquares: ArrayLike<number>,
    before: GradientNoise | undefined,
  ): Promise<GradientNoise> => {
    const { gradientNorm } = await measurements.probe(batchAt(step), at, step);
    const own = Array.from(gradientSquares).reduce((sum, square) => sum + square, 0);
    return addNoise(
      before,
      { rows: batchSize, square: own },
      { rows: count, square: gradientNorm ** 2 },
    );
  };
}

/** ‖w‖² and ‖w′ − w‖². */
function squaresOf(own: TypedArray, moved: TypedArray) {
  let [weight, move] = [0, 0];
  for (let i = 0; i < own.length; i++) {
    const [value, step] = [own[i]!, moved[i]! - own[i]!];
    weight += value * value;
    move += step * step;
  }
  return { weight, move };
}
