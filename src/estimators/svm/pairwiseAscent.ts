import type { Vector } from "../../linalg/ask.ts";
import { type BoxDual, type DualSolver, evaluate, feasible } from "./boxDual.ts";
import type { KernelRows } from "./kernelRows.ts";
import { newtonSteps, take } from "./newtonStep.ts";

/** Steps between two looks at which variables may be left out. */
const shrinkEvery = 1000;

/** A dual on its way up. */
interface Ascent {
  readonly dual: BoxDual;
  readonly rows: KernelRows;
  readonly a: Vector;
  /** ∂dual/∂aᵢ = yᵢ − (Ka)ᵢ − ridgeᵢaᵢ; kept up to date where active. */
  readonly g: Vector;
  /** Positions of the variables that take part: the first `count`. */
  readonly active: Int32Array;
  count: number;
  /** Sum of |active| over all steps: what they cost. */
  work: number;
}

/**
 * Sequential minimal optimization: two variables at a time, the first the steepest, the second the one with which the
 * quadratic model gains most; one alone where the bias is no free one and their sum need not stay. Variables that stay at a bound are left out for a while (shrinking), and where
 * few are free, Newton steps among them end the solve.
 *
 * Price of a step: two rows of the kernel matrix, from the cache where they are there, and some n multiplications.
 *
 * @see Fan, Chen & Lin (2005), Working set selection using second order information for training SVM, WSS 2; Platt (1998), Sequential
 *   minimal optimization; Joachims (1999), Making large-scale SVM learning practical, §4 (shrinking)
 */
export function pairwiseAscent(rows: KernelRows): DualSolver {
  const n = rows.size;
  return {
    size: n,
    diagonal: rows.diagonal,
    solve: (dual, start, { tolerance, maxSweeps }) => {
      const a = feasible(dual, start);
      const active = Int32Array.from({ length: n }, (_, i) => i);
      const ascent: Ascent = { dual, rows, a, g: new Float64Array(n), active, count: n, work: 0 };
      refresh(ascent, 0);
      const f = new Float64Array(n);
      const look = () => {
        for (let i = 0; i < n; i++) f[i] = dual.signs[i]! - ascent.g[i]! - dual.ridge[i]! * a[i]!;
        return evaluate(dual, a, f);
      };
      let ended = look();
      const good = (): boolean => ended.gap <= tolerance * Math.abs(ended.primal);
      const budget = maxSweeps * n * n;
      // Steps no finer than rounding lets slopes be known to.
      for (let epsilon = 0.03; !good() && epsilon > 1e-14 && ascent.work < budget; ) {
        ascend(ascent, epsilon, budget);
        if (ascent.count < n) {
          refresh(ascent, ascent.count);
          ascent.count = n;
          if (violation(ascent) > epsilon && ascent.work < budget) continue;
        }
        ended = look();
        if (good()) break;
        if (newton(ascent)) ended = look();
        epsilon *= 0.2;
      }
      return { a, f, ...ended, sweeps: Math.ceil(ascent.work / (n * n)) };
    },
  };
}

/** Computes the slopes of the variables from position `from` on anew. */
function refresh({ dual, rows, a, g, active }: Ascent, from: number): void {
  const n = a.length;
  for (let k = from; k < n; k++) {
    const i = active[k]!;
    g[i] = dual.signs[i]! - dual.ridge[i]! * a[i]!;
  }
  for (let j = 0; j < n; j++) {
    if (a[j] === 0) continue;
    const row = rows.row(j);
    const value = a[j]!;
    for (let k = from; k < n; k++) {
      const i = active[k]!;
      g[i] = g[i]! - value * row[i]!;
    }
  }
}

/** The steepest way up of a variable that can rise, and of one that can fall (as a slope). */
function extremes({ dual, a, g, active, count }: Ascent): readonly [up: number, down: number] {
  const { low, high } = dual;
  let up = Number.NEGATIVE_INFINITY;
  let down = Number.POSITIVE_INFINITY;
  for (let k = 0; k < count; k++) {
    const i = active[k]!;
    if (a[i]! < high[i]! && g[i]! > up) up = g[i]!;
    if (a[i]! > low[i]! && g[i]! < down) down = g[i]!;
  }
  return [up, down];
}

/** By how much the optimality conditions are missed, as a difference of slopes. */
function violation(ascent: Ascent): number {
  const [up, down] = extremes(ascent);
  return ascent.dual.freeBias ? up - down : Math.max(up, -down, 0);
}

function ascend(ascent: Ascent, epsilon: number, budget: number): void {
  const step = ascent.dual.freeBias ? pairStep : singleStep;
  const n = ascent.a.length;
  const period = Math.min(n, shrinkEvery);
  for (let left = period; ascent.work < budget; left--) {
    if (left === 0) {
      shrink(ascent);
      left = period;
    }
    if (!step(ascent, epsilon)) return;
    ascent.work += ascent.count;
  }
}

/** Moves a pair against each other; false where no pair violates the conditions by more than ε. */
function pairStep({ dual, rows, a, g, active, count }: Ascent, epsilon: number): boolean {
  const { low, high, ridge } = dual;
  const { diagonal } = rows;
  // Numbers in statements of their own: of a destructured list V8 may keep boxed ones, one for each assignment.
  let up = Number.NEGATIVE_INFINITY;
  let first = -1;
  for (let k = 0; k < count; k++) {
    const i = active[k]!;
    const slope = g[i]!;
    if (slope > up && a[i]! < high[i]!) {
      up = slope;
      first = i;
    }
  }
  if (first < 0) return false;
  const row = rows.row(first);
  const own = diagonal[first]! + ridge[first]!;
  let down = Number.POSITIVE_INFINITY;
  let second = -1;
  let best = 0;
  let curvature = 1;
  for (let k = 0; k < count; k++) {
    const i = active[k]!;
    if (a[i]! <= low[i]!) continue;
    const slope = g[i]!;
    if (slope < down) down = slope;
    const rise = up - slope;
    if (rise <= 0) continue;
    // Two samples in one place: as in LIBSVM, a little curvature.
    const bend = Math.max(own + diagonal[i]! + ridge[i]! - 2 * row[i]!, 1e-12);
    const gain = (rise * rise) / bend;
    if (gain > best) {
      best = gain;
      second = i;
      curvature = bend;
    }
  }
  if (second < 0 || up - down <= epsilon) return false;
  const wanted = (up - g[second]!) / curvature;
  const step = Math.min(wanted, high[first]! - a[first]!, a[second]! - low[second]!);
  take(a, first, step, low[first]!, high[first]!);
  take(a, second, -step, low[second]!, high[second]!);
  const other = rows.row(second);
  for (let k = 0; k < count; k++) {
    const i = active[k]!;
    g[i] = g[i]! - step * (row[i]! - other[i]!);
  }
  g[first] = g[first]! - ridge[first]! * step;
  g[second] = g[second]! + ridge[second]! * step;
  return true;
}

/** Moves the variable that gains most by itself; false where none violates the conditions by more than ε. */
function singleStep(ascent: Ascent, epsilon: number): boolean {
  const { dual, rows, a, g, active, count } = ascent;
  const { low, high, ridge } = dual;
  let best = 0;
  let chosen = -1;
  let by = 0;
  let worst = 0;
  for (let k = 0; k < count; k++) {
    const i = active[k]!;
    const slope = g[i]!;
    const room = slope > 0 ? high[i]! - a[i]! : low[i]! - a[i]!;
    if (room === 0) continue;
    worst = Math.max(worst, Math.abs(slope));
    const bend = rows.diagonal[i]! + ridge[i]!;
    const whole = slope / Math.max(bend, 1e-12);
    const step = Math.abs(whole) < Math.abs(room) ? whole : room;
    const gain = step * (slope - 0.5 * bend * step);
    if (gain > best) {
      best = gain;
      chosen = i;
      by = step;
    }
  }
  if (chosen < 0 || worst <= epsilon) return false;
  take(a, chosen, by, low[chosen]!, high[chosen]!);
  const row = rows.row(chosen);
  for (let k = 0; k < count; k++) {
    const i = active[k]!;
    g[i] = g[i]! - by * row[i]!;
  }
  g[chosen] = g[chosen]! - ridge[chosen]! * by;
  return true;
}

/** Leaves out variables at a bound whose slope pushes them against it, more than any that could move pulls. */
function shrink(ascent: Ascent): void {
  const { dual, a, g, active } = ascent;
  let [up, down] = extremes(ascent);
  if (!dual.freeBias) [up, down] = [Math.max(up, -down), -Math.max(up, -down)];
  let kept = 0;
  for (let k = 0; k < ascent.count; k++) {
    const i = active[k]!;
    const settled = (a[i] === dual.high[i] && g[i]! > up) || (a[i] === dual.low[i] && g[i]! < down);
    if (settled) continue;
    // Swap: those left out stand behind.
    active[k] = active[kept]!;
    active[kept] = i;
    kept++;
  }
  ascent.count = kept;
}

/** Newton steps among the free variables; whether any was taken. All variables must be active. */
function newton({ dual, rows, a, g }: Ascent): boolean {
  const { ridge, freeBias } = dual;
  return newtonSteps(a, dual, {
    part: (members) => {
      const m = members.length;
      const matrix = new Float64Array(m * m);
      for (let k = 0; k < m; k++) {
        const row = rows.row(members[k]!);
        for (let l = 0; l <= k; l++) matrix[k * m + l] = row[members[l]!]!;
        matrix[k * m + k] = matrix[k * m + k]! + ridge[members[k]!]!;
      }
      const slopes = Float64Array.from(members, (i) => g[i]!);
      return { matrix, slopes, total: freeBias ? 0 : undefined };
    },
    moved: (i, step) => {
      const row = rows.row(i);
      for (let t = 0; t < a.length; t++) g[t] = g[t]! - step * row[t]!;
      g[i] = g[i]! - ridge[i]! * step;
    },
  });
}
