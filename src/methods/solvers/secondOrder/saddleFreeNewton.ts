import { NadirError } from "../../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askHessian, askHvp, type Vector } from "../../../linalg/ask.ts";
import { fromBasis, krylovSpace, tridiagonal } from "../../../linalg/krylov.ts";
import { type SymmetricEigen, symmetricEigen } from "../../../linalg/symmetricEigen.ts";
import { allFinite, distance, dot, norm, normInf } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { stepAlong } from "../escape/negativeCurvatureStep.ts";
import { stallOf } from "../lineSearches/lineSearch.ts";
import { strongWolfe } from "../lineSearches/wolfe.ts";
import type { OracleFeature, Point, Solver, Step } from "../solver.ts";
import {
  findNegativeCurvature,
  type NegativeCurvature,
  negligibleCurvature,
} from "./curvatureSearch.ts";

export interface SaddleFreeNewtonOptions {
  /**
   * `dense`: |H| by the Hessian's eigenvalues, 9n³ work an iteration. `lanczos`: in the gradient's Krylov
   * space, by Hessian-vector products. `auto` (default): dense up to 64 unknowns.
   */
  readonly curvature?: "auto" | "dense" | "lanczos";
  /** Lanczos only: products an iteration. Default 20. */
  readonly products?: number;
  /** Eigenvalues count as at least this part of the largest, in (0, 1). Default 1e-8. */
  readonly floor?: number;
  /** Where ‖∇f‖∞ is at most this, the point is searched for negative curvature first. Default 1e-6. */
  readonly saddleGradient?: number;
}

export interface SaddleFreeNewtonState {
  /** Length of the last step: the scale of a step along negative curvature. */
  lastStep: number;
  /** Iterations in which some curvature was negative. */
  reflected: number;
  /** Steps taken along negative curvature from where the gradient had vanished. */
  escapes: number;
  /** Seed of the next random start. */
  seed: number;
}

const denseUpTo = 64;

/**
 * Saddle-free Newton: the step −|H|⁻¹∇f, where |H| has the absolute values of H's eigenvalues. Along
 * positive curvature that is Newton's step; along negative curvature it is as long but leads away from
 * the saddle. A line search along it, which the paper replaces by a damping chosen from a list.
 *
 * In many unknowns |H| is taken in the Krylov space of the gradient (V, T): −V|T|⁻¹‖∇f‖e₁, which holds
 * the gradient whole. Where the gradient has vanished, which hides a saddle from any such space, the
 * step goes along the leftmost eigenvector if its curvature is negative.
 *
 * Guarantee: never raises the value; leaves strict saddles, also when started on one; quadratic
 * convergence at a regular minimum (dense). The paper proves no global rate.
 * Price an iteration: one Hessian or `products` Hessian-vector products, and usually one gradient; n²
 * numbers or products·n.
 *
 * @throws NadirError `saddleFreeNewton/…` for an option out of range, `saddleFreeNewton/unknown-option`
 * @see Dauphin et al. (2014), Identifying and attacking the saddle point problem in high-dimensional
 * non-convex optimization, algorithm 1
 */
export const saddleFreeNewton = described(
  {
    name: "saddleFreeNewton",
    kind: "solver",
    summary:
      "Newton's step with the absolute values of the Hessian's eigenvalues: away from saddles.",
    guarantee:
      "No step raises the value; it leaves strict saddles, also when started on one; quadratic convergence at a regular minimum with the dense Hessian. The paper proves no global rate.",
    price: {
      iteration:
        "one Hessian and 9n³ multiplications, or 20 Hessian-vector products beyond 64 unknowns, and usually one gradient",
      memory: "2n² numbers, or 20n beyond 64 unknowns",
    },
    source:
      "Dauphin et al. (2014), Identifying and attacking the saddle point problem in high-dimensional non-convex optimization, algorithm 1",
  },
  (options: SaddleFreeNewtonOptions = {}): Solver<SaddleFreeNewtonState> => {
    requireKnownOptions("saddleFreeNewton", options, [
      "curvature",
      "products",
      "floor",
      "saddleGradient",
    ]);
    const { curvature = "auto", saddleGradient = 1e-6 } = options;
    const needs = needsOf(curvature);
    const products = requireCount("saddleFreeNewton/products", options.products ?? 20);
    const open = { open: true };
    const floor = requireInRange("saddleFreeNewton/floor", options.floor ?? 1e-8, [0, 1], open);
    requireInRange("saddleFreeNewton/saddleGradient", saddleGradient, [
      0,
      Number.POSITIVE_INFINITY,
    ]);
    return {
      kind: "solver",
      name: "saddleFreeNewton",
      needs,
      monotone: true,
      init: () => ({ lastStep: 0, reflected: 0, escapes: 0, seed: 0 }),
      *step(point, state) {
        const n = point.x.length;
        const dense = curvature === "dense" || (curvature === "auto" && n <= denseUpTo);
        const vanished = normInf(point.gradient) <= saddleGradient;
        const seen = yield* dense
          ? throughHessian(point, floor)
          : throughProducts(point, floor, products, vanished, state);
        return yield* follow(point, state, seen, vanished);
      },
    };
  },
);

function needsOf(curvature: unknown): readonly OracleFeature[] {
  if (curvature === "auto") return ["value", "gradient", "hessian", "hvp"];
  if (curvature === "dense") return ["value", "gradient", "hessian"];
  if (curvature === "lanczos") return ["value", "gradient", "hvp"];
  throw new NadirError("saddleFreeNewton/curvature", `curvature is ${String(curvature)}`, {
    expected: 'one of "auto", "dense", "lanczos"',
  });
}

/** What an iteration knows of the curvature; undefined if it is not finite. */
interface Seen {
  /** −|H|⁻¹∇f. */
  readonly direction: Vector;
  readonly leftmost: NegativeCurvature | undefined;
  readonly reflected: boolean;
}

/** −|H|⁻¹g from H's eigen-decomposition, eigenvalues counting as at least `floor` of the largest. */
export function saddleFreeDirection(
  { values, vectors }: SymmetricEigen,
  g: Vector,
  floor: number,
): Vector {
  const n = g.length;
  const direction = new Float64Array(n);
  const least = floor * Math.max(Math.abs(values[0]!), Math.abs(values[n - 1]!));
  for (let k = 0; k < n; k++) {
    let along = 0;
    for (let i = 0; i < n; i++) along += vectors[k * n + i]! * g[i]!;
    if (along === 0) continue;
    const size = Math.max(Math.abs(values[k]!), least) || 1;
    for (let i = 0; i < n; i++) {
      direction[i] = direction[i]! - (along / size) * vectors[k * n + i]!;
    }
  }
  return direction;
}

function* throughHessian({ x, gradient }: Point, floor: number): Ask<Seen | undefined> {
  const n = x.length;
  const hessian = yield* askHessian(x);
  if (!allFinite(hessian)) return undefined;
  const eigen = symmetricEigen(hessian, n);
  const smallest = eigen.values[0]!;
  const size = Math.max(Math.abs(smallest), Math.abs(eigen.values[n - 1]!));
  const isNegative = smallest < -negligibleCurvature * size;
  return {
    direction: saddleFreeDirection(eigen, gradient, floor),
    leftmost: isNegative
      ? { direction: eigen.vectors.slice(0, n), curvature: smallest }
      : undefined,
    reflected: isNegative,
  };
}

function* throughProducts(
  { x, gradient }: Point,
  floor: number,
  products: number,
  vanished: boolean,
  state: SaddleFreeNewtonState,
): Ask<Seen | undefined> {
  const n = x.length;
  let leftmost: NegativeCurvature | undefined;
  if (vanished) {
    const search = yield* findNegativeCurvature(x, state.seed++);
    if (!search.finite) return undefined;
    leftmost = search.found;
  }
  if (leftmost !== undefined || normInf(gradient) === 0) {
    return { direction: new Float64Array(n), leftmost, reflected: leftmost !== undefined };
  }
  const apply = (v: Vector): Ask<Vector> => askHvp(x, v);
  const space = yield* krylovSpace(apply, gradient, Math.min(n, products), () => false);
  const k = space.alpha.length;
  if (k === 0) return undefined;
  const eigen = symmetricEigen(tridiagonal(space.alpha, space.beta), k);
  const reduced = new Float64Array(k);
  reduced[0] = norm(gradient);
  const direction = fromBasis(space.basis, saddleFreeDirection(eigen, reduced, floor));
  return { direction, leftmost: undefined, reflected: eigen.values[0]! < 0 };
}

/** The step: along negative curvature where the gradient has vanished, else a line search. */
function* follow(
  point: Point,
  state: SaddleFreeNewtonState,
  seen: Seen | undefined,
  vanished: boolean,
): Ask<Step<SaddleFreeNewtonState>> {
  if (seen === undefined) return { point, state, stepSize: 0, stalled: "non-finite" };
  const { x, gradient } = point;
  const { direction, leftmost } = seen;
  if (seen.reflected) state.reflected++;
  const moved = (next: Point): Step<SaddleFreeNewtonState> => {
    state.lastStep = distance(next.x, x);
    return { point: next, state, stepSize: state.lastStep };
  };
  if (leftmost !== undefined && vanished) {
    const first = Math.max(norm(direction), state.lastStep) || 0.01 * (1 + norm(x));
    const found = yield* stepAlong(point, leftmost.direction, first);
    if (found !== undefined) {
      state.escapes++;
      return moved(found.point);
    }
  }
  const slope = dot(gradient, direction);
  if (slope < 0) {
    const found = yield* strongWolfe(point, direction, slope, 1);
    if (found.point !== undefined) return moved(found.point);
  }
  return { point, state, stepSize: 0, stalled: stallOf(slope, point.value) };
}
