import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askProx } from "../../../linalg/ask.ts";
import { distance } from "../../../linalg/vector.ts";
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

export interface ProximalGradientOptions {
  /** M: a step may raise the value, but not above the largest of the last M. 1: monotone. Default 5. */
  readonly memory?: number;
  /** σ of the sufficient decrease, in (0, 1). Default 0.01. */
  readonly decrease?: number;
}

export interface ProximalGradientState {
  /** f and P at the point, of which a Point keeps the sum. */
  at: Composite | undefined;
  readonly values: number[];
  stepSize: number;
}

const trialLimit = 100;

/**
 * Proximal gradient with spectral steps: x⁺ = prox(x − t∇f, t) with t = sᵀs/sᵀy of the last step, halved until
 * F(x⁺) ≤ max of the last M values − (σ/2t)‖x⁺ − x‖². Works with penalties that are not convex, whose prox is a global
 * minimizer.
 *
 * Price: one gradient and one prox an iteration, one more of both for each trial that is refused.
 *
 * @throws NadirError `proximalGradient/memory` unless a whole number of at least 1; `proximalGradient/decrease` outside
 *   (0, 1); `proximalGradient/unknown-option`
 * @see Wright, Nowak & Figueiredo (2009), Sparse reconstruction by separable approximation, algorithm 1 (SpaRSA); for
 *   penalties that are not convex Gong, Zhang, Lu, Huang & Ye (2013), A general iterative shrinkage and thresholding algorithm
 */
export const proximalGradient = described(
  {
    name: "proximalGradient",
    kind: "solver",
    summary:
      "A gradient step, then the penalty's prox, of the length that the last step's curvature suggests.",
    guarantee:
      "Limit points are stationary where f is smooth and the sum bounded below, for penalties that are differences of convex ones too (Gong et al., theorem 1). No value above the largest of the last M.",
    price: {
      iteration: "one gradient, one prox; more where a trial is refused",
      memory: "4 vectors",
    },
    source:
      "Wright, Nowak & Figueiredo (2009), Sparse reconstruction by separable approximation, algorithm 1",
  },
  (options: ProximalGradientOptions = {}): Solver<ProximalGradientState> => {
    requireKnownOptions("proximalGradient", options, ["memory", "decrease"]);
    const memory = requireCount("proximalGradient/memory", options.memory ?? 5);
    const decrease = requireInRange("proximalGradient/decrease", options.decrease ?? 0.01, [0, 1], {
      open: true,
    });
    return {
      kind: "solver",
      name: "proximalGradient",
      needs: ["gradient", "penalty", "prox", "projected-gradient"],
      monotone: memory === 1,
      init: () => ({ at: undefined, values: [], stepSize: 0 }),
      step: (point, state) => spectralProxStep(point, state, memory, decrease),
    };
  },
);

function* spectralProxStep(
  point: Point,
  state: ProximalGradientState,
  memory: number,
  decrease: number,
): Ask<Step<ProximalGradientState>> {
  const at = state.at ?? (yield* compositeAt(point.x));
  if (state.values.length === 0) state.values.push(at.value);
  const highest = Math.max(...state.values);
  let t = state.stepSize || firstStep(at.gradient);
  let first = 0;
  for (let trial = 0; trial < trialLimit; trial++) {
    const moved = at.x.map((xi, i) => xi - t * at.gradient[i]!);
    const x = (yield* askProx(moved, t)).slice();
    const stepSize = distance(x, at.x);
    const needed = (decrease / (2 * t)) * stepSize ** 2;
    if (trial === 0) first = needed / decrease;
    if (stepSize === 0) break;
    const next = yield* compositeAt(x);
    if (next.value <= highest - needed) {
      state.at = next;
      state.values.push(next.value);
      if (state.values.length > memory) state.values.shift();
      state.stepSize = spectralStep(at, next) ?? firstStep(next.gradient);
      return { point: yield* pointOf(next), state, stepSize };
    }
    t /= 2;
  }
  const stalled = first <= 1e4 * drownedIn(at.value) ? "rounding" : "line-search";
  return { point, state, stepSize: 0, stalled };
}
