import type { VerdictKind } from "../../diagnosis/verdict.ts";

/** How one run of one method ended. */
export interface Finish {
  readonly method: string;
  readonly seed: number;
  /** What is ranked by, the lower the better; not finite: the worst. */
  readonly value: number;
  /** In units of one gradient. */
  readonly evaluations: number;
  readonly seconds: number;
  readonly verdict: VerdictKind;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The median of some runs, and order statistics that hold the true median. */
export interface Middle {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** One method's place. */
export interface Place {
  readonly method: string;
  readonly value: Middle;
  readonly evaluations: Middle;
  readonly seconds: Middle;
  /** Seeds for which no other method ended lower. */
  readonly wins: number;
  readonly verdicts: Readonly<Partial<Record<VerdictKind, number>>>;
  readonly finishes: readonly Finish[];
}

/** Values nearer than this, in units of 1 + |f|, are one value: what lies between them is rounding, or luck. */
const tie = 1e-8;

/**
 * The methods in the order of their median values over seeds. A run that diverged, or whose value is not
 * finite, counts as worse than any other; of medians that are one, to 1e-8·(1 + |f|), the one with fewer
 * evaluations stands first.
 */
export function rank(finishes: readonly Finish[]): readonly Place[] {
  const methods = [...new Set(finishes.map(({ method }) => method))];
  const places = methods.map((method): Place => {
    const own = finishes.filter((finish) => finish.method === method);
    const verdicts: Partial<Record<VerdictKind, number>> = {};
    for (const { verdict } of own) verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    const wins = own.filter((finish) =>
      finishes.every((other) => other.seed !== finish.seed || isAsLow(worth(finish), worth(other))),
    );
    return {
      ...{ method, verdicts, wins: wins.length, finishes: own },
      value: middleOf(own.map(worth)),
      evaluations: middleOf(own.map(({ evaluations }) => evaluations)),
      seconds: middleOf(own.map(({ seconds }) => seconds)),
    };
  });
  const order = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
  const byPrice = (a: Place, b: Place): number =>
    order(a.evaluations.median, b.evaluations.median) || order(a.seconds.median, b.seconds.median);
  places.sort((a, b) => order(a.value.median, b.value.median) || byPrice(a, b));
  const ranked: Place[] = [];
  while (places.length > 0) {
    const first = places[0]!.value.median; // the list is not empty
    const count = places.findIndex(({ value }) => !isAsLow(value.median, first));
    ranked.push(...places.splice(0, count < 0 ? places.length : count).sort(byPrice));
  }
  return ranked;
}

/** Whether a value is no higher than another, but for what counts as a tie. */
const isAsLow = (value: number, other: number): boolean =>
  value <= other || value - other <= tie * (1 + Math.abs(other));

/** A diverged trial that reports loss 0 must not win. */
const worth = ({ value, verdict }: Finish): number =>
  Number.isFinite(value) && verdict !== "diverged" ? value : Number.POSITIVE_INFINITY;

/** The median, between the k-th smallest and the k-th largest value, k as large as `coverage` allows. */
export function middleOf(values: readonly number[]): Middle {
  const sorted = [...values].sort((a, b) => (a === b ? 0 : a < b ? -1 : 1));
  const n = sorted.length;
  const at = (i: number): number => sorted[i] ?? Number.NaN;
  const [left, right] = [at(Math.floor((n - 1) / 2)), at(Math.floor(n / 2))];
  const k = orderOf(n);
  return { median: left === right ? left : (left + right) / 2, low: at(k - 1), high: at(n - k) };
}

/** The largest k whose interval still holds the median with 90 %; 1 where none does. */
function orderOf(n: number): number {
  let k = 1;
  while (2 * k + 1 <= n && coverageOf(n, k + 1) >= 0.9) k++;
  return k;
}

/** With what probability the median of a continuous distribution lies between the k-th smallest and the k-th largest of n draws. */
function coverageOf(n: number, k: number): number {
  let term = 0.5 ** n;
  let below = 0;
  for (let i = 0; i < k; i++) {
    below += term;
    term *= (n - i) / (i + 1);
  }
  return Math.max(0, 1 - 2 * below);
}

/** The coverage of `middleOf`'s interval for n values. */
export const coverage = (n: number): number => coverageOf(n, orderOf(n));
