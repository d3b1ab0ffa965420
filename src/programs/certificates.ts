import type { Highs } from "highs";
import type { Vector } from "../linalg/ask.ts";
import { dot, matrixVector, normInf } from "../linalg/vector.ts";
import { runHighs } from "./highs.ts";
import { type ReadProgram, type Rows, rowSum, rowValues } from "./program.ts";

/** What multipliers prove about a point of a linear or quadratic program. */
export interface Optimality {
  readonly primal: number;
  /** No feasible point has a lower value. */
  readonly dual: number;
  /** Of the rows, in units of one plus the sizes of the numbers that are added up. */
  readonly primalViolation: number;
  /** Of Qx + c = Aᵀy + z with multipliers of the right signs, in the same units. */
  readonly dualViolation: number;
  /** Multipliers of the rows, without those of bounds that are not there. */
  readonly y: Vector;
  /** Multipliers of the bounds of x. */
  readonly z: Vector;
}

/** Qx. */
function quadraticTimes({ quadratic, size }: ReadProgram, x: Vector): Vector {
  const out = new Float64Array(size);
  if (quadratic !== undefined) matrixVector(out, quadratic, x);
  return out;
}

/** ½xᵀQx + cᵀx + constant. */
export const valueAt = (program: ReadProgram, x: Vector): number =>
  0.5 * dot(x, quadraticTimes(program, x)) + dot(program.linear, x) + program.constant;

/**
 * Checks a point and multipliers of rows, trusting neither: z = Qx + c − Aᵀy is what the bounds of x must bear, and
 *
 *     dual = constant − ½xᵀQx + Σ yᵢ·(lower if yᵢ > 0, else upper) + Σ zⱼ·(lower if zⱼ > 0, else upper)
 *
 * is a lower bound of the program wherever these are finite (Q being positive semidefinite).
 *
 * @see Boyd & Vandenberghe (2004), Convex Optimization, §5.2.4
 */
export function checkOptimality(program: ReadProgram, x: Vector, given: Vector): Optimality {
  const { rows, rowLower, rowUpper, linear, size } = program;
  const y = given.map((yi, i) => (Number.isFinite(yi > 0 ? rowLower[i] : rowUpper[i]) ? yi : 0));
  const turned = quadraticTimes(program, x);
  const borne = rowSum(rows, y, size);
  const weights = absoluteSums(program, x, y);
  const z = linear.map((c, j) => turned[j]! + c - borne[j]!);
  let loose = 0; // what unknowns without a bound would have to give back
  let dualViolation = 0;
  const worth = boundsWorth(program, y, z, (zj, j) => {
    loose += zj * x[j]!;
    dualViolation = Math.max(dualViolation, Math.abs(zj) / weights.columns[j]!);
  });
  const dual = program.constant - 0.5 * dot(x, turned) + worth + loose;
  const primalViolation = primalViolationOf(program, x, weights.rows);
  return { primal: valueAt(program, x), dual, primalViolation, dualViolation, y, z };
}

/**
 * Σ yᵢ·(lower if yᵢ > 0, else upper) + Σ zⱼ·(the same), over rows and unknowns.
 *
 * @param unbounded - told of the multipliers z of bounds that there are not, which are left out of the sum
 */
function boundsWorth(
  { rowLower, rowUpper, lower, upper }: ReadProgram,
  y: Vector,
  z: Vector,
  unbounded: (zj: number, j: number) => void,
): number {
  let sum = 0;
  y.forEach((yi, i) => {
    if (yi !== 0) sum += yi * (yi > 0 ? rowLower[i]! : rowUpper[i]!);
  });
  z.forEach((zj, j) => {
    const bound = zj > 0 ? lower[j]! : upper[j]!;
    if (Number.isFinite(bound)) sum += zj * bound;
    else unbounded(zj, j);
  });
  return sum;
}

/** The largest violation of a row or bound, over one plus the sizes of what is added up. */
export function primalViolationOf(
  program: ReadProgram,
  x: Vector,
  weights: Vector = absoluteSums(program, x, new Float64Array(program.rowLower.length)).rows,
): number {
  const { rows, rowLower, rowUpper, lower, upper } = program;
  let most = 0;
  rowValues(rows, x).forEach((value, i) => {
    most = Math.max(
      most,
      (rowLower[i]! - value) / weights[i]!,
      (value - rowUpper[i]!) / weights[i]!,
    );
  });
  x.forEach((xj, j) => {
    most = Math.max(most, lower[j]! - xj, xj - upper[j]!);
  });
  return most;
}

/** 1 + Σⱼ|aᵢⱼxⱼ| for rows, 1 + |cⱼ| + Σᵢ|aᵢⱼyᵢ| + Σₖ|qⱼₖxₖ| for columns: what rounding is relative to. */
function absoluteSums(
  { rows, linear, quadratic, size }: ReadProgram,
  x: Vector,
  y: Vector,
): { readonly rows: Vector; readonly columns: Vector } {
  const absolute: Rows = { ...rows, values: rows.values.map(Math.abs) };
  const columns = rowSum(absolute, y.map(Math.abs), size).map(
    (s, j) => 1 + s + Math.abs(linear[j]!),
  );
  quadratic?.forEach((q, k) => {
    const j = Math.floor(k / size);
    columns[j] = columns[j]! + Math.abs(q * x[k % size]!);
  });
  return { rows: rowValues(absolute, x.map(Math.abs)).map((s) => 1 + s), columns };
}

/** Multipliers that prove that no point satisfies all rows and bounds, and the point that violates them least. */
export interface Infeasibility {
  /** The point within the bounds whose largest violation of a row is least. */
  readonly x: Vector;
  /** Of the rows, then of the bounds: Aᵀy + z = 0, Σ|y| = 1. */
  readonly certificate: Vector;
  /** Every point within the bounds violates some row by at least this; 0 or less proves nothing. */
  readonly violation: number;
  /** Aᵀy + z = 0 up to this, on unknowns without a bound to bear it. */
  readonly error: number;
}

/**
 * The elastic program: minimize t where each row may be violated by t. Its multipliers are Farkas's certificate if
 * t > 0; they are checked, as are those of any other program.
 *
 * @see Chinneck (2008), Feasibility and infeasibility in optimization, §6.1
 */
export function leastViolation(
  highs: Highs,
  program: ReadProgram,
  timeLimit: number,
): Infeasibility {
  const { size, rows, rowLower, rowUpper, lower, upper } = program;
  const parts: { readonly row: number; readonly side: 1 | -1 }[] = [];
  rowLower.forEach((low, row) => {
    if (Number.isFinite(low)) parts.push({ row, side: 1 });
    if (Number.isFinite(rowUpper[row])) parts.push({ row, side: -1 });
  });
  const starts = [0];
  const indices: number[] = [];
  const values: number[] = [];
  for (const { row, side } of parts) {
    for (let k = rows.starts[row]!; k < rows.starts[row + 1]!; k++) {
      indices.push(rows.indices[k]!);
      values.push(side * rows.values[k]!);
    }
    indices.push(size);
    values.push(1);
    starts.push(indices.length);
  }
  const elastic: ReadProgram = {
    ...program,
    size: size + 1,
    linear: Float64Array.from({ length: size + 1 }, (_, j) => (j === size ? 1 : 0)),
    constant: 0,
    quadratic: undefined,
    rows: {
      starts: Int32Array.from(starts),
      indices: Int32Array.from(indices),
      values: Float64Array.from(values),
    },
    rowLower: Float64Array.from(parts, ({ row, side }) =>
      side > 0 ? rowLower[row]! : -rowUpper[row]!,
    ),
    rowUpper: new Float64Array(parts.length).fill(Number.POSITIVE_INFINITY),
    lower: Float64Array.of(...lower, 0),
    upper: Float64Array.of(...upper, Number.POSITIVE_INFINITY),
    integer: [],
  };
  const answer = runHighs(highs, elastic, { feasibility: 1e-10, timeLimit });
  const y = new Float64Array(rowLower.length);
  parts.forEach(({ row, side }, k) => {
    y[row] = y[row]! + side * Math.max(0, answer.y[k] ?? 0);
  });
  return { x: answer.x?.slice(0, size) ?? new Float64Array(size), ...checkFarkas(program, y) };
}

/**
 * Checks Farkas's multipliers of rows, scaled to a sum of sizes of 1: with z = −Aᵀy, no x can meet all constraints if
 * Σ yᵢ·(lower if yᵢ > 0, else upper) + Σ zⱼ·(the same) > 0, where `error`, what bears on unknowns without a bound, is 0.
 */
export function checkFarkas(program: ReadProgram, given: Vector): Omit<Infeasibility, "x"> {
  const total = given.reduce((sum, yi) => sum + Math.abs(yi), 0);
  const y = total > 0 ? given.map((yi) => yi / total) : given;
  const z = rowSum(program.rows, y, program.size).map((s) => -s);
  let error = 0;
  const violation = boundsWorth(program, y, z, (zj) => {
    error = Math.max(error, Math.abs(zj));
  });
  return {
    certificate: Float64Array.of(...y, ...z),
    violation: total > 0 ? violation : 0,
    error,
  };
}

/** A direction along which a feasible point stays feasible and the value falls without end. */
export interface Descent {
  readonly along: Vector;
  /** cᵀd, below 0. */
  readonly slope: number;
  /** How far d leaves the directions in which rows, bounds and ½xᵀQx do not rise. */
  readonly error: number;
}

/** The steepest direction of recession with entries between −1 and 1, or undefined if none descends. */
export function descentForEver(
  highs: Highs,
  program: ReadProgram,
  timeLimit: number,
): Descent | undefined {
  const { size, rows, rowLower, rowUpper, lower, upper, quadratic } = program;
  const low = (bound: number): number => (Number.isFinite(bound) ? 0 : Number.NEGATIVE_INFINITY);
  const high = (bound: number): number => (Number.isFinite(bound) ? 0 : Number.POSITIVE_INFINITY);
  const flat = quadratic === undefined ? 0 : size;
  const starts = [...rows.starts];
  const indices = [...rows.indices];
  const values = [...rows.values];
  for (let i = 0; i < flat; i++) {
    for (let j = 0; j < size; j++) {
      indices.push(j);
      values.push(quadratic![i * size + j]!);
    }
    starts.push(indices.length);
  }
  const zeros = new Float64Array(flat);
  const cone: ReadProgram = {
    ...program,
    constant: 0,
    quadratic: undefined,
    rows: {
      starts: Int32Array.from(starts),
      indices: Int32Array.from(indices),
      values: Float64Array.from(values),
    },
    rowLower: Float64Array.of(...rowLower.map(low), ...zeros),
    rowUpper: Float64Array.of(...rowUpper.map(high), ...zeros),
    lower: lower.map((bound) => Math.max(-1, low(bound))),
    upper: upper.map((bound) => Math.min(1, high(bound))),
    integer: [],
  };
  const along = runHighs(highs, cone, { feasibility: 1e-10, timeLimit }).x;
  if (along === undefined) return undefined;
  const slope = dot(program.linear, along);
  const scale = Math.max(1, normInf(program.linear));
  const error = primalViolationOf(cone, along);
  return slope < -1e-9 * scale && error <= 1e-9 ? { along, slope, error } : undefined;
}
