import { tanh } from "../../../../models/layers/activations.ts";
import { dense } from "../../../../models/layers/dense.ts";
import { uniform } from "../../random.ts";
import * as base from "../bases.ts";
import { type Labelled, rowsOf, type Split } from "../data.ts";
import { regression } from "../other.ts";
import { changed, posed, type SuiteCase } from "../suite.ts";
import type { Classifier } from "../training.ts";

const withTrain = (data: Split, how: (train: Labelled) => Labelled): Split => ({
  ...data,
  train: how(data.train),
});

/** Each label drawn anew with this probability, as one of the other classes. */
const flipped =
  (share: number) =>
  ({ data, seed }: Classifier): Partial<Classifier> => {
    const draw = uniform(9000 + seed);
    return {
      data: withTrain(data, (train) => ({
        ...train,
        label: train.label.map((label) =>
          draw() < share
            ? (label + 1 + Math.floor(draw() * (train.classes - 1))) % train.classes
            : label,
        ),
      })),
    };
  };

const shuffledLabels = ({ data, seed }: Classifier): Partial<Classifier> => {
  const draw = uniform(9500 + seed);
  return {
    data: withTrain(data, (train) => {
      const label = train.label.slice();
      for (let i = label.length - 1; i > 0; i--) {
        const j = Math.floor(draw() * (i + 1));
        [label[i], label[j]] = [label[j]!, label[i]!];
      }
      return { ...train, label };
    }),
  };
};

/** Features of train and test multiplied. */
const rescaled =
  (factor: (feature: number) => number) =>
  ({ data }: Classifier): Partial<Classifier> => {
    const of = (set: Labelled): Labelled => ({
      ...set,
      x: set.x.map((value, k) => value * factor(k % set.features)),
    });
    return { data: { train: of(data.train), test: of(data.test) } };
  };

/** Keeps all rows of class 0 and a few of each other. */
const unbalanced =
  (kept: number) =>
  ({ data }: Classifier): Partial<Classifier> => ({
    data: withTrain(data, (train) => {
      const seen = new Int32Array(train.classes);
      const rows = Array.from(train.label.keys()).filter((row) => {
        const label = train.label[row]!;
        seen[label] = seen[label]! + 1;
        return label === 0 || seen[label]! <= kept;
      });
      return rowsOf(train, rows);
    }),
  });

const fewRows =
  (count: number) =>
  ({ data, batchSize }: Classifier): Partial<Classifier> => ({
    data: withTrain(data, (train) =>
      rowsOf(
        train,
        Array.from({ length: count }, (_, i) => i),
      ),
    ),
    batchSize: Math.min(batchSize, count),
  });

const sorted = ({ data }: Classifier): Partial<Classifier> => ({
  shuffle: false,
  data: withTrain(data, (train) =>
    rowsOf(
      train,
      Array.from(train.label.keys()).sort((a, b) => train.label[a]! - train.label[b]!),
    ),
  ),
});

/** What is wrong with the data. */
export const dataFaults: readonly SuiteCase[] = [
  changed("random-labels", base.digits, "labels shuffled", shuffledLabels),
  changed("random-labels", base.planar, "labels shuffled", shuffledLabels),
  changed("random-labels", base.overlapping, "labels shuffled", shuffledLabels),
  changed("label-noise", base.digits, "30 % of labels wrong", flipped(0.3)),
  changed("label-noise", base.planarRelu, "30 % of labels wrong", flipped(0.3)),
  changed(
    "unscaled-features",
    base.overlapping,
    "features scaled by 1, 3, 10 … 300",
    rescaled((j) => [1, 300, 3, 100, 10][j % 5]!),
  ),
  posed("unscaled-features", "regression", "one feature in eight 300 times as large", (seed) =>
    regression(seed, { scale: (j) => (j === 3 ? 300 : 1) }),
  ),
  changed("unscaled-features", base.digits, "pixels from 0 to 255", ({ data }) => ({
    data: {
      train: { ...data.train, x: data.train.x.map((v) => 255 * (v + 1)) },
      test: { ...data.test, x: data.test.x.map((v) => 255 * (v + 1)) },
    },
  })),
  changed(
    "class-imbalance",
    base.overlapping,
    "ten rows each of three classes, all of the fourth",
    unbalanced(4),
  ),
  changed("class-imbalance", base.sigmoidDigits, "three rows each of nine classes", unbalanced(3)),
  changed("overfitting", base.digits, "1200 rows → 60", fewRows(60)),
  changed("overfitting", base.overlapping, "800 rows → 60, 200 units", (healthy) => ({
    ...fewRows(60)(healthy),
    layers: [dense(200), tanh(), dense(4)],
    steps: 600,
  })),
  changed("unshuffled", base.sigmoidDigits, "rows sorted by class, and not shuffled", sorted),
  changed("unshuffled", base.digits, "rows sorted by class, and not shuffled", sorted),
];
