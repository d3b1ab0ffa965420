import type { Vector } from "../../../linalg/ask.ts";
import { gaussian, type RandomStream } from "../../../linalg/random.ts";
import { symmetricEigen } from "../../../linalg/symmetricEigen.ts";
import { norm } from "../../../linalg/vector.ts";
import type { CmaParameters } from "./cmaParameters.ts";

/** One run of CMA-ES, from its first mean to its end: plain data. */
export interface CmaRun {
  readonly parameters: CmaParameters;
  /** Units of the unknowns: the first distribution is N(mean, σ²·diag(unit²)). */
  readonly unit: Vector;
  readonly separable: boolean;
  readonly mean: Vector;
  stepSize: number;
  readonly firstStepSize: number;
  /** C in units of `unit`, row-major; only its diagonal `[n]` if separable. */
  readonly matrix: Vector;
  /** C = B·D²·Bᵀ: row k of `axes` is the k-th column of B. */
  axes: Vector;
  lengths: Vector;
  /** p_σ and p_c. */
  readonly path: Vector;
  readonly matrixPath: Vector;
  generation: number;
  /** The generation of the last decomposition. */
  decomposed: number;
  /** Best values of generations, the newest last. */
  readonly bests: number[];
  readonly medians: number[];
}

/** A draw: where it is, and the step (x − mean)/σ in the matrix's units. */
export interface Offspring {
  readonly x: Vector;
  readonly step: Vector;
}

export function cmaRun(
  parameters: CmaParameters,
  mean: Vector,
  unit: Vector,
  stepSize: number,
  separable: boolean,
): CmaRun {
  const { n } = parameters;
  const matrix = separable ? new Float64Array(n).fill(1) : identity(n);
  return {
    ...{ parameters, unit, separable, stepSize, matrix },
    ...{ firstStepSize: stepSize, mean: mean.slice() },
    axes: separable ? new Float64Array(0) : identity(n),
    lengths: new Float64Array(n).fill(1),
    path: new Float64Array(n),
    matrixPath: new Float64Array(n),
    ...{ generation: 0, decomposed: 0, bests: [], medians: [] },
  };
}

function identity(n: number): Vector {
  const matrix = new Float64Array(n * n);
  for (let i = 0; i < n; i++) matrix[i * n + i] = 1;
  return matrix;
}

/** x = mean + σ·unit·(B·D·z), z ~ N(0, I): eqs. (38) to (40) of the tutorial. */
export function drawOffspring(run: CmaRun, random: RandomStream): Offspring {
  const { mean, unit, stepSize, lengths } = run;
  const z = lengths.map((length) => length * gaussian(random));
  const step = run.separable ? z : fromAxes(run, z);
  return { x: mean.map((m, i) => m + stepSize * unit[i]! * step[i]!), step };
}

/** B·z. */
function fromAxes({ axes }: CmaRun, z: Vector): Vector {
  const n = z.length;
  const out = new Float64Array(n);
  for (let k = 0; k < n; k++)
    for (let i = 0; i < n; i++) out[i] = out[i]! + z[k]! * axes[k * n + i]!;
  return out;
}

/** C^(−1/2)·v = B·D⁻¹·Bᵀ·v. */
function whitened(run: CmaRun, v: Vector): Vector {
  const { axes, lengths, separable } = run;
  if (separable) return v.map((vi, i) => vi / lengths[i]!);
  const n = v.length;
  const along = lengths.map((length, k) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += axes[k * n + i]! * v[i]!;
    return sum / length;
  });
  return fromAxes(run, along);
}

/**
 * One generation's update from its steps, the best first: mean, paths, matrix and step size.
 *
 * @see Hansen (2016), The CMA evolution strategy: a tutorial, eqs. (41) to (47)
 */
export function updateCma(run: CmaRun, ranked: readonly Vector[]): void {
  const { parameters, mean, unit, path, matrixPath } = run;
  const { n, parents, weights, effective, pathRate, matrixPathRate } = parameters;
  const move = new Float64Array(n);
  for (let k = 0; k < parents; k++)
    for (let i = 0; i < n; i++) move[i] = move[i]! + weights[k]! * ranked[k]![i]!;
  for (let i = 0; i < n; i++) mean[i] = mean[i]! + run.stepSize * unit[i]! * move[i]!;
  run.generation++;
  const push = Math.sqrt(pathRate * (2 - pathRate) * effective);
  const white = whitened(run, move);
  for (let i = 0; i < n; i++) path[i] = (1 - pathRate) * path[i]! + push * white[i]!;
  const length = norm(path);
  // h_σ: without it the matrix's path would grow too fast while the step size is still growing.
  const settled = Math.sqrt(1 - (1 - pathRate) ** (2 * run.generation));
  const isCalm = length / settled < (1.4 + 2 / (n + 1)) * parameters.expectedLength;
  const matrixPush = isCalm ? Math.sqrt(matrixPathRate * (2 - matrixPathRate) * effective) : 0;
  for (let i = 0; i < n; i++)
    matrixPath[i] = (1 - matrixPathRate) * matrixPath[i]! + matrixPush * move[i]!;
  updateMatrix(run, ranked, isCalm);
  run.stepSize *= Math.exp(
    Math.min(1, (pathRate / parameters.damping) * (length / parameters.expectedLength - 1)),
  );
}

function updateMatrix(run: CmaRun, ranked: readonly Vector[], isCalm: boolean): void {
  const { matrix, matrixPath, separable } = run;
  const { n, weights, rankOne, rankMu, matrixPathRate } = run.parameters;
  const total = weights.reduce((sum, w) => sum + w, 0);
  const missing = isCalm ? 0 : matrixPathRate * (2 - matrixPathRate);
  const keep = 1 + rankOne * missing - rankOne - rankMu * total;
  // A negative weight is scaled so that C stays positive definite: eq. (46).
  const scaled = weights.map((w, k) =>
    w >= 0 ? w : (w * n) / Math.max(norm(whitened(run, ranked[k]!)) ** 2, Number.MIN_VALUE),
  );
  if (separable) {
    for (let i = 0; i < n; i++) {
      let sum = keep * matrix[i]! + rankOne * matrixPath[i]! ** 2;
      for (let k = 0; k < scaled.length; k++) sum += rankMu * scaled[k]! * ranked[k]![i]! ** 2;
      matrix[i] = sum;
    }
    run.lengths = matrix.map(Math.sqrt);
    return;
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = keep * matrix[i * n + j]! + rankOne * matrixPath[i]! * matrixPath[j]!;
      for (let k = 0; k < scaled.length; k++)
        sum += rankMu * scaled[k]! * ranked[k]![i]! * ranked[k]![j]!;
      matrix[i * n + j] = sum;
      matrix[j * n + i] = sum;
    }
  }
  // Until the matrix has changed by about a tenth the old axes will do: O(n²) a value on average.
  if (run.generation - run.decomposed <= 1 / (10 * n * (rankOne + rankMu))) return;
  const { values, vectors } = symmetricEigen(matrix, n);
  run.axes = vectors;
  run.lengths = values.map((value) => Math.sqrt(Math.max(value, 0)));
  run.decomposed = run.generation;
}

/** Why a run is over. */
export type CmaEnd =
  | "flat values"
  | "small steps"
  | "steps below rounding"
  | "ill-conditioned matrix"
  | "step size exploding"
  | "stagnation"
  | "generation limit";

/**
 * Whether a run is over, by section B.3 of the tutorial.
 *
 * @param values - of the last generation, ascending
 */
export function cmaEnd(run: CmaRun, values: readonly number[]): CmaEnd | undefined {
  const { parameters, bests, medians, stepSize, lengths, mean, unit, matrix, separable } = run;
  const { n, offspring } = parameters;
  bests.push(values[0]!);
  medians.push(values[Math.floor(values.length / 2)]!);
  const window = 10 + Math.ceil((30 * n) / offspring);
  const longest = Math.ceil(0.2 * run.generation + 120 + (30 * n) / offspring);
  if (bests.length > Math.max(longest, window)) {
    bests.shift();
    medians.shift();
  }
  const recent = [...bests.slice(-window), values[0]!, values.at(-1)!];
  const spread = Math.max(...recent) - Math.min(...recent);
  if (run.generation >= window && spread <= 1e-12 * (1 + Math.abs(values[0]!)))
    return "flat values";
  const deviation = (i: number): number => Math.sqrt(separable ? matrix[i]! : matrix[i * n + i]!);
  const reach = unit.map((_, i) => Math.max(Math.abs(run.matrixPath[i]!), deviation(i)));
  if (reach.every((size) => stepSize * size < 1e-12 * run.firstStepSize)) return "small steps";
  if (mean.every((m, i) => m === m + 0.2 * stepSize * unit[i]! * deviation(i)))
    return "steps below rounding";
  const [shortest, most] = [Math.min(...lengths), Math.max(...lengths)];
  if (!(most <= 1e7 * shortest)) return "ill-conditioned matrix";
  if (stepSize * most > 1e4 * run.firstStepSize) return "step size exploding";
  if (hasStagnated(run, longest)) return "stagnation";
  const limit = 100 + (50 * (n + 3) ** 2) / Math.sqrt(offspring);
  return run.generation >= limit ? "generation limit" : undefined;
}

/** Neither bests nor medians of the newest third of the window are below those of its oldest. */
function hasStagnated({ bests, medians, generation }: CmaRun, window: number): boolean {
  if (generation < window || bests.length < window) return false;
  const third = Math.floor(0.3 * bests.length);
  const median = (list: readonly number[]): number =>
    [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)]!;
  return [bests, medians].every(
    (list) => median(list.slice(-third)) >= median(list.slice(0, third)),
  );
}
