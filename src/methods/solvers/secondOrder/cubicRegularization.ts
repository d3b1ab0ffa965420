import { assertNever } from "../../../base/assert.ts";
import { NadirError } from "../../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askGradient } from "../../../linalg/ask.ts";
import { addScaled, allFinite, distance, norm, normInf } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { OracleFeature, Point, Solver, Stall, Step } from "../solver.ts";
import {
  type CubicDense,
  type CubicKrylov,
  type CubicProposal,
  cubicDense,
  cubicKrylov,
  curvatureAlong,
  proposeCubicDense,
  proposeCubicKrylov,
} from "./cubicModels.ts";
import { firstRadius } from "./trustRegionRadius.ts";

export interface CubicRegularizationOptions {
  /**
   * `exact`: by the dense Hessian, n³ work an iteration. `lanczos`: in the gradient's Krylov space, by
   * Hessian-vector products. `auto` (default): exact up to 64 unknowns.
   */
  readonly subproblem?: "auto" | "exact" | "lanczos";
  /** First σ, in f per unit of x³. Default ‖∇f‖/r², r the distance to the quadratic model's minimum along −∇f. */
  readonly initialSigma?: number;
  /** Lanczos only: products an iteration, at most. Default min(n, 100). */
  readonly maxProducts?: number;
  /** Lanczos only: where ‖∇f‖∞ is at most this, the point is searched for negative curvature. Default 1e-6. */
  readonly saddleGradient?: number;
}

export interface CubicRegularizationState {
  /** σ of the cubic term; 0 until the first step chooses it. */
  sigma: number;
  readonly model: CubicDense | CubicKrylov;
  /** Trials that were refused. */
  rejected: number;
}

const exactUpTo = 64;

/**
 * Adaptive cubic regularization (ARC): each step minimizes f + gᵀs + ½sᵀHs + (σ/3)‖s‖³, where σ follows
 * how well this model foretold the last steps. σ is an estimate of half the Hessian's Lipschitz
 * constant, which bounds how far the quadratic part can be trusted.
 *
 * The ratio that judges a step compares with the decrease of the cubic model. A failed step raises σ to
 * where the model would have met the value found, a good one lowers it likewise.
 *
 * Guarantee: never raises the value; with a Lipschitz Hessian, ‖∇f‖ ≤ ε after O(ε^(−3/2)) iterations (the best
 * order known for second-order methods), and with the exact subproblem the end's negative curvature goes
 * to 0 as well: it leaves strict saddles, also when started on one. Quadratic convergence at a regular
 * minimum.
 * Price an iteration: one gradient and one Hessian (a rejected trial: one gradient), or with `lanczos`
 * one gradient and a few Hessian-vector products; 2n² numbers, or one vector a product.
 *
 * @throws NadirError `cubicRegularization/…` for an option out of range, `cubicRegularization/unknown-option`
 * @see Cartis, Gould & Toint (2011), Adaptive cubic regularisation methods for unconstrained optimization,
 * parts I (algorithm 2.1, §6, TC.s) and II; Gould, Porcelli & Toint (2012), Updating the regularization
 * parameter in the adaptive cubic regularization algorithm (σ by interpolation); Nesterov & Polyak (2006)
 */
export const cubicRegularization = described(
  {
    name: "cubicRegularization",
    kind: "solver",
    summary:
      "Newton's model with a cubic term whose weight follows how well it foretold the last steps (ARC).",
    guarantee:
      "No step raises the value; with a Lipschitz Hessian ‖∇f‖ ≤ ε after O(ε^(−3/2)) iterations, and with the exact subproblem the negative curvature goes to 0 too: it leaves strict saddles, also when started on one. Quadratic convergence at a regular minimum.",
    price: {
      iteration:
        "one gradient and one Hessian, or one gradient and a few Hessian-vector products beyond 64 unknowns",
      memory: "2n² numbers, or one vector a product beyond 64 unknowns",
    },
    source:
      "Cartis, Gould & Toint (2011), Adaptive cubic regularisation methods for unconstrained optimization, algorithm 2.1; Nesterov & Polyak (2006)",
  },
  (options: CubicRegularizationOptions = {}): Solver<CubicRegularizationState> => {
    requireKnownOptions("cubicRegularization", options, [
      "subproblem",
      "initialSigma",
      "maxProducts",
      "saddleGradient",
    ]);
    const { subproblem = "auto", initialSigma, maxProducts, saddleGradient = 1e-6 } = options;
    const needs = needsOf(subproblem);
    const infinity = Number.POSITIVE_INFINITY;
    if (initialSigma !== undefined) {
      requireInRange("cubicRegularization/initialSigma", initialSigma, [0, infinity], {
        open: true,
      });
    }
    if (maxProducts !== undefined) requireCount("cubicRegularization/maxProducts", maxProducts);
    requireInRange("cubicRegularization/saddleGradient", saddleGradient, [0, infinity]);
    return {
      kind: "solver",
      name: "cubicRegularization",
      needs,
      monotone: true,
      init: ({ x: { length: n } }) => {
        const exact = subproblem === "exact" || (subproblem === "auto" && n <= exactUpTo);
        return {
          sigma: initialSigma ?? 0,
          model: exact ? cubicDense(n) : cubicKrylov(),
          rejected: 0,
        };
      },
      step: (point, state) => cubicStep(point, state, { maxProducts, saddleGradient }),
    };
  },
);

function needsOf(subproblem: unknown): readonly OracleFeature[] {
  if (subproblem === "auto") return ["gradient", "hessian", "hvp"];
  if (subproblem === "exact") return ["gradient", "hessian"];
  if (subproblem === "lanczos") return ["gradient", "hvp"];
  throw new NadirError("cubicRegularization/subproblem", `subproblem is ${String(subproblem)}`, {
    expected: 'one of "auto", "exact", "lanczos"',
  });
}

interface Limits {
  readonly maxProducts: number | undefined;
  readonly saddleGradient: number;
}

function* cubicStep(
  point: Point,
  state: CubicRegularizationState,
  limits: Limits,
): Ask<Step<CubicRegularizationState>> {
  const { x, value, gradient } = point;
  const stuck = (stalled: Stall) => ({ point, state, stepSize: 0, stalled });
  const proposal = yield* propose(point, state, limits);
  if (proposal === undefined) return stuck("non-finite");
  const { step, change } = proposal;
  if (Number.isNaN(change)) return stuck("non-finite");
  if (change >= 0) return stuck("rounding");
  const trial = new Float64Array(x.length);
  addScaled(trial, x, 1, step);
  if (trial.every((xi, i) => xi === x[i])) return stuck("radius-vanished");
  const found = yield* askGradient(trial);
  // The rounding of both values counts as foreseen, so that noise alone does not raise σ.
  const rounding = 10 * Number.EPSILON * Math.abs(value);
  const finite = Number.isFinite(found.value) && allFinite(found.gradient);
  const ratio = finite
    ? (value - found.value + rounding) / (rounding - change)
    : Number.NEGATIVE_INFINITY;
  const length = norm(step);
  // σ at which the model would have met the value found; the rest is what it left unforeseen.
  const met = state.sigma + (3 * (found.value - value - change)) / length ** 3;
  state.sigma = nextSigma(state.sigma, ratio, met);
  const lower =
    found.value < value ||
    (found.value === value && normInf(found.gradient) <= 0.5 * normInf(gradient));
  if (ratio > 1e-4 && lower) {
    state.model.current = false;
    const next: Point = { x: trial, value: found.value, gradient: found.gradient };
    return { point: next, state, stepSize: distance(trial, x) };
  }
  state.rejected++;
  return -change <= 10 * rounding ? stuck("rounding") : { point, state, stepSize: 0 };
}

/** Smallest σ: where the cubic term no longer matters to any digit, and still is above 0. */
const leastSigma = 1e-150;

/**
 * The next σ: after a poor step up, to where the model would have met the value, by at least 2 and at most
 * 100; after a very good one down likewise, by at least 2 and at most 10.
 */
function nextSigma(sigma: number, ratio: number, met: number): number {
  if (!(ratio >= 0.1)) {
    if (ratio === Number.NEGATIVE_INFINITY) return 10 * sigma;
    return Math.min(Math.max(met, 2 * sigma), 100 * sigma);
  }
  if (ratio < 0.9) return sigma;
  return Math.max(Math.min(Math.max(met, 0.1 * sigma), 0.5 * sigma), leastSigma);
}

/** The model's step from a point; undefined if its curvature there is not finite. */
function* propose(
  point: Point,
  state: CubicRegularizationState,
  limits: Limits,
): Ask<CubicProposal | undefined> {
  const { model } = state;
  if (state.sigma === 0) {
    const curvature = yield* curvatureAlong(point, model);
    if (curvature === undefined) return undefined;
    const size = norm(point.gradient);
    const radius = firstRadius(size, curvature);
    state.sigma = Math.max(size / (radius * radius) || 1, leastSigma);
  }
  switch (model.kind) {
    case "dense":
      return yield* proposeCubicDense(point, model, state.sigma);
    case "krylov": {
      const products = limits.maxProducts ?? Math.min(point.x.length, 100);
      const settings = { products, saddleGradient: limits.saddleGradient };
      return yield* proposeCubicKrylov(point, model, state.sigma, settings);
    }
    default:
      return assertNever(model);
  }
}
