import type { Rows } from "./ratings.ts";
import type { RowSolver } from "./rowSolvers.ts";

/** One side's factors, and how far each row lies above the mean. */
export interface Side {
  /** `[rows, rank]`. */
  readonly factors: Float64Array;
  /** Zeros without biases. */
  readonly biases: Float64Array;
}

export interface HalfStep {
  readonly rows: Rows;
  readonly own: Side;
  readonly other: Side;
  readonly rank: number;
  /** λ of ‖x‖² for a row of `count` entries. */
  strengthOf(count: number): number;
  readonly biases: boolean;
  readonly mean: number;
  readonly solve: RowSolver;
}

/**
 * Half a step of alternating least squares for explicit ratings: each row's factors (and bias) minimize
 * Σ (r − μ − b − c − u·v)² + λ(‖u‖² + b²) with the other side fixed.
 *
 * @see Zhou, Wilkinson, Schreiber & Pan (2008), Large-scale parallel collaborative filtering for the Netflix prize, eq. (4)
 */
export function explicitHalfStep(half: HalfStep): void {
  const { rows, own, other, rank, biases, mean, solve } = half;
  const n = biases ? rank + 1 : rank;
  const matrix = new Float64Array(n * n);
  const vector = new Float64Array(n);
  const x = new Float64Array(n);
  const features = new Float64Array(n).fill(1); // the last is the bias's
  const count = rows.starts.length - 1;
  for (let row = 0; row < count; row++) {
    const [from, to] = [rows.starts[row]!, rows.starts[row + 1]!];
    matrix.fill(0);
    vector.fill(0);
    for (let e = from; e < to; e++) {
      const column = rows.columns[e]!;
      const target = rows.values[e]! - mean - other.biases[column]!;
      const at = column * rank;
      for (let i = 0; i < rank; i++) features[i] = other.factors[at + i]!;
      addOuter(matrix, features, 1, n);
      for (let i = 0; i < n; i++) vector[i] = vector[i]! + target * features[i]!;
    }
    const strength = half.strengthOf(to - from);
    for (let i = 0; i < n; i++) matrix[i * n + i] = matrix[i * n + i]! + strength;
    mirror(matrix, n);
    read(own, row, rank, biases, x);
    solve({ matrix, vector, x, n });
    write(own, row, rank, biases, x);
  }
}

/**
 * The same for implicit feedback: all entries count, the unobserved as 0 with weight 1, the observed as 1 with weight
 * 1 + αr, so that A = VᵀV + Σ αr·vvᵀ + λI.
 *
 * @see Hu, Koren & Volinsky (2008), Collaborative filtering for implicit feedback datasets, eq. (4)
 */
export function implicitHalfStep(
  half: Pick<HalfStep, "rows" | "own" | "other" | "rank" | "solve"> & {
    readonly strength: number;
    readonly confidence: number;
  },
): void {
  const { rows, own, other, rank: n, solve, strength, confidence } = half;
  const gram = gramOf(other.factors, n);
  const row = new Float64Array(n);
  for (let i = 0; i < n; i++) gram[i * n + i] = gram[i * n + i]! + strength;
  const matrix = new Float64Array(n * n);
  const vector = new Float64Array(n);
  const x = new Float64Array(n);
  const count = rows.starts.length - 1;
  for (let k = 0; k < count; k++) {
    matrix.set(gram);
    vector.fill(0);
    for (let e = rows.starts[k]!; e < rows.starts[k + 1]!; e++) {
      const extra = confidence * rows.values[e]!;
      const at = rows.columns[e]! * n;
      for (let i = 0; i < n; i++) row[i] = other.factors[at + i]!;
      addOuter(matrix, row, extra, n);
      for (let i = 0; i < n; i++) vector[i] = vector[i]! + (1 + extra) * row[i]!;
    }
    mirror(matrix, n);
    read(own, k, n, false, x);
    solve({ matrix, vector, x, n });
    write(own, k, n, false, x);
  }
}

/** Σ xxᵀ over rows of n numbers. */
export function gramOf(factors: Float64Array, n: number): Float64Array {
  const gram = new Float64Array(n * n);
  const row = new Float64Array(n);
  for (let at = 0; at < factors.length; at += n) {
    for (let i = 0; i < n; i++) row[i] = factors[at + i]!;
    addOuter(gram, row, 1, n);
  }
  mirror(gram, n);
  return gram;
}

/** The lower triangle of matrix += weight·xxᵀ. */
function addOuter(matrix: Float64Array, x: Float64Array, weight: number, n: number): void {
  for (let i = 0; i < n; i++) {
    const scaled = weight * x[i]!;
    const at = i * n;
    for (let j = 0; j <= i; j++) matrix[at + j] = matrix[at + j]! + scaled * x[j]!;
  }
}

function mirror(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) matrix[j * n + i] = matrix[i * n + j]!;
}

function read(side: Side, row: number, rank: number, biases: boolean, x: Float64Array): void {
  for (let i = 0; i < rank; i++) x[i] = side.factors[row * rank + i]!;
  if (biases) x[rank] = side.biases[row]!;
}

function write(side: Side, row: number, rank: number, biases: boolean, x: Float64Array): void {
  for (let i = 0; i < rank; i++) side.factors[row * rank + i] = x[i]!;
  if (biases) side.biases[row] = x[rank]!;
}
