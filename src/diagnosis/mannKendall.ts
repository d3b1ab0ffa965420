import { erf } from "../array/erf.ts";

/** Whether values in a row go down, whatever their distribution. */
export interface MannKendall {
  /** Pairs that rise less pairs that fall, over all pairs: −1 … 1. */
  readonly tau: number;
  /** The standardized statistic, below 0 where values fall. */
  readonly z: number;
  /** How often values without a trend, in an order left to chance, would fall so clearly. */
  readonly fallingP: number;
}

/**
 * The Mann–Kendall test of a falling trend: with S = Σ_{i<j} sgn(xⱼ − xᵢ), z = (S ± 1)/√var S, corrected for continuity and ties.
 * Good from about eight values.
 *
 * @see Mann (1945), Nonparametric tests against trend; Kendall (1975), Rank correlation methods
 */
export function mannKendall(values: readonly number[]): MannKendall {
  const n = values.length;
  let s = 0;
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) s += Math.sign(values[j]! - values[i]!);
  const ties = new Map<number, number>();
  for (const value of values) ties.set(value, (ties.get(value) ?? 0) + 1);
  const part = (t: number): number => t * (t - 1) * (2 * t + 5);
  const variance = ([...ties.values()].reduce((sum, t) => sum - part(t), part(n)) || 0) / 18;
  const z = variance > 0 && s !== 0 ? (s - Math.sign(s)) / Math.sqrt(variance) : 0;
  return {
    tau: n < 2 ? 0 : (2 * s) / (n * (n - 1)),
    z,
    fallingP: (1 + erf(z / Math.SQRT2)) / 2,
  };
}
