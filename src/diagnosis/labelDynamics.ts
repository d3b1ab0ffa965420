import { splitInTwo } from "./twoNormals.ts";

/** What is kept of each example over a training: `[rows]` each, whatever the number of classes. */
export interface LabelRecord {
  /** Measurements so far. */
  readonly epochs: number;
  /** Sums over measurements: of the logit of the label less the largest other, and of −log p of the label. */
  readonly margins: Float64Array;
  readonly losses: Float64Array;
  /** Measurements at which another class was ahead. */
  readonly behind: Float64Array;
  /** Times that it was learned, and wrong at the next measurement. */
  readonly forgotten: Float64Array;
  /** 1 if the label was ahead at the last measurement. */
  readonly wasRight: Float64Array;
  /** The other class that was ahead of others most often, if one was at most measurements; and its lead in votes. */
  readonly rival: Float64Array;
  readonly votes: Float64Array;
}

/** The parts of a record that a snapshot keeps. */
export const labelRecordParts = [
  ...(["margins", "losses", "behind", "forgotten", "wasRight", "rival", "votes"] as const),
] as const;

export function newLabelRecord(rows: number): LabelRecord {
  const parts = labelRecordParts.map((name) => [name, new Float64Array(rows)] as const);
  return { epochs: 0, ...Object.fromEntries(parts) } as LabelRecord; // one entry for each part
}

/**
 * The record with another measurement.
 *
 * @param logits - `[rows, classes]`, row-major
 * @param labels - `[rows]`, classes from 0
 */
export function addLogits(
  record: LabelRecord,
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
): LabelRecord {
  const { margins, losses, behind, forgotten, wasRight, rival, votes } = record;
  const classes = logits.length / labels.length;
  for (let i = 0; i < labels.length; i++) {
    const from = i * classes;
    const label = labels[i]!;
    let other = label === 0 ? 1 : 0;
    for (let k = 0; k < classes; k++)
      if (k !== label && logits[from + k]! > logits[from + other]!) other = k;
    const own = logits[from + label]!;
    const margin = own - logits[from + other]!;
    const top = Math.max(own, logits[from + other]!);
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp(logits[from + k]! - top);
    margins[i] = margins[i]! + margin;
    losses[i] = losses[i]! + top + Math.log(total) - own;
    const right = margin > 0 ? 1 : 0;
    behind[i] = behind[i]! + 1 - right;
    if (wasRight[i] === 1 && right === 0) forgotten[i] = forgotten[i]! + 1;
    wasRight[i] = right;
    // Boyer and Moore's vote.
    if (votes[i] === 0) rival[i] = other;
    votes[i] = votes[i]! + (rival[i] === other ? 1 : -1);
  }
  return { ...record, epochs: record.epochs + 1 };
}

/** An example whose label is probably wrong. */
export interface LabelSuspect {
  /** Its row in the training data. */
  readonly row: number;
  readonly label: number;
  /** The class that was ahead instead, at most measurements. */
  readonly suggested: number;
  /** The mean over epochs of the label's logit less the best other. */
  readonly margin: number;
  readonly loss: number;
  /** The share of epochs in which another class was ahead, and how often it was learned and lost again. */
  readonly behind: number;
  readonly forgotten: number;
  /** The chance that it belongs to the part of examples with the lower margins. */
  readonly chance: number;
}

/** Which labels look wrong after a training in which the margins of examples were watched. */
export interface LabelReport {
  /** The rows that were looked at, the most suspicious first: by mean margin. */
  readonly ranking: Int32Array;
  /** Those that are said to be wrong, the most suspicious first. */
  readonly suspects: readonly LabelSuspect[];
  /** Their share among the rows looked at. */
  readonly rate: number;
  /** Whether mean margins fall into two parts; where they do not, no label is suspected. */
  readonly isSplit: boolean;
  readonly epochs: number;
  readonly rows: number;
}

/**
 * Which labels are wrong, by how their examples were learned: wrong labels are pulled back by all that look alike, so their margins
 * stay low, they are learned late and lost again. Ranked by the area under the margin (AUM). Mean margins are split into two normal
 * parts; suspects belong to the lower rather than to the upper, and were behind another class in at least half of the epochs.
 *
 * @param rows - the row of each example in the data
 * @see Pleiss et al. (2020), Identifying mislabeled data using the area under the margin ranking; Toneva et al. (2019), An empirical
 *   study of example forgetting; Arazo et al. (2019), Unsupervised label noise modeling and loss correction (two parts by their losses)
 */
export function labelReport(
  record: LabelRecord,
  labels: ArrayLike<number>,
  rows: ArrayLike<number>,
): LabelReport {
  const count = Math.max(1, record.epochs);
  const margins = record.margins.map((sum) => sum / count);
  const order = Int32Array.from(margins.keys()).sort((a, b) => margins[a]! - margins[b]! || a - b);
  const { isSplit, lowerChance } = splitInTwo(margins);
  const suspects = Array.from(order)
    .map((i) => ({
      ...{ row: rows[i]!, label: labels[i]!, suggested: record.rival[i]! },
      ...{ margin: margins[i]!, loss: record.losses[i]! / count },
      ...{ behind: record.behind[i]! / count, forgotten: record.forgotten[i]! },
      chance: lowerChance(margins[i]!),
    }))
    .filter(({ chance, behind }) => isSplit && chance > 0.5 && behind >= 0.5);
  return {
    ranking: order.map((i) => rows[i]!),
    ...{ suspects, isSplit, epochs: record.epochs, rows: labels.length },
    rate: labels.length === 0 ? 0 : suspects.length / labels.length,
  };
}
