import type { TypedArray } from "../../array/dtype.ts";
import type { ScoreEvidence } from "../../diagnosis/advice/evidence.ts";

/** The largest entry of a row. */
function largest(values: TypedArray, row: number, width: number): number {
  let best = 0;
  for (let k = 1; k < width; k++)
    if (values[row * width + k]! > values[row * width + best]!) best = k;
  return best;
}

/** Rows add up to 1 to within this. */
const rounding = 1e-3;

/**
 * What scores say, beside what they are to say.
 *
 * @param scores - `[rows, classes]`
 * @param targets - a row of probabilities each
 */
export function scoresOf(
  scores: TypedArray,
  targets: TypedArray,
  classes: number,
): { readonly evidence: ScoreEvidence; readonly labels: Int32Array } {
  const rows = scores.length / classes;
  const labels = new Int32Array(rows);
  const [told, right, each] = [0, 1, 2].map(() => new Float64Array(classes));
  let [square, areProbabilities] = [0, true];
  for (let row = 0; row < rows; row++) {
    const label = largest(targets, row, classes);
    const said = largest(scores, row, classes);
    labels[row] = label;
    told![said] = told![said]! + 1;
    each![label] = each![label]! + 1;
    if (said === label) right![label] = right![label]! + 1;
    let sum = 0;
    for (let k = 0; k < classes; k++) {
      const score = scores[row * classes + k]!;
      sum += score;
      square += score * score;
      if (score < -rounding || score > 1 + rounding) areProbabilities = false;
    }
    if (Math.abs(sum - 1) > rounding) areProbabilities = false;
  }
  const present = Array.from(each!.keys()).filter((k) => each![k]! > 0);
  const recalls = present.map((k) => right![k]! / each![k]!);
  return {
    labels,
    evidence: {
      rms: Math.sqrt(square / scores.length),
      areProbabilities,
      accuracy: right!.reduce((sum, n) => sum + n, 0) / rows,
      predicted: Array.from(told!, (n) => n / rows),
      balancedAccuracy: recalls.reduce((sum, r) => sum + r, 0) / Math.max(1, recalls.length),
    },
  };
}
