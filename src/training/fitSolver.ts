import type { TypedArray } from "../array/dtype.ts";
import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange } from "../base/require.ts";
import { classify } from "../diagnosis/classify.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { type AsyncOracle, answerAsync, askGradient } from "../linalg/ask.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { chooseEngine } from "../runtime/choose.ts";
import { DataObjective } from "./dataObjective.ts";
import { requireFeatures } from "./features.ts";
import { fingerprintOf, fingerprintOfArrays } from "./fingerprint.ts";
import { requireMean } from "./finiteSum.ts";
import type { FitOptions } from "./fit.ts";
import { requireIndices } from "./indices.ts";
import { earlyStop } from "./loopStart.ts";
import { LossPrograms, requireExact } from "./lossPrograms.ts";
import { Measurements } from "./measure.ts";
import { type ModelOutline, modelOutline } from "./modelOutline.ts";
import { DataOrder } from "./order.ts";
import type { Cost } from "./plan.ts";
import { chunks, rowsOf } from "./rows.ts";
import { requireSameRun } from "./snapshot.ts";
import { runSolver, type SolverOutcome, type SolverPlan, splitLike } from "./solverLoop.ts";
import { untypedLoss } from "./untyped.ts";
import {
  datasetValues,
  drawOrRead,
  noValues,
  type Outline,
  streams,
  type Values,
} from "./values.ts";

/** Passes over the data unless said: a solver usually ends itself before. */
const defaultPasses = 100;
/** Rows on which curvature is measured. */
const sampleRows = 1000;

/** Where a solver's training ended, with arrays still apart. */
export interface SolverFit {
  readonly params: Values;
  readonly arrays: readonly TypedArray[];
  readonly verdict: Verdict;
  readonly outcome: SolverOutcome;
  readonly engine: string;
  readonly cost: Cost;
}

/** Options of rules' training that a solver has no use for, and what to do instead. */
const rulesOnly = {
  batchSize: "a solver takes all rows, or batches of its own: an option of its own, as svrg's",
  shuffle: "a solver takes all rows, or batches of its own",
  onPlateau: "a solver chooses its own step sizes",
  health:
    "a solver's layers are looked at when it has ended: layerHealth(problem, { at: run.params })",
  suspects: "epochs are a rule's; labelNoise(x, y) ranks labels without a training",
  maxRollbacks: "a solver tries each step before it takes it",
} as const;

/**
 * Trains by a solver: it iterates on the mean loss over all data, in training mode, asking for values,
 * gradients and products on all rows or on some. For what `fit` says of it.
 */
export async function fitBySolver<P, B, S>(
  options: FitOptions<P, B, S>,
  solver: Solver,
): Promise<SolverFit> {
  const begin = performance.now();
  const { plan, engine, dtype, seed } = await prepare(options, solver);
  const { objective, measurements, params } = plan;
  await requireMean(objective, measurements.flat(params.arrays.map(({ data }) => data)));
  await options.onReady?.(() => outline(plan.params, options, dtype));
  const compiled = performance.now();
  options.onEvent?.({
    kind: "start",
    method: solver.name,
    engine,
    parameters: params.arrays.reduce((sum, { size }) => sum + size, 0),
    steps: Number.isFinite(plan.iterations) ? plan.iterations : undefined,
    epochs: Number.isFinite(plan.passes) ? plan.passes : undefined,
  });
  try {
    const outcome = await runSolver(plan, options);
    const trained = performance.now();
    const { asked } = objective;
    const verdict = await verdictOn(plan, outcome, dtype, seed);
    const finished = performance.now();
    const seconds = (trained - compiled) / 1000;
    options.onEvent?.({
      kind: "end",
      step: outcome.step,
      verdict,
      loss: outcome.point.value,
      metrics: outcome.metrics,
      seconds,
    });
    return {
      params,
      arrays: splitLike(outcome.point.x, params),
      verdict,
      outcome,
      engine,
      cost: {
        flops: asked.flops,
        examples: asked.rows,
        gradients: asked.passes,
        stateBytes: outcome.stateBytes,
        seconds: {
          compile: (compiled - begin) / 1000,
          train: seconds,
          verdict: (finished - trained) / 1000,
        },
      },
    };
  } finally {
    await objective.dispose();
    await measurements.dispose();
  }
}

const outline = <P, B, S>(
  params: Outline,
  { loss, data }: FitOptions<P, B, S>,
  dtype: "f32" | "f64",
): ModelOutline =>
  modelOutline({
    ...{ loss: untypedLoss(loss), params, state: noValues, dtype },
    ...{ data: datasetValues(data, "data", dtype), rows: Math.min(data.size, 64) },
  });

interface Prepared {
  readonly plan: SolverPlan;
  readonly engine: string;
  readonly dtype: "f32" | "f64";
  readonly seed: number;
}

async function prepare<P, B, S>(options: FitOptions<P, B, S>, solver: Solver): Promise<Prepared> {
  const { dtype = "f32", seed = 0 } = options;
  for (const [name, why] of Object.entries(rulesOnly)) {
    if (options[name as keyof typeof rulesOnly] === undefined) continue;
    throw new NadirError(`fit/${name}`, `fit: ${name} is given, and ${solver.name} is a solver`, {
      expected: why,
      hint: `leave ${name} out`,
    });
  }
  const data = datasetValues(options.data, "data", dtype);
  const rows = options.data.size;
  const loss = untypedLoss(options.loss);
  const params = drawOrRead(options.params, seed, streams.params, dtype, "params");
  const state =
    options.state === undefined
      ? noValues
      : drawOrRead(options.state, seed, streams.state, dtype, "state");
  if (state.arrays.length > 0) {
    throw new NadirError(
      "fit/state",
      `fit: ${solver.name} needs the same loss at each evaluation`,
      {
        expected:
          "a model without a state: batch norm's statistics would change from one evaluation to the next",
        hint: "use layerNorm() in place of batchNorm(), or train with a rule such as adam(1e-3)",
      },
    );
  }
  const validation =
    options.validation === undefined
      ? undefined
      : datasetValues(options.validation, "validation", dtype);
  const test = options.test === undefined ? undefined : datasetValues(options.test, "test", dtype);
  const [[from, to] = [0, rows]] = chunks(rows);
  const first = rowsOf(data, from, to);
  const programs = new LossPrograms(loss, params, dtype);
  requireFeatures(solver, programs.features);
  const keyAt = params.arrays.length + data.arrays.length;
  requireExact(programs.of("value", first), keyAt, solver.name);
  const program = programs.of("gradient", first);
  requireIndices(program, params.arrays.length, { data, validation, test });
  const { engine } = await chooseEngine(options.engine ?? "auto", program);
  const measurements = new Measurements(engine, loss, params, noValues, seed, dtype);
  for (const held of [validation, test]) if (held !== undefined) measurements.check(held);
  const keeps = options.checkpoints !== undefined || options.resume !== undefined;
  const settings = {
    seed,
    rows,
    method: solver.name,
    dtype,
    engine: engine.name,
    ...(keeps
      ? {
          data: fingerprintOfArrays(data.arrays.map((array) => array.data)),
          program: fingerprintOf(program),
        }
      : {}),
  };
  if (options.resume !== undefined) requireSameRun(options.resume, settings);
  const infinity = Number.POSITIVE_INFINITY;
  const positive = { open: true } as const;
  const plan: SolverPlan = {
    solver,
    objective: new DataObjective(programs, data, engine, { seed, threads: options.threads }),
    params,
    validation,
    test,
    measurements,
    holdsThread: engine.name === "js",
    iterations: options.steps === undefined ? infinity : requireCount("fit/steps", options.steps),
    passes:
      options.epochs === undefined
        ? options.steps === undefined
          ? defaultPasses
          : infinity
        : requireInRange("fit/epochs", options.epochs, [0, infinity], positive),
    tolerance: requireInRange("fit/tolerance", options.tolerance ?? 1e-4, [0, infinity]),
    ...earlyStop(options, validation !== undefined),
    settings,
  };
  return { plan, engine: engine.name, dtype, seed };
}

/** The verdict on the end: the curvature on a sample where the gradient is small, else why it ended. */
async function verdictOn(
  { objective, tolerance }: SolverPlan,
  { point, ended, stalled }: SolverOutcome,
  dtype: "f32" | "f64",
  seed: number,
): Promise<Verdict> {
  const whole = objective.oracle();
  const located =
    point.gradient.length === point.x.length
      ? point
      : { x: point.x, ...(await answerAsync(askGradient(point.x), whole)) };
  const count = Math.min(sampleRows, objective.rows);
  const isWhole = count === objective.rows;
  const sample: AsyncOracle = isWhole
    ? whole
    : objective.oracleOn(new DataOrder(objective.rows, seed, true).rows(0, count));
  const { verdict } = await answerAsync(
    classify(located, {
      tolerance,
      otherwise: otherwise(ended, stalled),
      roundoff: dtype === "f32" ? 2 ** -23 : 2 ** -52,
      seed,
      sample: isWhole ? `all ${count} rows` : `${count} of ${objective.rows} rows`,
      products: 40,
    }),
    sample,
  );
  return verdict;
}

function otherwise(ended: SolverOutcome["ended"], stalled: SolverOutcome["stalled"]) {
  if (ended === "stopped" || ended === "early") return "stopped";
  if (stalled === undefined) return "budget";
  return stalled === "rounding" || stalled === "exhausted" ? stalled : "line-search";
}
