import { type Ask, askGradient, askValue, type Vector } from "../linalg/ask.ts";
import { addScaled, distance, norm, scaled } from "../linalg/vector.ts";
import { trustRegion } from "../methods/solvers/secondOrder/trustRegion.ts";
import type { Point } from "../methods/solvers/solver.ts";
import { classify, type Located } from "./classify.ts";
import type { Verdict } from "./verdict.ts";
import { format, pointInWords } from "./words.ts";

/** Unknowns up to which rays along the coordinate axes are looked at. */
const axesUpTo = 8;
/** Distances along a ray: 1, 10, … 10⁶ times the point's own size, at least 1. */
const decades = 7;

/** Sentences to be added to a verdict. */
interface Outlook {
  readonly evidence: readonly string[];
  readonly advice: readonly string[];
}

/**
 * What lies beyond the point: values along rays (the gradient's, the negative curvature's, the axes' in up to
 * eight unknowns) at growing distances, and for a run that ended by its budget, the stationary point that
 * a trust region reaches from there. It tells what was measured: lower values that were met, and rays along
 * which the value falls faster and faster, which a function that is bounded below can imitate.
 *
 * Price: at most 126 values; after a spent budget, 50 trust-region iterations at most.
 */
export function* lookBeyond(point: Located, verdict: Verdict, tolerance: number): Ask<Verdict> {
  if (verdict.kind === "diverged" || verdict.kind === "unbounded") return verdict;
  const near = verdict.kind === "not-stationary" ? yield* lookAhead(point, tolerance) : nothing;
  const far = yield* lookFar(point, verdict);
  return {
    ...verdict,
    evidence: [...verdict.evidence, ...near.evidence, ...far.evidence],
    advice: [...verdict.advice, ...near.advice, ...far.advice],
  };
}

const nothing: Outlook = { evidence: [], advice: [] };

/** Where a trust region leads from a point that is not stationary. */
function* lookAhead(from: Located, tolerance: number): Ask<Outlook> {
  if (from.x.length > 100) return nothing;
  const solver = trustRegion();
  let point: Point = from;
  let state = solver.init(point);
  for (let k = 0; k < 50 && norm(point.gradient) > tolerance; k++) {
    const step = yield* solver.step(point, state);
    ({ point, state } = step);
    if (step.stalled !== undefined) break;
  }
  if (!(norm(point.gradient) <= tolerance)) return nothing;
  const { verdict } = yield* classify(point, { tolerance, otherwise: "rounding" });
  if (verdict.kind !== "local-minimum") return nothing;
  const away = format(distance(point.x, from.x));
  return {
    evidence: [
      `a trust region from here reaches a local minimum of value ${format(point.value, 7)} at ${pointInWords(point.x)}, ${away} away`,
    ],
    advice: [],
  };
}

/** A ray, in words and as a unit vector. */
interface Ray {
  readonly name: string;
  readonly along: Vector;
}

/** The lowest value met on a ray, and whether the values there fall faster and faster. */
interface Sight {
  readonly ray: Ray;
  readonly value: number;
  readonly distance: number;
  readonly endless: boolean;
}

function* lookFar(point: Located, verdict: Verdict): Ask<Outlook> {
  let best: Sight | undefined;
  for (const ray of raysFrom(point, verdict)) {
    const sight = yield* lookAlong(point, ray);
    if (sight === undefined) continue;
    const better =
      best === undefined ||
      (sight.endless === best.endless ? sight.value < best.value : sight.endless);
    if (better) best = sight;
  }
  if (best === undefined) return nothing;
  const { ray, value, distance: far, endless } = best;
  const met = `the value is ${format(value)} at distance ${format(far)} along ${ray.name}`;
  return endless
    ? {
        evidence: [
          `${met}, and falls faster and faster on the way: as far as was looked, the function is unbounded below`,
        ],
        advice: [
          "if the function is to have a lowest value, bound it: by a constraint or a penalty",
        ],
      }
    : {
        evidence: [`${met}: lower than here`],
        advice: [`start from there, ${format(far)} along ${ray.name}, for a lower minimum`],
      };
}

function raysFrom({ x, gradient }: Located, verdict: Verdict): readonly Ray[] {
  const rays: Ray[] = [];
  const length = norm(gradient);
  if (length > 0 && Number.isFinite(length)) {
    rays.push(
      ...bothWays(
        "the gradient",
        gradient.map((g) => g / length),
      ),
    );
  }
  if (verdict.kind === "saddle") {
    rays.push(...bothWays("the direction of negative curvature", verdict.direction));
  }
  for (let i = 0; x.length <= axesUpTo && i < x.length; i++) {
    const axis = new Float64Array(x.length);
    axis[i] = 1;
    rays.push(...bothWays(`x${[...String(i)].map((d) => "₀₁₂₃₄₅₆₇₈₉"[Number(d)]).join("")}`, axis));
  }
  return rays;
}

const bothWays = (name: string, along: Vector): readonly Ray[] => [
  { name: `−${name}`.replace("−the", "minus the"), along: along.map((a) => -a) },
  { name, along },
];

function* lookAlong(from: Located, ray: Ray): Ask<Sight | undefined> {
  const unit = Math.max(1, norm(from.x));
  const values = yield* valuesAlong(from.x, ray.along, unit);
  let lowest = from.value;
  let at = 0;
  values.forEach((value, k) => {
    if (value < lowest) [lowest, at] = [value, unit * 10 ** k];
  });
  if (!(lowest < from.value - 1e-12 * Math.abs(from.value))) return undefined;
  return { ray, value: lowest, distance: at, endless: fallsEndlessly(values) };
}

function* valuesAlong(x: Vector, along: Vector, unit: number): Ask<readonly number[]> {
  const trial = new Float64Array(x.length);
  const values: number[] = [];
  for (let k = 0; k < decades; k++) {
    addScaled(trial, x, unit * 10 ** k, along);
    values.push(yield* askValue(trial));
  }
  return values;
}

/** Whether each of the last three decades lowered the value, each by twice as much as the one before at least. */
function fallsEndlessly(values: readonly number[]): boolean {
  const overflow = values.indexOf(Number.NEGATIVE_INFINITY);
  const seen = overflow < 0 ? values : values.slice(0, overflow);
  if (seen.length < 4 || seen.some((value) => Number.isNaN(value))) return false;
  const falls = seen.slice(-4).map((value, k, last) => (k === 0 ? 0 : last[k - 1]! - value));
  return falls[1]! > 0 && falls[2]! >= 2 * falls[1]! && falls[3]! >= 2 * falls[2]!;
}

/** A value so far below the start's that no minimum was on the way. */
const isRunaway = (value: number, start: number): boolean =>
  value < -1e15 * Math.max(1, Math.abs(start));

/**
 * The verdict on a run whose values went down without end: `unbounded`, with the direction it went; undefined
 * if it is no such run.
 *
 * @param last - the last point with a finite value
 */
export function* runaway(
  start: Located,
  last: Located,
  verdict: Verdict,
): Ask<Verdict | undefined> {
  if (verdict.kind !== "not-stationary" && verdict.kind !== "diverged") return undefined;
  const far = distance(last.x, start.x);
  if (!isRunaway(last.value, start.value) || !(far > 0) || !Number.isFinite(far)) return undefined;
  const along = new Float64Array(last.x.length);
  addScaled(along, last.x, -1, start.x);
  scaled(along, 1 / far, along);
  const values = yield* valuesAlong(start.x, along, Math.max(1, norm(start.x)));
  const { gradient } = yield* askGradient(last.x);
  const evidence = [
    `the value fell from ${format(start.value)} to ${format(last.value)} over a distance of ${format(far)}, and was still falling`,
  ];
  if (fallsEndlessly(values)) {
    evidence.push(
      `along the straight way there it falls faster and faster, to ${format(values.at(-1)!)} at distance ${format(Math.max(1, norm(start.x)) * 10 ** (decades - 1))}`,
    );
  }
  return {
    ...{ kind: "unbounded", along, gradientNorm: norm(gradient), tolerance: verdict.tolerance },
    evidence,
    advice: [
      "as far as was measured the function has no lowest value: bound it, by a constraint or a penalty, or look for a sign that is wrong",
    ],
  };
}
