import { studentTPoint, studentTTails } from "../linalg/studentT.ts";

/** What a figure changed by from one group of runs to another, as far as their seeds can tell. */
export interface MeasuredDifference {
  /** Of the second group's mean beyond the first's; of the pairs alone where they are paired. */
  readonly mean: number;
  /** The 95 % interval is `mean` ± this; undefined where there are too few seeds for one. */
  readonly halfWidth: number | undefined;
  /** How probable a difference as large is if there is none: two-sided; undefined as `halfWidth`. */
  readonly p: number | undefined;
  /** Pairs of runs of one seed; or, unpaired, the runs of the smaller group. */
  readonly seeds: number;
  /** Whether the runs were compared seed by seed, which takes out what a seed does to both. */
  readonly paired: boolean;
}

/** Values by seed; runs without a seed count as ones of seeds of their own. */
export type BySeed = ReadonlyMap<number | string, number>;

/**
 * The difference of two groups of runs. Two seeds or more that both have are compared pair by pair
 * (paired t-test); else the groups as they are (Welch's t-test). A single pair has no interval.
 *
 * @see Welch (1947), The generalization of "Student's" problem …, Biometrika 34
 */
export function differenceBetween(first: BySeed, second: BySeed): MeasuredDifference | undefined {
  if (first.size === 0 || second.size === 0) return undefined;
  const common = [...first.keys()].filter((seed) => second.has(seed));
  const differences = common.map((seed) => (second.get(seed) ?? 0) - (first.get(seed) ?? 0));
  const [a, b] = [[...first.values()], [...second.values()]];
  if (common.length >= 2) return { ...paired(differences), seeds: common.length, paired: true };
  const seeds = Math.min(a.length, b.length);
  if (seeds >= 2) return { ...welch(a, b), seeds, paired: false };
  const mean = common.length === 1 ? differences[0]! : meanOf(b) - meanOf(a);
  return { mean, halfWidth: undefined, p: undefined, seeds: 1, paired: common.length === 1 };
}

type Interval = Pick<MeasuredDifference, "mean" | "halfWidth" | "p">;

function paired(differences: readonly number[]): Interval {
  const n = differences.length;
  return interval(meanOf(differences), Math.sqrt(varianceOf(differences) / n), n - 1);
}

function welch(a: readonly number[], b: readonly number[]): Interval {
  const [u, v] = [varianceOf(a) / a.length, varianceOf(b) / b.length];
  const degrees = (u + v) ** 2 / (u ** 2 / (a.length - 1) + v ** 2 / (b.length - 1));
  return interval(meanOf(b) - meanOf(a), Math.sqrt(u + v), degrees);
}

function interval(mean: number, error: number, degrees: number): Interval {
  // Without any spread the difference is what it is.
  if (error === 0) return { mean, halfWidth: 0, p: mean === 0 ? 1 : 0 };
  return {
    mean,
    halfWidth: error * studentTPoint(0.05, degrees),
    p: studentTTails(mean / error, degrees),
  };
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function varianceOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
}
