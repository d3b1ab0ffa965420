import { NadirError } from "../../../base/errors.ts";
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
import { blockRows, drawRows } from "./rows.ts";

export interface SagaState extends EpochState {
  /** The last gradient of each block, row after row; empty before the first iteration. */
  table: Vector;
  /** The table's mean, blocks weighted by their rows. */
  mean: Vector;
}

/** The largest table that is kept, in bytes. */
const largestTable = 2 ** 31;

/**
 * SAGA, for f the mean of many terms: the last gradient Tⱼ of each term is kept, and steps go along the
 * unbiased estimate ∇fⱼ(x) − Tⱼ + T̄ for a random j, with Tⱼ replaced after. The terms are fixed blocks of
 * `batchSize` rows, drawn one at a time; with `batchSize: 1`, single rows.
 *
 * Guarantee: for strongly convex sums of L-smooth terms a linear rate at η = 1/(3L), for convex ones a rate
 * of 1/k. No iteration raises the value beyond rounding.
 * Price: passes + 1 full gradients an iteration (3 by default: the one is for the stopping rule), and
 * n·d/batchSize numbers for n rows and d params. A linear model's gradient is a multiple of its row, so that n
 * numbers would do: that is not made use of, for any loss may be given.
 *
 * @throws NadirError `saga/stepSize`, `saga/batchSize`, `saga/passes`, `saga/seed`, `saga/unknown-option`;
 *   `saga/memory` for a table of more than 2 GiB
 * @see Defazio, Bach & Lacoste-Julien (2014), SAGA: a fast incremental gradient method with support for
 *   non-strongly convex composite objectives, eqs. (1), (2), theorem 1
 */
export const saga = described(
  {
    name: "saga",
    kind: "solver",
    summary: "Batch gradients corrected by the last ones of the same batch, which are all kept.",
    guarantee:
      "A linear rate on strongly convex sums, at a constant step size; no iteration raises the value beyond rounding.",
    price: {
      iteration: "passes + 1 full gradients (3 by default)",
      memory: "n·d/batchSize numbers for n rows and d params",
    },
    source: "Defazio, Bach & Lacoste-Julien (2014), SAGA, eqs. (1), (2), theorem 1",
  },
  (options: FiniteSumOptions = {}): Solver<SagaState> => {
    requireKnownOptions("saga", options, epochOptionNames);
    const epochs = readEpochs("saga", options);
    return {
      kind: "solver",
      name: "saga",
      needs: ["gradient", "rows", "row-count"],
      monotone: false,
      init: () => ({
        ...startOfEpochs(),
        table: new Float64Array(0),
        mean: new Float64Array(0),
      }),
      step: (point, state) =>
        epoch(point, state, epochs, 1 / 3, (x, how) => sagaSteps(x, state, epochs.seed, how)),
    };
  },
);

function* sagaSteps(
  x: Vector,
  state: SagaState,
  seed: number,
  { count, size, steps, stepSize }: Inner,
): Ask<void> {
  const blocks = Math.ceil(count / size);
  const n = x.length;
  // Gradients from steps that were taken back are from far away: the table begins anew.
  if (state.table.length === 0 || state.rejected > 0)
    yield* fillTable(x, state, blocks, count, size);
  const { table, mean } = state;
  for (let t = 0; t < steps; t++) {
    const block = drawRows(blocks, 1, seed, state.draws++)[0]!;
    const rows = blockRows(count, size, block);
    const { gradient } = yield* askRows(x, rows);
    const share = rows.length / count;
    const offset = block * n;
    for (let i = 0; i < n; i++) {
      const change = share * (gradient[i]! - table[offset + i]!);
      x[i] = x[i]! - stepSize * (blocks * change + mean[i]!);
      mean[i] = mean[i]! + change;
      table[offset + i] = gradient[i]!;
    }
  }
}

/** The gradient of every block at one point: a pass over the rows. */
function* fillTable(
  x: Vector,
  state: SagaState,
  blocks: number,
  count: number,
  size: number,
): Ask<void> {
  const n = x.length;
  const bytes = 8 * blocks * n;
  if (bytes > largestTable) {
    throw new NadirError(
      "saga/memory",
      `saga: the last gradients of ${blocks} blocks of ${n} numbers take ${(bytes / 2 ** 30).toFixed(1)} GiB`,
      {
        expected: "at most 2 GiB",
        hint: "a larger batchSize, or svrg, which keeps no table",
      },
    );
  }
  if (state.table.length === 0) state.table = new Float64Array(blocks * n);
  state.mean = new Float64Array(n);
  for (let block = 0; block < blocks; block++) {
    const rows = blockRows(count, size, block);
    const { gradient } = yield* askRows(x, rows);
    state.table.set(gradient, block * n);
    const share = rows.length / count;
    for (let i = 0; i < n; i++) state.mean[i] = state.mean[i]! + share * gradient[i]!;
  }
}
