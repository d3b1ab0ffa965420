import { describe, expect, test } from "vitest";
import type {
  Evidence,
  ParamEvidence,
  PointEvidence,
  RunEvidence,
  ScoreEvidence,
  TrialEvidence,
  UnitEvidence,
} from "./evidence.ts";
import {
  type Finding,
  type FindingName,
  findingNames,
  type Remedy,
  type Severity,
} from "./finding.ts";
import { findings } from "./findings.ts";

const score = (change: Partial<ScoreEvidence> = {}): ScoreEvidence => ({
  ...{ rms: 2, areProbabilities: false, accuracy: 0.95 },
  ...{ predicted: [0.5, 0.5], balancedAccuracy: 0.95, ...change },
});
const param = (change: Partial<ParamEvidence> = {}): ParamEvidence => ({
  ...{ path: "0.weights", size: 8, norm: 2, gradientNorm: 0.05 },
  ...{ isUsed: true, twins: 0, products: 1, ...change },
});
const unit = (change: Partial<UnitEvidence> = {}): UnitEvidence => ({
  ...{ layer: "0", op: "tanh", beside: false, units: 8, rms: 0.5 },
  ...{ dead: 0, saturated: 0, common: 0.1, gradientRms: 1, ...change },
});
const point = (loss: number, change: Partial<PointEvidence> = {}): PointEvidence => ({
  ...{ loss, modes: { training: loss, evaluation: loss }, gradientNorm: 0.1, remembered: 0 },
  ...{ isNormalized: false, params: [param()], units: [], branches: [], scores: score() },
  curvature: { largest: 2, smallest: -0.01, error: 1e-3 },
  ...change,
});
type Features = NonNullable<Evidence["data"]["features"]>;
type Labels = NonNullable<Evidence["data"]["labels"]>;
const features = (change: Partial<Features> = {}): Pick<Evidence["data"], "features"> => ({
  features: {
    ...{ count: 4, constant: 0, rms: 1, medianDeviation: 1, largestDeviation: 2, offset: 0.1 },
    ...change,
  },
});
const labels = (change: Partial<Labels> = {}): Pick<Evidence["data"], "labels"> => ({
  labels: {
    ...{ classes: 2, shares: [0.5, 0.5], entropy: 0.69, agreement: 0.9, chance: 0.5 },
    ...{ chanceError: 0.02, contradicted: 0.01, classesOfBatch: 2, classesByChance: 2 },
    ...change,
  },
});
const trial = (change: Partial<TrialEvidence>): TrialEvidence => ({
  ...{ kind: "rate", factor: 1, rate: 0.1, steps: 20, before: 0.5, after: 0.49 },
  ...change,
});
/** Trials of a loss of 0.5 by factor of the rate, on held-out rows as well. */
const trials = (ends: Readonly<Record<number, number>>): readonly TrialEvidence[] =>
  Object.entries(ends).map(([factor, after]) =>
    trial({ factor: Number(factor), after, heldOut: { before: 0.5, after } }),
  );
const series = (values: readonly number[]) => ({ steps: values.map((_, i) => i + 1), values });
const run = (change: Partial<RunEvidence> = {}): Pick<Evidence, "run"> => ({
  run: {
    ...{ method: "sgd", steps: 100, planned: 100, batchSize: 20, rows: 200, rollbacks: [] },
    ...{ loss: series([0.69, 0.5]), gradientNorm: series([0.1]), learningRate: series([0.1]) },
    noiseScale: series([]),
    ...{ metrics: {}, verdict: undefined, ...change },
  },
});

/** Evidence that differs from that of a sound training in this. */
type Change = Partial<Evidence>;
const sound: Evidence = {
  ...run(),
  data: { rows: 200, ...features(), ...labels() },
  ...{ start: point(0.69), end: point(0.07), moved: [1], trials: [] },
};
const data = (change: Partial<Evidence["data"]>): Change => ({
  data: { ...sound.data, ...change },
});
/** The same at the start and at the end, where the loss is still high. */
const both = (change: Partial<PointEvidence>, last = 0.5): Change => ({
  start: point(0.69, change),
  end: point(last, change),
});
const regression = { data: { rows: 200, ...features() } };
const step = { length: 0.01, withoutGradient: 0, kept: 1, gradientNorm: 0.1 };
const noise = { noise: { noiseScale: 30, isResolved: true } };
const single = run({ batchSize: 1 });
const rollback = (at: number) => ({ step: at, cause: "the loss is not finite" });
const bent = { largest: 2, smallest: -0.5, error: 1e-3 };
const chain = (rms: readonly number[]): readonly UnitEvidence[] =>
  rms.map((size, i) => unit({ layer: String(i), rms: size }));
const flatLoss = series(Array.from({ length: 100 }, () => 0.69));
const depth = chain(Array.from({ length: 12 }, (_, i) => (i < 6 ? 0.2 : 1)));

interface Case {
  readonly name: FindingName;
  readonly severity?: Severity;
  readonly what: string;
  /** What is to be tried, where one name has several causes. */
  readonly remedy?: Remedy["kind"];
  /** What makes it so. */
  readonly so: Change;
  /** One thing different each, by which it is not so. */
  readonly unless: Readonly<Record<string, Change>>;
  /** One thing different, by which it does no harm. */
  readonly harmless?: Change;
}

const probabilities = score({ areProbabilities: true });
const unevenData = data(features({ largestDeviation: 30 }));
const cases: readonly Case[] = [
  {
    ...{ name: "softmax-twice", what: "scores that are probabilities" },
    so: both({ scores: probabilities }),
    unless: {
      "the start's are not": { start: point(0.69) },
      "the end's are not": { end: point(0.5) },
    },
  },
  {
    ...{ name: "random-labels", what: "neighbours agree by chance" },
    so: { ...data(labels({ agreement: 0.52 })), ...both({}) },
    unless: {
      "they agree": data(labels({ agreement: 0.6 })),
      "nothing was compared": data(labels({ agreement: Number.NaN })),
      "held-out rows are told right": { heldOut: { loss: 0.5, scores: score() } },
    },
  },
  {
    ...{ name: "unshuffled", what: "batches of one class" },
    so: data(labels({ classesOfBatch: 1.1 })),
    unless: { "batches are mixed": data(labels({ classesOfBatch: 1.3 })) },
  },
  {
    ...{ name: "frozen-params", what: "a gradient and no way" },
    so: { ...both({ params: [param({ gradientNorm: 0.09 }), param()] }), moved: [0, 1] },
    unless: {
      "it moved": { moved: [0.1, 1] },
      "nothing moved": { moved: [0, 0] },
      "its gradient is lost in rounding": both({
        params: [param({ gradientNorm: 1e-7 }), param()],
      }),
      "it is no part of the whole gradient": both({
        params: [param({ gradientNorm: 5e-5 }), param()],
      }),
    },
    harmless: both({ params: [param({ gradientNorm: 0.09 }), param()] }, 0.01),
  },
  {
    ...{ name: "frozen-params", what: "a gradient that came on the way, and no way" },
    so: {
      start: point(0.69, { params: [param({ gradientNorm: 0 }), param()] }),
      end: point(0.5, { params: [param({ gradientNorm: 0.09 }), param()] }),
      moved: [0, 1],
    },
    unless: { "it moved": { moved: [0.1, 1] } },
  },
  {
    ...{ name: "frozen-params", severity: "note", what: "a gradient that went, and no way" },
    so: {
      start: point(0.69, { params: [param({ gradientNorm: 1 }), param()] }),
      end: point(0.01, {
        ...{ gradientNorm: 2e-6, params: [param({ gradientNorm: 1e-6 }), param()] },
      }),
      moved: [0, 1],
    },
    unless: {
      "there never was one": {
        start: point(0.69, { params: [param({ gradientNorm: 0 }), param()] }),
      },
    },
  },
  {
    ...{ name: "frozen-params", severity: "warning", what: "params that are not used" },
    so: both({ params: [param({ isUsed: false })] }),
    unless: { "they are": both({}) },
  },
  {
    ...{ name: "unscaled-features", what: "one feature far wider than others" },
    so: { ...unevenData, ...both({}) },
    unless: { "they are alike": data(features({ largestDeviation: 10 })) },
    harmless: { end: point(0.01) },
  },
  {
    ...{ name: "unscaled-features", what: "all features large" },
    so: { ...data(features({ rms: 20 })), ...both({}) },
    unless: { "they are not": data(features({ rms: 10 })) },
  },
  {
    ...{ name: "unscaled-features", what: "all features small" },
    so: { ...data(features({ rms: 0.01 })), ...both({}) },
    unless: { "they are not": data(features({ rms: 0.03 })) },
  },
  {
    ...{ name: "idle-branch", what: "branches that add nothing" },
    so: both({ branches: [{ layer: "1", ratio: 1e-4 }] }),
    unless: { "they add": both({ branches: [{ layer: "1", ratio: 1e-2 }] }) },
    harmless: both({ branches: [{ layer: "1", ratio: 1e-4 }] }, 0.01),
  },
  {
    ...{ name: "idle-branch", what: "half of the branches" },
    so: both({ branches: [1e-4, 1e-4, 1, 1].map((ratio, i) => ({ layer: String(i), ratio })) }),
    unless: {},
    harmless: both({ branches: [1e-4, 1, 1].map((ratio, i) => ({ layer: String(i), ratio })) }),
  },
  {
    ...{ name: "symmetric-start", what: "columns alike at both ends" },
    so: both({ params: [param({ twins: 1 })] }),
    unless: {
      "they began apart": { start: point(0.69) },
      "they came apart": { end: point(0.5) },
      "some began apart": { start: point(0.69, { params: [param({ twins: 0.8 })] }) },
      "some came apart": { end: point(0.5, { params: [param({ twins: 0.8 })] }) },
    },
    harmless: both({ params: [param({ twins: 1 })] }, 0.05),
  },
  {
    ...{ name: "saddle", what: "no gradient beside negative curvature" },
    so: { end: point(0.5, { curvature: bent, gradientNorm: 1e-3 }) },
    unless: {
      "there is a gradient": { end: point(0.5, { curvature: bent }) },
      "the curvature is within its error": {
        end: point(0.5, { curvature: { ...bent, error: 0.3 }, gradientNorm: 1e-3 }),
      },
      "it is a small part of the largest": {
        end: point(0.5, { curvature: { ...bent, largest: 20 }, gradientNorm: 1e-3 }),
      },
      "steps lead on": { trials: trials({ 1: 0.48 }) },
      "the loss would hardly fall": {
        end: point(0.5, {
          ...{ curvature: { largest: 0.01, smallest: -0.001, error: 1e-6 }, gradientNorm: 1e-5 },
          params: [param()],
        }),
      },
      // A way as long as the params, and 1 at least.
      "the loss would hardly fall, and params are large": {
        end: point(0.5, {
          ...{ curvature: { largest: 0.01, smallest: -0.001, error: 1e-6 }, gradientNorm: 1e-5 },
          params: [param({ norm: 1.5 }), param({ norm: 2 })],
        }),
      },
    },
  },
  {
    ...{ name: "saddle", what: "negative curvature where params are small" },
    so: {
      end: point(0.5, { curvature: bent, gradientNorm: 1e-3, params: [param({ norm: 1e-3 })] }),
    },
    unless: { "there is none": { end: point(0.5, { gradientNorm: 1e-3 }) } },
  },
  {
    ...{ name: "saddle", what: "a verdict that says so, though there are trials that lead on" },
    so: {
      ...{ end: point(0.5, { curvature: bent }), trials: trials({ 1: 0.48 }) },
      // What a verdict holds beside its kind is not read.
      ...run({ verdict: { kind: "saddle" } as RunEvidence["verdict"] }),
    },
    unless: { "it says another thing": run() },
  },
  {
    ...{ name: "exploding-recurrence", what: "gradients that grow backwards in time" },
    so: both({
      params: [param({ products: 8 })],
      units: [unit({ gradientRms: 200 }), unit({ gradientRms: 1 })],
    }),
    unless: {
      "they do not": both({
        params: [param({ products: 8 })],
        units: [unit({ gradientRms: 50 }), unit({ gradientRms: 1 })],
      }),
      "nothing recurs": both({ units: [unit({ gradientRms: 200 }), unit({ gradientRms: 1 })] }),
    },
  },
  {
    ...{ name: "exploding-recurrence", what: "a gradient beyond all numbers" },
    so: both({ params: [param({ products: 8 })], gradientNorm: Number.POSITIVE_INFINITY }),
    unless: { "it is a number": both({ params: [param({ products: 8 })] }) },
  },
  {
    ...{ name: "start-too-small", what: "a signal that fades" },
    so: both({ units: chain([0.5, 1e-3]) }),
    unless: {
      "it does not": both({ units: chain([0.5, 0.02]) }),
      "its units are dead": both({ units: [unit({ op: "relu", rms: 0, dead: 1 })] }),
    },
    harmless: both({ units: chain([0.5, 1e-3]) }, 0.05),
  },
  {
    ...{ name: "dead-relus", what: "one of three layers dead from the start", remedy: "redraw" },
    so: both({ units: [0.1, 0.95, 0].map((dead) => unit({ op: "relu", dead })) }),
    unless: {
      "most live": both({ units: [unit({ op: "relu", dead: 0.85 })] }),
      "their input goes on beside them": both({
        units: [unit({ op: "relu", dead: 0.95, beside: true })],
      }),
    },
    harmless: both({ units: [unit({ op: "relu", dead: 0.95 })] }, 0.05),
  },
  {
    ...{ name: "dead-relus", what: "died later", remedy: "rate" },
    so: {
      start: point(0.69, { units: [unit({ op: "relu", dead: 0.1 })] }),
      end: point(0.5, { units: [unit({ op: "relu", dead: 0.95 })] }),
    },
    unless: { "most live": { end: point(0.5, { units: [unit({ op: "relu", dead: 0.85 })] }) } },
  },
  {
    ...{ name: "start-too-large", what: "a loss far above ignorance" },
    so: { start: point(2), end: point(0.5) },
    unless: { "it is not": { start: point(1.5) }, "there are no labels": regression },
    harmless: { end: point(0.05) },
  },
  {
    ...{ name: "saturated-units", what: "one of three layers from the start", remedy: "redraw" },
    so: both({ units: [0.1, 0.9, 0].map((saturated) => unit({ saturated })) }),
    unless: {
      "most are not": both({ units: [unit({ saturated: 0.7 })] }),
      "they gate": both({ units: [unit({ saturated: 0.9, beside: true })] }),
    },
    harmless: both({ units: [unit({ saturated: 0.9 })] }, 0.05),
  },
  {
    ...{ name: "saturated-units", remedy: "redraw" },
    what: "saturated at the start, which training left too late",
    so: {
      start: point(0.69, { units: [unit({ saturated: 1 })] }),
      end: point(0.5, { units: [unit({ saturated: 0.3 })] }),
    },
    unless: {
      "most were not": { start: point(0.69, { units: [unit({ saturated: 0.7 })] }) },
    },
    harmless: { end: point(0.05, { units: [unit({ saturated: 0.3 })] }) },
  },
  {
    ...{ name: "saturated-units", what: "saturated later", remedy: "rate" },
    so: {
      start: point(0.69, { units: [unit({ saturated: 0.1 })] }),
      end: point(0.5, { units: [unit({ saturated: 0.9 })] }),
    },
    unless: { "most are not": { end: point(0.5, { units: [unit({ saturated: 0.7 })] }) } },
  },
  {
    ...{ name: "vanishing-gradients", what: "gradients that fade backwards" },
    so: both({ units: [unit({ gradientRms: 1e-3 }), unit(), unit()] }),
    unless: {
      "they do not": both({ units: [unit({ gradientRms: 0.1 }), unit(), unit()] }),
      "there is no depth": both({ units: [unit({ gradientRms: 1e-3 }), unit()] }),
      "the signal is faint": both({
        units: [unit({ gradientRms: 1e-3 }), unit(), unit({ rms: 1e-3 })],
      }),
    },
    harmless: both({ units: [unit({ gradientRms: 1e-3 }), unit(), unit()] }, 0.05),
  },
  {
    ...{ name: "clipped-too-tight", what: "steps a tenth as long" },
    so: { ...both({}), step: { ...step, kept: 0.05 }, trials: trials({ 10: 0.3 }) },
    unless: {
      "they are not": { step: { ...step, kept: 0.2 } },
      "it is no gradient method": { step: { ...step, kept: undefined } },
    },
    harmless: { trials: trials({ 10: 0.49 }) },
  },
  {
    ...{ name: "decay-too-strong", what: "what is won without the pull" },
    so: {
      ...both({}),
      trials: [trial({ kind: "no-decay", after: 0.3 }), trial({ after: 0.49 })],
    },
    unless: {
      "little is": { trials: [trial({ kind: "no-decay", after: 0.49 })] },
      "as much is with it": {
        trials: [trial({ kind: "no-decay", after: 0.3 }), trial({ after: 0.35 })],
      },
      "held-out rows lose": {
        trials: [trial({ kind: "no-decay", after: 0.3, heldOut: { before: 0.5, after: 0.5 } })],
      },
    },
  },
  {
    ...{ name: "batch-norm-drift", what: "statistics of few rows" },
    so: {
      ...run({ batchSize: 4 }),
      // Apart by just more than a fifth of the smaller one.
      end: point(0.5, { remembered: 8, modes: { training: 0.41, evaluation: 0.5 } }),
    },
    unless: {
      "of many": run({ batchSize: 32 }),
      "both losses are alike": {
        end: point(0.5, { remembered: 8, modes: { training: 0.45, evaluation: 0.5 } }),
      },
      "nothing is remembered": { end: point(0.5, { modes: { training: 0.3, evaluation: 0.5 } }) },
      "the loss came down": {
        end: point(0.05, { remembered: 8, modes: { training: 0.03, evaluation: 0.05 } }),
      },
    },
  },
  {
    ...{ name: "dropout-too-strong", what: "what is won without dropout" },
    so: {
      ...both({}),
      trials: [trial({ kind: "no-dropout", after: 0.3 }), trial({ after: 0.49 })],
    },
    unless: {
      "little is": { trials: [trial({ kind: "no-dropout", after: 0.48 })] },
      "as much is with it": {
        trials: [trial({ kind: "no-dropout", after: 0.3 }), trial({ after: 0.35 })],
      },
      "held-out rows lose": {
        trials: [trial({ kind: "no-dropout", after: 0.3, heldOut: { before: 0.5, after: 0.5 } })],
      },
      "batch norm is what differs": { end: point(0.5, { remembered: 8 }) },
    },
  },
  {
    ...{ name: "mode-collapse", what: "part of what there is" },
    so: { samples: { coverage: 0.4, fidelity: 0.9 } },
    unless: {
      "most is covered": { samples: { coverage: 0.6, fidelity: 0.9 } },
      "what is made is like nothing": { samples: { coverage: 0.4, fidelity: 0.3 } },
    },
  },
  {
    ...{ name: "no-warm-up", what: "a shock at the start, from a sharp point" },
    so: {
      ...run({ rollbacks: [rollback(3)] }),
      ...{ schedule: { first: 0.1, largest: 0.1 } },
      start: point(0.69, { curvature: { ...bent, largest: 20 } }),
    },
    unless: {
      "there was none": run(),
      "it came late": run({ rollbacks: [rollback(50)] }),
      "the rate rises": { schedule: { first: 0.01, largest: 0.1 } },
      "the start is no sharper": { start: point(0.69) },
      "the loss stayed up": { end: point(0.5) },
    },
  },
  {
    ...{ name: "no-normalization", what: "a signal that changes its size over many layers" },
    so: both({ units: depth }),
    unless: {
      "it does not": both({ units: chain(Array.from({ length: 12 }, () => 0.5)) }),
      "there are few": both({ units: depth.slice(1) }),
      "there is normalization": both({ units: depth, isNormalized: true }),
      "there are shortcuts": both({ units: depth, branches: [{ layer: "1", ratio: 1 }] }),
      "they are steps of time": both({ units: depth, params: [param(), param({ products: 3 })] }),
      "the loss came down": both({ units: depth }, 0.05),
    },
  },
  {
    ...{ name: "batch-too-small", what: "a tenth of the rate wins, and noise is large" },
    so: { ...both({}), ...single, ...noise, step, trials: trials({ 0.1: 0.48, 1: 0.5 }) },
    unless: {
      "nothing is won": { trials: trials({ 0.1: 0.495, 1: 0.5 }) },
      "the rate itself wins as much": { trials: trials({ 0.1: 0.48, 1: 0.48 }) },
      "noise is small": { noise: { noiseScale: 4, isResolved: true } },
      "batches are large": run({ batchSize: 20 }),
      "batches are more than a fiftieth of the rows": run({ batchSize: 5 }),
      "the rate is beyond stability": { step: { ...step, length: 1 } },
    },
  },
  {
    ...{ name: "batch-too-small", what: "half of a small squared error is noise" },
    so: {
      ...{ ...regression, ...single, ...noise, step, start: point(50), end: point(0.5) },
      trials: trials({ 0.1: 0.25, 1: 0.6 }),
    },
    unless: {
      "less is": { trials: trials({ 0.1: 0.3, 1: 0.6 }) },
      "the rate itself comes as far": { trials: trials({ 0.1: 0.25, 1: 0.25 }) },
      "held-out rows keep theirs": {
        trials: [trial({ factor: 0.1, after: 0.25, heldOut: { before: 0.5, after: 0.4 } })],
      },
      "noise is small": { noise: { noiseScale: 4, isResolved: true } },
      "it is a classifier's, whose scale is known": {
        ...data({ rows: 200 }),
        ...{ start: point(0.69), end: point(5e-3) },
        trials: [trial({ factor: 0.1, before: 5e-3, after: 1e-3 })],
      },
    },
  },
  {
    ...{ name: "rate-too-high", what: "a run that diverged" },
    // What a verdict holds beside its kind is not read.
    so: run({ verdict: { kind: "diverged" } as RunEvidence["verdict"] }),
    unless: { "it did not": run() },
  },
  {
    ...{ name: "rate-too-high", what: "three rollbacks" },
    so: run({ rollbacks: [rollback(30), rollback(40), rollback(50)] }),
    unless: { "there are two": run({ rollbacks: [rollback(30), rollback(40)] }) },
  },
  {
    ...{ name: "rate-too-high", what: "an end above the start" },
    so: { end: point(0.8) },
    unless: { "it is not": { end: point(0.7) }, "it began higher": { start: point(0.9) } },
  },
  {
    ...{ name: "rate-too-high", what: "a peak" },
    so: { ...run({ loss: series([0.69, 8, 0.5]) }), end: point(0.5) },
    unless: {
      "it is lower": run({ loss: series([0.69, 6, 0.5]) }),
      "the loss came down": { end: point(0.05) },
    },
  },
  {
    ...{ name: "rate-too-high", what: "a tenth of the rate wins" },
    so: {
      ...{ end: point(0.5), trials: trials({ 0.1: 0.4, 1: 0.5 }) },
      ...run({ loss: series(Array.from({ length: 20 }, (_, i) => 0.69 - i / 100)) }),
    },
    unless: {
      "little is won": { trials: trials({ 0.1: 0.48, 1: 0.5 }) },
      "the rate itself wins as much": { trials: trials({ 0.1: 0.4, 1: 0.4 }) },
    },
  },
  {
    ...{ name: "class-imbalance", what: "rare classes that are not told" },
    so: {
      ...data(labels({ shares: [0.9, 0.1] })),
      heldOut: { loss: 0.1, scores: score({ balancedAccuracy: 0.6 }) },
    },
    unless: {
      "they are": { heldOut: { loss: 0.1, scores: score() } },
      "they are not rare": data(labels({ shares: [0.8, 0.2] })),
      "there are none of the third": data(labels({ classes: 3, shares: [0.8, 0.2, 0] })),
    },
  },
  {
    ...{ name: "label-noise", what: "labels that neighbours contradict" },
    so: data(labels({ contradicted: 0.15 })),
    unless: { "few are": data(labels({ contradicted: 0.05 })) },
  },
  {
    ...{ name: "overfitting", what: "a gap to held-out rows" },
    so: { heldOut: { loss: 0.5 } },
    unless: {
      "it is small": { heldOut: { loss: 0.15 } },
      "both are high": { end: point(0.4), heldOut: { loss: 0.7 } },
    },
    harmless: { heldOut: { loss: 0.25 } },
  },
  {
    ...{ name: "rate-too-low", what: "ten times the rate wins" },
    so: { end: point(0.5), trials: trials({ 1: 0.49, 10: 0.3 }) },
    unless: {
      "it does not": { trials: trials({ 1: 0.49, 10: 0.48 }) },
      "it leaves no number": { trials: trials({ 1: 0.49, 10: Number.NaN }) },
      "the rate itself wins a third": { trials: trials({ 1: 0.42, 10: 0.3 }) },
      "held-out rows lose": {
        trials: [
          trial({}),
          trial({ factor: 10, after: 0.3, heldOut: { before: 0.5, after: 0.5 } }),
        ],
      },
    },
  },
  {
    ...{ name: "schedule-too-short", what: "a rate that vanished before the loss settled" },
    so: {
      ...{ end: point(0.5), trials: trials({ 1: 0.4 }) },
      ...run({ learningRate: series([0.1, 1e-4]) }),
    },
    unless: {
      "it did not vanish": run({ learningRate: series([0.1, 0.01]) }),
      "the loss had settled": { trials: trials({ 1: 0.49 }) },
      "held-out rows lose": {
        trials: [trial({ after: 0.4, heldOut: { before: 0.5, after: 0.5 } })],
      },
    },
  },
  {
    ...{ name: "too-few-steps", what: "more steps win" },
    so: { end: point(0.5), trials: trials({ 1: 0.4 }) },
    unless: {
      "they do not": { trials: trials({ 1: 0.49 }) },
      "some are left to do": run({ steps: 60 }),
      "the rate has vanished": run({ learningRate: series([0.1, 1e-4]) }),
      "held-out rows lose": {
        trials: [trial({ after: 0.4, heldOut: { before: 0.5, after: 0.5 } })],
      },
    },
  },
  {
    ...{ name: "plateau", what: "a loss that stands still" },
    so: { ...run({ loss: flatLoss }), end: point(0.69), trials: trials({ 1: 0.5, 10: 0.5 }) },
    unless: {
      "it moves": run({ loss: series(Array.from({ length: 100 }, (_, i) => 0.7 - i / 1000)) }),
      "it stands low": { end: point(0.3) },
      "steps move it": { trials: trials({ 1: 0.48 }) },
      "ten times the rate moves it": { trials: trials({ 1: 0.5, 10: 0.48 }) },
    },
  },
];

const found = (change: Change, name: FindingName): readonly Finding[] =>
  findings({ ...sound, ...change }).filter((finding) => finding.name === name);

describe("each rule of findings", () => {
  test("sees nothing in a sound training", () => {
    expect(findings(sound)).toEqual([]);
  });

  test("has a case here", () => {
    expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(findingNames));
  });

  test.for(cases)(
    "$name: $what",
    ({ name, severity = "serious", remedy, so, unless, harmless }) => {
      const [first, ...others] = found(so, name);
      expect(first?.severity).toBe(severity);
      expect(others).toEqual([]);
      if (remedy !== undefined) expect(first?.remedy.kind).toBe(remedy);
      for (const [why, change] of Object.entries(unless))
        expect(found({ ...so, ...change }, name), why).toEqual([]);
      if (harmless !== undefined)
        expect(found({ ...so, ...harmless }, name)[0]?.severity).toMatch(/warning|note/);
    },
  );

  test("advises batches by what there are rows and noise for", () => {
    const sizeIn = (change: Change, name: FindingName): number | undefined => {
      const remedy = found(change, name)[0]?.remedy;
      return remedy?.kind === "batch-size" ? remedy.size : undefined;
    };
    const drift: Change = {
      ...run({ batchSize: 4 }),
      end: point(0.5, { remembered: 8, modes: { training: 0.3, evaluation: 0.5 } }),
    };
    expect(
      [40, 900].map((rows) => sizeIn({ ...drift, ...data({ rows }) }, "batch-norm-drift")),
    ).toEqual([40, 64]);
    const few: Change = { ...both({}), step, trials: trials({ 0.1: 0.48, 1: 0.5 }) };
    const sizes = [
      [900, 40],
      [200, 40],
      [3000, 500],
      [60, 40],
    ].map(([rows = 0, noiseScale = 0]) =>
      sizeIn(
        { ...few, ...run({ batchSize: 1, rows }), noise: { noiseScale, isResolved: true } },
        "batch-too-small",
      ),
    );
    expect(sizes).toEqual([40, 20, 64, 6]);
  });

  test("takes a hundredth of a rate that is far beyond stability, a tenth of one that is not", () => {
    const factorAt = (length: number): number | undefined => {
      const change = { end: point(0.8), step: { ...step, length } };
      const remedy = found(change, "rate-too-high")[0]?.remedy;
      return remedy?.kind === "rate" ? remedy.factor : undefined;
    };
    const limit = (2 * step.gradientNorm) / sound.start.curvature!.largest;
    expect([2 * limit, 20 * limit].map(factorAt)).toEqual([0.1, 0.01]);
  });

  test("takes of ten and a hundred times the rate what comes lower", () => {
    const factorOf = (ten: number, hundred: number): number | undefined => {
      const change = { end: point(0.5), trials: trials({ 1: 0.49, 10: ten, 100: hundred }) };
      const remedy = found(change, "rate-too-low")[0]?.remedy;
      return remedy?.kind === "rate" ? remedy.factor : undefined;
    };
    expect([factorOf(0.3, 0.2), factorOf(0.2, 0.3), factorOf(0.3, Infinity)]).toEqual([
      100, 10, 10,
    ]);
  });

  test("tells a start held by its biases from one whose weights are too large", () => {
    const [biased, wide] = [0.9, 0.1].map(
      (common) => found(both({ units: [unit({ saturated: 0.9, common })] }), "saturated-units")[0],
    );
    expect(biased?.cause).toMatch(/biases/);
    expect(wide?.cause).toMatch(/weights are so large/);
    expect(biased!.confidence).toBeGreaterThan(wide!.confidence);
  });
});
