import { randomStream, uniform } from "../../linalg/random.ts";
import { standardScores } from "./bayesian.ts";
import { fitProcess } from "./gaussianProcess.ts";
import { featuresOf, pointAt, type Space } from "./space.ts";
import { lastValue, type Trial } from "./strategy.ts";

/** How much of the values' variance one setting alone accounts for. */
export interface Importance {
  readonly name: string;
  /** In [0, 1]; what settings do together is in none of them. */
  readonly share: number;
}

/** Trials below which nothing is said. */
const FEWEST = 8;
/** Values of a setting, and draws of the others, that its mean is taken over. */
const LEVELS = 16;
const DRAWS = 128;

/**
 * Which settings matter: of a Gaussian process fitted to the trials that were trained whole, each setting's main
 * effect, as a share of the variance over the whole space (a first-order Sobol index).
 *
 * @returns the largest first; empty for fewer than 8 such trials, or if all ended alike
 * @see Hutter, Hoos and Leyton-Brown 2014 (functional ANOVA)
 */
export function importance(space: Space, trials: readonly Trial[], seed = 0): Importance[] {
  const whole = trials.filter(({ measured }) => (measured.at(-1)?.share ?? 0) >= 1 - 1e-9);
  const scores = standardScores(whole.map(lastValue));
  if (whole.length < FEWEST || scores.every((score) => score === scores[0])) return [];
  const points = whole.map(({ settings }) => featuresOf(space, settings));
  const process = fitProcess(points, scores, seed);
  const random = randomStream(seed, 0x1a);
  const draws = Array.from({ length: DRAWS }, () => space.map(() => uniform(random)));
  const at = (unit: readonly number[]): number =>
    process.predict(featuresOf(space, pointAt(space, unit))).mean;
  const all = variance(draws.map(at));
  if (!(all > 0)) return [];
  return space
    .map(({ name }, i) => {
      const means = Array.from({ length: LEVELS }, (_, level) => {
        const place = (level + 0.5) / LEVELS;
        const values = draws.map((draw) => at(draw.map((u, j) => (j === i ? place : u))));
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      });
      return { name, share: Math.min(1, variance(means) / all) };
    })
    .sort((a, b) => b.share - a.share);
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
