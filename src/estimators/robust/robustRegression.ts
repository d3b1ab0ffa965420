import { NadirError } from "../../base/errors.ts";
import {
  requireCount,
  requireInRange,
  requireKnownOptions,
  requireWord,
} from "../../base/require.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import type { Vector } from "../../linalg/ask.ts";
import { cholesky, choleskySolve } from "../../linalg/cholesky.ts";
import { randomStream } from "../../linalg/random.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import type { DesignMatrix } from "../linear/design.ts";
import { fastTrimmed } from "./concentration.ts";
import { beyond, type RobustFit, type RobustModel, show } from "./leastTrimmedSquares.ts";
import {
  gramOf,
  leastSquaresOn,
  medianScale,
  predictLinear,
  type Rows,
  readRows,
  residualsOf,
} from "./rows.ts";

/** The loss of `robustRegression`, and where its descent starts. */
export interface RobustOptions {
  /**
   * ρ of u = residual/scale, with ρ″(0) = 1: `tukey`, c²/6·(1 − (1 − (u/c)²)³) up to c and flat beyond; `welsch`,
   * c²/2·(1 − e^{−(u/c)²}). Default `tukey`.
   */
  readonly loss?: "tukey" | "welsch";
  /** c, above 0. Default 4.685 and 2.985: an efficiency of 95 % where errors are normal. */
  readonly tuning?: number;
  /**
   * `trimmed`: least trimmed squares, which nearly half of the samples cannot carry away. `least-squares`: which one can; for
   * comparison. Default `trimmed`.
   */
  readonly start?: "trimmed" | "least-squares";
  /** Random starts of the trimmed fit. Default 500. */
  readonly starts?: number;
  /** Of these starts. Default 0. */
  readonly seed?: number;
  /** Default true. */
  readonly intercept?: boolean;
  /** The gradient over that of the start's residuals, all of one sign, at which the fit counts as stationary. Default 1e-10. */
  readonly tolerance?: number;
}

/** ρ, its slope over u (the weight), and its second derivative. */
interface Redescending {
  value(u: number): number;
  weight(u: number): number;
  bend(u: number): number;
}

const tukey = (c: number): Redescending => {
  const inside = (u: number): number => Math.max(0, 1 - (u / c) ** 2);
  return {
    value: (u) => ((c * c) / 6) * (1 - inside(u) ** 3),
    weight: (u) => inside(u) ** 2,
    bend: (u) => inside(u) * (1 - 5 * (u / c) ** 2),
  };
};

const welsch = (c: number): Redescending => {
  const near = (u: number): number => Math.exp(-((u / c) ** 2));
  return {
    // expm1: 1 − e^{−t} loses all digits of a small t.
    value: (u) => -((c * c) / 2) * Math.expm1(-((u / c) ** 2)),
    weight: near,
    bend: (u) => near(u) * (1 - 2 * (u / c) ** 2),
  };
};

/**
 * Regression with a loss that stops growing: an M-estimate with a robust start and a scale that stays,
 *
 *     minimize near the start  (s²/n) Σ ρ((y_i − x_iw − b)/s),
 *
 * s from the start's residuals (MM-estimation). Not convex: far samples lose all weight. Reweighted least squares, which never raises the
 * objective, then Newton steps where it is curved upwards. The verdict is a `local-minimum` where the Hessian proves it.
 *
 * @throws NadirError `robust/loss`, `robust/start`, `robust/starts`, `robust/tuning`, `robust/tolerance` for options out of range; from
 *   `fit`, `linear/…` for samples that cannot be fitted, `robust/exact` where most samples lie on one plane exactly
 * @see Yohai (1987), High breakdown-point and high efficiency robust estimates for regression; Beaton & Tukey (1974); Dennis & Welsch
 *   (1978), Techniques for nonlinear least squares and robust regression
 */
export function robustRegression(options: RobustOptions = {}): RobustModel<RobustFit> {
  const settings = readSettings(options);
  return { fit: (x, y) => fitTo(x, y, settings) };
}

interface Settings {
  readonly intercept: boolean;
  readonly seed: number;
  readonly from: "trimmed" | "least-squares";
  readonly starts: number;
  readonly rho: Redescending;
  readonly within: number;
}

function readSettings(options: RobustOptions): Settings {
  requireKnownOptions(
    "robustRegression",
    options,
    [...["loss", "tuning", "start", "starts", "seed", "intercept", "tolerance"]],
    "robustRegression(options).fit(x, y)",
  );
  const { intercept = true, seed = 0 } = options;
  const loss = requireWord("robust/loss", options.loss ?? "tukey", ["tukey", "welsch"]);
  const from = requireWord("robust/start", options.start ?? "trimmed", [
    "trimmed",
    "least-squares",
  ]);
  const starts = requireCount("robust/starts", options.starts ?? 500);
  const range = [0, Number.POSITIVE_INFINITY] as const;
  const c = requireInRange(
    "robust/tuning",
    options.tuning ?? (loss === "tukey" ? 4.685 : 2.985),
    range,
    { open: true },
  );
  const within = requireInRange("robust/tolerance", options.tolerance ?? 1e-10, [0, 1], {
    open: true,
  });
  const rho = loss === "tukey" ? tukey(c) : welsch(c);
  return { intercept, seed, from, starts, rho, within };
}

function fitTo(
  x: DesignMatrix,
  y: ArrayLike<number>,
  { intercept, seed, from, starts, rho, within }: Settings,
): RobustFit {
  const rows = readRows(x, y, intercept);
  const { samples: n, width } = rows;
  const all = Array.from({ length: n }, (_, i) => i);
  const begin =
    from === "trimmed"
      ? fastTrimmed(rows, Math.floor((n + width + 1) / 2), starts, randomStream(seed))[0]!.w
      : leastSquaresOn(rows, all);
  const residuals = residualsOf(rows, begin, new Float64Array(n));
  const scale = medianScale(residuals, width);
  const size = rows.y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (!(scale > 1e-12 * size)) {
    throw new NadirError("robust/exact", "most samples lie on one plane exactly: the scale is 0", {
      expected: "residuals that are not zero, to tell near from far",
      hint: "leastTrimmedSquares fits the plane, and names the samples off it",
    });
  }
  const tolerance = (within * residuals.reduce((sum, r) => sum + Math.abs(r), 0)) / n;
  const ended = descend(rows, rho, scale, begin, tolerance);
  residualsOf(rows, ended.w, residuals);
  const { coefficients, intercept: own } = rows.original(ended.w);
  return {
    ...{ coefficients, intercept: own, residuals, scale },
    weights: residuals.map((r) => rho.weight(r / scale)),
    outliers: beyond(residuals, 2.5 * scale),
    objective: ended.history.at(-1)!,
    history: ended.history,
    verdict: stateOf(rows, rho, scale, ended.w, tolerance, from),
    predict: (next) => predictLinear(next, { coefficients, intercept: own }),
  };
}

const maxIterations = 500;

function descend(
  rows: Rows,
  rho: Redescending,
  scale: number,
  start: Vector,
  tolerance: number,
): { readonly w: Vector; readonly history: readonly number[] } {
  const { samples: n } = rows;
  const residuals = new Float64Array(n);
  const valueAt = (w: Vector): number => {
    let sum = 0;
    for (const r of residualsOf(rows, w, residuals)) sum += rho.value(r / scale);
    return (scale * scale * sum) / n;
  };
  const members = Array.from({ length: n }, (_, i) => i);
  let w = start;
  let value = valueAt(w);
  const history = [value];
  for (let k = 0; k < maxIterations; k++) {
    const gradient = gradientAt(rows, rho, scale, w);
    if (Math.hypot(...gradient) <= tolerance) break;
    residualsOf(rows, w, residuals);
    const bends = residuals.map((r) => rho.bend(r / scale) / n);
    const newton = k < 5 ? undefined : newtonStep(rows, bends, gradient, w);
    const weights = residuals.map((r) => rho.weight(r / scale));
    for (const next of newton === undefined
      ? [leastSquaresOn(rows, members, weights)]
      : [newton, leastSquaresOn(rows, members, weights)]) {
      const now = valueAt(next);
      // Near the end values agree to rounding, and gradients still tell.
      const better =
        now < value ||
        (now <= value * (1 + 4 * Number.EPSILON) &&
          Math.hypot(...gradientAt(rows, rho, scale, next)) < 0.5 * Math.hypot(...gradient));
      if (!better) continue;
      w = next;
      value = Math.min(now, value);
      break;
    }
    if (
      history.at(-1) === value &&
      Math.hypot(...gradientAt(rows, rho, scale, w)) >= Math.hypot(...gradient)
    )
      break;
    history.push(value);
  }
  return { w, history };
}

/** −(1/n) Σ w(u)·r·x. */
function gradientAt(rows: Rows, rho: Redescending, scale: number, w: Vector): Vector {
  const { samples: n, width, x } = rows;
  const out = new Float64Array(width);
  residualsOf(rows, w, new Float64Array(n)).forEach((r, i) => {
    const pull = (rho.weight(r / scale) * r) / n;
    for (let a = 0; a < width; a++) out[a] = out[a]! - pull * x[i * width + a]!;
  });
  return out;
}

/** Undefined where the Hessian is not positive definite. */
function newtonStep(
  { x, width }: Rows,
  bends: Vector,
  gradient: Vector,
  w: Vector,
): Vector | undefined {
  const hessian = gramOf(x, width, bends);
  if (!cholesky(hessian, width, hessian)) return undefined;
  const step = gradient.slice();
  choleskySolve(hessian, width, step, step);
  return w.map((value, a) => value - step[a]!);
}

function stateOf(
  rows: Rows,
  rho: Redescending,
  scale: number,
  w: Vector,
  tolerance: number,
  from: "trimmed" | "least-squares",
): Verdict {
  const { samples: n, width, x } = rows;
  const gradientNorm = Math.hypot(...gradientAt(rows, rho, scale, w));
  const measured = { gradientNorm, tolerance };
  const residuals = residualsOf(rows, w, new Float64Array(n));
  const few = residuals.filter((r) => rho.weight(r / scale) < 0.05).length;
  const evidence = [
    `the gradient of the mean loss is ${show(gradientNorm)} (tolerance ${show(tolerance)}), at the scale ${show(scale)} of the start`,
    `${few} of ${n} samples have a weight below 0.05`,
  ];
  if (!(gradientNorm <= tolerance)) {
    const advice = ["a larger tuning constant makes the objective less flat"];
    return { kind: "not-stationary", why: "budget", ...measured, evidence, advice };
  }
  const bends = residuals.map((r) => rho.bend(r / scale) / n);
  const { values } = symmetricEigen(gramOf(x, width, bends), width);
  const smallestEigenvalue = values[0]!;
  const largest = Math.max(Math.abs(values[0]!), Math.abs(values[width - 1]!));
  const eigenvalueError = 8 * width * Number.EPSILON * Math.max(largest, 1);
  const curvature = { smallestEigenvalue, eigenvalueError };
  const how =
    from === "trimmed"
      ? "the start was a fit that nearly half of the samples cannot carry away"
      : "the start was least squares, which one sample can carry away";
  evidence.push(
    `the smallest eigenvalue of the Hessian is ${show(smallestEigenvalue)}, for columns of unit deviation`,
    how,
  );
  if (smallestEigenvalue > eigenvalueError) {
    const advice = [
      "the loss is not convex: other minima exist, where other samples are the majority",
    ];
    return { kind: "local-minimum", ...measured, ...curvature, evidence, advice };
  }
  if (smallestEigenvalue >= -eigenvalueError) {
    const advice = ["too few samples count to fix all coefficients"];
    return {
      ...{ kind: "degenerate", ...measured, ...curvature },
      ...{ nearZeroEigenvalues: 1, evidence, advice },
    };
  }
  const advice = ["a stationary point, no more: another start may end lower"];
  return { kind: "stationary", ...measured, evidence, advice };
}
