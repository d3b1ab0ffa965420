import { requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askGradient, type Evaluation, type Vector } from "../../../linalg/ask.ts";
import { addScaled, allFinite, dot } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { Point } from "../solver.ts";
import {
  failed,
  isApproximateWolfe,
  type LineSearch,
  type LineSearchResult,
  valueRounding,
} from "./lineSearch.ts";

export interface WolfeOptions {
  /** c₁ in f(x + td) ≤ f(x) + c₁t·slope, in (0, ½). Default 1e-4. */
  readonly decrease?: number;
  /** c₂ in |slope(t)| ≤ c₂|slope(0)|, in (c₁, 1). Default 0.9, for quasi-Newton directions. */
  readonly curvature?: number;
}

/**
 * The strong Wolfe conditions: f(x + td) ≤ f(x) + c₁t·slope and |slope(t)| ≤ c₂|slope(0)|.
 *
 * Guarantee: never accepts a value above the start's; on a smooth function bounded below along the
 * direction it ends at a point that meets both, so that sᵀy > 0. Price: one gradient a trial; usually
 * one trial for a well-scaled direction.
 *
 * @throws NadirError `wolfe/decrease`, `wolfe/curvature` outside their ranges; `wolfe/unknown-option`
 * @see Nocedal & Wright (2006), algorithms 3.5, 3.6; Hager & Zhang (2005), eq. (4.1)
 */
export const wolfe = described(
  {
    name: "wolfe",
    kind: "line-search",
    summary:
      "Enough decrease and a slope much flatter than at the start (strong Wolfe): bracket, then zoom by cubic interpolation.",
    guarantee:
      "Never accepts a value above the start's; on a smooth function bounded below along the direction it finds a point that meets both conditions, so that a quasi-Newton update stays positive definite.",
    price: {
      iteration: "one gradient a trial, usually one trial for a well-scaled direction",
      memory: "one vector",
    },
    source:
      "Nocedal & Wright (2006), Numerical Optimization, algorithms 3.5 and 3.6; at rounding level Hager & Zhang (2005), eq. (4.1)",
  },
  (options: WolfeOptions = {}): LineSearch => {
    requireKnownOptions("wolfe", options, ["decrease", "curvature"]);
    const decrease = requireInRange("wolfe/decrease", options.decrease ?? 1e-4, [0, 0.5], {
      open: true,
    });
    const curvature = requireInRange("wolfe/curvature", options.curvature ?? 0.9, [decrease, 1], {
      open: true,
    });
    return {
      kind: "line-search",
      name: "wolfe",
      needs: ["gradient"],
      monotone: true,
      init: () => undefined,
      search: (from, direction, slope, first) =>
        strongWolfe(from, direction, slope, first, { decrease, curvature }),
    };
  },
);

export interface StrongWolfeOptions extends WolfeOptions {
  /** Evaluations at most. Default 30. */
  readonly maxEvaluations?: number;
  /** The largest t allowed; if the value still falls there, that is where the search ends. Default: none. */
  readonly furthest?: number;
}

/**
 * A step length along a descent direction by the strong Wolfe conditions: bracket, then zoom, with
 * cubic interpolation from values and slopes.
 *
 * Near a minimum the decrease drowns in the rounding of f long before the slope drowns in its own;
 * there the approximate Wolfe conditions (2c₁ − 1)·slope(0) ≥ slope(t) ≥ c₂·slope(0) count, but never
 * at a value above the start's. A trial with a value, or slope, that is not finite is a wall, from
 * which the search backs off.
 *
 * Price: one gradient a trial; usually one trial for a well-scaled direction.
 *
 * @param slope - ⟨∇f(x), d⟩, below 0
 * @param first - the first t to try, above 0
 * @see Nocedal & Wright (2006), algorithms 3.5, 3.6; Hager & Zhang (2005), eq. (4.1)
 */
export function* strongWolfe(
  from: Point,
  direction: Vector,
  slope: number,
  first: number,
  options: StrongWolfeOptions = {},
): Ask<LineSearchResult> {
  const {
    decrease = 1e-4,
    curvature = 0.9,
    maxEvaluations = 30,
    furthest = Number.POSITIVE_INFINITY,
  } = options;
  const { x, value } = from;
  const trial = new Float64Array(x.length);
  const rounding = valueRounding * Math.abs(value);

  // `low` is the best end of the bracket; `high` its other end, once there is one.
  let low = 0;
  let lowValue = value;
  let lowSlope = slope;
  let lowEvaluation: Evaluation | undefined;
  let high = Number.NaN;
  let highValue = Number.NaN;
  let highSlope = Number.NaN;
  let wall = Number.POSITIVE_INFINITY;
  let t = first;
  let lastWidth = Number.POSITIVE_INFINITY;
  let evaluations = 0;

  while (evaluations < maxEvaluations) {
    evaluations++;
    addScaled(trial, x, t, direction);
    const evaluation = yield* askGradient(trial);
    const f = evaluation.value;
    const df = dot(evaluation.gradient, direction);
    if (!Number.isFinite(f) || !Number.isFinite(df) || !allFinite(evaluation.gradient)) {
      wall = t;
      if (t <= high) high = Number.NaN;
      t = low + 0.1 * (t - low);
      if (t === low) break;
      continue;
    }
    const flatSlope = Math.abs(df) <= -curvature * slope;
    const lowered = f <= value + decrease * t * slope;
    const approximate =
      f <= value && value - f <= rounding && isApproximateWolfe(slope, df, decrease, curvature);
    if (f <= value && ((lowered && flatSlope) || approximate)) {
      const point = { x: trial, value: f, gradient: evaluation.gradient };
      return {
        point,
        stepSize: t,
        outcome: flatSlope && lowered ? "wolfe" : "approximate",
        evaluations,
      };
    }
    const bracketed = !Number.isNaN(high);
    // Where two values agree to all digits, the smaller slope is the better end.
    const size = Math.max(Math.abs(f), Math.abs(lowValue));
    const alike = Math.abs(f - lowValue) <= 4 * Number.EPSILON * size;
    const worse = alike ? Math.abs(df) > Math.abs(lowSlope) : !lowered || f >= lowValue;
    if (worse) {
      high = t;
      highValue = f;
      highSlope = df;
    } else {
      // The minimum lies between the new low and the side its slope falls to.
      if (df * (bracketed ? high - low : t - low) >= 0) {
        high = low;
        highValue = lowValue;
        highSlope = lowSlope;
      }
      const before = low;
      low = t;
      lowValue = f;
      lowSlope = df;
      lowEvaluation = evaluation;
      if (Number.isNaN(high)) {
        if (low >= furthest) break;
        t = Math.min(extrapolate(before, low, slope, lowSlope), furthest);
        if (t >= wall) t = low + 0.5 * (wall - low);
        if (t === low || !Number.isFinite(t)) break;
        continue;
      }
    }
    const width = Math.abs(high - low);
    t = interpolate(low, lowValue, lowSlope, high, highValue, highSlope);
    // Bisection where interpolation fails to shrink the bracket.
    if (width > 0.66 * lastWidth) t = low + 0.5 * (high - low);
    lastWidth = width;
    if (t === low || t === high || width <= Number.EPSILON * Math.max(low, high)) break;
  }

  if (lowEvaluation === undefined || !(lowValue < value)) {
    return failed(evaluations);
  }
  addScaled(trial, x, low, direction);
  const point = { x: trial, value: lowValue, gradient: lowEvaluation.gradient };
  return { point, stepSize: low, outcome: "decrease", evaluations };
}

/** The minimizer of the cubic through two values and slopes, kept off the ends of the bracket. */
function interpolate(a: number, fa: number, da: number, b: number, fb: number, db: number): number {
  const width = b - a;
  const theta = 3 * ((fa - fb) / width) + da + db;
  const square = theta * theta - da * db;
  let t = Number.NaN;
  if (square >= 0) {
    const root = Math.sign(width) * Math.sqrt(square);
    t = b - width * ((db + root - theta) / (db - da + 2 * root));
  }
  const part = (t - a) / width;
  // Written so that NaN, from an infinite value or no minimum, bisects.
  if (!(part >= 0 && part <= 1)) return a + 0.5 * width;
  return a + Math.min(Math.max(part, 0.1), 0.9) * width;
}

/** The secant step to where the slope would vanish, between 2 and 10 times as far. */
function extrapolate(before: number, t: number, startSlope: number, slope: number): number {
  const secant =
    slope > startSlope ? (t * -startSlope) / (slope - startSlope) : Number.POSITIVE_INFINITY;
  const furthest = t + 9 * Math.max(t - before, t);
  return Math.min(Math.max(secant, 2 * t), furthest);
}
