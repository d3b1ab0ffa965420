import type { Verdict } from "../../diagnosis/verdict.ts";
import type { Ended } from "./alternate.ts";
import { type LowerBound, lowerBound } from "./bound.ts";
import { profileOf } from "./coordinateSweeps.ts";
import { lowestValue } from "./fullyObserved.ts";
import type { Factors } from "./objective.ts";
import type { Settings } from "./options.ts";
import type { Table } from "./ratings.ts";
import { type Residual, residualOf } from "./residual.ts";
import { wayOut } from "./saddle.ts";

const format = (value: number): string => Number(value.toPrecision(4)).toString();

/** What is known of the point where a factorization stopped. */
export interface Judged {
  readonly verdict: Verdict;
  /** A value that no factors go below, where one was proven. */
  readonly lowerBound: number | undefined;
}

/** The strongest that can be proven of the point where a factorization stopped. */
export function judge(factors: Factors, table: Table, settings: Settings, ended: Ended): Judged {
  const { feedback, penalty, nonnegative, tolerance, method } = settings;
  const { history, iterations, settled, gradientNorm } = ended;
  const [first, last] = [history[0]!, history.at(-1)!]; // the start's, at least
  const measured = { gradientNorm, tolerance: ended.gradientTolerance };
  const slope = `${penalty === undefined && !nonnegative ? "gradient norm" : "distance from a fixed point, as a gradient norm,"} over all factors is ${format(gradientNorm)}`;
  const evidence = [
    method === "sgd"
      ? `the objective went from ${format(first)} to ${format(last)} in ${iterations} passes`
      : `the objective fell from ${format(first)} to ${format(last)} in ${iterations} iterations, never rising between half steps`,
    `the ${slope}`,
  ];
  if (!Number.isFinite(last)) {
    const cause = `the objective is ${last} after ${iterations} ${method === "sgd" ? "passes" : "iterations"}`;
    return {
      verdict: {
        ...{ kind: "diverged", step: iterations, cause, ...measured, evidence: [cause] },
        advice: [method === "sgd" ? "a smaller learningRate" : "scale the ratings to about 1"],
      },
      lowerBound: undefined,
    };
  }
  const squares = penalty === undefined;
  const residual =
    squares && settled
      ? residualOf(factors, table, feedback === "implicit" ? settings.confidence : undefined)
      : undefined;
  const bounds = residual === undefined ? [] : [bound(factors, residual, settings)];
  if (squares && !nonnegative) bounds.push(ofWhole(factors, table, settings));
  const lowerBounds = bounds.filter((one) => one !== undefined).sort((a, b) => b.value - a.value);
  const [best] = lowerBounds;
  const judged = (verdict: Verdict): Judged => ({ verdict, lowerBound: best?.value });
  if (best !== undefined) {
    evidence.push(best.sentence);
    const gap = last - best.value;
    if (gap <= 1e-6 * Math.abs(last) || gap <= 1e-12 * sizeOf(table, settings)) {
      return judged({
        ...{ kind: "global-minimum", primal: last, dual: best.value, gap: Math.max(0, gap) },
        ...{ ...measured, evidence, advice: [] },
      });
    }
  }
  if (!settled) {
    const advice = ["allow more iterations: the objective was still falling"];
    if (penalty !== undefined && profileOf(penalty).slope(1e12) === 0)
      advice.push(
        `${penalty.name} is flat for large factors: one side can grow and the other shrink for ever; l1, lHalf or logSum have a minimum`,
      );
    return judged({ kind: "not-stationary", why: "budget", ...measured, evidence, advice });
  }
  evidence.push(`the last iteration lowered it by no more than ${format(tolerance)} of itself`);
  if (!(gradientNorm <= ended.gradientTolerance)) {
    const advice = [
      `set a smaller tolerance: the objective falls slowly, and its slope is not yet below ${format(ended.gradientTolerance)}`,
    ];
    return judged({ kind: "not-stationary", why: "budget", ...measured, evidence, advice });
  }
  const way =
    residual === undefined || nonnegative ? undefined : wayOut(factors, residual, settings);
  if (way !== undefined) {
    evidence.push(
      `the factors leave a direction empty in which the curvature is ${format(way.smallestEigenvalue)}: along it the objective falls by ${format(way.predictedDecrease)}`,
    );
    const advice = [
      "start from other factors: add the direction to these, or leave start out; alternating steps cannot leave an empty direction",
    ];
    return judged({ kind: "saddle", ...way, ...measured, evidence, advice });
  }
  const advice = [
    "the problem is convex in each side alone: another seed may end elsewhere; compare on held-out ratings",
  ];
  return judged({ kind: "stationary", ...measured, evidence, advice });
}

interface Stated {
  readonly value: number;
  readonly sentence: string;
}

function bound(factors: Factors, residual: Residual, settings: Settings): Stated | undefined {
  const found: LowerBound | undefined = lowerBound(factors, residual, settings);
  if (found === undefined) return undefined;
  const { value, spectral } = found;
  return {
    value,
    sentence: `by the nuclear norm, of which this is a factorization, no factors of any rank reach below ${format(value)}: the residual's scaled spectral norm is ${format(spectral)} (at a global minimum at most 1)`,
  };
}

/** Of a matrix observed whole, which rank it is. */
function ofWhole({ rank }: Factors, table: Table, settings: Settings): Stated | undefined {
  const { weighted, strength, biases, feedback } = settings;
  if (biases || feedback === "implicit") return undefined;
  const [users, items] = [table.userIds.length, table.itemIds.length];
  const value = lowestValue(
    table,
    rank,
    weighted ? strength * items : strength,
    weighted ? strength * users : strength,
  );
  return value === undefined
    ? undefined
    : {
        value,
        sentence: `every entry is observed, and by the singular values of the matrix no factors of rank ${rank} reach below ${format(value)}`,
      };
}

/** Σ c·p² of the targets: what the objective is without factors. */
const sizeOf = ({ values }: Table, { feedback, confidence }: Settings): number =>
  values.reduce(
    (sum, value) => sum + (feedback === "implicit" ? 1 + confidence * value : value * value),
    0,
  );
