import type { TypedArray } from "../../array/dtype.ts";
import type { DataEvidence } from "../../diagnosis/advice/evidence.ts";
import { randomStream, shuffled } from "../../linalg/random.ts";

/** Nearest others that are asked for their label. */
const neighbours = 10;
/** So many of them with one other label, and at most one with the row's own, contradict it. */
const most = 5;
/** Orders of the labels that tell what agreement is by chance. */
const permutations = 20;
/** Rows compared with each other, at most. */
const mostRows = 400;

/** Features as a matrix, row-major. */
export interface FeatureRows {
  readonly values: TypedArray;
  readonly rows: number;
  readonly width: number;
}

/** Means and deviations of columns. */
function columnsOf({ values, rows, width }: FeatureRows) {
  const [means, deviations] = [new Float64Array(width), new Float64Array(width)];
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < width; j++) means[j] = means[j]! + values[row * width + j]! / rows;
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < width; j++)
      deviations[j] = deviations[j]! + (values[row * width + j]! - means[j]!) ** 2 / rows;
  for (let j = 0; j < width; j++) deviations[j] = Math.sqrt(deviations[j]!);
  return { means, deviations };
}

/** A column varies if its deviation is above this part of its size. */
const stillness = 1e-6;

export function featureFacts(features: FeatureRows): DataEvidence["features"] {
  const { means, deviations } = columnsOf(features);
  const varies = Array.from(deviations.keys()).filter(
    (j) => deviations[j]! > stillness * Math.abs(means[j]!) && deviations[j]! > 0,
  );
  if (varies.length === 0) return undefined;
  const own = varies.map((j) => deviations[j]!).sort((a, b) => a - b);
  let [square, shift] = [0, 0];
  for (let j = 0; j < features.width; j++) {
    square += (means[j]! ** 2 + deviations[j]! ** 2) / features.width;
    shift += means[j]! ** 2 / features.width;
  }
  return {
    count: features.width,
    constant: features.width - varies.length,
    rms: Math.sqrt(square),
    medianDeviation: own[Math.floor(own.length / 2)]!,
    largestDeviation: own[own.length - 1]!,
    offset: shift / square,
  };
}

export function labelFacts(
  features: FeatureRows | undefined,
  labels: Int32Array,
  classes: number,
  seed: number,
): Omit<NonNullable<DataEvidence["labels"]>, "classesOfBatch" | "classesByChance"> {
  const shares = new Float64Array(classes);
  for (const label of labels) shares[label] = shares[label]! + 1 / labels.length;
  const told = {
    classes,
    shares: Array.from(shares),
    entropy: shares.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0),
  };
  const nothing = { agreement: Number.NaN, chance: Number.NaN, chanceError: Number.NaN };
  if (features === undefined || features.rows <= neighbours)
    return { ...told, ...nothing, contradicted: 0 };
  const rows = Math.min(mostRows, features.rows);
  const near = nearest(features, rows);
  const agreementOf = (of: (row: number) => number): number => {
    let same = 0;
    for (let row = 0; row < rows; row++)
      for (let k = 0; k < neighbours; k++) if (of(near[row * neighbours + k]!) === of(row)) same++;
    return same / (rows * neighbours);
  };
  const random = randomStream(seed, 77);
  const byChance = Array.from({ length: permutations }, () => {
    const order = shuffled(random, rows);
    return agreementOf((row) => labels[order[row]!]!);
  });
  const chance = byChance.reduce((sum, a) => sum + a, 0) / permutations;
  const spread = byChance.reduce((sum, a) => sum + (a - chance) ** 2, 0) / (permutations - 1);
  let contradicted = 0;
  const counts = new Int32Array(classes);
  for (let row = 0; row < rows; row++) {
    counts.fill(0);
    for (let k = 0; k < neighbours; k++) {
      const label = labels[near[row * neighbours + k]!]!;
      counts[label] = counts[label]! + 1;
    }
    const own = labels[row]!;
    const mine = counts[own]!;
    counts[own] = 0;
    if (mine <= 1 && Math.max(...counts) >= most) contradicted++;
  }
  return {
    ...told,
    agreement: agreementOf((row) => labels[row]!),
    chance,
    chanceError: Math.sqrt(spread),
    contradicted: contradicted / rows,
  };
}

/** The rows nearest to each of the first rows, by standardized features: `[rows, neighbours]`. */
function nearest(features: FeatureRows, rows: number): Int32Array {
  const { values, width } = features;
  const { means, deviations } = columnsOf({ ...features, rows });
  const used = Array.from(deviations.keys()).filter(
    (j) => deviations[j]! > stillness * Math.abs(means[j]!) && deviations[j]! > 0,
  );
  const size = used.length;
  const scaled = new Float64Array(rows * size);
  for (let row = 0; row < rows; row++)
    used.forEach((j, k) => {
      scaled[row * size + k] = (values[row * width + j]! - means[j]!) / deviations[j]!;
    });
  const found = new Int32Array(rows * neighbours);
  const distances = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let other = 0; other < rows; other++) {
      let sum = other === row ? Infinity : 0;
      for (let k = 0; k < size; k++)
        sum += (scaled[row * size + k]! - scaled[other * size + k]!) ** 2;
      distances[other] = sum;
    }
    const order = Array.from(distances.keys()).sort((a, b) => distances[a]! - distances[b]!);
    for (let k = 0; k < neighbours; k++) found[row * neighbours + k] = order[k]!;
  }
  return found;
}

/**
 * How many classes batches hold, on average.
 *
 * @param labels - of the rows in the order they are visited
 */
export function classesOfBatches(labels: Int32Array, batchSize: number): number {
  const batches = Math.max(1, Math.floor(labels.length / batchSize));
  let sum = 0;
  for (let b = 0; b < batches; b++)
    sum += new Set(labels.subarray(b * batchSize, (b + 1) * batchSize)).size;
  return sum / batches;
}
