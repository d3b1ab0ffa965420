import type { Vector } from "../../linalg/ask.ts";
import { type RandomStream, shuffled } from "../../linalg/random.ts";
import { areaUnderMargin, type MarginRecord } from "./areaUnderMargin.ts";

/** Samples as training sees them: rows of standardized features. */
export interface LabelledRows {
  readonly samples: number;
  readonly width: number;
  /** `[samples, width]`, row-major. */
  readonly x: Vector;
  /** Positions of classes. */
  readonly labels: Int32Array;
  readonly classes: number;
}

const batch = 16;
const momentum = 0.9;

/**
 * Trains a linear classifier by SGD with momentum on the cross entropy, and records the margins after each epoch.
 *
 * @param labels - what it is taught, which may have one class more than the data: that of threshold samples
 */
function trainedMargins(
  { samples: n, width: p, x }: LabelledRows,
  labels: Int32Array,
  classes: number,
  epochs: number,
  random: RandomStream,
): MarginRecord {
  const record = areaUnderMargin(labels, classes);
  const row = p + 1;
  const w = new Float64Array(classes * row);
  const velocity = new Float64Array(classes * row);
  const gradient = new Float64Array(classes * row);
  const chances = new Float64Array(classes);
  const logits = new Float64Array(n * classes);
  // A step is stable below 2 over the curvature, which for unit columns is at most half of the features.
  const rate = 0.2 / Math.max(4, p);
  const logitsOf = (i: number, out: Vector, at: number): void => {
    for (let k = 0; k < classes; k++) {
      let sum = w[k * row + p]!;
      for (let j = 0; j < p; j++) sum += w[k * row + j]! * x[i * p + j]!;
      out[at + k] = sum;
    }
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = shuffled(random, n);
    for (let from = 0; from < n; from += batch) {
      const members = order.subarray(from, Math.min(n, from + batch));
      gradient.fill(0);
      for (const i of members) {
        logitsOf(i, chances, 0);
        const top = chances.reduce(
          (most, value) => Math.max(most, value),
          Number.NEGATIVE_INFINITY,
        );
        let total = 0;
        for (let k = 0; k < classes; k++) total += chances[k] = Math.exp(chances[k]! - top);
        for (let k = 0; k < classes; k++) {
          const slope = (chances[k]! / total - (k === labels[i] ? 1 : 0)) / members.length;
          for (let j = 0; j < p; j++)
            gradient[k * row + j] = gradient[k * row + j]! + slope * x[i * p + j]!;
          gradient[k * row + p] = gradient[k * row + p]! + slope;
        }
      }
      for (let e = 0; e < w.length; e++) {
        velocity[e] = momentum * velocity[e]! - rate * gradient[e]!;
        w[e] = w[e]! + velocity[e]!;
      }
    }
    for (let i = 0; i < n; i++) logitsOf(i, logits, i * classes);
    record.add(logits);
  }
  return record;
}

/** What margins over training say: by sample, and the margin that threshold samples stay below. */
export interface Margins {
  readonly areas: Float64Array;
  readonly disagreements: Float64Array;
  readonly rivals: Int32Array;
  readonly threshold: number;
}

/**
 * Margins of all samples, and a threshold: some samples are given a class of their own that means nothing, and so are mislabelled
 * for certain; their 99th percentile is the threshold. Two trainings, so that each sample is once not among them.
 *
 * @see Pleiss et al. (2020), §3.3
 */
export function marginsOf(data: LabelledRows, epochs: number, random: RandomStream): Margins {
  const { samples: n, labels, classes } = data;
  const order = shuffled(random, n);
  const count = Math.max(2, Math.min(Math.floor(n / 2), Math.floor(n / (classes + 1))));
  const fake: number[] = [];
  const [areas, disagreements] = [new Float64Array(n), new Float64Array(n)];
  const rivals = new Int32Array(n);
  const times = new Float64Array(n);
  for (const chosen of [order.subarray(0, count), order.subarray(count, 2 * count)]) {
    const taught = labels.slice();
    for (const i of chosen) taught[i] = classes;
    const record = trainedMargins(data, taught, classes + 1, epochs, random);
    const [own, off, others] = [record.areas(), record.disagreements(), record.rivals()];
    const set = new Set(chosen);
    for (let i = 0; i < n; i++) {
      if (set.has(i)) {
        fake.push(own[i]!);
        continue;
      }
      areas[i] = areas[i]! + own[i]!;
      disagreements[i] = disagreements[i]! + off[i]!;
      times[i] = times[i]! + 1;
      // The class of threshold samples is no suggestion.
      if (others[i]! < classes) rivals[i] = others[i]!;
      else if (times[i] === 1) rivals[i] = labels[i]!;
    }
  }
  for (let i = 0; i < n; i++) {
    areas[i] = areas[i]! / times[i]!;
    disagreements[i] = disagreements[i]! / times[i]!;
  }
  fake.sort((a, b) => a - b);
  const threshold = fake[Math.min(fake.length - 1, Math.floor(0.99 * fake.length))]!;
  return { areas, disagreements, rivals, threshold };
}
