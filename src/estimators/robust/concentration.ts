import type { Vector } from "../../linalg/ask.ts";
import { below, type RandomStream, shuffled } from "../../linalg/random.ts";
import { leastSquaresOn, type Rows, residualsOf } from "./rows.ts";

/** A candidate: coefficients, and the samples that they fit best. */
export interface Candidate {
  readonly w: Vector;
  /** ½ of the mean square of the `kept` smallest residuals. */
  readonly objective: number;
  /** The objective after each step. */
  readonly history: readonly number[];
  /** A step changes nothing any more. */
  readonly settled: boolean;
}

/** The positions of the h smallest |residuals|, ascending; ties by position. */
export function smallest(residuals: Vector, h: number): Int32Array {
  const order = Int32Array.from(residuals.keys());
  order.sort((a, b) => Math.abs(residuals[a]!) - Math.abs(residuals[b]!) || a - b);
  return order.slice(0, h).sort();
}

/**
 * Concentration steps: least squares on the h samples that the last coefficients fit best. The objective never rises, and there are
 * finitely many subsets, so that it settles.
 *
 * @see Rousseeuw & Van Driessen (2006), Computing LTS regression for large data sets, theorem 1
 */
function concentrate(rows: Rows, start: Vector, h: number, steps: number): Candidate {
  const residuals = new Float64Array(rows.samples);
  let w = start;
  let kept = smallest(residualsOf(rows, w, residuals), h);
  let objective = meanOf(residuals, kept);
  const history = [objective];
  for (let step = 0; step < steps; step++) {
    const next = leastSquaresOn(rows, kept);
    const chosen = smallest(residualsOf(rows, next, residuals), h);
    const value = meanOf(residuals, chosen);
    const same = chosen.every((i, k) => i === kept[k]);
    // Least squares of the same subset again: only rounding could differ.
    if (value <= objective || same) {
      w = next;
      objective = value;
      history.push(value);
    }
    if (same || !(value < history.at(-2)!)) return { w, objective, history, settled: true };
    kept = chosen;
  }
  return { w, objective, history, settled: false };
}

function meanOf(residuals: Vector, kept: Int32Array): number {
  let sum = 0;
  for (const i of kept) sum += residuals[i]! ** 2;
  return sum / (2 * kept.length);
}

/** Samples above which starts are made on parts of the data. */
const large = 600;
/** Candidates that are followed to the end. */
const followed = 10;

/**
 * FAST-LTS: many starts from as many random samples as there are coefficients, two concentration steps each; the ten best are followed
 * until they settle. Of many samples, the starts are made on up to five parts of about 300, and their best go on to all.
 *
 * @see Rousseeuw & Van Driessen (2006), §3.3
 */
export function fastTrimmed(
  rows: Rows,
  h: number,
  starts: number,
  random: RandomStream,
): readonly Candidate[] {
  const { samples, width } = rows;
  const first =
    samples <= large
      ? startsOn(rows, h, starts, random)
      : partsOf(rows, random).flatMap((part) =>
          startsOn(part, Math.ceil((h * part.samples) / samples), Math.ceil(starts / 5), random),
        );
  const all = samples <= large ? first : first.map(({ w }) => concentrate(rows, w, h, 2));
  const best = [...all].sort((a, b) => a.objective - b.objective).slice(0, followed);
  // All samples' least squares, too: the answer where there are no outliers.
  const plain = leastSquaresOn(
    rows,
    Array.from({ length: samples }, (_, i) => i),
  );
  const ends = [...best.map(({ w }) => w), plain].map((w) =>
    concentrate(rows, w, h, 100 + 10 * width),
  );
  return ends.sort((a, b) => a.objective - b.objective);
}

function startsOn(rows: Rows, h: number, starts: number, random: RandomStream): Candidate[] {
  const { samples, width } = rows;
  const tried = Array.from({ length: starts }, () => {
    const members = new Set<number>();
    while (members.size < width) members.add(below(random, samples));
    return concentrate(rows, leastSquaresOn(rows, [...members]), h, 2);
  });
  return tried.sort((a, b) => a.objective - b.objective).slice(0, followed);
}

/** Disjoint parts of about 300 samples, five at most. */
function partsOf(rows: Rows, random: RandomStream): Rows[] {
  const { samples, width, x, y } = rows;
  const count = Math.min(5, Math.floor(samples / 300));
  const size = Math.min(300, Math.floor(samples / count));
  const order = shuffled(random, samples);
  return Array.from({ length: count }, (_, k) => {
    const own = order.subarray(k * size, (k + 1) * size);
    const part = new Float64Array(size * width);
    own.forEach((i, a) => {
      part.set(x.subarray(i * width, (i + 1) * width), a * width);
    });
    return { ...rows, samples: size, x: part, y: Float64Array.from(own, (i) => y[i]!) };
  });
}

/** C(n, h), or infinity if above the limit. */
export function subsetsUpTo(n: number, h: number, limit: number): number {
  let count = 1;
  for (let k = 1; k <= Math.min(h, n - h); k++) {
    count = (count * (n - k + 1)) / k;
    if (count > limit) return Number.POSITIVE_INFINITY;
  }
  return Math.round(count);
}

/** The least objective over all subsets of h samples, each by least squares. */
export function leastOverSubsets(rows: Rows, h: number): Candidate {
  const { samples } = rows;
  const chosen = Int32Array.from({ length: h }, (_, k) => k);
  let best: { readonly w: Vector; readonly objective: number } | undefined;
  for (;;) {
    const w = leastSquaresOn(rows, chosen);
    const residuals = residualsOf(rows, w, new Float64Array(samples));
    const objective = meanOf(residuals, chosen);
    if (best === undefined || objective < best.objective) best = { w, objective };
    let k = h - 1;
    while (k >= 0 && chosen[k] === samples - h + k) k--;
    if (k < 0) break;
    chosen[k] = chosen[k]! + 1;
    for (let a = k + 1; a < h; a++) chosen[a] = chosen[a - 1]! + 1;
  }
  return concentrate(rows, best.w, h, 100);
}
