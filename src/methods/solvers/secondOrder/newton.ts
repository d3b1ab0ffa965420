import { requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askHessian, type Vector } from "../../../linalg/ask.ts";
import { gillMurray, gillMurraySolve } from "../../../linalg/gillMurray.ts";
import { symmetricEigen } from "../../../linalg/symmetricEigen.ts";
import { allFinite, distance, dot, matrixVector, norm, scale } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { stepAlong } from "../escape/negativeCurvatureStep.ts";
import { stallOf } from "../lineSearches/lineSearch.ts";
import { strongWolfe } from "../lineSearches/wolfe.ts";
import type { Point, Solver, Step } from "../solver.ts";
import { type NegativeCurvature, negligibleCurvature } from "./curvatureSearch.ts";

export interface NewtonOptions {
  /** c₁ of the line search, in (0, ½). Default 1e-4. */
  readonly decrease?: number;
  /** c₂ of the line search, in (c₁, 1). Default 0.9. */
  readonly curvature?: number;
}

export interface NewtonState {
  /** Length of the last step: the scale of a step along negative curvature. */
  lastStep: number;
  /** Iterations in which the Hessian had to be modified. */
  modified: number;
  /** Steps taken along negative curvature. */
  escapes: number;
}

/**
 * Newton's method with a line search: the step s = −(H + E)⁻¹∇f, where E ≥ 0 is the diagonal that the
 * factorization of Gill, Murray & Wright adds where H is not well positive definite. Newton's bare
 * step is drawn to saddles and maxima; this one descends. Where the factorization meets negative
 * curvature that promises more than s, the step goes along it.
 *
 * Guarantee: never raises the value; on smooth functions bounded below with bounded Hessians the
 * gradient converges to 0, quadratically at a regular minimum; it leaves strict saddles, also when started on one.
 * Price an iteration: one Hessian, usually one gradient, n³/3 multiplications; n² numbers. For some
 * hundred unknowns: `newtonCG` and `trustRegion` need no Hessian.
 *
 * @throws NadirError `newton/decrease`, `newton/curvature` outside their ranges; `newton/unknown-option`
 * @see Gill, Murray & Wright (1981), Practical optimization, §4.4.2; Nocedal & Wright (2006), algorithm 3.2
 */
export const newton = described(
  {
    name: "newton",
    kind: "solver",
    summary:
      "Newton's step from a Hessian made positive definite by modified Cholesky, with a line search, or a step along negative curvature.",
    guarantee:
      "No step raises the value; on smooth functions bounded below the gradient goes to 0, quadratically at a regular minimum. It leaves strict saddles, also when started on one.",
    price: {
      iteration: "one Hessian and usually one gradient, n³/3 multiplications",
      memory: "n² numbers",
    },
    source: "Gill, Murray & Wright (1981), Practical optimization, §4.4.2",
  },
  (options: NewtonOptions = {}): Solver<NewtonState> => {
    requireKnownOptions("newton", options, ["decrease", "curvature"]);
    const open = { open: true };
    const decrease = requireInRange("newton/decrease", options.decrease ?? 1e-4, [0, 0.5], open);
    const curvature = requireInRange(
      "newton/curvature",
      options.curvature ?? 0.9,
      [decrease, 1],
      open,
    );
    return {
      kind: "solver",
      name: "newton",
      needs: ["value", "gradient", "hessian"],
      monotone: true,
      init: () => ({ lastStep: 0, modified: 0, escapes: 0 }),
      step: (point, state) => newtonStep(point, state, { decrease, curvature }),
    };
  },
);

function* newtonStep(
  point: Point,
  state: NewtonState,
  wolfe: { readonly decrease: number; readonly curvature: number },
): Ask<Step<NewtonState>> {
  const { x, gradient } = point;
  const n = x.length;
  const hessian = yield* askHessian(x);
  if (!allFinite(hessian)) return { point, state, stepSize: 0, stalled: "non-finite" };
  const units = unitsOf(hessian, n);
  const factored = gillMurray(scaledBoth(hessian, units), n);
  const direction = gradient.map((g, i) => -g * units[i]!);
  gillMurraySolve(factored, direction, direction);
  for (let i = 0; i < n; i++) direction[i] = direction[i]! * units[i]!;
  if (factored.added > 0) state.modified++;
  const moved = (next: Point): Step<NewtonState> => {
    state.lastStep = distance(next.x, x);
    return { point: next, state, stepSize: state.lastStep };
  };

  const slope = dot(gradient, direction);
  const pivot = factored.negative?.map((p, i) => p * units[i]!);
  const leftmost = negativeCurvature(hessian, pivot, gradient);
  if (leftmost !== undefined) {
    const first = Math.max(norm(direction), state.lastStep) || 0.01 * (1 + norm(x));
    const along = dot(gradient, leftmost.direction);
    // Model against model: what each step promises to first and second order.
    if (first * along + 0.5 * first * first * leftmost.curvature < slope) {
      const found = yield* stepAlong(point, leftmost.direction, first);
      if (found !== undefined) {
        state.escapes++;
        return moved(found.point);
      }
    }
  }
  if (slope < 0) {
    const found = yield* strongWolfe(point, direction, slope, 1, wolfe);
    if (found.point !== undefined) return moved(found.point);
  }
  return { point, state, stepSize: 0, stalled: stallOf(slope, point.value) };
}

/**
 * Units in which no entry of the Hessian is large: 1/√max(|hᵢᵢ|, hᵢⱼ²/|hⱼⱼ|). So the factorization, unlike
 * the book's, changes the same matrix whatever the variables are measured in.
 */
function unitsOf(hessian: Vector, n: number): Vector {
  const sizes = Float64Array.from({ length: n }, (_, i) => Math.abs(hessian[i * n + i]!));
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  if (largest === 0) return new Float64Array(n).fill(1);
  return sizes.map((size, i) => {
    let square = Math.max(size, 1e-16 * largest);
    for (let j = 0; j < n; j++) {
      if (sizes[j]! > 1e-16 * largest) {
        square = Math.max(square, hessian[i * n + j]! ** 2 / sizes[j]!);
      }
    }
    return 1 / Math.sqrt(square);
  });
}

/** DHD. */
function scaledBoth(h: Vector, d: Vector): Vector {
  const n = d.length;
  return h.map((entry, k) => entry * d[Math.floor(k / n)]! * d[k % n]!);
}

/**
 * A unit direction of negative curvature that does not climb: the factorization's, or where the gradient
 * has vanished and the factorization shows none, the Hessian's leftmost eigenvector.
 */
function negativeCurvature(
  hessian: Vector,
  pivot: Vector | undefined,
  gradient: Vector,
): NegativeCurvature | undefined {
  const n = gradient.length;
  let direction = pivot;
  if (direction === undefined) {
    if (dot(gradient, gradient) > 0) return undefined;
    const { values, vectors } = symmetricEigen(hessian, n);
    const size = Math.max(Math.abs(values[0]!), Math.abs(values[n - 1]!));
    if (values[0]! >= -negligibleCurvature * size) return undefined;
    direction = vectors.slice(0, n);
  }
  const up = dot(gradient, direction) > 0;
  scale((up ? -1 : 1) / norm(direction), direction);
  const image = new Float64Array(n);
  matrixVector(image, hessian, direction);
  const curvature = dot(direction, image);
  return curvature < 0 ? { direction, curvature } : undefined;
}
