import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions, requireWord } from "../../base/require.ts";
import { randomStream, shuffled } from "../../linalg/random.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { squaredL2 } from "../../methods/penalties/squaredL2.ts";
import {
  type DenseColumns,
  type Design,
  type DesignMatrix,
  readDesign,
  requireFinite,
} from "../linear/design.ts";
import { readSettings } from "../linear/linearModel.ts";
import { chancesOf, fitPart } from "../linear/multinomial.ts";
import { prepareDesign, requireOnePerSample } from "../linear/task.ts";
import { confidentLearning } from "./confidentLearning.ts";
import { marginsOf } from "./trainedMargins.ts";

/** How wrong labels are looked for. */
export interface LabelNoiseOptions {
  /**
   * `confident`: chances of models that did not see the sample, by cross-validation. `margins`: how far the label is ahead of the best other
   * one on average over a training. Default `confident`.
   */
  readonly method?: "confident" | "margins";
  /** Parts of the cross-validation, at least 2. Default 5. */
  readonly folds?: number;
  /** Of the models of `confident`. Default `squaredL2(0.01)`, of standardized features. */
  readonly penalty?: Penalty;
  /** Passes of `margins`. Default 20. */
  readonly epochs?: number;
  /** Of the cut, or of the order of samples. Default 0. */
  readonly seed?: number;
}

/** A sample whose label is probably wrong. */
export interface Suspect {
  readonly sample: number;
  readonly label: number;
  /** What it rather looks like. */
  readonly suggested: number;
  /** See `LabelNoise.scores`. */
  readonly score: number;
  /** What was measured, in a sentence. */
  readonly evidence: string;
}

/** How suspicious each label is, and which are said to be wrong. */
export interface LabelNoise {
  /** By sample; the larger, the more suspicious: the best other class ahead of the label, in chance or as a mean logit. */
  readonly scores: Float64Array;
  /** All samples, the most suspicious first. */
  readonly ranking: Int32Array;
  /** Those that the method says are wrong, the most suspicious first. */
  readonly suspects: readonly Suspect[];
  /**
   * The estimated share of wrong labels. By `margins` it is the share of suspects, which is too large for few features: the threshold is that of
   * samples whose label means nothing, which a simple classifier tells from the others least.
   */
  readonly rate: number;
  /** For `confident`: the estimated share of samples by given label, then true label, in the order of `classes`. */
  readonly joint?: readonly Float64Array[];
  readonly classes: readonly number[];
}

/**
 * Ranks samples by how wrong their labels look to a linear classifier: look at the first ones before you trust a fit. It needs
 * features in which classes are nearly linearly separable (a network's last layer, say): where they are not, hard samples come first,
 * too. For logits of any model over its training, `areaUnderMargin` ranks by the same measure.
 *
 * @param x - the design, `[samples, features]`; columns that do not vary say nothing, and are left out
 * @param y - a label for each sample: at least two different numbers
 * @throws NadirError `linear/…` for samples that cannot be fitted, `labels/folds` where a fold would leave a class without samples,
 *   `labels/method`, `labels/epochs`
 * @see Northcutt, Jiang & Chuang (2021), Confident learning; Pleiss et al. (2020), Identifying mislabeled data using the area under the
 *   margin ranking
 */
export function labelNoise(
  x: DesignMatrix,
  y: ArrayLike<number>,
  options: LabelNoiseOptions = {},
): LabelNoise {
  requireKnownOptions("labelNoise", options, ["method", "folds", "penalty", "epochs", "seed"]);
  const method = requireWord("labels/method", options.method ?? "confident", [
    "confident",
    "margins",
  ]);
  const folds = requireCount("labels/folds", options.folds ?? 5, 2);
  const epochs = requireCount("labels/epochs", options.epochs ?? 20);
  const { penalty = squaredL2(0.01), seed = 0 } = options;
  const data = readLabelled(x, y);
  return method === "confident"
    ? byConfidence(data, folds, penalty, seed)
    : byMargins(data, epochs, seed);
}

interface Data {
  readonly columns: DenseColumns;
  readonly labels: Int32Array;
  readonly names: readonly number[];
}

/** Features that vary, standardized; positions of labels. */
function readLabelled(x: DesignMatrix, y: ArrayLike<number>): Data {
  const design: Design = readDesign(x);
  const values = Float64Array.from(y);
  requireFinite(values, (at) => `y[${at}]`);
  requireOnePerSample(values.length, design.samples);
  const names = [...new Set(values)].sort((a, b) => a - b);
  if (names.length < 2) {
    throw new NadirError("linear/response", `y has ${names.length} different labels`, {
      expected: "at least two classes",
    });
  }
  const prepared = prepareDesign(design, { intercept: true, standardize: true }, true);
  const still = new Set(prepared.constant);
  const used = Array.from({ length: design.features }, (_, j) => j).filter((j) => !still.has(j));
  if (used.length === 0) {
    throw new NadirError("linear/constant-column", "no column varies", {
      expected: "at least one feature that differs between samples",
    });
  }
  const n = design.samples;
  const columns = new Float64Array(n * used.length);
  used.forEach((j, a) => {
    prepared.design.column(j, columns.subarray(a * n, (a + 1) * n));
  });
  const place = new Map(names.map((name, k) => [name, k]));
  return {
    columns: { samples: n, features: used.length, columns },
    labels: Int32Array.from(values, (value) => place.get(value)!),
    names,
  };
}

function byConfidence(data: Data, folds: number, penalty: Penalty, seed: number): LabelNoise {
  const { labels, names } = data;
  const chances = heldOutChances(data, folds, penalty, seed);
  const { joint, counted, thresholds } = confidentLearning(chances, labels, names.length);
  const scores = Float64Array.from(labels, (label, i) => aheadOf(chances[i]!, label));
  const ranking = byScore(scores);
  const suspects = Array.from(ranking)
    .filter((i) => counted[i] !== labels[i])
    .map((i) => {
      const [own, to] = [labels[i]!, counted[i]!];
      return {
        ...{ sample: i, label: names[own]!, suggested: names[to]!, score: scores[i]! },
        evidence: `models that did not see it give ${names[to]} a chance of ${percent(chances[i]![to]!)} (samples so labelled have ${percent(thresholds[to]!)} on average), and its label ${names[own]} one of ${percent(chances[i]![own]!)}`,
      };
    });
  const agreed = joint.reduce((sum, row, k) => sum + row[k]!, 0);
  return { scores, ranking, suspects, rate: Math.max(0, 1 - agreed), joint, classes: names };
}

/** The largest chance of another class less that of the label. */
function aheadOf(row: ArrayLike<number>, label: number): number {
  let best = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < row.length; k++) if (k !== label) best = Math.max(best, row[k]!);
  return best - row[label]!;
}

/** Chances of each class, by sample, from models fitted without it. */
function heldOutChances(
  { columns, labels, names }: Data,
  folds: number,
  penalty: Penalty,
  seed: number,
): readonly Float64Array[] {
  const design = readDesign(columns);
  const order = dealt(labels, names.length, seed);
  const settings = readSettings({ penalty, standardize: false, tolerance: 1e-5 });
  const out: Float64Array[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const held = Int32Array.from(order.filter((_, a) => a % folds === fold));
    const kept = Int32Array.from(order.filter((_, a) => a % folds !== fold)).sort();
    const seen = Int32Array.from(kept, (i) => labels[i]!);
    if (new Set(seen).size < names.length) {
      throw new NadirError("labels/folds", `without fold ${fold}, a label is missing`, {
        expected: "at least two samples of each label",
        hint: "leave out labels that stand once",
      });
    }
    const fit = fitPart({ design: design.rows(kept), labels: seen, classes: names }, settings);
    chancesOf(design.rows(held), fit).forEach((row, a) => {
      out[held[a]!] = row;
    });
  }
  return out;
}

/** All samples in an order in which each label is dealt evenly over the folds. */
function dealt(labels: Int32Array, classes: number, seed: number): number[] {
  const order = Array.from(shuffled(randomStream(seed), labels.length));
  return Array.from({ length: classes }, (_, k) => order.filter((i) => labels[i] === k)).flat();
}

function byMargins({ columns, labels, names }: Data, epochs: number, seed: number): LabelNoise {
  const { samples, features, columns: values } = columns;
  const x = new Float64Array(samples * features);
  for (let j = 0; j < features; j++)
    for (let i = 0; i < samples; i++) x[i * features + j] = values[j * samples + i]!;
  const rows = { samples, width: features, x, labels, classes: names.length };
  const { areas, disagreements, rivals, threshold } = marginsOf(rows, epochs, randomStream(seed));
  const scores = areas.map((area) => -area);
  const ranking = byScore(scores);
  const suspects = Array.from(ranking)
    .filter((i) => areas[i]! <= threshold)
    .map((i) => ({
      ...{ sample: i, label: names[labels[i]!]!, suggested: names[rivals[i]!]!, score: scores[i]! },
      evidence: `over ${epochs} epochs its label ${names[labels[i]!]} was ${areas[i]! < 0 ? "behind" : "ahead of"} the best other class by ${Math.abs(areas[i]!).toPrecision(3)} on average (99 % of samples with a label that means nothing stay below ${threshold.toPrecision(3)}), and behind in ${percent(disagreements[i]!)} of them`,
    }));
  return { scores, ranking, suspects, rate: suspects.length / samples, classes: names };
}

/** Samples by score, the largest first; ties by position. */
const byScore = (scores: Float64Array): Int32Array =>
  Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
