/** Numbers as two normal parts. */
export interface TwoNormals {
  /** Whether two parts stand apart: by more than two of their mean deviations, and better than one part by the BIC. */
  readonly isSplit: boolean;
  /** The share of the lower part. */
  readonly lowerShare: number;
  /** The chance that a number belongs to the lower part. Beyond the lower part's mean it does not fall again. */
  readonly lowerChance: (value: number) => number;
}

const rounds = 100;

/**
 * Expectation–maximization for two normal distributions, begun from the lower quarter and the rest.
 *
 * @see Dempster, Laird & Rubin (1977), §4.3; Ashman, Bird & Zepf (1994), Detecting bimodality in astronomical datasets, eq. (1):
 *   D = |μ₁ − μ₂|/√((σ₁² + σ₂²)/2) above 2 where parts stand apart
 */
export function splitInTwo(values: Float64Array): TwoNormals {
  const n = values.length;
  const none = { isSplit: false, lowerShare: 0, lowerChance: () => 0 };
  if (n < 20) return none;
  const whole = momentsOf(values, () => 1);
  if (!(whole.variance > 0)) return none;
  const sorted = values.slice().sort();
  const quarter = sorted[n >> 2]!;
  const floor = 1e-6 * whole.variance;
  let low = momentsOf(values, (value) => (value <= quarter ? 1 : 0));
  let high = momentsOf(values, (value) => (value > quarter ? 1 : 0));
  const chanceOf = (value: number): number => {
    const [a, b] = [densityOf(value, low, floor, n), densityOf(value, high, floor, n)];
    return a + b === 0 ? Number(value < (low.mean + high.mean) / 2) : a / (a + b);
  };
  for (let round = 0; round < rounds; round++) {
    const chances = values.map(chanceOf);
    const next = [
      momentsOf(values, (_, i) => chances[i]!),
      momentsOf(values, (_, i) => 1 - chances[i]!),
    ] as const;
    const moved = Math.abs(next[0].mean - low.mean) + Math.abs(next[1].mean - high.mean);
    [low, high] = next;
    if (moved < 1e-6 * Math.sqrt(whole.variance)) break;
  }
  if (low.mean > high.mean) [low, high] = [high, low];
  let [one, two] = [0, 0];
  for (const value of values) {
    one += Math.log(densityOf(value, whole, floor, n));
    two += Math.log(
      Math.max(densityOf(value, low, floor, n) + densityOf(value, high, floor, n), 1e-300),
    );
  }
  const apart =
    Math.abs(high.mean - low.mean) / Math.sqrt((low.variance + high.variance) / 2 + floor);
  // Three more parameters cost 3/2 ln n.
  const isSplit = apart > 2 && two - one > 1.5 * Math.log(n);
  return {
    isSplit,
    lowerShare: low.weight / n,
    lowerChance: (value) => chanceOf(Math.max(value, low.mean)),
  };
}

interface Moments {
  readonly weight: number;
  readonly mean: number;
  readonly variance: number;
}

function momentsOf(values: Float64Array, weightOf: (value: number, i: number) => number): Moments {
  let [weight, sum, squares] = [0, 0, 0];
  values.forEach((value, i) => {
    const own = weightOf(value, i);
    weight += own;
    sum += own * value;
  });
  const mean = sum / Math.max(weight, 1e-300);
  values.forEach((value, i) => {
    squares += weightOf(value, i) * (value - mean) ** 2;
  });
  return { weight, mean, variance: squares / Math.max(weight, 1e-300) };
}

function densityOf(value: number, { weight, mean, variance }: Moments, floor: number, n: number) {
  const spread = Math.max(variance, floor);
  return (
    ((weight / n) * Math.exp((-0.5 * (value - mean) ** 2) / spread)) /
    Math.sqrt(2 * Math.PI * spread)
  );
}
