import { internal, NadirError } from "../../base/errors.ts";
import type { Vector } from "../../linalg/ask.ts";
import { l1 } from "../../methods/penalties/l1.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { type Blocks, blocksOf, withFree } from "./blocks.ts";
import { coxLoss } from "./cox.ts";
import { type Columns, type Design, requireFinite } from "./design.ts";
import type { Fitter } from "./fitter.ts";
import { type FusedDesign, fuse } from "./fused.ts";
import { LeastSquares } from "./leastSquares.ts";
import { type Loss, meanLoss, type SampleLoss, weightedLoss } from "./loss.ts";
import { ProxNewton } from "./proxNewton.ts";
import { QuantileFitter } from "./quantile.ts";
import { huberLoss, logistic, pinball, poisson, squared } from "./sampleLosses.ts";
import { requireWeights } from "./sampleWeights.ts";
import { sumOf } from "./weighted.ts";

/** What is minimized on the samples: means over them. */
export type LossChoice =
  /** ½(y − η)². */
  | "squared"
  /** log(1 + e^{−yη}): two classes, the larger label being y = 1. */
  | "logistic"
  /** e^η − yη: counts. */
  | "poisson"
  /** Squared up to a residual δ, linear beyond. */
  | { readonly huber: number }
  /**
   * (η − y)(1 − τ) above y and τ(y − η) below, τ in (0, 1): the median of y for τ = ½, what a share τ of samples lies below in general
   * (Koenker & Bassett 1978).
   */
  | { readonly quantile: number }
  /** Cox's partial likelihood, ties by Breslow: y gives times and events. */
  | "cox";

/** Times, and whether the event was seen (1) or the sample censored (0). */
export interface Survival {
  readonly times: ArrayLike<number>;
  readonly events: ArrayLike<number>;
}

/** A response: a number for each sample (for `logistic`, one of two labels), or survival times. */
export type Response = ArrayLike<number> | Survival;

/** A response that was checked: targets as the loss takes them. */
export interface Targets {
  readonly size: number;
  readonly values: Vector;
  readonly events?: Vector;
  /** How much each sample counts, above 0. */
  readonly weights?: Vector;
  /** The two labels of a logistic loss, lower first. */
  readonly labels?: readonly [number, number];
}

/**
 * Reads a response.
 *
 * @throws NadirError `linear/response` if it does not suit the loss; `linear/not-finite`
 */
export function readTargets(loss: LossChoice, y: Response): Targets {
  const wrong = (what: string, expected: string): never => {
    throw new NadirError("linear/response", what, { expected });
  };
  if (loss === "cox") {
    if (!("times" in y)) return wrong("cox takes no plain numbers", "{ times, events }");
    const [values, events] = [Float64Array.from(y.times), Float64Array.from(y.events)];
    requireFinite(values, (at) => `times[${at}]`);
    if (events.length !== values.length || events.some((e) => e !== 0 && e !== 1))
      wrong(`${events.length} events for ${values.length} times`, "0 or 1 for each time");
    if (!events.includes(1)) wrong("no event was seen", "at least one event that is 1");
    return { size: values.length, values, events };
  }
  if ("times" in y)
    return wrong("survival times", "a number for each sample, unless the loss is cox");
  const values = Float64Array.from(y);
  requireFinite(values, (at) => `y[${at}]`);
  const size = values.length;
  if (loss === "poisson" && values.some((value) => value < 0))
    wrong(`y[${values.findIndex((value) => value < 0)}] is below 0`, "counts of at least 0");
  if (loss === "poisson" && sumOf(values) === 0) wrong("all counts are 0", "at least one above 0");
  if (loss !== "logistic") return { size, values };
  const labels = [...new Set(values)].sort((a, b) => a - b);
  const [low, high] = labels;
  if (low === undefined || high === undefined || labels.length > 2)
    return wrong(`y has ${labels.length} different labels`, "two");
  return { size, values: values.map((value) => (value === high ? 1 : -1)), labels: [low, high] };
}

/** The targets of some samples. */
export const targetsAt = (
  { values, events, weights, labels }: Targets,
  rows: Int32Array,
): Targets => ({
  size: rows.length,
  values: Float64Array.from(rows, (i) => values[i]!),
  ...(events === undefined ? {} : { events: Float64Array.from(rows, (i) => events[i]!) }),
  ...(weights === undefined ? {} : { weights: Float64Array.from(rows, (i) => weights[i]!) }),
  ...(labels === undefined ? {} : { labels }),
});

/** A design and targets with weights; samples that weigh nothing are left out. */
export function weighted(
  design: Design,
  targets: Targets,
  loss: LossChoice,
  weights: ArrayLike<number> | undefined,
): { readonly design: Design; readonly targets: Targets } {
  if (weights === undefined) return { design, targets };
  if (loss === "cox" || (typeof loss === "object" && "quantile" in loss)) {
    const name = loss === "cox" ? "cox" : "quantile";
    throw new NadirError("linear/weights", `weights of samples with the ${name} loss`, {
      expected: "a loss that is squared, logistic, poisson or huber",
      hint: "a sample that counts twice can stand there twice",
    });
  }
  requireOnePerSample(targets.size, design.samples);
  const values = requireWeights(weights, targets.size);
  const all = { ...targets, weights: values };
  if (!values.includes(0)) return { design, targets: all };
  const rows = Int32Array.from(values.keys()).filter((i) => values[i]! > 0);
  const left = targetsAt(all, rows);
  if (targets.labels !== undefined && new Set(left.values).size < 2) {
    throw new NadirError("linear/weights", "all samples of one label weigh 0", {
      expected: "a weight above 0 in each class",
    });
  }
  return { design: design.rows(rows), targets: left };
}

/** ℓ of a sample, for the losses that are means over samples. */
export function sampleLossOf(loss: Exclude<LossChoice, "cox">): SampleLoss {
  if (loss === "squared") return squared;
  if (loss === "logistic") return logistic;
  if (loss === "poisson") return poisson;
  if ("quantile" in loss) return pinball(quantileOf(loss));
  if (!(loss.huber > 0 && Number.isFinite(loss.huber))) {
    throw new NadirError("linear/huber", `huber is ${loss.huber}`, {
      expected: "a residual above 0, in units of y",
    });
  }
  return huberLoss(loss.huber);
}

/** τ. @throws NadirError `linear/quantile` unless it lies in (0, 1) */
function quantileOf({ quantile }: { readonly quantile: number }): number {
  if (quantile > 0 && quantile < 1) return quantile;
  throw new NadirError("linear/quantile", `quantile is ${quantile}`, {
    expected: "a share above 0 and below 1: 0.5 for the median",
  });
}

export interface TaskOptions {
  readonly loss: LossChoice;
  readonly intercept: boolean;
  readonly standardize: boolean;
  /** The penalty is one of differences of neighbours. Default false. */
  readonly fused?: boolean;
}

/** A fit about to be made: the design as the solver sees it, and the way back to the units of the data. */
export interface Task {
  readonly design: Columns;
  /** Coefficients of the solver's are differences of neighbours. */
  readonly fused?: boolean;
  /** The last so many columns cost nothing, whatever the penalty: intercepts of classes, the first of fused coefficients. */
  readonly free: number;
  readonly loss: Loss;
  readonly fitter: Fitter;
  /** The intercept is a coefficient of the solver's: not taken out by centring. */
  readonly ownIntercept: boolean;
  readonly quadratic: boolean;
  /** Goes to the best fit with no feature: all coefficients zero. */
  reset(): void;
  /** Columns that do not vary (or, without an intercept, are zero). */
  readonly constant: readonly number[];
}

/** With one coefficient for each feature. */
export interface LinearTask extends Task {
  /** Coefficients and intercept for the columns as they were given. */
  original(
    w: Vector,
    intercept: number,
  ): { readonly coefficients: Vector; readonly intercept: number };
}

/** A design as the solver sees it, and the way back. */
export interface Prepared {
  readonly design: Design;
  readonly constant: readonly number[];
  /** What columns were divided by, and what was taken from them before. */
  readonly scales: Vector;
  readonly offsets: Vector;
  /** Mean squares of the columns as the solver sees them, if they were centred. */
  readonly squares: Vector;
}

/**
 * Prepares a design. With an intercept columns are centred (dense ones; of sparse ones that stay sparse, only for the squared loss,
 * where it costs nothing), with `standardize` divided by their standard deviation (their root mean square, if there is no
 * intercept). Neither changes what an unpenalized intercept can reach.
 */
export function prepareDesign(
  given: Design,
  options: { readonly intercept: boolean; readonly standardize: boolean; readonly cox?: boolean },
  quadratic: boolean,
): Prepared {
  const { intercept, standardize, cox = false } = options;
  const { means, spreads } = given.moments(intercept || cox);
  const constant: number[] = [];
  const scales = spreads.map((spread, j) => {
    const still = !(spread > 1e-13 * Math.abs(means[j]!));
    if (still) constant.push(j);
    return still || !standardize ? 1 : spread;
  });
  const plain = !standardize && !intercept;
  const centred = intercept && (quadratic || given.dense);
  const design = plain ? given : given.scaled(scales, centred ? means : undefined);
  const squares = spreads.map((spread, j) =>
    constant.includes(j) && intercept ? 0 : (spread / scales[j]!) ** 2,
  );
  return {
    design,
    constant,
    scales,
    offsets: centred ? means : new Float64Array(means.length),
    squares,
  };
}

/** @throws NadirError `linear/response` unless there is a response for each sample */
export function requireOnePerSample(responses: number, samples: number): void {
  if (responses === samples) return;
  throw new NadirError("linear/response", `${responses} responses for ${samples} samples`, {
    expected: "one for each sample",
  });
}

/** Prepares a fit. */
export function taskOf(given: Design, targets: Targets, options: TaskOptions): LinearTask {
  return options.fused ? fusedTask(given, targets, options) : plainTask(given, targets, options);
}

/** The lasso's task on differences of neighbours, begun where none differ. */
function fusedTask(given: Design, targets: Targets, options: TaskOptions): LinearTask {
  let way: FusedDesign | undefined;
  const task = plainTask(given, targets, options, (design) => {
    way = fuse(design);
    return way.design;
  });
  if (way === undefined) throw internal("a fused task without its design");
  const { free, coefficients } = way;
  const { fitter, design } = task;
  const reset = (): void => {
    task.reset();
    if (free === 0) return;
    const most = fitter.gradient.reduce((size, g) => Math.max(size, Math.abs(g)), 0);
    const paid = design.features - free;
    const alone = withFree(blocksOf(l1(1e6 * most), paid), paid, free);
    fitter.solve(alone, { tolerance: 1e-12 * most, maxSweeps: 10_000 });
  };
  reset();
  return {
    ...{ ...task, free, reset, fused: true },
    original: (theta, b) => task.original(coefficients(theta), b),
  };
}

function plainTask(
  given: Design,
  targets: Targets,
  options: TaskOptions,
  change?: (design: Design) => Design,
): LinearTask {
  const { loss: choice, standardize } = options;
  const cox = choice === "cox";
  const intercept = options.intercept && !cox;
  requireOnePerSample(targets.size, given.samples);
  const { weights } = targets;
  // Weighted squares are no squares of centred columns: proximal Newton steps, of which one is enough.
  const centring = choice === "squared" && weights === undefined;
  const prepared = prepareDesign(given, { intercept, standardize, cox }, centring);
  const { constant, scales, offsets } = prepared;
  const design = change?.(prepared.design) ?? prepared.design;
  const original: LinearTask["original"] = (w, b) => {
    const coefficients = w.map((value, j) => (value === 0 ? 0 : value / scales[j]!));
    const shift = coefficients.reduce((sum, value, j) => sum + value * offsets[j]!, 0);
    return { coefficients, intercept: b - shift };
  };
  const shared = { design, constant, quadratic: choice === "squared", free: 0 };
  const none = new Float64Array(design.features);
  if (centring) {
    const level = intercept ? sumOf(targets.values) / targets.size : 0;
    const y = targets.values.map((value) => value - level);
    const fitter = new LeastSquares(design, y, change === undefined ? prepared.squares : undefined);
    return {
      ...{ ...shared, fitter, ownIntercept: false },
      loss: meanLoss(squared, y),
      reset: () => fitter.start(none),
      original: (w) => original(w, level),
    };
  }
  if (typeof choice === "object" && "quantile" in choice) {
    const fitter = new QuantileFitter(design, targets.values, quantileOf(choice), intercept);
    const reset = (): void => fitter.reset();
    return { ...shared, ownIntercept: intercept, loss: fitter.pinball, fitter, reset, original };
  }
  const loss = cox
    ? coxLoss(targets.values, targets.events ?? new Float64Array(targets.size).fill(1))
    : weights === undefined
      ? meanLoss(sampleLossOf(choice), targets.values)
      : weightedLoss(sampleLossOf(choice), targets.values, weights);
  const fitter = new ProxNewton(design, loss, intercept);
  const zero = fitter.intercept;
  const reset = (): void => fitter.start(none, zero);
  return { ...shared, ownIntercept: intercept, loss, fitter, reset, original };
}

/**
 * The blocks of a penalty for a task.
 *
 * @throws NadirError `linear/weak-convexity` if the penalty is more concave than the loss is curved along a column: its steps
 *   would then jump
 */
export function blocksFor(task: Task, penalty: Penalty): Blocks {
  const paid = task.design.features - task.free;
  const blocks = withFree(blocksOf(penalty, paid), paid, task.free);
  const rho = penalty.weakConvexity;
  // Only where it is the shape's doing, not the strength's.
  const again = penalty.withStrength(2 * penalty.strength).weakConvexity;
  // A loss with kinks is smoothed by as much as its solver likes.
  const kinked = task.fitter.corner !== undefined;
  if (kinked || rho === 0 || !Number.isFinite(rho) || again !== rho) return blocks;
  const { curvatures } = task.fitter;
  let at = -1;
  curvatures.forEach((c, j) => {
    if (j < paid && c > 0 && (at < 0 || c < curvatures[at]!)) at = j;
  });
  const least = at < 0 ? Number.POSITIVE_INFINITY : curvatures[at]!;
  if (least > rho * (1 + 1e-12)) return blocks;
  const scad = /scad/i.test(penalty.name);
  const enough = (1 / least + (scad ? 1 : 0)).toPrecision(3);
  throw new NadirError(
    "linear/weak-convexity",
    `${penalty.name} is concave by ${rho.toPrecision(3)}, but the loss is curved by ${least.toPrecision(3)} along column ${at}`,
    {
      expected: `more curvature than concavity along every column: ${scad ? "a" : "γ"} above ${enough} for these columns`,
      hint: task.quadratic
        ? "standardize: true makes the curvature 1 along all columns"
        : undefined,
    },
  );
}
