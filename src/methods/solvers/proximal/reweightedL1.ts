import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askGradient, askPenaltySlopes, type Vector } from "../../../linalg/ask.ts";
import { distance, dot } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { Point, Solver, Step } from "../solver.ts";
import {
  type Composite,
  compositeAt,
  drownedIn,
  firstStep,
  pointOf,
  spectralStep,
} from "./composite.ts";

export interface ReweightedL1Options {
  /**
   * For penalties that rise at zero like a root, whose slope there is infinite: how far beside zero the slopes of the first rounds are
   * taken, as a share of the largest entry, falling tenfold each round down to 1e-4. In (0, 1). Default 0.1.
   */
  readonly smoothing?: number;
  /** Proximal gradient steps at most, for each round. Default 1,000. */
  readonly innerIterations?: number;
}

export interface ReweightedL1State {
  at: Composite | undefined;
  round: number;
}

/**
 * Iteratively reweighted L1 for a penalty Σ pᵢ(|xᵢ|) with concave pᵢ: each round minimizes f(v) + Σ pᵢ′(|xᵢ|)·|vᵢ|, which lies above
 * f + P but for a constant and touches it at x. From zero the first round of SCAD or MCP is the lasso: the
 * local linear approximation. Where pᵢ′(0) = ∞ (L½, L⅔) slopes are taken beside zero for some rounds; after these, an entry that is 0 may
 * leave only if that lowers the value.
 *
 * @throws NadirError `reweightedL1/smoothing`, `/innerIterations`, `/unknown-option`
 * @see Candès, Wakin & Boyd (2008), Enhancing sparsity by reweighted ℓ1 minimization, §2.2; Zou & Li (2008), One-step sparse
 *   estimates in nonconcave penalized likelihood models, eq. (2.6) and proposition 1
 */
export const reweightedL1 = described(
  {
    name: "reweightedL1",
    kind: "solver",
    summary:
      "A concave penalty by its tangents: an L1 problem each round, with the slopes at the last answer as weights.",
    guarantee:
      "For concave penalties with a finite slope at zero no round raises the value, and fixed points are stationary (Zou & Li, proposition 1). For roots so after the rounds beside zero.",
    price: {
      iteration: "one weighted lasso: some ten to hundred gradients",
      memory: "7 vectors",
    },
    source:
      "Candès, Wakin & Boyd (2008), Enhancing sparsity by reweighted ℓ1 minimization, §2.2; Zou & Li (2008), One-step sparse estimates in nonconcave penalized likelihood models, eq. (2.6)",
  },
  (options: ReweightedL1Options = {}): Solver<ReweightedL1State> => {
    requireKnownOptions("reweightedL1", options, ["smoothing", "innerIterations"]);
    const smoothing = requireInRange("reweightedL1/smoothing", options.smoothing ?? 0.1, [0, 1], {
      open: true,
    });
    const iterations = requireCount(
      "reweightedL1/innerIterations",
      options.innerIterations ?? 1000,
    );
    return {
      kind: "solver",
      name: "reweightedL1",
      needs: ["gradient", "penalty", "penalty-slopes", "projected-gradient"],
      monotone: false,
      init: () => ({ at: undefined, round: 0 }),
      step: (point, state) => tangentStep(point, state, smoothing, iterations),
    };
  },
);

/** The least share of the largest entry beside which slopes are taken at zero. */
const leastShare = 1e-4;

function* tangentStep(
  point: Point,
  state: ReweightedL1State,
  smoothing: number,
  iterations: number,
): Ask<Step<ReweightedL1State>> {
  const at = state.at ?? (yield* compositeAt(point.x));
  const sizes = at.x.map(Math.abs);
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  const atZero = yield* askPenaltySlopes(new Float64Array(sizes.length));
  const isRoot = atZero.map((slope) => (slope === Number.POSITIVE_INFINITY ? 1 : 0));
  const share = Math.max(leastShare, smoothing * 0.1 ** (state.round - 1));
  const isRough = isRoot.includes(1) && share > leastShare;
  // From zero nothing tells how large entries will be: one unit.
  const beside = largest === 0 ? 1 : share * largest;
  const weights = yield* askPenaltySlopes(
    sizes.map((size, i) => (isRoot[i] === 1 && (isRough || size === 0) ? size + beside : size)),
  );
  state.round++;
  const tolerance = 1e-2 * Math.min(1, point.residual ?? 1);
  let next = yield* weightedLasso(at, weights, tolerance, iterations);
  if (!isRough && next.value > at.value) {
    // Only a zero of a root that was let go can have raised it.
    const held = weights.map((w, i) =>
      isRoot[i] === 1 && sizes[i] === 0 ? Number.POSITIVE_INFINITY : w,
    );
    next = yield* weightedLasso(at, held, tolerance, iterations);
  }
  const stepSize = distance(next.x, at.x);
  const isLower = next.value <= at.value;
  if (!isRough && (!isLower || stepSize === 0)) {
    const small = next.value - at.value <= drownedIn(at.value);
    return { point, state, stepSize: 0, stalled: small ? "rounding" : "line-search" };
  }
  state.at = next;
  return { point: yield* pointOf(next), state, stepSize };
}

/**
 * f(v) + Σ wᵢ|vᵢ| from a point on, by proximal gradient steps of spectral length: until a step over its length is within the
 * tolerance, never above where it began.
 */
function* weightedLasso(
  from: Composite,
  weights: Vector,
  tolerance: number,
  iterations: number,
): Ask<Composite> {
  const charge = (x: Vector): number =>
    x.reduce((sum, xi, i) => (xi === 0 ? sum : sum + weights[i]! * Math.abs(xi)), 0);
  let at: { x: Vector; value: number; gradient: Vector } = { ...from, value: from.smooth };
  let total = at.value + charge(at.x);
  let t = firstStep(at.gradient);
  for (let k = 0; k < iterations; k++) {
    let isDone = true;
    for (let trial = 0; trial < 60; trial++, t /= 2) {
      const x = at.x.map((xi, i) => shrunk(xi - t * at.gradient[i]!, t * weights[i]!));
      const step = distance(x, at.x);
      if (step <= tolerance * t) break;
      const { value, gradient } = yield* askGradient(x);
      const sum = value + charge(x);
      if (!(sum <= total - (1e-4 / (2 * t)) * step ** 2 + drownedIn(total))) continue;
      const before = at;
      at = { x, value, gradient };
      isDone = sum >= total;
      total = Math.min(total, sum);
      t = spectralStep(before, at) ?? firstStep(gradient);
      break;
    }
    if (isDone) break;
  }
  return dot(at.x, at.x) === 0 && dot(from.x, from.x) === 0 ? from : yield* compositeAt(at.x);
}

const shrunk = (v: number, by: number): number => (Math.abs(v) <= by ? 0 : v - Math.sign(v) * by);
