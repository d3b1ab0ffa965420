import { assertNever } from "../../../base/assert.ts";
import { NadirError } from "../../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askGradient, type Evaluation, type Vector } from "../../../linalg/ask.ts";
import { addScaled, allFinite, distance, dot, norm, normInf } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { OracleFeature, Point, Solver, Stall, Step } from "../solver.ts";
import {
  correctedStep,
  type DenseModel,
  denseCurvature,
  denseModel,
  denseNegativeCurvature,
  type Proposal,
  proposeDense,
  proposeDogleg,
  readDense,
} from "./trustRegionDense.ts";
import {
  type KrylovModel,
  krylovCurvature,
  krylovModel,
  proposeKrylov,
  searchEscape,
} from "./trustRegionKrylov.ts";
import { firstRadius, leastRadiusAtSaddle, nextRadius } from "./trustRegionRadius.ts";

/** How the quadratic model is minimized in the region. */
export type Subproblem = "auto" | "exact" | "dogleg" | "steihaug";

export interface TrustRegionOptions {
  /**
   * `exact`: by the dense Hessian, n³ work an iteration. `dogleg`: on the path from the steepest descent
   * to Newton's step, or along the leftmost eigenvector where H is not positive definite. `steihaug`: by
   * conjugate gradients on Hessian-vector products. `auto` (default): exact up to 64 unknowns.
   */
  readonly subproblem?: Subproblem;
  /** First radius, in units of x. Default: the distance to the model's minimum along −∇f. */
  readonly initialRadius?: number;
  /** Upper bound of the radius. Default: none. */
  readonly maxRadius?: number;
  /**
   * Steihaug only: where ‖∇f‖∞ is at most this, the point is searched for negative curvature by
   * Lanczos (once a point). Default 1e-6.
   */
  readonly saddleGradient?: number;
  /** Steihaug only: products with H an iteration, at most. Default min(2n, 250). */
  readonly maxProducts?: number;
}

export interface TrustRegionState {
  /** Radius of the region in ‖·‖₂; 0 until the first step chooses it. */
  radius: number;
  readonly model: DenseModel | KrylovModel;
  /** Trials that were refused, in all and from the current point. */
  rejected: number;
  rejectedHere: number;
  /** Trials that a second-order correction saved. */
  corrected: number;
}

/** Unknowns up to which `auto` works with the dense Hessian. */
const exactUpTo = 64;

const known = [
  "subproblem",
  "initialRadius",
  "maxRadius",
  "saddleGradient",
  "maxProducts",
] as const;

/**
 * Newton's method in a trust region: each step minimizes the quadratic model in a ball whose radius
 * follows how well the model foretold the last steps.
 *
 * Guarantee: never raises the value; on smooth functions bounded below the gradient converges to 0,
 * and with the exact or dogleg subproblem so does any negative curvature: it leaves strict saddles, also when
 * started on one. Quadratic convergence at a regular minimum. It does not depend on the origin, nor
 * on a rotation of x.
 * Price an iteration: one gradient and one Hessian (a rejected trial: one gradient), or with
 * `steihaug` one gradient and a few Hessian-vector products; n² or 6n numbers.
 *
 * The Euclidean norm was chosen by measurement: on the Moré–Garbow–Hillstrom problems from varied
 * starts, scaling by the Hessian's diagonal cost up to twice the evaluations and lost solutions.
 *
 * @throws NadirError `trustRegion/…` for an option out of range, `trustRegion/unknown-option`
 * @see Conn, Gould & Toint (2000), Trust-region methods; Moré & Sorensen (1983); Steihaug (1983)
 */
export const trustRegion = described(
  {
    name: "trustRegion",
    kind: "solver",
    summary:
      "Newton's method in a ball that follows how well the quadratic model foretold the last steps.",
    guarantee:
      "No step raises the value; on smooth functions bounded below the gradient goes to 0, and with the exact subproblem so does any negative curvature: it leaves strict saddles, also when started on one. Quadratic convergence at a regular minimum.",
    price: {
      iteration:
        "one gradient and one Hessian, or one gradient and a few Hessian-vector products beyond 64 unknowns",
      memory: "n² numbers, or 6n beyond 64 unknowns",
    },
    source:
      "Conn, Gould & Toint (2000), Trust-region methods; Moré & Sorensen (1983); Steihaug (1983)",
  },
  (options: TrustRegionOptions = {}): Solver<TrustRegionState> => {
    requireKnownOptions("trustRegion", options, known);
    const infinity = Number.POSITIVE_INFINITY;
    const { subproblem = "auto", initialRadius, maxRadius = infinity, maxProducts } = options;
    const needs = needsOf(subproblem);
    const open = { open: true };
    if (initialRadius !== undefined) {
      requireInRange("trustRegion/initialRadius", initialRadius, [0, infinity], open);
    }
    if (maxRadius !== infinity) {
      requireInRange("trustRegion/maxRadius", maxRadius, [0, infinity], open);
    }
    if (maxProducts !== undefined) requireCount("trustRegion/maxProducts", maxProducts);
    const { saddleGradient = 1e-6 } = options;
    requireInRange("trustRegion/saddleGradient", saddleGradient, [0, infinity]);
    const limits = { maxRadius, saddleGradient, maxProducts, dogleg: subproblem === "dogleg" };
    return {
      kind: "solver",
      name: "trustRegion",
      needs,
      monotone: true,
      init: (start) => {
        const n = start.x.length;
        const dense = subproblem === "auto" ? n <= exactUpTo : subproblem !== "steihaug";
        return {
          radius: Math.min(initialRadius ?? 0, maxRadius),
          model: dense ? denseModel(n) : krylovModel(start),
          rejected: 0,
          rejectedHere: 0,
          corrected: 0,
        };
      },
      step: (point, state) => trustRegionStep(point, state, limits),
    };
  },
);

function needsOf(subproblem: Subproblem): readonly OracleFeature[] {
  switch (subproblem) {
    case "auto":
      return ["gradient", "hessian", "hvp"];
    case "exact":
    case "dogleg":
      return ["gradient", "hessian"];
    case "steihaug":
      return ["gradient", "hvp"];
    default:
      throw new NadirError("trustRegion/subproblem", `subproblem is ${String(subproblem)}`, {
        expected: 'one of "auto", "exact", "dogleg", "steihaug"',
      });
  }
}

interface Limits {
  readonly maxRadius: number;
  readonly saddleGradient: number;
  readonly maxProducts: number | undefined;
  readonly dogleg: boolean;
}

function* trustRegionStep(
  point: Point,
  state: TrustRegionState,
  limits: Limits,
): Ask<Step<TrustRegionState>> {
  const { x, value, gradient } = point;
  const stuck = (stalled: Stall) => ({ point, state, stepSize: 0, stalled });
  const proposal = yield* propose(point, state, limits);
  if (proposal === undefined) return stuck("non-finite");
  const { step, change, onBoundary } = proposal;
  if (Number.isNaN(change)) return stuck("non-finite");
  if (change >= 0) return stuck("rounding");
  const trial = new Float64Array(x.length);
  addScaled(trial, x, 1, step);
  if (isSame(trial, x)) return stuck("radius-vanished");

  const found = yield* askGradient(trial);
  // The rounding of both values counts as foreseen, so that noise alone does not shrink the region.
  const rounding = Number.EPSILON * Math.abs(value);
  const ratioAt = (at: Evaluation): number =>
    Number.isFinite(at.value) && allFinite(at.gradient)
      ? (value - at.value + 10 * rounding) / (10 * rounding - change)
      : Number.NEGATIVE_INFINITY;
  let next: Point = { x: trial, value: found.value, gradient: found.gradient };
  let ratio = ratioAt(found);
  if (ratio < 0.05 && ratio > Number.NEGATIVE_INFINITY) {
    const second = yield* correct(point, state, proposal, found);
    if (second !== undefined && second.value < Math.min(value, found.value)) {
      next = second;
      ratio = ratioAt(second);
      state.corrected++;
    }
  }
  const radius = nextRadius(state.radius, {
    ratio,
    length: norm(step),
    onBoundary,
    value,
    slope: dot(gradient, step),
    trialValue: found.value,
    trialSlope: dot(found.gradient, step),
  });
  state.radius = Math.min(radius, limits.maxRadius);
  if (ratio > 1e-4 && isBetter(next, point)) {
    moveOn(state);
    return { point: next, state, stepSize: distance(next.x, x) };
  }
  state.rejected++;
  state.rejectedHere++;
  return -change <= 100 * rounding ? stuck("rounding") : { point, state, stepSize: 0 };
}

/** Lower; or equal to all digits, where a gradient that is at most half as large tells progress. */
function isBetter(next: Point, point: Point): boolean {
  if (next.value !== point.value) return next.value < point.value;
  return normInf(next.gradient) <= 0.5 * normInf(point.gradient);
}

function isSame(a: Vector, b: Vector): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The model's step from a point; undefined if its curvature there is not finite. */
function* propose(
  point: Point,
  state: TrustRegionState,
  limits: Limits,
): Ask<Proposal | undefined> {
  const { model } = state;
  switch (model.kind) {
    case "dense": {
      if (!(yield* readDense(point, model))) return undefined;
      if (state.radius === 0) {
        chooseRadius(point, state, limits, denseCurvature(model, point.gradient));
      }
      widenAtSaddle(point, state, limits, denseNegativeCurvature(point, model));
      const by = limits.dogleg ? proposeDogleg : proposeDense;
      return by(point, model, state.radius);
    }
    case "krylov": {
      if (!(yield* searchEscape(point, model, limits.saddleGradient))) return undefined;
      if (state.radius === 0) {
        chooseRadius(point, state, limits, yield* krylovCurvature(point, model));
      }
      widenAtSaddle(point, state, limits, model.escapeCurvature);
      const products = limits.maxProducts ?? Math.min(2 * point.x.length, 250);
      return yield* proposeKrylov(point, model, state.radius, products);
    }
    default:
      return assertNever(model);
  }
}

function chooseRadius(
  point: Point,
  state: TrustRegionState,
  limits: Limits,
  curvature: number,
): void {
  state.radius = Math.min(firstRadius(norm(point.gradient), curvature), limits.maxRadius);
}

/** Before the first trial from a point: room enough to see the gain that negative curvature offers. */
function widenAtSaddle(
  point: Point,
  state: TrustRegionState,
  limits: Limits,
  curvature: number,
): void {
  if (curvature === 0 || state.rejectedHere > 0) return;
  const least = leastRadiusAtSaddle(point.value, curvature);
  state.radius = Math.min(Math.max(state.radius, least), limits.maxRadius);
}

/** A second trial for a step that failed, where the dense model can correct it. */
function* correct(
  point: Point,
  { model }: TrustRegionState,
  { step, multiplier }: Proposal,
  found: Evaluation,
): Ask<Point | undefined> {
  if (model.kind !== "dense" || multiplier === undefined) return undefined;
  const corrected = correctedStep(point, model, step, multiplier, found.gradient);
  if (corrected === undefined) return undefined;
  addScaled(corrected, point.x, 1, corrected);
  const { value, gradient } = yield* askGradient(corrected);
  return Number.isFinite(value) && allFinite(gradient)
    ? { x: corrected, value, gradient }
    : undefined;
}

/** The state at a new point: nothing is known of its curvature. */
function moveOn(state: TrustRegionState): void {
  state.rejectedHere = 0;
  if (state.model.kind === "dense") {
    state.model.current = false;
  } else {
    state.model.searched = false;
    state.model.escape = undefined;
    state.model.escapeCurvature = 0;
  }
}
