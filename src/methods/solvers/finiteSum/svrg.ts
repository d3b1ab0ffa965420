import { requireKnownOptions } from "../../../base/require.ts";
import { askRows } from "../../../linalg/ask.ts";
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
import { drawRows } from "./rows.ts";

/**
 * Stochastic variance-reduced gradients, for f the mean of many terms: from a snapshot x̃ with its full
 * gradient, steps x ← x − η(∇f_B(x) − ∇f_B(x̃) + ∇f(x̃)) with the same batch B in both terms. The estimate
 * is unbiased, and its variance falls to 0 with the distance to the snapshot. After `passes` over the rows
 * the last point is the next snapshot (option I).
 *
 * Guarantee: for strongly convex sums of L-smooth terms a linear rate at η = 1/(10L), for any number of
 * terms; gradients of non-convex ones go to 0. No iteration raises the value beyond rounding.
 * Price: 1 + 2·passes full gradients an iteration (5 by default), two vectors.
 *
 * @throws NadirError `svrg/stepSize`, `svrg/batchSize`, `svrg/passes`, `svrg/seed`, `svrg/unknown-option`
 * @see Johnson & Zhang (2013), Accelerating stochastic gradient descent using predictive variance reduction,
 *   figure 1, theorem 1; Reddi et al. (2016), Stochastic variance reduction for nonconvex optimization
 */
export const svrg = described(
  {
    name: "svrg",
    kind: "solver",
    summary:
      "Batch gradients corrected by their own values at a snapshot, whose full gradient is known.",
    guarantee:
      "A linear rate on strongly convex sums, at a constant step size; no iteration raises the value beyond rounding.",
    price: {
      iteration: "1 + 2·passes full gradients (5 by default)",
      memory: "2 vectors",
    },
    source:
      "Johnson & Zhang (2013), Accelerating stochastic gradient descent using predictive variance reduction, figure 1, theorem 1",
  },
  (options: FiniteSumOptions = {}): Solver<EpochState> => {
    requireKnownOptions("svrg", options, epochOptionNames);
    const epochs = readEpochs("svrg", options);
    return {
      kind: "solver",
      name: "svrg",
      needs: ["gradient", "rows", "row-count"],
      monotone: false,
      init: startOfEpochs,
      step: (point, state) =>
        epoch(point, state, epochs, 1 / 3, function* (x, { count, size, steps, stepSize }) {
          const [snapshot, whole] = [point.x, point.gradient];
          for (let t = 0; t < steps; t++) {
            const rows = drawRows(count, size, epochs.seed, state.draws++);
            const here = (yield* askRows(x, rows)).gradient;
            const there = (yield* askRows(snapshot, rows)).gradient;
            for (let i = 0; i < x.length; i++)
              x[i] = x[i]! - stepSize * (here[i]! - there[i]! + whole[i]!);
          }
        }),
    };
  },
);
