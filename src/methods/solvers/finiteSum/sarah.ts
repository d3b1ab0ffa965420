import { requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askRows, type Vector } from "../../../linalg/ask.ts";
import { described } from "../../method.ts";
import type { Solver } from "../solver.ts";
import {
  type EpochState,
  epoch,
  epochOptionNames,
  type FiniteSumOptions,
  type Inner,
  readEpochs,
  startOfEpochs,
} from "./epochs.ts";
import { drawRows } from "./rows.ts";

/**
 * SARAH, the recursive gradient method, for f the mean of many terms: from a point with its full gradient
 * v₀, x₁ = x₀ − ηv₀, then vₜ = ∇f_B(xₜ) − ∇f_B(xₜ₋₁) + vₜ₋₁ with the same batch in both terms, and
 * xₜ₊₁ = xₜ − ηvₜ. The estimate is biased, but follows the gradient along the path, and falls to 0 within
 * an iteration on strongly convex sums, where SVRG's does not.
 *
 * Guarantee: for strongly convex sums of L-smooth terms a linear rate at η < 1/L, for a point drawn from
 * the iteration's; the last is taken here. No iteration raises the value beyond rounding.
 * Price: 1 + 2·passes full gradients an iteration (5 by default), three vectors.
 *
 * @throws NadirError `sarah/stepSize`, `sarah/batchSize`, `sarah/passes`, `sarah/seed`, `sarah/unknown-option`
 * @see Nguyen, Liu, Scheinberg & Takáč (2017), SARAH: a novel method for machine learning problems using
 *   stochastic recursive gradient, algorithm 1, theorem 4
 */
export const sarah = described(
  {
    name: "sarah",
    kind: "solver",
    summary:
      "A gradient estimate that is carried along: each step adds a batch's change of gradient.",
    guarantee:
      "A linear rate on strongly convex sums, at a constant step size, for a random point of each iteration (the last is taken); no iteration raises the value beyond rounding.",
    price: {
      iteration: "1 + 2·passes full gradients (5 by default)",
      memory: "3 vectors",
    },
    source: "Nguyen, Liu, Scheinberg & Takáč (2017), SARAH, algorithm 1, theorem 4",
  },
  (options: FiniteSumOptions = {}): Solver<EpochState> => {
    requireKnownOptions("sarah", options, epochOptionNames);
    const epochs = readEpochs("sarah", options);
    return {
      kind: "solver",
      name: "sarah",
      needs: ["gradient", "rows", "row-count"],
      monotone: false,
      init: startOfEpochs,
      step: (point, state) =>
        epoch(point, state, epochs, 1 / 2, (x, how) =>
          recursive(x, point.gradient, state, epochs.seed, how, () => how.stepSize),
        ),
    };
  },
);

/** Steps along the recursive estimate, each of the size that `sizeOf` gives for it. */
export function* recursive(
  x: Vector,
  gradient: Vector,
  state: EpochState,
  seed: number,
  { count, size, steps }: Inner,
  sizeOf: (estimate: Vector) => number,
): Ask<void> {
  const estimate = gradient.slice();
  const before = new Float64Array(x.length);
  for (let t = 0; t <= steps; t++) {
    if (t > 0) {
      const rows = drawRows(count, size, seed, state.draws++);
      const here = (yield* askRows(x, rows)).gradient;
      const there = (yield* askRows(before, rows)).gradient;
      for (let i = 0; i < x.length; i++) estimate[i] = estimate[i]! + here[i]! - there[i]!;
    }
    before.set(x);
    const stepSize = sizeOf(estimate);
    for (let i = 0; i < x.length; i++) x[i] = x[i]! - stepSize * estimate[i]!;
  }
}
