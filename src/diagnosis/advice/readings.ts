import type { Evidence, Series, TrialEvidence } from "./evidence.ts";

/** What a loss is compared with: what it is without any knowledge of the features, or else where it began. */
export function scaleOf({ data, start }: Evidence): number {
  const { labels } = data;
  return Math.max(1e-12, labels === undefined ? start.loss : labels.entropy);
}

/** A trial of the run, if it was made and left finite numbers. */
export function trialOf(
  { trials }: Evidence,
  kind: TrialEvidence["kind"],
  factor = 1,
): TrialEvidence | undefined {
  const found = trials.find((trial) => trial.kind === kind && trial.factor === factor);
  return found !== undefined && Number.isFinite(found.after) ? found : undefined;
}

/** How far a trial lowers the loss, in units of the loss's scale; −∞ where there was none. */
export const gainOf = (evidence: Evidence, trial: TrialEvidence | undefined): number =>
  trial === undefined ? Number.NEGATIVE_INFINITY : (trial.before - trial.after) / scaleOf(evidence);

/** The same on held-out rows; where there are none, on the run's own. */
export const heldOutGainOf = (evidence: Evidence, trial: TrialEvidence | undefined): number =>
  trial?.heldOut === undefined
    ? gainOf(evidence, trial)
    : (trial.heldOut.before - trial.heldOut.after) / scaleOf(evidence);

/** The loss at the end in units of its scale; that of the start where there is no end. */
export const leftOf = (evidence: Evidence): number =>
  (evidence.end ?? evidence.start).loss / scaleOf(evidence);

/** Means of a series over equal parts of it. */
export function partsOf({ values }: Series, parts: number): number[] {
  const length = Math.floor(values.length / parts);
  if (length === 0) return [];
  return Array.from({ length: parts }, (_, part) => {
    let sum = 0;
    for (let i = part * length; i < (part + 1) * length; i++) sum += values[i]!;
    return sum / length;
  });
}

/** The largest value of the first part of a series over the first value. */
export function earlyPeak({ values }: Series, part: number): number {
  const count = Math.max(1, Math.floor(part * values.length));
  let peak = 0;
  for (let i = 0; i < count && i < values.length; i++) peak = Math.max(peak, values[i]!);
  const [first = Number.NaN] = Array.from({ length: 1 }, () => values[0] ?? Number.NaN);
  return peak / Math.abs(first);
}

/** The largest and the last rate that the run told. */
export function ratesOf({ run }: Evidence): { readonly largest: number; readonly last: number } {
  const { values } = run.learningRate;
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]!);
  return { largest, last: values[values.length - 1] ?? Number.NaN };
}
