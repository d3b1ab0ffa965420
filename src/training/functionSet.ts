import type { Vector } from "../linalg/ask.ts";
import { nonNegativeCombination } from "../linalg/nonNegativeCombination.ts";
import { besideRows, leastNormSolution, orthonormalRows } from "../linalg/orthonormalRows.ts";
import { singularValueDecomposition } from "../linalg/svd.ts";
import { norm } from "../linalg/vector.ts";
import type { ConstraintSet, Independence, Violation } from "../methods/constraints/constraint.ts";
import type { CompiledConstraints } from "./constraintFunctions.ts";

/** Gauss–Newton steps back to feasibility at most. */
const restorations = 8;

/** The constraints that act near a point: their positions, gradients, and the multipliers that explain ∇f. */
interface Active {
  /** Of all constraints. */
  readonly values: Vector;
  readonly positions: readonly number[];
  /** Row-major `[positions, n]`. */
  readonly normals: Vector;
  readonly multipliers: Vector;
  /** How many of them are equalities. */
  readonly equalities: number;
}

/**
 * The set {x : c(x) = 0, d(x) ≤ 0} as verdicts see sets. Its projected gradient is ∇f + Σ λᵢ∇cᵢ over the active
 * constraints with the multipliers that make it smallest, those of inequalities not below 0; its curvature that of
 * the Lagrangian on their tangent space. `project` goes back by Gauss–Newton steps: near, not nearest.
 *
 * @param slack - an inequality above −slack·max(1, ‖x‖₂) counts as active
 * @see Nocedal & Wright (2006), Numerical Optimization, theorems 12.1, 12.5 and 12.6
 */
export function functionSet(own: CompiledConstraints, slack: number): ConstraintSet {
  const activeAt = (x: Vector, gradient: Vector): Active => {
    const n = x.length;
    const values = own.values(x);
    const threshold = -slack * Math.max(1, norm(x));
    const positions = [...values.keys()].filter(
      (i) => i < own.equalities || values[i]! >= threshold,
    );
    const normals = rowsAt(own.jacobian(x), positions, n);
    const force = gradient.map((gi) => -gi);
    const multipliers = nonNegativeCombination(normals, positions.length, force, own.equalities);
    return { values, positions, normals, multipliers, equalities: own.equalities };
  };
  /** Gauss–Newton steps until equalities, those that `holds` and violated inequalities are 0. */
  const restored = (x: Vector, holds: (i: number) => boolean): Vector => {
    let at = x;
    for (let k = 0; k < restorations; k++) {
      const values = own.values(at);
      const wanted = [...values.keys()].filter(
        (i) => i < own.equalities || values[i]! > 0 || holds(i),
      );
      const off = wanted.map((i) => -values[i]!);
      if (off.every((value) => Math.abs(value) < 1e-14)) break;
      const basis = orthonormalRows(
        rowsAt(own.jacobian(at), wanted, x.length),
        wanted.length,
        x.length,
      );
      const step = leastNormSolution(basis, off, x.length);
      at = at.map((xi, i) => xi + step[i]!);
    }
    return at === x ? x.slice() : at;
  };
  return {
    project: (x) => restored(x, () => false),
    residual: (x) => violationOf(own, x).size,
    projectedGradient: (x, gradient) => {
      const { positions, multipliers } = activeAt(x, gradient);
      const all = new Float64Array(own.names.length);
      positions.forEach((i, k) => {
        all[i] = multipliers[k]!;
      });
      const pulled = own.pullback(x, all);
      return gradient.map((gi, i) => gi + pulled[i]!);
    },
    face: (x, gradient, weak) => {
      const n = x.length;
      const { values, positions, normals, multipliers, equalities } = activeAt(x, gradient);
      const holds = positions.map((_, k) => k < equalities || multipliers[k]! > weak);
      const strong = [...positions.keys()].filter((k) => holds[k]);
      const weakly = [...positions.keys()].filter((k) => !holds[k]);
      const isHeld = new Set(strong.map((k) => positions[k]!));
      const basis = orthonormalRows(rowsAt(normals, strong, n), strong.length, n);
      const all = new Float64Array(own.names.length);
      for (const k of strong) all[positions[k]!] = multipliers[k]!;
      return {
        held: strong.map((k) => ({
          name: own.names[positions[k]!]!,
          multiplier: multipliers[k]!,
        })),
        touching: weakly.map((k) => own.names[positions[k]!]!),
        normals: weakly.map((k) => normals.slice(k * n, (k + 1) * n)),
        independence: independenceOf(normals, positions.length, n),
        slack: strong
          .filter((k) => k >= equalities)
          .reduce((sum, k) => sum + Math.abs(multipliers[k]! * values[positions[k]!]!), 0),
        dimension: n - basis.rank,
        retract: (y) => restored(y, (i) => isHeld.has(i)),
        tangent: (v) => besideRows(basis, v),
        bend: (v) => own.product(x, all, v),
      };
    },
    violation: (x) => violationOf(own, x),
  };
}

function violationOf(own: CompiledConstraints, x: Vector): Violation {
  const values = own.values(x);
  const off = values.map((value, i) => (i < own.equalities ? value : Math.max(0, value)));
  let worst = 0;
  off.forEach((value, i) => {
    if (Math.abs(value) > Math.abs(off[worst]!)) worst = i;
  });
  const size = Math.abs(off[worst] ?? 0);
  const length = norm(off);
  const rows = own.jacobian(x);
  const steepness = off.reduce((sum, value, i) => {
    const row = rows.subarray(i * x.length, (i + 1) * x.length);
    return sum + Math.abs(value) * Math.max(1, norm(row));
  }, 0);
  return {
    size,
    worst: own.names[worst] ?? "",
    slope: steepness === 0 ? 0 : norm(own.pullback(x, off)) / steepness,
    certificate: length === 0 ? off : off.map((value) => value / length),
  };
}

/** Rows beyond this many: their singular values are not computed. */
const singularValuesUpTo = 100;

/** The rank of the active gradients, by their part beside those before them, and how near they are to a smaller one. */
function independenceOf(normals: Vector, count: number, n: number): Independence {
  const { rank } = orthonormalRows(normals, count, n);
  if (count === 0 || count > Math.min(n, singularValuesUpTo)) return { gradients: count, rank };
  const { values } = singularValueDecomposition(normals, count, n);
  return { gradients: count, rank, smallestSingularValue: values[count - 1]! };
}

function rowsAt(matrix: Vector, rows: readonly number[], n: number): Vector {
  const out = new Float64Array(rows.length * n);
  rows.forEach((row, k) => {
    out.set(matrix.subarray(row * n, (row + 1) * n), k * n);
  });
  return out;
}
