import type { Bounds, Vector } from "../../../linalg/ask.ts";
import { lu, luSolve } from "../../../linalg/lu.ts";
import { dot } from "../../../linalg/vector.ts";
import {
  addTimesW,
  type CompactHessian,
  gramOfW,
  rowOfW,
  timesMiddle,
  timesWt,
} from "./compactHessian.ts";

/** The generalized Cauchy point, and c = Wᵀ(xᶜ − x) there. */
export interface CauchyPoint {
  readonly x: Vector;
  readonly c: Vector;
}

/**
 * The first local minimizer of the quadratic model along the projected gradient path P(x − t∇f): a path of
 * straight pieces, one for each unknown that comes to its bound.
 *
 * Price: O(n log n) to order the pieces, 4k² multiplications a piece.
 *
 * @see Byrd, Lu, Nocedal & Zhu (1995), algorithm CP
 */
export function cauchyPoint(
  x: Vector,
  gradient: Vector,
  { lower, upper }: Bounds,
  b: CompactHessian,
): CauchyPoint {
  const n = x.length;
  const cauchy = x.slice();
  const direction = new Float64Array(n);
  const reach = new Float64Array(n);
  const breaks: number[] = [];
  for (let i = 0; i < n; i++) {
    const g = gradient[i]!;
    const bound = g < 0 ? upper[i]! : lower[i]!;
    reach[i] = g === 0 ? Number.POSITIVE_INFINITY : (x[i]! - bound) / g;
    if (reach[i]! <= 0) continue;
    direction[i] = -g;
    if (Number.isFinite(reach[i])) breaks.push(i);
  }
  breaks.sort((i, j) => reach[i]! - reach[j]!);
  const p = timesWt(b, direction);
  const c = new Float64Array(p.length);
  let slope = -dot(direction, direction);
  const first = -b.theta * slope;
  let bend = first - dot(p, timesMiddle(b, p));
  let t = 0;
  for (const i of breaks) {
    const length = reach[i]! - t;
    if (!(-slope / bend >= length)) break;
    const g = gradient[i]!;
    const bound = g < 0 ? upper[i]! : lower[i]!;
    const moved = bound - x[i]!;
    for (let k = 0; k < c.length; k++) c[k] = c[k]! + length * p[k]!;
    const w = rowOfW(b, i, n);
    const mw = timesMiddle(b, w);
    slope += length * bend + g * g + b.theta * g * moved - g * dot(mw, c);
    bend -= b.theta * g * g + 2 * g * dot(mw, p) + g * g * dot(mw, w);
    // The curvature of the remaining pieces is positive: rounding must not make it less.
    bend = Math.max(bend, Number.EPSILON * first);
    for (let k = 0; k < p.length; k++) p[k] = p[k]! + g * w[k]!;
    cauchy[i] = bound;
    direction[i] = 0;
    t = reach[i]!;
  }
  const last = Math.max(0, -slope / bend);
  if (slope < 0) {
    for (let k = 0; k < c.length; k++) c[k] = c[k]! + last * p[k]!;
    t += last;
  }
  for (let i = 0; i < n; i++) if (direction[i] !== 0) cauchy[i] = x[i]! + t * direction[i]!;
  return { x: cauchy, c };
}

/**
 * Where the quadratic model is least over the unknowns that the Cauchy point leaves free, brought back into the
 * box: by projection where that descends, else by shortening the step from the Cauchy point.
 *
 * Price: 8k·n multiplications, and 2k² for each unknown that is free, or at a bound, whichever are fewer.
 *
 * @see Byrd, Lu, Nocedal & Zhu (1995), §5.1, eqs. (5.6)–(5.11); Morales & Nocedal (2011), Remark on algorithm 778, §2
 */
export function subspaceMinimizer(
  x: Vector,
  gradient: Vector,
  { lower, upper }: Bounds,
  b: CompactHessian,
  cauchy: CauchyPoint,
): Vector {
  const n = x.length;
  const isFree = (i: number): boolean => cauchy.x[i]! > lower[i]! && cauchy.x[i]! < upper[i]!;
  // r = Zᵀ(∇f + θ(xᶜ − x) − WMc), with zeros where x is not free.
  const r = new Float64Array(n);
  for (let i = 0; i < n; i++) r[i] = gradient[i]! + b.theta * (cauchy.x[i]! - x[i]!);
  addTimesW(b, timesMiddle(b, cauchy.c), -1, r);
  for (let i = 0; i < n; i++) if (!isFree(i)) r[i] = 0;
  const step = r.map((ri) => -ri / b.theta);
  const v = solveMiddle(b, r, isFree);
  if (v === undefined) return cauchy.x;
  const correction = new Float64Array(n);
  addTimesW(b, v, -1 / b.theta ** 2, correction);
  for (let i = 0; i < n; i++) if (isFree(i)) step[i] = step[i]! + correction[i]!;
  const projected = cauchy.x.map((xi, i) =>
    Math.min(Math.max(xi + step[i]!, lower[i]!), upper[i]!),
  );
  let slope = 0;
  for (let i = 0; i < n; i++) slope += gradient[i]! * (projected[i]! - x[i]!);
  if (slope < 0) return projected;
  let part = 1;
  for (let i = 0; i < n; i++) {
    const room = (step[i]! > 0 ? upper[i]! : lower[i]!) - cauchy.x[i]!;
    if (step[i] !== 0) part = Math.min(part, room / step[i]!);
  }
  return cauchy.x.map((xi, i) => xi + part * step[i]!);
}

/** (I − M(1/θ)WᵀZZᵀW)⁻¹MWᵀr; undefined if that has no inverse. */
function solveMiddle(
  b: CompactHessian,
  r: Vector,
  isFree: (i: number) => boolean,
): Vector | undefined {
  const size = 2 * b.pairs.count;
  const v = timesMiddle(b, timesWt(b, r));
  const gram = gramOfW(b, r.length, isFree);
  const matrix = new Float64Array(size * size);
  const column = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) column[i] = gram[i * size + j]!;
    const product = timesMiddle(b, column);
    for (let i = 0; i < size; i++) {
      matrix[i * size + j] = (i === j ? 1 : 0) - product[i]! / b.theta;
    }
  }
  const pivots = new Int32Array(size);
  if (!lu(matrix, size, pivots)) return undefined;
  luSolve(matrix, size, pivots, v);
  return v;
}
