import { randomStream, shuffled } from "../linalg/random.ts";

/** Whether two quantities stand in the same order, whatever their scales. */
export interface RankCorrelation {
  /** Kendall's τ_b: pairs in the same order less pairs in the opposite one, corrected for ties. −1 … 1. */
  readonly kendall: number;
  /** How often an order left to chance has a |τ| at least as large: two-sided. */
  readonly kendallP: number;
  /** Spearman's ρ: Pearson's correlation of the ranks, ties sharing their mean. −1 … 1. */
  readonly spearman: number;
  readonly spearmanP: number;
  /** Orders that were looked at: all n! up to n = 8, else 9,999 drawn by the seed. */
  readonly permutations: number;
}

const mostExact = 8;
const drawn = 9_999;

/**
 * Kendall's and Spearman's rank correlations with p-values by permutation: exact up to eight pairs, beyond that
 * (1 + hits)/(1 + draws), which is never too small. Undefined where one of the two is constant: nothing is ordered.
 *
 * Price: n²/2 for each of the permutations.
 *
 * @see Kendall (1945), The treatment of ties in ranking problems; Phipson & Smyth (2010), Permutation p-values should
 *   never be zero
 */
export function rankCorrelation(
  x: readonly number[],
  y: readonly number[],
  seed: number,
): RankCorrelation | undefined {
  const n = x.length;
  const [signsX, signsY] = [signs(x), signs(y)];
  const [untiedX, untiedY] = [untied(signsX), untied(signsY)];
  if (untiedX === 0 || untiedY === 0) return undefined;
  const [ranksX, ranksY] = [centredRanks(signsX, n), centredRanks(signsY, n)];
  // Halves and quarters: both sums are exact, so that equal ones are found equal.
  const concordance = (order: ArrayLike<number>): number => {
    let s = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < i; j++) s += signsX[i * n + j]! * signsY[order[i]! * n + order[j]!]!;
    return s;
  };
  const product = (order: ArrayLike<number>): number =>
    ranksX.reduce((sum, rank, i) => sum + rank * ranksY[order[i]!]!, 0);
  const asGiven = x.map((_, i) => i);
  const [s, r] = [concordance(asGiven), product(asGiven)];
  const exact = n <= mostExact;
  let [permutations, beyondS, beyondR] = exact ? [0, 0, 0] : [0, 1, 1];
  for (const order of exact ? allOrders(n) : drawnOrders(n, seed)) {
    permutations++;
    if (Math.abs(concordance(order)) >= Math.abs(s)) beyondS++;
    if (Math.abs(product(order)) >= Math.abs(r)) beyondR++;
  }
  const cases = exact ? permutations : permutations + 1;
  const square = (ranks: readonly number[]): number => ranks.reduce((sum, v) => sum + v * v, 0);
  return {
    kendall: s / Math.sqrt(untiedX * untiedY),
    kendallP: beyondS / cases,
    spearman: r / Math.sqrt(square(ranksX) * square(ranksY)),
    spearmanP: beyondR / cases,
    permutations,
  };
}

/** sgn(xᵢ − xⱼ), row-major. */
const signs = (x: readonly number[]): Int8Array =>
  Int8Array.from(x.flatMap((a) => x.map((b) => Math.sign(a - b))));

/** Pairs that are no tie. */
const untied = (of: Int8Array): number => of.reduce((sum, sign) => sum + Math.abs(sign), 0) / 2;

/** Ranks less their mean: half of those below less half of those above. */
const centredRanks = (of: Int8Array, n: number): number[] =>
  Array.from(
    { length: n },
    (_, i) => of.subarray(i * n, (i + 1) * n).reduce((sum, sign) => sum + sign, 0) / 2,
  );

/** All n! orders, each from the last by one exchange (Heap, 1963). The same array each time. */
function* allOrders(n: number): Generator<readonly number[]> {
  const order = Array.from({ length: n }, (_, i) => i);
  const count = new Array<number>(n).fill(0);
  yield order;
  for (let i = 1; i < n; ) {
    if (count[i]! >= i) {
      count[i++] = 0;
      continue;
    }
    const j = i % 2 === 0 ? 0 : count[i]!;
    [order[i], order[j]] = [order[j]!, order[i]!];
    count[i]!++;
    yield order;
    i = 1;
  }
}

function* drawnOrders(n: number, seed: number): Generator<ArrayLike<number>> {
  const random = randomStream(seed);
  for (let k = 0; k < drawn; k++) yield shuffled(random, n);
}
