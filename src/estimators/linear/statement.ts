import type { Verdict } from "../../diagnosis/verdict.ts";
import type { Vector } from "../../linalg/ask.ts";
import { cholesky } from "../../linalg/cholesky.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import { type Blocks, isFree, paidFor } from "./blocks.ts";
import type { Columns } from "./design.ts";
import { dualValue, tangentBound } from "./duality.ts";
import type { Ended, Fitter } from "./fitter.ts";
import type { Loss } from "./loss.ts";

/** What a verdict on a linear model is made from. */
export interface Facts {
  readonly fitter: Fitter;
  readonly ended: Ended;
  readonly design: Columns;
  readonly loss: Loss;
  readonly penalty: Penalty;
  readonly blocks: Blocks;
  /** There is an intercept of its own: not taken out by centring. */
  readonly intercept: boolean;
  /** The second derivatives of the loss are the same everywhere. */
  readonly quadratic: boolean;
  readonly tolerance: number;
  /** Coefficients are differences of neighbours; the last may be the first of these. */
  readonly fused: boolean;
}

/** Features up to which the curvature of the whole loss is looked at, where it may prove that a sum with a concave penalty is convex. */
const wholeLimit = 300;
/** Coefficients up to which eigenvalues are computed; beyond, they are bracketed by factorizations. */
const eigenLimit = 200;

/**
 * The strongest true statement about where a fit ended:
 * a global minimum with primal, dual and gap, where the problem is convex; also a non-convex penalty on a loss curved more than the
 * penalty is concave; else a local minimum, by the curvature on the support and the slopes off it; else a stationary point, no more.
 */
export function stateOf(facts: Facts): Verdict {
  const { fitter, ended, penalty, tolerance } = facts;
  const measured = { gradientNorm: ended.violation, tolerance };
  if (!(ended.violation <= tolerance)) {
    return {
      kind: "not-stationary",
      why: "budget",
      ...measured,
      evidence: [
        `the largest violation of a coefficient's fixed-point equation is ${show(ended.violation)}, above the tolerance ${show(tolerance)}`,
      ],
      advice: ["allow more sweeps (maxSweeps), or standardize the columns"],
    };
  }
  const support: number[] = [];
  fitter.w.forEach((w, j) => {
    if (w !== 0) support.push(j);
  });
  const free = facts.blocks.list.filter(isFree).length;
  const paid = fitter.w.length - free;
  const count = facts.fused
    ? `${support.filter((j) => j < paid).length} of ${paid} neighbours differ`
    : `${support.length} of ${fitter.w.length} are not zero`;
  const evidence = [
    `every coefficient is a fixed point of its proximal step to ${show(ended.violation)} (tolerance ${show(tolerance)}); ${count}`,
  ];
  const penaltyValue = paidFor(facts.blocks, fitter.w);
  const primal = fitter.loss + penaltyValue;
  const convex = penalty.weakConvexity === 0;
  const bound = convex ? convexBound(facts, penaltyValue) : strongBound(facts, primal);
  if (bound !== undefined && primal - bound.dual <= 1e-6 * Math.max(Math.abs(primal), 1e-3)) {
    // Rounding may put the bound a little above the value.
    const gap = Math.max(0, primal - bound.dual);
    evidence.push(
      bound.how,
      `no coefficients give less than ${show(bound.dual)}; these give ${show(gap)} more`,
    );
    const advice =
      support.length === 0 && penalty.strength > 0
        ? ["the penalty dominates: no feature is worth its price; try a smaller strength"]
        : ["nothing lower exists: if the fit disappoints, change the penalty or the features"];
    return {
      kind: "global-minimum",
      ...measured,
      primal,
      dual: primal - gap,
      gap,
      evidence,
      advice,
    };
  }
  const margin = slack(facts);
  const corner = fitter.corner?.(support);
  const curvature =
    corner === undefined ? curvatureOn(facts, support) : cornerCurvature(facts, support, corner);
  const off =
    support.length === fitter.w.length
      ? ""
      : `; off it, each coefficient's slope is less than what the penalty charges, by ${show(margin)} at least`;
  evidence.push(`${curvature.how}${off}`);
  if (convex)
    evidence.push(
      "the problem is convex, so that nothing lower exists; no certificate was computed",
    );
  const eigen = { smallestEigenvalue: curvature.smallest, eigenvalueError: curvature.error };
  if (curvature.smallest > curvature.error && margin > 0) {
    const advice = convex
      ? []
      : ["a lower point may exist elsewhere: compare other starts (a path, the lasso)"];
    return { kind: "local-minimum", ...measured, ...eigen, evidence, advice };
  }
  const nearZero = Math.abs(curvature.smallest) <= curvature.error;
  if (nearZero || curvature.smallest > 0) {
    const advice = ["the answer is not unique, or only just: see which features say the same"];
    return { kind: "degenerate", ...measured, ...eigen, nearZeroEigenvalues: 1, evidence, advice };
  }
  evidence.push("along some direction of the support the objective is curved downwards");
  const advice = [
    "a stationary point, no more: a larger strength, γ or a gives a path that is locally convex",
  ];
  return { kind: "stationary", ...measured, evidence, advice };
}

interface Bound {
  readonly dual: number;
  readonly how: string;
}

function convexBound(facts: Facts, penaltyValue: number): Bound | undefined {
  const { fitter, design, loss, blocks, intercept } = facts;
  const dual = dualValue(design, loss, blocks, fitter, intercept);
  if (dual !== undefined) {
    return {
      dual,
      how: "the problem is convex, and a feasible point of its dual bounds it from below",
    };
  }
  if (loss.dual === undefined && !intercept) {
    const tangent = tangentBound(fitter.loss, penaltyValue, blocks, fitter.w, fitter.gradient);
    if (tangent !== undefined) {
      return {
        dual: tangent,
        how: "the problem is convex, and the tangent of the loss bounds it from below",
      };
    }
  }
  return undefined;
}

/** A quadratic loss curved by μ everywhere and a penalty concave by ρ < μ: F(v) ≥ F(w) − ‖s‖²/(2(μ − ρ)) for a subgradient s at w. */
function strongBound(facts: Facts, primal: number): Bound | undefined {
  const { fitter, penalty, quadratic, intercept } = facts;
  const p = fitter.w.length;
  const rho = penalty.weakConvexity;
  if (!quadratic || intercept || p > wholeLimit || !Number.isFinite(rho)) return undefined;
  const all = Array.from({ length: p }, (_, j) => j);
  const [smallest = 0] = symmetricEigen(fitter.hessian(all), p).values;
  if (!(smallest > rho * (1 + 1e-9))) return undefined;
  const residual = subgradientSquares(facts);
  return {
    dual: primal - residual / (2 * (smallest - rho)),
    how: `the loss is curved by ${show(smallest)} at least, the penalty concave by ${show(rho)} at most: their sum is convex`,
  };
}

/** The least ‖s‖² of a subgradient of the objective at the point. */
function subgradientSquares({ fitter, blocks }: Facts): number {
  const { w, gradient } = fitter;
  let squares = 0;
  for (const { features, profile, l1 } of blocks.list) {
    const norm = normOf(w, features);
    let own = 0;
    for (const j of features) {
      const radial = norm === 0 ? 0 : (profile.slope(norm) * w[j]!) / norm;
      const slope = gradient[j]! + radial;
      own +=
        w[j] === 0 ? Math.max(0, Math.abs(slope) - l1) ** 2 : (slope + l1 * Math.sign(w[j]!)) ** 2;
    }
    squares += norm === 0 ? Math.max(0, Math.sqrt(own) - profile.slope(0)) ** 2 : own;
  }
  return squares;
}

/** By how much the penalty's slope at zero exceeds the loss's, at the zero block where that is least. */
function slack({ fitter, blocks }: Facts): number {
  let least = Number.POSITIVE_INFINITY;
  for (const { features, profile, l1 } of blocks.list) {
    if (normOf(fitter.w, features) > 0) continue;
    let squares = 0;
    for (const j of features) squares += Math.max(0, Math.abs(fitter.gradient[j]!) - l1) ** 2;
    least = Math.min(least, profile.slope(0) - Math.sqrt(squares));
  }
  return least;
}

interface Curvature {
  readonly smallest: number;
  readonly error: number;
  readonly how: string;
}

/**
 * A loss with kinks: where it rises at once along every direction of the support, no direction is left to be curved along; where it
 * does not, it is flat along one, and the penalty's concavity decides.
 */
function cornerCurvature(
  { penalty }: Facts,
  { length: free }: readonly number[],
  corner: boolean,
): Curvature {
  if (corner) {
    const how = `the loss has a corner here: along every direction of the ${free} coefficients that are not zero it rises at once`;
    return { smallest: Number.POSITIVE_INFINITY, error: 0, how };
  }
  const how = "the loss is flat along some direction of the support";
  return { smallest: penalty.weakConvexity > 0 ? -penalty.weakConvexity : 0, error: 0, how };
}

/** The smallest eigenvalue of the objective's Hessian on the support. */
function curvatureOn(facts: Facts, support: readonly number[]): Curvature {
  const m = support.length;
  if (m === 0) {
    return { smallest: Number.POSITIVE_INFINITY, error: 0, how: "no coefficient is free to move" };
  }
  const hessian = facts.fitter.hessian(support);
  addPenalty(hessian, facts, support);
  let scale = 0;
  for (let a = 0; a < m; a++) scale = Math.max(scale, Math.abs(hessian[a * m + a]!));
  if (m <= eigenLimit) {
    const { values } = symmetricEigen(hessian, m);
    const error = 8 * m * Number.EPSILON * Math.max(Math.abs(values[0]!), Math.abs(values[m - 1]!));
    const how = `the smallest eigenvalue of the Hessian on the support is ${show(values[0]!)}, known to ${show(error)}`;
    return { smallest: values[0]!, error, how };
  }
  const factor = new Float64Array(m * m);
  for (let shift = scale / 2; shift > 1e-10 * scale; shift /= 2) {
    if (!cholesky(hessian, m, factor, -shift)) continue;
    const how = `the smallest eigenvalue of the Hessian on the support lies between ${show(shift)} and ${show(2 * shift)}`;
    return { smallest: 1.5 * shift, error: 0.5 * shift, how };
  }
  const definite = cholesky(hessian, m, factor, 1e-10 * scale);
  return {
    smallest: definite ? 0 : -scale,
    error: definite ? 1e-10 * scale : 0,
    how: definite
      ? "the Hessian on the support has an eigenvalue that is zero to rounding"
      : "the Hessian on the support is not positive definite",
  };
}

/** Adds ∇²P on the support: of a block p″·uuᵀ + (p′/‖w‖)(I − uuᵀ), u = w/‖w‖. */
function addPenalty(hessian: Vector, { fitter, blocks }: Facts, support: readonly number[]): void {
  const m = support.length;
  const place = new Map(support.map((j, a) => [j, a]));
  for (const { features, profile } of blocks.list) {
    const norm = normOf(fitter.w, features);
    if (norm === 0) continue;
    const bend = profile.curvature(norm);
    const side = features.length === 1 ? 0 : profile.slope(norm) / norm;
    for (const j of features) {
      const a = place.get(j);
      if (a === undefined) continue;
      for (const k of features) {
        const b = place.get(k);
        if (b === undefined) continue;
        const outer = (fitter.w[j]! / norm) * (fitter.w[k]! / norm);
        hessian[a * m + b] = hessian[a * m + b]! + (bend - side) * outer + (j === k ? side : 0);
      }
    }
  }
}

function normOf(w: Vector, features: Int32Array): number {
  let squares = 0;
  for (const j of features) squares += w[j]! * w[j]!;
  return Math.sqrt(squares);
}

/** Numbers for sentences. */
const show = (value: number): string =>
  value === 0 ? "0" : Number(value.toPrecision(3)).toString();
