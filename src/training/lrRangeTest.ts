import type { TypedArray } from "../array/dtype.ts";
import { keyData } from "../array/operations/random.ts";
import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../base/require.ts";
import { exponentialRamp } from "../methods/schedules/exponentialRamp.ts";
import { rateValue, rateValues } from "../methods/schedules/rateValue.ts";
import type { FitOptions } from "./fit.ts";
import { prepare } from "./prepare.ts";
import { settledLoop, settlerOf } from "./settled.ts";
import { traceStep } from "./step.ts";

export interface RangeTestOptions {
  /** The rate of the first step, above 0. Default 1e-6. */
  readonly from?: number;
  /** The rate of the last step, above `from`. Default 10. */
  readonly to?: number;
  /** Steps, at least 20. Default 200. */
  readonly steps?: number;
  /** β of the moving average of losses, in [0, 1). Default 0.9. */
  readonly smoothing?: number;
}

/** What a learning-rate range test found. */
export interface RangeTest {
  /** The rate of each step made. */
  readonly rates: readonly number[];
  /** The batch's loss at each. */
  readonly losses: readonly number[];
  /** Their moving average, corrected for its start. */
  readonly smoothed: readonly number[];
  /** Where the smoothed loss falls fastest with log(rate): a rate to begin with. Undefined if it never falls. */
  readonly suggestion: number | undefined;
  /** Where the smoothed loss is least: rates from about here on are too large. */
  readonly ceiling: number;
  /** True if it ended before the last rate, because the loss rose to four times its least or was not finite. */
  readonly diverged: boolean;
  readonly method: string;
  readonly engine: string;
  readonly seed: number;
}

/** The test ends where the smoothed loss is this many times its least. */
const explosion = 4;
/** Steps in a call: the end is looked for between calls. */
const turns = 10;

/**
 * A learning-rate range test: one short training in which the rate grows by the same factor at each step, from
 * far too small to too large. The rule's own schedule is put aside; all else is what `fit` would do.
 *
 * @param options - what `fit` takes, with a rule that has a learning rate
 * @throws NadirError `rangeTest/from`, `rangeTest/to`, `rangeTest/steps`, `rangeTest/smoothing`,
 *   `rangeTest/method`, and what `fit` throws
 * @see Smith (2017), Cyclical learning rates for training neural networks, section 3.3
 */
export async function lrRangeTest<P, B, S = undefined>(
  options: FitOptions<P, B, S>,
  range: RangeTestOptions = {},
): Promise<RangeTest> {
  requireKnownOptions("lrRangeTest", range, ["from", "to", "steps", "smoothing"]);
  const infinity = Number.POSITIVE_INFINITY;
  const from = requireInRange("rangeTest/from", range.from ?? 1e-6, [0, infinity], { open: true });
  const to = requireInRange("rangeTest/to", range.to ?? 10, [from, infinity], { open: true });
  const steps = requireCount("rangeTest/steps", range.steps ?? 200, 20);
  const smoothing = requireInRange("rangeTest/smoothing", range.smoothing ?? 0.9, [0, 1]);
  const { method } = options;
  if (method?.kind !== "rule" || method.learningRate === undefined) {
    throw new NadirError(
      "rangeTest/method",
      `lrRangeTest: ${method?.name ?? "the method"} has no learning rate`,
      { expected: "a rule with one, such as sgd(0.1) or adam(1e-3)" },
    );
  }
  const { plan } = await prepare(options);
  const ramp = exponentialRamp({ from, to });
  // The last step has the rate `to`: the ramp's end is one step beyond its last index.
  const { program, layout } = traceStep({
    ...plan.spec,
    rate: (index) => ramp.at({ index, total: steps - 1 }),
  });
  const compiled = await plan.engine.compileLoop(program, layout, { threads: options.threads });
  const settler = settlerOf(plan.spec.rule, plan.params);
  const { learningRate } = method;
  const loop =
    settler === undefined
      ? compiled
      : settledLoop(compiled, settler, plan.params.arrays.length, (index) => ({
          index,
          total: plan.total,
          scale: rateValue(ramp, index, steps - 1) / rateValue(learningRate, index, plan.total),
        }));
  const fixed = [...plan.data.arrays.map(({ data }) => data), keyData(plan.seed).data];
  let carried: readonly TypedArray[] = [
    ...[...plan.params.arrays, ...plan.ruleState.arrays, ...plan.state.arrays].map(
      ({ data }) => data,
    ),
    new Int32Array(1),
  ];
  const losses: number[] = [];
  const smoothed: number[] = [];
  let [average, least, diverged] = [0, infinity, false];
  try {
    for (let step = 0; step < steps && !diverged; step += turns) {
      const count = Math.min(turns, steps - step);
      const { batchSize } = plan.spec;
      const rows = plan.order.rows(step * batchSize, count * batchSize);
      const result = await loop.run(count, carried, fixed, [rows]);
      carried = result.carried;
      for (const loss of result.reports[0]!) {
        average = smoothing * average + (1 - smoothing) * loss;
        const mean = average / (1 - smoothing ** (losses.length + 1));
        diverged = !Number.isFinite(loss) || mean > explosion * least;
        if (diverged) break;
        losses.push(loss);
        smoothed.push(mean);
        least = Math.min(least, Math.abs(mean));
      }
    }
  } finally {
    await loop.dispose();
    await plan.measurements.dispose();
  }
  const rates = rateValues(
    ramp,
    losses.map((_, i) => i),
    steps - 1,
  );
  const lowest = smoothed.indexOf(Math.min(...smoothed));
  return {
    ...{ rates, losses, smoothed, diverged },
    suggestion: steepest(rates, smoothed, lowest, 2 / (1 - smoothing)),
    ceiling: rates[lowest] ?? from,
    ...{ method: method.name, engine: plan.engine.name, seed: plan.seed },
  };
}

/**
 * The rate at which a smoothed loss falls fastest, before it is least, by slopes over some steps to each side.
 * The first steps, of which the average is young, tell of batches rather than of rates.
 */
function steepest(
  rates: readonly number[],
  smoothed: readonly number[],
  lowest: number,
  young: number,
): number | undefined {
  const reach = Math.max(2, Math.round(rates.length / 25));
  let [best, at]: [number, number | undefined] = [0, undefined];
  for (let i = reach + Math.ceil(young); i < smoothed.length - reach && i <= lowest; i++) {
    const fall = smoothed[i + reach]! - smoothed[i - reach]!;
    if (fall < best) [best, at] = [fall, rates[i]];
  }
  return at;
}
