import type { Vector } from "../../../linalg/ask.ts";
import { lu, luSolve } from "../../../linalg/lu.ts";
import { axpyRow, dotRow, matrixVector } from "../../../linalg/vector.ts";
import { addPair, type CurvaturePairs, clearPairs, curvaturePairs } from "./curvaturePairs.ts";

/**
 * The L-BFGS Hessian of k pairs in compact form: B = θI − WMWᵀ with W = [Y θS], n×2k, and
 * M⁻¹ = [−D Lᵀ; L θSᵀS], where D and L are the diagonal and the strictly lower part of SᵀY. Plain data.
 *
 * @see Byrd, Nocedal & Schnabel (1994), Representations of quasi-Newton matrices, eq. (3.5); Byrd, Lu, Nocedal &
 * Zhu (1995), A limited memory algorithm for bound constrained optimization, eqs. (3.2)–(3.4)
 */
export interface CompactHessian {
  readonly pairs: CurvaturePairs;
  /** sᵢᵀyⱼ, sᵢᵀsⱼ and yᵢᵀyⱼ by the rows of the ring: memory × memory. */
  readonly sy: Vector;
  readonly ss: Vector;
  readonly yy: Vector;
  /** θ: yᵀy/sᵀy of the newest pair; 1 without one. */
  theta: number;
  /** M, 2k × 2k, row-major, at the front. */
  readonly middle: Vector;
  /** Room for the inversion. */
  readonly work: Vector;
  readonly pivots: Int32Array;
}

export function compactHessian(memory: number, n: number): CompactHessian {
  return {
    pairs: curvaturePairs(memory, n),
    sy: new Float64Array(memory * memory),
    ss: new Float64Array(memory * memory),
    yy: new Float64Array(memory * memory),
    theta: 1,
    middle: new Float64Array(4 * memory * memory),
    work: new Float64Array(4 * memory * memory),
    pivots: new Int32Array(2 * memory),
  };
}

/** The ring's rows, oldest pair first. */
const rowsOf = ({ count, next, memory }: CurvaturePairs): number[] =>
  Array.from({ length: count }, (_, i) => (next - count + i + memory) % memory);

/** Forgets all pairs: B = I. */
export function clearCompact(b: CompactHessian): void {
  clearPairs(b.pairs);
  b.theta = 1;
}

/**
 * Takes in the pair of a step. A pair whose curvature is not positive is left out.
 *
 * @returns false if it was left out
 */
export function updateCompact(
  b: CompactHessian,
  x: Vector,
  gradient: Vector,
  newX: Vector,
  newGradient: Vector,
): boolean {
  const { pairs, sy, ss, yy } = b;
  const { memory, s, y } = pairs;
  const n = x.length;
  const row = pairs.next;
  if (!addPair(pairs, x, gradient, newX, newGradient)) return false;
  const newestS = s.subarray(row * n, (row + 1) * n);
  const newestY = y.subarray(row * n, (row + 1) * n);
  for (const other of rowsOf(pairs)) {
    sy[other * memory + row] = dotRow(s, other * n, newestY);
    sy[row * memory + other] = dotRow(y, other * n, newestS);
    ss[other * memory + row] = dotRow(s, other * n, newestS);
    ss[row * memory + other] = ss[other * memory + row]!;
    yy[other * memory + row] = dotRow(y, other * n, newestY);
    yy[row * memory + other] = yy[other * memory + row]!;
  }
  b.theta = yy[row * memory + row]! * pairs.rho[row]!;
  if (!invertMiddle(b)) clearCompact(b);
  return true;
}

/** M from its inverse. @returns whether that could be inverted */
function invertMiddle({ pairs, sy, ss, theta, middle, work, pivots }: CompactHessian): boolean {
  const { memory, count: k } = pairs;
  const size = 2 * k;
  work.fill(0, 0, size * size);
  rowsOf(pairs).forEach((a, i) => {
    work[i * size + i] = -sy[a * memory + a]!;
    rowsOf(pairs).forEach((c, j) => {
      work[(k + i) * size + k + j] = theta * ss[a * memory + c]!;
      if (j >= i) return;
      work[(k + i) * size + j] = sy[a * memory + c]!;
      work[j * size + k + i] = sy[a * memory + c]!;
    });
  });
  if (!lu(work, size, pivots)) return false;
  const column = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    column.fill(0);
    column[j] = 1;
    luSolve(work, size, pivots, column);
    for (let i = 0; i < size; i++) middle[i * size + j] = column[i]!;
  }
  return true;
}

/** W's row of unknown i, `[2k]`. */
export function rowOfW({ pairs, theta }: CompactHessian, i: number, n: number): Vector {
  const { count: k, s, y } = pairs;
  const out = new Float64Array(2 * k);
  rowsOf(pairs).forEach((row, j) => {
    out[j] = y[row * n + i]!;
    out[k + j] = theta * s[row * n + i]!;
  });
  return out;
}

/** WᵀZZᵀW, `[2k, 2k]`, over the unknowns for which `isIn` holds: summed over these or over the others, as are fewer. */
export function gramOfW(b: CompactHessian, n: number, isIn: (i: number) => boolean): Vector {
  const { pairs, theta } = b;
  const { count: k, s, y, memory } = pairs;
  const size = 2 * k;
  const [inside, outside]: [number[], number[]] = [[], []];
  for (let i = 0; i < n; i++) (isIn(i) ? inside : outside).push(i);
  const isFew = inside.length <= outside.length;
  const [few, sign] = isFew ? [inside, 1] : [outside, -1];
  const rows = rowsOf(pairs);
  const columns = [
    ...rows.map((row) => ({ of: y, at: row * n, row, factor: 1 })),
    ...rows.map((row) => ({ of: s, at: row * n, row, factor: theta })),
  ];
  const gram = new Float64Array(size * size);
  columns.forEach((left, a) => {
    columns.slice(0, a + 1).forEach((right, c) => {
      let sum = 0;
      for (const i of few) sum += left.of[left.at + i]! * right.of[right.at + i]!;
      const whole = isFew ? 0 : wholeProduct(b, a >= k, left.row, c >= k, right.row, memory);
      const entry = left.factor * right.factor * (whole + sign * sum);
      gram[a * size + c] = entry;
      gram[c * size + a] = entry;
    });
  });
  return gram;
}

/** The product over all unknowns of two of the vectors y and s. */
function wholeProduct(
  { sy, ss, yy }: CompactHessian,
  isLeftS: boolean,
  left: number,
  isRightS: boolean,
  right: number,
  memory: number,
): number {
  if (isLeftS === isRightS) return (isLeftS ? ss : yy)[left * memory + right]!;
  return isLeftS ? sy[left * memory + right]! : sy[right * memory + left]!;
}

/** Wᵀv, `[2k]`. */
export function timesWt({ pairs, theta }: CompactHessian, v: Vector): Vector {
  const { count: k, s, y } = pairs;
  const out = new Float64Array(2 * k);
  rowsOf(pairs).forEach((row, j) => {
    out[j] = dotRow(y, row * v.length, v);
    out[k + j] = theta * dotRow(s, row * v.length, v);
  });
  return out;
}

/** out ← out + factor·Wc. */
export function addTimesW(
  { pairs, theta }: CompactHessian,
  c: Vector,
  factor: number,
  out: Vector,
): void {
  const { count: k, s, y } = pairs;
  rowsOf(pairs).forEach((row, j) => {
    axpyRow(factor * c[j]!, y, row * out.length, out);
    axpyRow(factor * theta * c[k + j]!, s, row * out.length, out);
  });
}

/** Mc, `[2k]`. */
export function timesMiddle({ middle }: CompactHessian, c: Vector): Vector {
  const out = new Float64Array(c.length);
  matrixVector(out, middle, c);
  return out;
}
