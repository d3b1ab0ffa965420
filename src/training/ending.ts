import { classify } from "../diagnosis/classify.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { answerAsync, type Evaluation } from "../linalg/ask.ts";
import { norm } from "../linalg/vector.ts";
import { rateValue } from "../methods/schedules/rateValue.ts";
import { withFeaturesAsync } from "./features.ts";
import type { Outcome } from "./loop.ts";
import { pickRows } from "./measure.ts";
import type { Plan } from "./plan.ts";
import type { EpochLoss } from "./snapshot.ts";

/** Rows on which curvature is measured. */
const sampleRows = 1000;
/** Batches whose gradients tell how noisy they are. */
const noiseBatches = 8;

/**
 * The verdict on the end of a training run. The gradient is that of the whole training loss in eval
 * mode. Above the tolerance, the last epochs and the noise of batch gradients tell a method at its
 * limit from one that was stopped on its way; below it, the curvature on a sample decides.
 */
export async function endVerdict(
  plan: Plan,
  outcome: Outcome,
  tolerance: number,
): Promise<Verdict> {
  const { measurements } = plan;
  if (outcome.ended === "diverged") {
    const evidence = [
      `${outcome.cause}, at step ${outcome.step}, after ${outcome.rollbacks} rollbacks that each halved the learning rate`,
    ];
    return {
      kind: "diverged",
      step: outcome.step,
      cause: outcome.cause,
      gradientNorm: Number.NaN,
      tolerance,
      evidence,
      advice: ["use a smaller learning rate, a warm-up, or clipByGlobalNorm"],
    };
  }
  const x = measurements.flat(outcome.params);
  const whole = measurements.oracle(plan.data, outcome);
  // A gradient request is answered by an Evaluation: the protocol of linalg/ask.ts.
  const { value, gradient } = (await whole({ kind: "gradient", x })) as Evaluation;
  const gradientNorm = norm(gradient);
  const roundoff = plan.spec.dtype === "f32" ? 2 ** -23 : 2 ** -52;
  if (gradientNorm <= tolerance) {
    const count = Math.min(sampleRows, plan.rows);
    const sample = pickRows(plan.data, plan.order.rows(0, count));
    const oracle = measurements.oracle(count === plan.rows ? plan.data : sample, outcome);
    const on = count === plan.rows ? `all ${count} rows` : `${count} of ${plan.rows} rows`;
    const { verdict } = await answerAsync(
      classify(
        { x, value, gradient },
        { tolerance, otherwise: "budget", roundoff, seed: plan.seed, sample: on, products: 40 },
      ),
      withFeaturesAsync(oracle, {}, {}),
    );
    return verdict;
  }
  return unfinished(plan, outcome, tolerance, gradientNorm);
}

async function unfinished(
  plan: Plan,
  outcome: Outcome,
  tolerance: number,
  gradientNorm: number,
): Promise<Verdict> {
  const format = (number: number): string => Number(number.toPrecision(3)).toString();
  const evidence = [
    `the gradient norm over all ${plan.rows} training rows, in eval mode, is ${format(gradientNorm)}, above the tolerance ${format(tolerance)}`,
  ];
  const base = { gradientNorm, tolerance, evidence };
  if (outcome.ended === "stopped")
    return { kind: "not-stationary", why: "stopped", ...base, advice: ["resume the run to go on"] };
  const trend = lossTrend(outcome.epochs);
  if (trend !== undefined) evidence.push(trend.sentence);
  const { learningRate } = plan.spec.rule;
  const rates =
    learningRate === undefined
      ? undefined
      : [plan.total >> 1, outcome.step - 1].map(
          (step) => outcome.rateScale * rateValue(learningRate, step, plan.total),
        );
  if (rates !== undefined && rates[1]! < 1e-2 * rates[0]!) {
    evidence.push(
      `the learning rate has fallen from ${format(rates[0]!)} at half-way to ${format(rates[1]!)}: steps are too small to go on`,
    );
    return {
      kind: "not-stationary",
      why: "rate-vanished",
      ...base,
      advice: [
        "restart the schedule from here with a larger rate, or train longer, to go lower; the measurements on held-out data say whether that is worth it",
      ],
    };
  }
  if (plan.spec.batchSize < plan.rows && trend !== undefined && !trend.falling) {
    const noise = await gradientNoise(plan, outcome, gradientNorm);
    if (noise > gradientNorm) {
      evidence.push(
        `batch gradients differ from it by ${format(noise)} (root mean square over ${noiseBatches} batches of ${plan.spec.batchSize}): more than its own length`,
      );
      const advice = ["lower the learning rate or enlarge the batch to go lower"];
      return {
        kind: "noise-floor",
        learningRate: rates?.[1] ?? Number.NaN,
        gradientNoise: noise,
        ...base,
        advice,
      };
    }
  }
  const advice =
    outcome.ended === "early"
      ? [
          "the validation loss stopped falling before the training loss did: more regularization or data, not more steps",
        ]
      : ["train longer: the training loss has not settled"];
  return {
    kind: "not-stationary",
    why: outcome.ended === "early" ? "stopped" : "budget",
    ...base,
    advice,
  };
}

/** Did the mean loss still fall from the epoch before to the last one, by more than two standard errors? */
function lossTrend(
  epochs: readonly EpochLoss[],
): { readonly falling: boolean; readonly sentence: string } | undefined {
  const [before, last] = epochs.slice(-2);
  if (before === undefined || last === undefined || before.count < 2 || last.count < 2)
    return undefined;
  const variance = (epoch: EpochLoss): number => epoch.squares / (epoch.count - 1) / epoch.count;
  const error = Math.sqrt(variance(before) + variance(last));
  const fall = before.mean - last.mean;
  const falling = fall > 2 * error;
  const [a, b, c] = [before.mean, last.mean, 2 * error].map((number) =>
    Number(number.toPrecision(3)),
  );
  return {
    falling,
    sentence: `the mean training loss went from ${a} to ${b} in the last epoch, ${falling ? "more" : "no more"} of a fall than the ${c} that batches make uncertain`,
  };
}

/** √E‖g_B − g‖²: how far a batch's gradient is from the whole one, from E‖g_B‖² = ‖g‖² + E‖g_B − g‖². */
async function gradientNoise(plan: Plan, outcome: Outcome, gradientNorm: number): Promise<number> {
  const { batchSize } = plan.spec;
  let squares = 0;
  for (let i = 0; i < noiseBatches; i++) {
    const batch = pickRows(plan.data, plan.order.rows((outcome.step + i) * batchSize, batchSize));
    squares +=
      (await plan.measurements.probe(batch, outcome, outcome.step + i)).gradientNorm ** 2 /
      noiseBatches;
  }
  return Math.sqrt(Math.max(0, squares - gradientNorm ** 2));
}
