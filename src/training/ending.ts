import { classify, type Located } from "../diagnosis/classify.ts";
import { type LossTrend, lossTrend } from "../diagnosis/lossTrend.ts";
import { gradientInWords } from "../diagnosis/onSet.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { answerAsync, type Vector } from "../linalg/ask.ts";
import { norm } from "../linalg/vector.ts";
import { rateValue } from "../methods/schedules/rateValue.ts";
import { certified } from "./certificate.ts";
import { withFeaturesAsync } from "./features.ts";
import type { Outcome } from "./loop.ts";
import type { RunningPlan } from "./plan.ts";
import { proofOfTraining, type TrainingProof } from "./proofOfTraining.ts";
import { pickRows } from "./rows.ts";

/** Rows on which curvature is measured. */
const sampleRows = 1000;
/** Memory for the vectors that Lanczos keeps, one for each product. */
const basisBytes = 2 ** 28;
/** Batches whose gradients tell how noisy they are. */
const noiseBatches = 8;

/**
 * The verdict on the end of a training run. The gradient is that of the whole training loss in eval
 * mode. Above the tolerance, the last epochs and the noise of batch gradients tell a method at its
 * limit from one that was stopped on its way; below it, the curvature on a sample decides.
 */
export async function endVerdict(
  plan: RunningPlan,
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
  const { value: loss, gradient } = await measurements.gradient(plan.data, outcome);
  // In double only where it is asked for: a large model's verdict has better use for the memory.
  let x: Vector | undefined;
  const point = (): Vector => {
    x ??= measurements.flat(outcome.params);
    return x;
  };
  const value = loss + (plan.set?.value?.(point()) ?? 0);
  const gradientNorm = norm(plan.set?.projectedGradient(point(), gradient) ?? gradient);
  const roundoff = plan.spec.dtype === "f32" ? 2 ** -23 : 2 ** -52;
  if (gradientNorm <= tolerance) {
    const count = Math.min(sampleRows, plan.rows);
    const sample = pickRows(plan.data, plan.order.rows(0, count));
    const oracle = measurements.oracle(count === plan.rows ? plan.data : sample, outcome);
    const on = count === plan.rows ? `all ${count} rows` : `${count} of ${plan.rows} rows`;
    const { verdict } = await answerAsync(
      classify(
        { x: point(), value, gradient },
        {
          tolerance,
          otherwise: "budget",
          roundoff,
          seed: plan.seed,
          sample: on,
          products: Math.max(2, Math.min(40, Math.floor(basisBytes / gradient.byteLength))),
          set: plan.set,
        },
      ),
      withFeaturesAsync(oracle, {}, {}),
    );
    const proof = proofOfTraining(plan, outcome);
    return certifiedEnd(plan, proof, verdict, { x: point(), value, gradient }, count);
  }
  // Proved first: where nothing can be, the point and the gradient are let go of before steps are tried.
  const proof = proofOfTraining(plan, outcome);
  const at = isProvable(proof, plan) ? { x: point(), value, gradient } : undefined;
  const verdict = await unfinished(plan, outcome, tolerance, gradientNorm);
  return at === undefined ? verdict : certifiedEnd(plan, proof, verdict, at, 0);
}

/** Whether a proof says more of the end than was measured. */
const isProvable = ({ bend }: TrainingProof, { set }: RunningPlan): boolean =>
  bend === "convex" || (bend === "affine" && set !== undefined);

/**
 * With what is proved of the training loss as a whole. One that is quadratic is curved everywhere as it was measured at the end, if that
 * was on all rows.
 */
function certifiedEnd(
  plan: RunningPlan,
  proof: TrainingProof,
  verdict: Verdict,
  at: Located,
  measuredRows: number,
): Verdict {
  const { set, rows, spec } = plan;
  const roundoff = spec.dtype === "f32" ? 2 ** -23 : Number.EPSILON;
  return certified(
    verdict,
    at,
    () => {
      const { bend, quadratic } = proof;
      const measured = verdict.kind === "local-minimum" && measuredRows === rows;
      if (bend !== "convex" || !quadratic || !measured || set !== undefined) return proof;
      const least = verdict.smallestEigenvalue - verdict.eigenvalueError;
      return { ...proof, moduli: new Float64Array(at.x.length).fill(Math.max(0, least)) };
    },
    set,
    roundoff,
  );
}

async function unfinished(
  plan: RunningPlan,
  outcome: Outcome,
  tolerance: number,
  gradientNorm: number,
): Promise<Verdict> {
  const evidence = [
    `${gradientInWords(plan.set)} over all ${plan.rows} training rows, in eval mode, is ${format(gradientNorm)}, above the tolerance ${format(tolerance)}`,
  ];
  const base = { gradientNorm, tolerance, evidence };
  if (outcome.ended === "stopped")
    return { kind: "not-stationary", why: "stopped", ...base, advice: ["resume the run to go on"] };
  const trend = trendOf(outcome);
  if (trend !== undefined) evidence.push(inWords(trend));
  const { learningRate } = plan.spec.rule;
  if (outcome.reprobe !== undefined) {
    const { rate, last, steps, rows, before, after } = outcome.reprobe;
    evidence.push(
      `the learning rate has fallen from ${format(rate)} at half-way to ${format(last)}: steps are too small to go on`,
      `${steps} more steps with the rate of half-way take the loss on ${rows} training rows from ${format(before)} to ${format(after)}`,
    );
    return {
      kind: "not-stationary",
      why: "rate-vanished",
      ...base,
      advice: [
        after < before
          ? "restart the schedule from here with a larger rate, or train longer, to go lower; the measurements on held-out data say whether that is worth it"
          : "a larger rate does not lead lower at once: its noise weighs more than its steps; enlarge the batch, or train longer with a schedule that falls later",
      ],
    };
  }
  if (plan.spec.batchSize < plan.rows && trend?.falling === false) {
    const noise = await gradientNoise(plan, outcome, gradientNorm);
    if (noise > gradientNorm) {
      evidence.push(
        `batch gradients differ from it by ${format(noise)} (root mean square over ${noiseBatches} batches of ${plan.spec.batchSize}): more than its own length`,
      );
      const advice = ["lower the learning rate or enlarge the batch to go lower"];
      return {
        kind: "noise-floor",
        learningRate:
          learningRate === undefined
            ? Number.NaN
            : outcome.rateScale * rateValue(learningRate, outcome.step - 1, plan.total),
        gradientNoise: noise,
        ...base,
        advice,
      };
    }
  }
  if (trend?.level === true && outcome.ended !== "early") {
    const advice = [
      "leave it: onPlateau({ factor: 3, hold: 5 }) raises the rate for a while, lbfgs() or trustRegion() follow curvature",
      "or measure longer: a plateau may end by itself",
    ];
    return { kind: "plateau", since: trend.since, ...base, advice };
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

/** Whether the loss still falls, by all steps' losses. */
function trendOf({ losses: { span, blocks } }: Outcome): LossTrend | undefined {
  const whole = blocks.filter(({ count }) => count === span);
  return lossTrend({ span, means: whole.map(({ mean }) => mean) });
}

const inWords = ({ falling, level, fall, error, steps, since }: LossTrend): string => {
  const by = `${fall >= 0 ? "fell" : "rose"} by ${format(Math.abs(fall))} over its last ${steps} steps`;
  const so = falling
    ? "it still falls"
    : level
      ? `it is level since step ${since}`
      : "no fall can be told from that";
  return `the training loss ${by}, known to ${format(error)}: ${so}`;
};

const format = (number: number): string => Number(number.toPrecision(3)).toString();

/** √E‖g_B − g‖²: how far a batch's gradient is from the whole one, from E‖g_B‖² = ‖g‖² + E‖g_B − g‖². */
async function gradientNoise(
  plan: RunningPlan,
  outcome: Outcome,
  gradientNorm: number,
): Promise<number> {
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
