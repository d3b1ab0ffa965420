import { NadirError } from "../../../base/errors.ts";
import { requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askGradient, askResiduals, type Vector } from "../../../linalg/ask.ts";
import { addScaled, allFinite, distance, dot, norm } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { Point, Solver, Stall, Step } from "../solver.ts";
import {
  dampedStep,
  denseUpTo,
  image,
  type Linearized,
  type LinearSolve,
  linearize,
  needsOf,
  noLinearization,
  pointFrom,
  stepByProducts,
  sumOfSquares,
} from "./linearized.ts";

export interface LevenbergMarquardtOptions {
  /**
   * D in the damping μ‖Ds‖². `more` (default): the largest ‖∂r/∂xⱼ‖ met so far, which makes the method
   * independent of the variables' units. `fletcher`: that at the point, Marquardt's μ·diag(JᵀJ).
   * `levenberg`: 1. Beyond 200 unknowns always 1.
   */
  readonly scaling?: "more" | "fletcher" | "levenberg";
  /** First μ, as a part of JᵀJ's diagonal in D's units. Default 1e-3. */
  readonly initialDamping?: number;
  /** Bends the step along the residuals' second derivative, at one more evaluation of r. Default false. */
  readonly geodesic?: boolean;
  /** As in `gaussNewton`. */
  readonly linear?: LinearSolve;
}

export interface LevenbergMarquardtState {
  /** μ; 0 until the first step chooses it. */
  damping: number;
  /** What a refused step multiplies μ by. */
  growth: number;
  /** D's diagonal. */
  readonly scales: Vector;
  readonly at: Linearized;
  largestGradient: number;
  /** Trials that were refused. */
  rejected: number;
  /** Steps that were bent. */
  bent: number;
}

/**
 * Levenberg–Marquardt for f = Σ rᵢ²: the step s minimizes ‖r + Js‖² + μ‖Ds‖². μ follows how well the
 * linear model foretold the last steps: μ ← μ·max(⅓, 1 − (2ρ − 1)³) after a good one, else μ ← νμ, ν ← 2ν.
 *
 * Geodesic acceleration adds ½a to the step, where a minimizes ‖rᵥᵥ + Ja‖² + μ‖Da‖² and rᵥᵥ is the residuals'
 * second derivative along the step, by differences; left out where 2‖Da‖ > ¾‖Ds‖, for which the paper
 * refuses the whole step.
 *
 * Guarantee: never raises the value; the gradient converges to 0 on smooth residuals; quadratic convergence
 * where they vanish at the end. It sees no negative curvature: the verdict does.
 * Price an iteration: one Jacobian and one evaluation of r a trial, 2(m + n)n² multiplications; 2mn numbers.
 *
 * @throws NadirError `levenbergMarquardt/…` for an option out of range, `levenbergMarquardt/unknown-option`;
 * `minimize/needs` on a function that is no `leastSquares`
 * @see Moré (1978), The Levenberg–Marquardt algorithm (D); Marquardt (1963), Fletcher (1971); Nielsen (1999),
 * Damping parameter in Marquardt's method, eq. (2.5); Transtrum & Sethna (2012), Improvements to the
 * Levenberg–Marquardt algorithm, eqs. (10)–(15)
 */
export const levenbergMarquardt = described(
  {
    name: "levenbergMarquardt",
    kind: "solver",
    summary:
      "For sums of squares: Gauss–Newton steps with a damping that follows how well the linear model foretold the last ones.",
    guarantee:
      "No step raises the value; on smooth residuals the gradient goes to 0, and quadratically so where the residuals vanish at the end.",
    price: {
      iteration:
        "one Jacobian and one evaluation of the residuals a trial, 2(m + n)n² multiplications; or a few Gauss–Newton products beyond 200 unknowns",
      memory: "2mn numbers, or 6n beyond 200 unknowns",
    },
    source:
      "Moré (1978), The Levenberg–Marquardt algorithm: implementation and theory; Nielsen (1999), Damping parameter in Marquardt's method, eq. (2.5)",
  },
  (options: LevenbergMarquardtOptions = {}): Solver<LevenbergMarquardtState> => {
    requireKnownOptions("levenbergMarquardt", options, [
      "scaling",
      "initialDamping",
      "geodesic",
      "linear",
    ]);
    const { scaling = "more", geodesic = false, linear = "auto" } = options;
    if (!["more", "fletcher", "levenberg"].includes(scaling)) {
      throw new NadirError("levenbergMarquardt/scaling", `scaling is ${String(scaling)}`, {
        expected: 'one of "more", "fletcher", "levenberg"',
      });
    }
    const initial = options.initialDamping ?? 1e-3;
    requireInRange("levenbergMarquardt/initialDamping", initial, [0, Number.POSITIVE_INFINITY], {
      open: true,
    });
    const settings = { scaling, initial, geodesic };
    return {
      kind: "solver",
      name: "levenbergMarquardt",
      needs: needsOf("levenbergMarquardt", linear),
      monotone: true,
      init: ({ x, gradient }) => ({
        damping: 0,
        growth: 2,
        scales: new Float64Array(x.length).fill(scaling === "levenberg" ? 1 : 0),
        at: noLinearization(),
        largestGradient: norm(gradient),
        rejected: 0,
        bent: 0,
      }),
      step: (point, state) => {
        const dense = linear === "auto" ? point.x.length <= denseUpTo : linear === "dense";
        return dense ? denseStep(point, state, settings) : productStep(point, state, settings);
      },
    };
  },
);

interface Settings {
  readonly scaling: "more" | "fletcher" | "levenberg";
  readonly initial: number;
  readonly geodesic: boolean;
}

function* denseStep(
  point: Point,
  state: LevenbergMarquardtState,
  settings: Settings,
): Ask<Step<LevenbergMarquardtState>> {
  const { x } = point;
  const { at, scales } = state;
  const fresh = !at.current;
  if (!(yield* linearize(x, at))) return { point, state, stepSize: 0, stalled: "non-finite" };
  if (fresh) rescale(state, settings);
  let step = dampedStep(at.jacobian, at.residuals, state.damping, scales);
  const along = image(at, step);
  // f − ‖r + Js‖², by the normal equations: no difference of near-equal numbers.
  const damped = dot(
    step,
    step.map((s, j) => s * scales[j]! ** 2),
  );
  const foreseen = sumOfSquares(along) + 2 * state.damping * damped;
  if (settings.geodesic) step = yield* bend(point, state, step, along);
  const trial = new Float64Array(x.length);
  addScaled(trial, x, 1, step);
  const residuals = (yield* askResiduals(trial)).slice();
  const { stalled, accepted } = judge(point, state, sumOfSquares(residuals), foreseen, trial);
  if (!accepted) return { point, state, stepSize: 0, stalled };
  at.current = false;
  if (!(yield* linearize(trial, at))) {
    // A wall: the value is finite but its derivatives are not.
    raise(state);
    return { point, state, stepSize: 0 };
  }
  rescale(state, settings);
  return { point: pointFrom(trial, at), state, stepSize: distance(trial, x) };
}

function* productStep(
  point: Point,
  state: LevenbergMarquardtState,
  { initial }: Settings,
): Ask<Step<LevenbergMarquardtState>> {
  const { x, gradient } = point;
  const size = norm(gradient);
  state.largestGradient = Math.max(state.largestGradient, size);
  const forcing = Math.min(0.5, Math.sqrt(size / (state.largestGradient || 1)));
  if (state.damping === 0) {
    // In units of JᵀJ, whose size along the gradient the first step of CG tells.
    const { step, square } = yield* stepByProducts(point, 0, 0.99);
    const along = square / dot(step, step);
    state.damping = initial * (along > 0 && Number.isFinite(along) ? along : 1);
  }
  const { step, square, finite } = yield* stepByProducts(point, state.damping, forcing);
  if (!finite) return { point, state, stepSize: 0, stalled: "non-finite" };
  const foreseen = -dot(gradient, step) - square;
  const trial = new Float64Array(x.length);
  addScaled(trial, x, 1, step);
  const { value, gradient: there } = yield* askGradient(trial);
  const found = allFinite(there) ? value : Number.NaN;
  const { stalled, accepted } = judge(point, state, found, foreseen, trial);
  if (!accepted) return { point, state, stepSize: 0, stalled };
  return { point: { x: trial, value, gradient: there }, state, stepSize: distance(trial, x) };
}

/** D and, the first time, μ for the linearization at hand. */
function rescale(state: LevenbergMarquardtState, { scaling, initial }: Settings): void {
  const { at, scales } = state;
  const n = scales.length;
  const squares = new Float64Array(n);
  for (let k = 0; k < at.jacobian.length; k++) {
    squares[k % n] = squares[k % n]! + at.jacobian[k]! ** 2;
  }
  if (scaling !== "levenberg") {
    for (let j = 0; j < n; j++) {
      const length = Math.sqrt(squares[j]!);
      scales[j] = (scaling === "more" ? Math.max(scales[j]!, length) : length) || 1;
    }
  }
  if (state.damping === 0) {
    const largest = squares.reduce((a, b) => Math.max(a, b), 0);
    state.damping = initial * (scaling === "levenberg" ? largest || 1 : 1);
  }
}

/** Follows a trial with μ, and says whether it is taken. */
function judge(
  { x, value }: Point,
  state: LevenbergMarquardtState,
  found: number,
  foreseen: number,
  trial: Vector,
): { readonly accepted: boolean; readonly stalled?: Stall } {
  if (trial.every((t, i) => t === x[i])) {
    return { accepted: false, stalled: foreseen > 0 ? "radius-vanished" : "rounding" };
  }
  const ratio = (value - found) / foreseen;
  if (ratio > 1e-4 && found < value) {
    state.damping *= Math.max(1 / 3, 1 - (2 * ratio - 1) ** 3);
    state.growth = 2;
    return { accepted: true };
  }
  raise(state);
  // The rounding of a sum of squares is that of its value.
  const lost = !(foreseen > 10 * Number.EPSILON * value);
  return lost ? { accepted: false, stalled: "rounding" } : { accepted: false };
}

function raise(state: LevenbergMarquardtState): void {
  state.rejected++;
  state.damping *= state.growth;
  state.growth *= 2;
}

/** s + ½a, or s where a is not small against it. */
function* bend(
  { x }: Point,
  state: LevenbergMarquardtState,
  step: Vector,
  along: Vector,
): Ask<Vector> {
  const { at, scales, damping } = state;
  const h = 0.1;
  const ahead = new Float64Array(x.length);
  addScaled(ahead, x, h, step);
  const there = yield* askResiduals(ahead);
  const second = at.residuals.map((r, i) => (2 / h) * ((there[i]! - r) / h - along[i]!));
  if (!allFinite(second)) return step;
  const a = dampedStep(at.jacobian, second, damping, scales);
  const inUnits = (v: Vector): number => norm(v.map((vj, j) => vj * scales[j]!));
  if (!(2 * inUnits(a) <= 0.75 * inUnits(step))) return step;
  state.bent++;
  return step.map((s, j) => s + 0.5 * a[j]!);
}
