import { cholesky, choleskySolve } from "../../linalg/cholesky.ts";
import { gaussian, randomStream, uniform } from "../../linalg/random.ts";

/** How a function of points in [0, 1]^d is thought to vary: lengths over which it changes, and the noise's variance. */
interface Scales {
  readonly lengths: readonly number[];
  /** As a part of the function's own variance, which is 1. */
  readonly noise: number;
}

/** What is expected at a point, and how uncertain that is. */
export interface Prediction {
  readonly mean: number;
  readonly deviation: number;
}

/** A Gaussian process that has seen some values. */
export interface GaussianProcess {
  readonly scales: Scales;
  predict(x: readonly number[]): Prediction;
}

/** Scales tried when one is fitted. */
const DRAWS = 60;

/**
 * A Gaussian process with a Matérn kernel of smoothness 5/2 and a length of its own for each dimension, fitted to
 * values of mean 0 and variance 1. Scales maximize the log marginal likelihood plus a log-normal prior about
 * 0.5·√d, which keeps few values from naming a dimension irrelevant; they are sought at random, then around the best.
 *
 * @param points - n of them, each of d numbers in [0, 1]
 * @see Rasmussen and Williams 2006, equations 2.25, 2.26, 2.30 and 4.17
 */
export function fitProcess(
  points: readonly (readonly number[])[],
  values: readonly number[],
  seed: number,
): GaussianProcess {
  const d = points[0]?.length ?? 0;
  const random = randomStream(seed, 0x6b);
  const usual = Math.log(0.5 * Math.sqrt(d));
  let best: { scales: Scales; logPosterior: number } | undefined;
  for (let draw = 0; draw < DRAWS; draw++) {
    const near = draw >= DRAWS / 2 ? best?.scales : undefined;
    const scales: Scales = {
      lengths: Array.from({ length: d }, (_, i) => {
        const middle = near === undefined ? usual : Math.log(near.lengths[i] ?? 1);
        return Math.exp(middle + (near === undefined ? 1 : 0.3) * gaussian(random));
      }),
      noise:
        near === undefined
          ? 10 ** (-6 + 5.5 * uniform(random))
          : Math.min(1, near.noise * Math.exp(0.5 * gaussian(random))),
    };
    const prior = scales.lengths.reduce((sum, l) => sum - (Math.log(l) - usual) ** 2 / 2, 0);
    const logPosterior = prior + (posterior(points, values, scales)?.logLikelihood ?? -Infinity);
    if (best === undefined || logPosterior > best.logPosterior) best = { scales, logPosterior };
  }
  const scales = best?.scales ?? { lengths: [], noise: 1 };
  const fitted = posterior(points, values, scales);
  return {
    scales,
    predict: (x) => fitted?.predict(x) ?? { mean: 0, deviation: 1 },
  };
}

function posterior(
  points: readonly (readonly number[])[],
  values: readonly number[],
  { lengths, noise }: Scales,
): { logLikelihood: number; predict: (x: readonly number[]) => Prediction } | undefined {
  const n = points.length;
  const k = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) k[i * n + j] = matern(points[i] ?? [], points[j] ?? [], lengths);
  const l = new Float64Array(n * n);
  // A little more than the noise keeps equal points apart in rounding.
  if (!cholesky(k, n, l, noise + 1e-8)) return undefined;
  const weights = new Float64Array(n);
  choleskySolve(l, n, Float64Array.from(values), weights);
  let logLikelihood = (-n / 2) * Math.log(2 * Math.PI);
  for (let i = 0; i < n; i++) {
    logLikelihood -= 0.5 * (values[i] ?? 0) * (weights[i] ?? 0);
    logLikelihood -= Math.log(l[i * n + i] ?? 1);
  }
  const across = new Float64Array(n);
  const solved = new Float64Array(n);
  return {
    logLikelihood,
    predict: (x) => {
      let mean = 0;
      for (let i = 0; i < n; i++) {
        across[i] = matern(x, points[i] ?? [], lengths);
        mean += (across[i] ?? 0) * (weights[i] ?? 0);
      }
      choleskySolve(l, n, across, solved);
      let explained = 0;
      for (let i = 0; i < n; i++) explained += (across[i] ?? 0) * (solved[i] ?? 0);
      return { mean, deviation: Math.sqrt(Math.max(1e-12, 1 - explained)) };
    },
  };
}

/** The Matérn kernel of smoothness 5/2: Rasmussen and Williams 2006, equation 4.17. */
function matern(a: readonly number[], b: readonly number[], lengths: readonly number[]): number {
  let square = 0;
  for (let i = 0; i < lengths.length; i++)
    square += (((a[i] ?? 0) - (b[i] ?? 0)) / (lengths[i] ?? 1)) ** 2;
  const r = Math.sqrt(5 * square);
  return (1 + r + (r * r) / 3) * Math.exp(-r);
}
