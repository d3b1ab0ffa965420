import { requireCount } from "../../base/require.ts";
import { gaussian, randomStream, uniform } from "../../linalg/random.ts";
import type { SettingDefaults } from "../../training/defineTraining.ts";
import { fitProcess, type Prediction } from "./gaussianProcess.ts";
import { drawPoint, featuresOf, pointAt, type Space } from "./space.ts";
import { lastValue, type Strategy, type Trial, wholeTrainings } from "./strategy.ts";

/** Points at which the expected improvement is looked at: most of them anywhere, the others around the best. */
const CANDIDATES = 1000;
const NEARBY = 300;
/** Trials that the process looks at: the best and the newest, for its price grows with their cube. */
const MOST = 150;

/**
 * Bayesian optimization: after a few trials at random, each next one is where a Gaussian process over those done
 * expects the largest improvement. A training that diverged counts as a bad one, and those that still run as what is
 * expected of them.
 *
 * @see Jones, Schonlau and Welch 1998, equation 15 (expected improvement); Ginsbourger et al. 2010 (running trials)
 * @throws NadirError `sweep/trials`
 */
export function bayesian(space: Space, trials: number, seed: number): Strategy {
  requireCount("sweep/trials", trials, 1);
  const atRandom = Math.min(trials, Math.max(4, 2 * space.length));
  return wholeTrainings("bayesian", trials, (number, done) => {
    const told = done.filter(({ status }) => status !== "running");
    const random = randomStream(seed, number);
    if (number < atRandom || told.length < 2) return drawPoint(space, random);
    return mostPromising(space, told, done, seed, number);
  });
}

function mostPromising(
  space: Space,
  told: readonly Trial[],
  done: readonly Trial[],
  seed: number,
  number: number,
): SettingDefaults {
  const seen = worthSeeing(told);
  const points = seen.map(({ settings }) => featuresOf(space, settings));
  const scores = standardScores(seen.map(lastValue));
  let process = fitProcess(points, scores, seed + number);
  const running = done.filter(({ status }) => status === "running");
  if (running.length > 0) {
    const theirs = running.map(({ settings }) => featuresOf(space, settings));
    const expected = theirs.map((x) => process.predict(x).mean);
    process = fitProcess([...points, ...theirs], [...scores, ...expected], seed + number);
  }
  const tried = new Set(done.map(({ settings }) => JSON.stringify(settings)));
  const lowest = Math.min(...scores);
  const random = randomStream(seed, number);
  const best = seen.reduce((a, b) => (lastValue(b) < lastValue(a) ? b : a));
  let found: { settings: SettingDefaults; gain: number } | undefined;
  for (let i = 0; i < CANDIDATES; i++) {
    const unit =
      i < CANDIDATES - NEARBY
        ? space.map(() => uniform(random))
        : unitOf(space, best.settings).map((u) => {
            const isMoved = uniform(random) < 0.7;
            const moved = u + (isMoved ? 0.1 * gaussian(random) : 0);
            return Math.min(1 - 1e-9, Math.max(0, moved));
          });
    const settings = pointAt(space, unit);
    const gain = expectedImprovement(process.predict(featuresOf(space, settings)), lowest);
    // Where the space is finite, what was tried is not tried again while something else is left.
    if (tried.has(JSON.stringify(settings))) continue;
    if (found === undefined || gain > found.gain) found = { settings, gain };
  }
  return found?.settings ?? drawPoint(space, random);
}

/** The best half and the newest half of what a process can look at. */
function worthSeeing(told: readonly Trial[]): readonly Trial[] {
  if (told.length <= MOST) return told;
  const newest = told.slice(-MOST / 2);
  const others = told.slice(0, -MOST / 2).sort((a, b) => lastValue(a) - lastValue(b));
  return [...others.slice(0, MOST / 2), ...newest];
}

/** The numbers in [0, 1) that `pointAt` makes a point from: the middles of what was chosen. */
function unitOf(space: Space, settings: SettingDefaults): number[] {
  let at = 0;
  const features = featuresOf(space, settings);
  return space.map((dimension) => {
    if (dimension.kind === "range") return features[at++] ?? 0.5;
    const own = features.slice(at, at + dimension.values.length);
    at += dimension.values.length;
    return (own.indexOf(1) + 0.5) / dimension.values.length;
  });
}

/**
 * How far below `lowest` a normal variable of this mean and deviation is expected to fall, E max(lowest − Y, 0).
 *
 * @see Jones, Schonlau and Welch 1998, equation 15
 */
export function expectedImprovement({ mean, deviation }: Prediction, lowest: number): number {
  const z = (lowest - mean) / deviation;
  return deviation * (z * normalBelow(z) + Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI));
}

/**
 * Values as a process sees them: of mean 0 and variance 1, and none further above the median than the lowest is
 * below it, half as much again. How bad a bad training was, or that it diverged, tells nothing of where good ones are.
 */
export function standardScores(values: readonly number[]): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const finite = sorted.filter((value) => Number.isFinite(value));
  const [lowest = 0] = finite;
  const middle = finite[Math.floor((finite.length - 1) / 2)] ?? lowest;
  const highest = middle + 1.5 * (middle - lowest);
  const capped = values.map((value) => Math.min(Number.isNaN(value) ? Infinity : value, highest));
  const mean = capped.reduce((sum, value) => sum + value, 0) / capped.length;
  const variance = capped.reduce((sum, value) => sum + (value - mean) ** 2, 0) / capped.length;
  const deviation = Math.sqrt(variance) || 1;
  return capped.map((value) => (value - mean) / deviation);
}

/** P(Z < z) for a standard normal Z, within 7.5e-8: Abramowitz and Stegun 1964, 26.2.17. */
function normalBelow(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * series;
  return z >= 0 ? 1 - tail : tail;
}
