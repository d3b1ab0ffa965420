import { NadirError } from "../base/errors.ts";
import { requireKnownOptions } from "../base/require.ts";
import type { Vector } from "../linalg/ask.ts";
import { allFinite } from "../linalg/vector.ts";

/** A row of numbers: all of them, or those that are not zero. */
export type Coefficients =
  | ArrayLike<number>
  | { readonly indices: ArrayLike<number>; readonly values: ArrayLike<number> };

/** lower ≤ a·x ≤ upper. At least one of `lower`, `upper` and `equals` is given; `equals` stands alone. */
export interface ProgramConstraint {
  /** a: `[n]`, or sparse. */
  readonly coefficients: Coefficients;
  readonly lower?: number;
  readonly upper?: number;
  /** Both at once. */
  readonly equals?: number;
  /** How it is called in verdicts and errors. Default `constraint` and its position. */
  readonly name?: string;
}

/** A linear, quadratic or mixed-integer program: minimize ½xᵀQx + cᵀx + constant over a polyhedron. */
export interface Program {
  readonly minimize: {
    /** c: `[n]`. */
    readonly linear: ArrayLike<number>;
    /** Q: `[n, n]`, symmetric and positive semidefinite. Default: none. */
    readonly quadratic?: readonly ArrayLike<number>[];
    /** Default 0. */
    readonly constant?: number;
  };
  readonly constraints?: readonly ProgramConstraint[];
  /** lower ≤ x ≤ upper: one number for all, or one for each. Default: none, −∞ and ∞. */
  readonly bounds?: {
    readonly lower?: number | ArrayLike<number>;
    readonly upper?: number | ArrayLike<number>;
  };
  /** Positions of the unknowns that must be whole numbers, or true for all. Default: none. */
  readonly integer?: boolean | readonly number[];
}

/** Compressed rows (CSR): row i is at `starts[i]` … `starts[i + 1] − 1`. */
export interface Rows {
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly values: Vector;
}

/** A program as read: every array there, every number checked. */
export interface ReadProgram {
  readonly size: number;
  readonly linear: Vector;
  /** Row-major `[n, n]`. */
  readonly quadratic: Vector | undefined;
  readonly constant: number;
  readonly rows: Rows;
  readonly rowLower: Vector;
  readonly rowUpper: Vector;
  readonly lower: Vector;
  readonly upper: Vector;
  /** Positions, ascending. */
  readonly integer: readonly number[];
  readonly names: readonly string[];
}

/**
 * Reads a program.
 *
 * @throws NadirError `programs/size`, `/not-finite`, `/bounds`, `/integer`, `/constraint`, `/unknown-option`
 */
export function readProgram(program: Program): ReadProgram {
  requireKnownOptions("programs", program, ["minimize", "constraints", "bounds", "integer"]);
  const { minimize, constraints = [], bounds = {}, integer = false } = program;
  if (minimize?.linear === undefined) {
    throw new NadirError("programs/size", "the program has no minimize.linear", {
      expected: "a number for each unknown (zeros, if there is no linear part)",
    });
  }
  requireKnownOptions("programs", minimize, ["linear", "quadratic", "constant"]);
  requireKnownOptions("programs", bounds, ["lower", "upper"]);
  const linear = Float64Array.from(minimize.linear);
  const size = linear.length;
  if (size === 0) {
    throw new NadirError("programs/size", "the program has no unknowns", {
      expected:
        "minimize.linear with a number for each unknown (zeros, if there is no linear part)",
    });
  }
  requireFinite(linear, "minimize.linear");
  const { constant = 0 } = minimize;
  requireFinite([constant], "minimize.constant");
  const lower = boundsOf(bounds.lower ?? Number.NEGATIVE_INFINITY, size, "lower");
  const upper = boundsOf(bounds.upper ?? Number.POSITIVE_INFINITY, size, "upper");
  lower.forEach((low, j) => {
    requireInterval(low, upper[j]!, `unknown ${j}`);
  });
  const limits = constraints.map(limitsOf);
  return {
    ...{ size, linear, constant, lower, upper },
    quadratic: minimize.quadratic && readQuadratic(minimize.quadratic, size),
    rows: readRows(constraints, size),
    rowLower: Float64Array.from(limits, ([low]) => low),
    rowUpper: Float64Array.from(limits, ([, high]) => high),
    integer: readInteger(integer, size),
    names: constraints.map(nameOf),
  };
}

const nameOf = ({ name }: ProgramConstraint, i: number): string => name ?? `constraint ${i}`;

function requireFinite(values: ArrayLike<number>, name: string): void {
  const all = Float64Array.from(values);
  if (allFinite(all)) return;
  const at = all.findIndex((value) => !Number.isFinite(value));
  throw new NadirError("programs/not-finite", `${name} holds ${all[at]} at ${at}`, {
    expected: "finite numbers: only bounds may be infinite",
  });
}

function requireInterval(low: number, high: number, name: string): void {
  if (Number.isNaN(low) || Number.isNaN(high)) {
    throw new NadirError("programs/bounds", `a bound of ${name} is NaN`, {
      expected: "numbers, or ∓Infinity for none",
    });
  }
  const possible = low <= high && low < Number.POSITIVE_INFINITY && high > Number.NEGATIVE_INFINITY;
  if (possible) return;
  throw new NadirError(
    "programs/bounds",
    `${name} has the lower bound ${low} and the upper ${high}`,
    {
      expected: "a lower bound that is at most the upper one",
    },
  );
}

function boundsOf(given: number | ArrayLike<number>, size: number, name: string): Vector {
  if (typeof given === "number") return new Float64Array(size).fill(given);
  requireLength(given.length, size, `bounds.${name}`);
  return Float64Array.from(given);
}

function requireLength(length: number, size: number, name: string): void {
  if (length === size) return;
  throw new NadirError("programs/size", `${name} has ${length} numbers`, {
    expected: `${size}, one for each number in minimize.linear`,
  });
}

function limitsOf(constraint: ProgramConstraint, i: number): readonly [number, number] {
  requireKnownOptions("programs", constraint, ["coefficients", "lower", "upper", "equals", "name"]);
  const { lower, upper, equals } = constraint;
  const name = nameOf(constraint, i);
  if ((equals === undefined) === (lower === undefined && upper === undefined)) {
    throw new NadirError(
      "programs/constraint",
      equals === undefined ? `${name} has no bound` : `${name} has equals and another bound`,
      { expected: "lower, upper or both; or equals alone" },
    );
  }
  const low = equals ?? lower ?? Number.NEGATIVE_INFINITY;
  const high = equals ?? upper ?? Number.POSITIVE_INFINITY;
  requireInterval(low, high, name);
  return [low, high];
}

function readRows(constraints: readonly ProgramConstraint[], size: number): Rows {
  const starts = new Int32Array(constraints.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  constraints.forEach((constraint, i) => {
    const { coefficients } = constraint;
    const name = nameOf(constraint, i);
    if ("indices" in coefficients) {
      const from = { places: Array.from(coefficients.indices), taken: new Set<number>() };
      if (from.places.length !== coefficients.values.length) {
        throw new NadirError(
          "programs/size",
          `${name} has ${from.places.length} indices for ${coefficients.values.length} values`,
          { expected: "one for each" },
        );
      }
      requireFinite(coefficients.values, name);
      from.places.forEach((j, k) => {
        if (!Number.isInteger(j) || j < 0 || j >= size || from.taken.has(j)) {
          throw new NadirError("programs/constraint", `${name} has the index ${j}`, {
            expected: `whole numbers from 0 to ${size - 1}, none of them twice`,
          });
        }
        from.taken.add(j);
        indices.push(j);
        values.push(coefficients.values[k]!);
      });
    } else {
      requireLength(coefficients.length, size, name);
      requireFinite(coefficients, name);
      for (let j = 0; j < size; j++) {
        if (coefficients[j] === 0) continue;
        indices.push(j);
        values.push(coefficients[j]!);
      }
    }
    starts[i + 1] = indices.length;
  });
  return { starts, indices: Int32Array.from(indices), values: Float64Array.from(values) };
}

function readQuadratic(given: readonly ArrayLike<number>[], size: number): Vector {
  requireLength(given.length, size, "minimize.quadratic");
  const q = new Float64Array(size * size);
  given.forEach((row, i) => {
    requireLength(row.length, size, `row ${i} of minimize.quadratic`);
    requireFinite(row, `row ${i} of minimize.quadratic`);
    q.set(Array.from(row), i * size);
  });
  const most = q.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) {
      const [below, above] = [q[i * size + j]!, q[j * size + i]!];
      if (Math.abs(below - above) <= 1e-12 * most) continue;
      throw new NadirError(
        "programs/constraint",
        `minimize.quadratic is not symmetric: ${below} at (${i}, ${j}), ${above} at (${j}, ${i})`,
        { expected: "Q = Qᵀ", hint: "(Q + Qᵀ)/2 gives the same values" },
      );
    }
  }
  return q;
}

function readInteger(given: boolean | readonly number[], size: number): readonly number[] {
  if (typeof given === "boolean") {
    return given ? Array.from({ length: size }, (_, j) => j) : [];
  }
  for (const j of given) {
    if (Number.isInteger(j) && j >= 0 && j < size) continue;
    throw new NadirError("programs/integer", `integer holds ${j}`, {
      expected: `positions of unknowns, from 0 to ${size - 1}`,
    });
  }
  return [...new Set(given)].sort((a, b) => a - b);
}

/** out ← Ax. */
export function rowValues({ starts, indices, values }: Rows, x: Vector): Vector {
  const out = new Float64Array(starts.length - 1);
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let k = starts[i]!; k < starts[i + 1]!; k++) sum += values[k]! * x[indices[k]!]!;
    out[i] = sum;
  }
  return out;
}

/** Aᵀy. */
export function rowSum({ starts, indices, values }: Rows, y: Vector, size: number): Vector {
  const out = new Float64Array(size);
  for (let i = 0; i < y.length; i++) {
    if (y[i] === 0) continue;
    for (let k = starts[i]!; k < starts[i + 1]!; k++) {
      const j = indices[k]!;
      out[j] = out[j]! + y[i]! * values[k]!;
    }
  }
  return out;
}
