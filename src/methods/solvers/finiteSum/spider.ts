import { requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { norm } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { Solver } from "../solver.ts";
import {
  type EpochState,
  epoch,
  epochOptionNames,
  type FiniteSumOptions,
  readEpochs,
  startOfEpochs,
} from "./epochs.ts";
import { recursive } from "./sarah.ts";

export interface SpiderOptions extends FiniteSumOptions {
  /**
   * ε, the gradient norm aimed at: while the estimate v is longer than 2ε, steps have the length ε·2η.
   * Default: a tenth of the gradient norm at the start.
   */
  readonly accuracy?: number;
}

export interface SpiderState extends EpochState {
  /** ε. */
  accuracy: number;
}

/**
 * SPIDER-SFO, for f the mean of many terms: SARAH's estimate v with steps that are normalised while it is
 * long, x ← x − min(ε/(L‖v‖), 1/(2L))·v. Bounded steps bound how far the estimate can drift, which is what
 * its rate rests on. Here η stands for 1/(2L), the largest step size.
 *
 * Guarantee: a gradient of expected norm ε after O(n + √n·L/ε²) gradients of terms, the least that any
 * method needs. No iteration raises the value beyond rounding.
 * Price: 1 + 2·passes full gradients an iteration (5 by default), three vectors.
 *
 * @throws NadirError `spider/stepSize`, `spider/batchSize`, `spider/passes`, `spider/seed`, `spider/accuracy`,
 *   `spider/unknown-option`
 * @see Fang, Li, Lin & Zhang (2018), SPIDER: near-optimal non-convex optimization via stochastic
 *   path-integrated differential estimator, algorithm 1 option II with n₀ = 1, theorem 2
 */
export const spider = described(
  {
    name: "spider",
    kind: "solver",
    summary:
      "SARAH's estimate with steps of bounded length: normalised while the gradient is long.",
    guarantee:
      "A gradient of expected norm ε after O(n + √n/ε²) gradients of terms, non-convex sums included; no iteration raises the value beyond rounding.",
    price: {
      iteration: "1 + 2·passes full gradients (5 by default)",
      memory: "3 vectors",
    },
    source: "Fang, Li, Lin & Zhang (2018), SPIDER, algorithm 1 option II, theorem 2",
  },
  (options: SpiderOptions = {}): Solver<SpiderState> => {
    requireKnownOptions("spider", options, [...epochOptionNames, "accuracy"]);
    const epochs = readEpochs("spider", options);
    const { accuracy } = options;
    if (accuracy !== undefined)
      requireInRange("spider/accuracy", accuracy, [0, Number.POSITIVE_INFINITY], { open: true });
    return {
      kind: "solver",
      name: "spider",
      needs: ["gradient", "rows", "row-count"],
      monotone: false,
      init: (start) => ({
        ...startOfEpochs(),
        accuracy: accuracy ?? norm(start.gradient) / 10,
      }),
      step: (point, state) =>
        epoch(point, state, epochs, 1 / 2, (x, how) =>
          recursive(
            x,
            point.gradient,
            state,
            epochs.seed,
            how,
            (estimate) => how.stepSize * Math.min(1, (2 * state.accuracy) / norm(estimate)),
          ),
        ),
    };
  },
);
