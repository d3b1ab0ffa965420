import type { Vector } from "../linalg/ask.ts";
import { nonNegativeCombination } from "../linalg/nonNegativeCombination.ts";
import { besideRows, leastNormSolution, orthonormalRows } from "../linalg/orthonormalRows.ts";
import { norm } from "../linalg/vector.ts";
import type { ConstraintSet, Violation } from "../methods/constraints/constraint.ts";
import type { CompiledConstraints } from "./constraintFunctions.ts";

/** Gauss–Newton steps back to feasibility at most. */
const restorations = 8;

/** The constraints that act near a point: their positions, gradients, and the multipliers that explain ∇f. */
interface Active {
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
    return { positions, normals, multipliers, equalities: own.equalities };
  };
  return {
    project: (x) => {
      let at = x;
      for (let k = 0; k < restorations; k++) {
        const values = own.values(at);
        const violated = [...values.keys()].filter((i) => i < own.equalities || values[i]! > 0);
        const off = violated.map((i) => -values[i]!);
        if (off.every((value) => Math.abs(value) < 1e-14)) break;
        const basis = orthonormalRows(
          rowsAt(own.jacobian(at), violated, x.length),
          violated.length,
          x.length,
        );
        const step = leastNormSolution(basis, off, x.length);
        at = at.map((xi, i) => xi + step[i]!);
      }
      return at === x ? x.slice() : at;
    },
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
      const { positions, normals, multipliers, equalities } = activeAt(x, gradient);
      const holds = positions.map((_, k) => k < equalities || multipliers[k]! > weak);
      const strong = [...positions.keys()].filter((k) => holds[k]);
      const basis = orthonormalRows(rowsAt(normals, strong, n), strong.length, n);
      const all = new Float64Array(own.names.length);
      for (const k of strong) all[positions[k]!] = multipliers[k]!;
      return {
        held: strong.map((k) => ({
          name: own.names[positions[k]!]!,
          multiplier: multipliers[k]!,
        })),
        touching: positions.filter((_, k) => !holds[k]).map((i) => own.names[i]!),
        dimension: n - basis.rank,
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

function rowsAt(matrix: Vector, rows: readonly number[], n: number): Vector {
  const out = new Float64Array(rows.length * n);
  rows.forEach((row, k) => {
    out.set(matrix.subarray(row * n, (row + 1) * n), k * n);
  });
  return out;
}
