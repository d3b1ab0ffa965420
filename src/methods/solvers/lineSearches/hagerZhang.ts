import { requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askGradient, type Vector } from "../../../linalg/ask.ts";
import { addScaled, allFinite, dot } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { Point } from "../solver.ts";
import {
  failed,
  isApproximateWolfe,
  type LineSearch,
  type LineSearchResult,
} from "./lineSearch.ts";

export interface HagerZhangOptions {
  /** δ, in (0, ½). Default 0.1. */
  readonly decrease?: number;
  /** σ, in [δ, 1). Default 0.9. */
  readonly curvature?: number;
  /** ε: a value may exceed the start's by ε|f| where slopes are right, to see through rounding. Default 1e-6; 0 allows no rise. */
  readonly rise?: number;
}

// θ, γ and ρ of the paper: where to cut an interval, how much it has to shrink, how fast to look farther out.
const cut = 0.5;
const shrinkage = 0.66;
const expansion = 5;
/** How far a trial that is not finite is drawn back: cutting in half would take long from a step much too long. */
const wallCut = 0.1;
const maxEvaluations = 60;

/**
 * Hager and Zhang's line search: ends at the Wolfe conditions, f(t) ≤ f(0) + δt·slope and
 * slope(t) ≥ σ·slope(0), or at the approximate ones, (2δ − 1)·slope(0) ≥ slope(t) ≥ σ·slope(0) with
 * f(t) ≤ f(0) + ε|f(0)|. The latter can be met to the accuracy of the gradient, √ε₀ more digits of x than
 * values show.
 *
 * Guarantee: on a smooth function bounded below along the direction it ends; double secant steps close the
 * bracket with root-convergence order 1 + √2. Price: one gradient a trial, usually one or two trials.
 *
 * @throws NadirError `hagerZhang/decrease`, `hagerZhang/curvature`, `hagerZhang/rise` outside their ranges;
 * `hagerZhang/unknown-option`
 * @see Hager & Zhang (2005), A new conjugate gradient method with guaranteed descent and an efficient line
 * search, §4; (2006), Algorithm 851: CG_DESCENT, §§3–4
 */
export const hagerZhang = described(
  {
    name: "hagerZhang",
    kind: "line-search",
    summary:
      "The approximate Wolfe conditions, which slopes decide where values only show rounding; double secant steps.",
    guarantee:
      "Ends on any smooth function bounded below along the direction, at a point that meets the Wolfe conditions, or the approximate ones at a value at most 1e-6·|f| above the start's.",
    price: {
      iteration: "one gradient a trial, usually one or two trials",
      memory: "two vectors",
    },
    source:
      "Hager & Zhang (2005), A new conjugate gradient method with guaranteed descent and an efficient line search, §4; (2006), Algorithm 851: CG_DESCENT, §§3–4",
  },
  (options: HagerZhangOptions = {}): LineSearch => {
    requireKnownOptions("hagerZhang", options, ["decrease", "curvature", "rise"]);
    const open = { open: true };
    const decrease = requireInRange("hagerZhang/decrease", options.decrease ?? 0.1, [0, 0.5], open);
    const curvature = requireInRange("hagerZhang/curvature", options.curvature ?? 0.9, [
      decrease,
      1,
    ]);
    const rise = requireInRange("hagerZhang/rise", options.rise ?? 1e-6, [0, 1]);
    return {
      kind: "line-search",
      name: "hagerZhang",
      needs: ["gradient"],
      monotone: rise === 0,
      init: () => undefined,
      search: (from, direction, slope, first) =>
        search(from, direction, slope, first, { decrease, curvature, rise }),
    };
  },
);

/** φ and φ′ at a step, with the gradient that they come from; φ is not finite beyond a wall. */
interface Trial {
  readonly t: number;
  readonly f: number;
  readonly slope: number;
  readonly gradient: Vector;
}

/** An interval with φ(a) ≤ φ(0) + ε, φ′(a) < 0 and φ′(b) ≥ 0; or the trial that ended the search. */
type Bracket = { readonly a: Trial; readonly b: Trial } | { readonly end: Trial | undefined };

function* search(
  from: Point,
  direction: Vector,
  slope: number,
  first: number,
  { decrease, curvature, rise }: Required<HagerZhangOptions>,
): Ask<LineSearchResult> {
  const { x, value } = from;
  const ceiling = value + rise * Math.abs(value);
  const start: Trial = { t: 0, f: value, slope, gradient: from.gradient };
  const at = new Float64Array(x.length);
  let evaluations = 0;
  let best = start;

  function* tryAt(t: number): Ask<Trial> {
    evaluations++;
    addScaled(at, x, t, direction);
    const { value: f, gradient } = yield* askGradient(at);
    const isWall = !Number.isFinite(f) || !allFinite(gradient);
    const trial = isWall
      ? { t, f: Number.POSITIVE_INFINITY, slope: -1, gradient }
      : { t, f, slope: dot(gradient, direction), gradient };
    if (trial.f < best.f) best = trial;
    return trial;
  }
  const meetsWolfe = (trial: Trial): boolean =>
    trial.f <= value + decrease * trial.t * slope &&
    trial.f <= value &&
    trial.slope >= curvature * slope;
  const meetsApproximate = (trial: Trial): boolean =>
    trial.f <= ceiling && isApproximateWolfe(slope, trial.slope, decrease, curvature);
  const isEnd = (trial: Trial): boolean =>
    evaluations >= maxEvaluations || meetsWolfe(trial) || meetsApproximate(trial);

  /** U3: cuts [a, b], where the slope at b falls and its value is too high, until the slope at an end rises. */
  function* cutDown(a: Trial, b: Trial): Ask<Bracket> {
    let [low, high] = [a, b];
    for (;;) {
      const part = Number.isFinite(high.f) ? cut : wallCut;
      const t = low.t + part * (high.t - low.t);
      if (t === low.t || t === high.t) return { end: undefined };
      const middle = yield* tryAt(t);
      if (isEnd(middle)) return { end: middle };
      if (middle.slope >= 0) return { a: low, b: middle };
      if (middle.f <= ceiling) low = middle;
      else high = middle;
    }
  }

  /** `bracket`: farther and farther out, until the slope rises or the value does. */
  function* bracket(): Ask<Bracket> {
    let low = start;
    let t = first;
    for (;;) {
      const trial = yield* tryAt(t);
      if (isEnd(trial)) return { end: trial };
      if (trial.slope >= 0) return { a: low, b: trial };
      if (trial.f > ceiling) return yield* cutDown(low, trial);
      low = trial;
      t *= expansion;
    }
  }

  /** `update`: [a, b] with the trial c within taken in; unchanged where c lies outside. */
  function* update(a: Trial, b: Trial, t: number): Ask<Bracket> {
    if (!(t > a.t && t < b.t)) return { a, b };
    const c = yield* tryAt(t);
    if (isEnd(c)) return { end: c };
    if (c.slope >= 0) return { a, b: c };
    return c.f <= ceiling ? { a: c, b } : yield* cutDown(a, c);
  }

  /** `secant²`: a secant step, and a second one from the end that the first has moved. */
  function* doubleSecant(a: Trial, b: Trial): Ask<Bracket> {
    const t = secant(a, b);
    const once = yield* update(a, b, t);
    if ("end" in once) return once;
    if (once.b.t === t && once.b !== b) return yield* update(once.a, once.b, secant(b, once.b));
    if (once.a.t === t && once.a !== a) return yield* update(once.a, once.b, secant(a, once.a));
    return once;
  }

  let found = yield* bracket();
  while (!("end" in found)) {
    const { a, b } = found;
    const next = yield* doubleSecant(a, b);
    if ("end" in next) {
      found = next;
    } else if (next.b.t - next.a.t > shrinkage * (b.t - a.t)) {
      const middle = next.a.t + 0.5 * (next.b.t - next.a.t);
      const isOneNumber = middle === next.a.t || middle === next.b.t;
      found = isOneNumber ? { end: undefined } : yield* update(next.a, next.b, middle);
    } else {
      found = next;
    }
  }
  const end =
    found.end !== undefined && (meetsWolfe(found.end) || meetsApproximate(found.end))
      ? found.end
      : best;
  if (end.t === 0) return failed(evaluations);
  addScaled(at, x, end.t, direction);
  return {
    point: { x: at, value: end.f, gradient: end.gradient },
    stepSize: end.t,
    outcome: meetsWolfe(end) ? "wolfe" : meetsApproximate(end) ? "approximate" : "decrease",
    evaluations,
  };
}

/** Where the line through both slopes is 0. */
const secant = (a: Trial, b: Trial): number =>
  (a.t * b.slope - b.t * a.slope) / (b.slope - a.slope);
