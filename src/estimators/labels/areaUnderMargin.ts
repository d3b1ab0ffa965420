import { NadirError } from "../../base/errors.ts";

/** Margins that are added up over a training. */
export interface MarginRecord {
  /** Epochs so far. */
  readonly epochs: number;
  /**
   * The logits of all samples after another epoch.
   *
   * @param logits - `[samples, classes]`, row-major
   * @throws NadirError `labels/logits` for another number of them
   */
  add(logits: ArrayLike<number>): void;
  /** By sample, the mean over epochs of the logit of its label less the largest of the others. */
  areas(): Float64Array;
  /** By sample, the share of epochs in which another class had the larger logit. */
  disagreements(): Float64Array;
  /** By sample, the other class whose logit was the largest most often. */
  rivals(): Int32Array;
}

/**
 * The area under the margin: how far a sample's own label is ahead of the best other one, on average over training. Samples whose label
 * is wrong are pulled back by all that resemble them: theirs is small or negative. For any classifier that gives logits.
 *
 * @param labels - positions of classes, 0 … classes − 1
 * @throws NadirError `labels/labels` for a label that is none
 * @see Pleiss, Zhang, Elenberg & Weinberger (2020), Identifying mislabeled data using the area under the margin ranking, eq. (1), (2)
 */
export function areaUnderMargin(labels: ArrayLike<number>, classes: number): MarginRecord {
  const n = labels.length;
  for (let i = 0; i < n; i++) {
    const label = labels[i]!;
    if (Number.isInteger(label) && label >= 0 && label < classes) continue;
    throw new NadirError("labels/labels", `labels[${i}] is ${label}`, {
      expected: `positions of classes, 0 … ${classes - 1}`,
    });
  }
  const sums = new Float64Array(n);
  const behind = new Float64Array(n);
  const ahead = new Float64Array(n * classes);
  let epochs = 0;
  return {
    get epochs() {
      return epochs;
    },
    add: (logits) => {
      if (logits.length !== n * classes) {
        throw new NadirError("labels/logits", `${logits.length} logits`, {
          expected: `${n} samples × ${classes} classes = ${n * classes}`,
        });
      }
      for (let i = 0; i < n; i++) {
        const label = labels[i]!;
        let rival = label === 0 ? 1 : 0;
        for (let k = 0; k < classes; k++)
          if (k !== label && logits[i * classes + k]! > logits[i * classes + rival]!) rival = k;
        const margin = logits[i * classes + label]! - logits[i * classes + rival]!;
        sums[i] = sums[i]! + margin;
        if (margin < 0) behind[i] = behind[i]! + 1;
        ahead[i * classes + rival] = ahead[i * classes + rival]! + 1;
      }
      epochs++;
    },
    areas: () => sums.map((sum) => sum / Math.max(1, epochs)),
    disagreements: () => behind.map((count) => count / Math.max(1, epochs)),
    rivals: () =>
      Int32Array.from({ length: n }, (_, i) => {
        const own = ahead.subarray(i * classes, (i + 1) * classes);
        return own.indexOf(own.reduce((most, count) => Math.max(most, count), 0));
      }),
  };
}
