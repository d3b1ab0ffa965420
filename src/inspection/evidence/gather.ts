import type { Key } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import type { DataEvidence, Evidence, RunEvidence } from "../../diagnosis/advice/evidence.ts";
import { rateValues } from "../../methods/schedules/rateValue.ts";
import type { Dataset } from "../../training/dataset.ts";
import type { TrainingProblem } from "../../training/defineTraining.ts";
import type { FitOptions } from "../../training/fit.ts";
import { DataOrder } from "../../training/order.ts";
import { pickRows } from "../../training/rows.ts";
import { datasetValues, drawOrRead, streams, type Values } from "../../training/values.ts";
import { noiseScale } from "../noiseScale.ts";
import { locate } from "../point.ts";
import { classesOfBatches, type FeatureRows, featureFacts, labelFacts } from "./dataFacts.ts";
import { generatedRows, samplesOf } from "./generated.ts";
import { ruleStep } from "./ruleStep.ts";
import { SignalProgram, type Signals } from "./signals.ts";
import { standingAt, treeOfValues } from "./standing.ts";
import { tryRates } from "./trials.ts";

/** What evidence is gathered of, and how much work it may take. */
export interface GatherOptions {
  readonly run: RunEvidence;
  /** Params and state where the run ended, as `fit` returns them; left out where it left none that are finite. */
  readonly at?: unknown;
  readonly state?: unknown;
  /** Rows looked at. Default 512, or all. */
  readonly rows?: number;
  /** Products with the Hessian at each point. Default 24. */
  readonly products?: number;
  /** Of a model that makes rows like the data's: so many of them, from params and a key. */
  readonly generate?: (params: never, key: Key, rows: number) => Tensor;
}

/** Steps of a trial: this part of the run, within these bounds. */
const [trialPart, fewestSteps, mostSteps] = [0.1, 20, 200];
const factors = [0.1, 1, 10, 100] as const;
/** Training mode and eval mode differ where their losses do by this part. */
const differing = 0.03;

/** Measures all that findings are made of: the data, where the run began, where it ended, and what a few other steps would do. */
export async function gatherEvidence(
  problem: TrainingProblem,
  { run, at, state, rows: wanted = 512, products = 24, generate }: GatherOptions,
): Promise<Evidence> {
  const { seed = 0, dtype = "f32" } = problem;
  const begun = drawOrRead(problem.params, seed, streams.params, dtype, "params");
  const located = locate(problem, { at: treeOfValues(begun) });
  const rows = Math.min(wanted, located.rows);
  const sample = pickRows(located.data, new DataOrder(located.rows, seed, true).rows(0, rows));
  await using program = await SignalProgram.compile(located, sample);
  const looked = { batchSize: run.batchSize, rows, products };
  const start = await standingAt(problem, located, program, looked);
  const visited = new DataOrder(located.rows, seed, problem.shuffle ?? true).rows(0, rows);
  const inOrder = await program.at(
    ...([arraysOf(located.params), arraysOf(located.state)] as const),
    pickRows(located.data, visited),
  );
  const data = dataOf(located.rows, start.signals, sample, {
    ...{ seed, inOrder, batchSize: run.batchSize },
  });
  // The problem's own types went with it; here params and batches are trees of tensors.
  const options = problem as FitOptions<unknown, unknown, unknown>;
  const planned = Math.max(1, run.planned);
  const peak = largestRate(options, planned);
  const schedule = { first: peak.first, largest: peak.rate };
  const bare = { run, data, start: start.point, trials: [], schedule };
  if (at === undefined) return bare;
  const ended = locate(problem, { at, ...(state === undefined ? {} : { state }) });
  const end = await standingAt(problem, ended, program, looked);
  const moved = movedOf(begun, ended.params);
  if (!Number.isFinite(end.point.loss)) return { ...bare, end: end.point, moved };
  const { method } = options;
  const from = { ...options, params: at, state } as FitOptions<unknown, unknown, unknown>;
  const steps = Math.round(Math.min(mostSteps, Math.max(fewestSteps, trialPart * planned)));
  const trial = { peak, rows, planned, steps };
  const step =
    method.kind === "rule"
      ? await ruleStep(method, {
          ...{ params: ended.params, dtype, total: planned, index: Math.floor(planned / 2) },
          ...{ gradient: end.signals.gradients, gradientNorm: medianOf(run.gradientNorm.values) },
        })
      : undefined;
  const trials = [
    ...(await tryRates(from, { ...trial, kind: "rate", factors })),
    ...(step !== undefined && step.withoutGradient > 0
      ? await tryRates(from, { ...trial, kind: "no-decay", factors: [1] })
      : []),
    ...(Math.abs(end.point.modes.training - end.point.modes.evaluation) >
    differing * end.point.modes.evaluation
      ? await tryRates(from, { ...trial, kind: "no-dropout", factors: [1] })
      : []),
  ];
  const noise =
    located.rows > 4
      ? await noiseScale(problem, { at, ...(state === undefined ? {} : { state }), rows })
      : undefined;
  const held = problem.validation ?? problem.test;
  const real = generate && featureRows(start.signals, sample);
  const samples = real && samplesOf(real, generatedRows(generate, ended, real));
  const heldOut =
    held === undefined
      ? undefined
      : await program.at(
          ...([arraysOf(ended.params), arraysOf(ended.state)] as const),
          pickRows(
            datasetValues(held as Dataset<unknown>, "validation", dtype),
            // As many rows as the program takes: some come again where there are fewer.
            new DataOrder(held.size, seed, true).rows(0, rows),
          ),
        );
  return {
    ...{ run, data, start: start.point, end: end.point, moved, trials, schedule },
    ...(heldOut && {
      heldOut: {
        loss: heldOut.point.loss,
        ...(heldOut.point.scores === undefined ? {} : { scores: heldOut.point.scores }),
      },
    }),
    ...(step === undefined ? {} : { step }),
    ...(samples === undefined ? {} : { samples }),
    ...(noise && { noise: { noiseScale: noise.noiseScale, isResolved: noise.isResolved } }),
  };
}

/** The largest rate of the run's schedule, its step, and the first one; 0 of a method that has none. */
function largestRate({ method }: FitOptions<unknown, unknown, unknown>, planned: number) {
  if (method.kind !== "rule" || method.learningRate === undefined)
    return { rate: 0, step: 0, first: 0 };
  const at = Array.from({ length: 65 }, (_, i) => Math.floor((i * (planned - 1)) / 64));
  const rates = rateValues(method.learningRate, at, planned);
  const rate = Math.max(...rates);
  return { rate, step: at[rates.indexOf(rate)]!, first: rates[0]! };
}

const arraysOf = ({ arrays }: Values) => arrays.map(({ data }) => data);

/** The first of the batch's arrays that products are made of, as a matrix. */
function featureRows(signals: Signals, sample: Values): FeatureRows | undefined {
  const [first] = signals.features;
  const array = first === undefined ? undefined : sample.arrays[first];
  const rows = array?.shape[0] ?? 0;
  return array && { values: array.data, rows, width: array.size / rows };
}

interface DataOptions {
  readonly seed: number;
  readonly batchSize: number;
  /** On the rows that the run visits first. */
  readonly inOrder: Signals;
}

function dataOf(
  rows: number,
  signals: Signals,
  sample: Values,
  { seed, batchSize, inOrder }: DataOptions,
): DataEvidence {
  const features = featureRows(signals, sample);
  const facts = features && featureFacts(features);
  const { labels } = signals;
  return {
    rows,
    ...(facts === undefined ? {} : { features: facts }),
    ...(labels && {
      labels: {
        ...labelFacts(features, labels.of, labels.classes, seed),
        classesOfBatch: classesOfBatches(inOrder.labels!.of, batchSize),
        classesByChance: classesOfBatches(labels.of, batchSize),
      },
    }),
  };
}

/** ‖b − a‖ of each array. */
const movedOf = (a: Values, b: Values): number[] =>
  a.arrays.map(({ data }, i) => {
    const other = b.arrays[i]!.data;
    let sum = 0;
    for (let k = 0; k < data.length; k++) sum += (other[k]! - data[k]!) ** 2;
    return Math.sqrt(sum);
  });

function medianOf(values: ArrayLike<number>): number {
  const sorted = Array.from(values)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
