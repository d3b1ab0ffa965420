import type { Vector } from "../../../linalg/ask.ts";

/** The constants of CMA-ES for n unknowns and λ offspring. */
export interface CmaParameters {
  readonly n: number;
  /** λ, offspring in a generation. */
  readonly offspring: number;
  /** μ, of them with a positive weight. */
  readonly parents: number;
  /** w₁ ≥ … ≥ w_λ: the first μ sum to 1; the others are negative (0 for separable matrices). */
  readonly weights: Vector;
  /** μ_eff, the variance-effective number of parents. */
  readonly effective: number;
  /** c_σ and d_σ of the step size's path. */
  readonly pathRate: number;
  readonly damping: number;
  /** c_c of the matrix's path. */
  readonly matrixPathRate: number;
  /** c₁ and c_μ. */
  readonly rankOne: number;
  readonly rankMu: number;
  /** E‖N(0, I)‖. */
  readonly expectedLength: number;
}

/**
 * The default constants, by table 1 of the tutorial; for separable matrices c₁ and c_μ are (n + 2)/3 times as
 * large, because there is so much less to learn.
 *
 * @see Hansen (2016), The CMA evolution strategy: a tutorial, eqs. (49) to (58); Ros & Hansen (2008), A simple
 * modification in CMA-ES achieving linear time and space complexity, section 3
 */
export function cmaParameters(n: number, offspring: number, separable: boolean): CmaParameters {
  const parents = Math.floor(offspring / 2);
  const raw = Float64Array.from(
    { length: offspring },
    (_, i) => Math.log((offspring + 1) / 2) - Math.log(i + 1),
  );
  const sum = (values: Vector): number => values.reduce((total, w) => total + w, 0);
  const massOf = (values: Vector): number =>
    sum(values) ** 2 / values.reduce((total, w) => total + w * w, 0);
  const [positive, negative] = [raw.subarray(0, parents), raw.subarray(parents)];
  const effective = massOf(positive);
  const faster = separable ? (n + 2) / 3 : 1;
  const rankOne = Math.min(1, (faster * 2) / ((n + 1.3) ** 2 + effective));
  const rankMu = Math.min(
    1 - rankOne,
    (faster * 2 * (0.25 + effective + 1 / effective - 2)) / ((n + 2) ** 2 + effective),
  );
  const negativeMass = massOf(negative);
  const size = Math.min(
    1 + rankOne / rankMu,
    1 + (2 * negativeMass) / (effective + 2),
    (1 - rankOne - rankMu) / (n * rankMu),
  );
  const negativeSum = -sum(negative);
  const pathRate = (effective + 2) / (n + effective + 5);
  return {
    ...{ n, offspring, parents, effective, pathRate, rankOne, rankMu },
    weights: raw.map((w, i) =>
      i < parents
        ? w / sum(positive)
        : separable || negativeSum === 0
          ? 0
          : (size * w) / negativeSum,
    ),
    damping: 1 + 2 * Math.max(0, Math.sqrt((effective - 1) / (n + 1)) - 1) + pathRate,
    matrixPathRate: (4 + effective / n) / (n + 4 + (2 * effective) / n),
    expectedLength: Math.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n)),
  };
}
