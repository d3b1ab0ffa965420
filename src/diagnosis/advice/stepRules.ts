import type { TrialEvidence } from "./evidence.ts";
import { type FindingRule, percent, told } from "./finding.ts";
import {
  earlyPeak,
  gainOf,
  heldOutGainOf,
  leftOf,
  partsOf,
  ratesOf,
  scaleOf,
  trialOf,
} from "./readings.ts";

/** A trial that lowers the loss by this part of its scale shows something. */
const gain = 0.05;
/** What another rate must win, over what the same rate wins. */
const clearly = 3;
/** A loss that rises to this many times its first value in this part of the run is a shock. */
const [shock, early] = [3, 0.1];
/** A loss this small, as a part of its scale, is one that training came down to. */
const solved = 0.2;
/** Of a loss of which half comes of steps' noise, which goes with the rate, a tenth of the rate leaves this part. */
const halfNoise = 0.55;
/** A rate below this part of the largest has vanished. */
const vanished = 0.02;

const least = (values: readonly number[]): number => Math.min(...values);

/** Steps too large at the start alone. */
export const noWarmUp: FindingRule = {
  name: "no-warm-up",
  find: (evidence) => {
    const { run, start, end, schedule } = evidence;
    if (end === undefined || leftOf(evidence) > solved || run.verdict?.kind === "diverged")
      return undefined;
    const late = run.rollbacks.filter(({ step }) => step > early * run.planned);
    const peak = earlyPeak(run.loss, early);
    const shaken = peak > shock || run.rollbacks.length > 0;
    const begins = (schedule?.first ?? 0) > 0.5 * (schedule?.largest ?? 0);
    const flatter = (start.curvature?.largest ?? 0) / (end.curvature?.largest ?? 1);
    if (!shaken || late.length > 0 || !begins || flatter < clearly) return undefined;
    return {
      severity: "serious",
      evidence: `in the first ${percent(early)} of the steps ${run.rollbacks.length > 0 ? `training was rolled back ${run.rollbacks.length} times` : `the loss rose to ${told(peak)} times its first value`}, and never after; the sharpness falls from ${told(start.curvature!.largest)} at the start to ${told(end.curvature!.largest)}`,
      cause:
        "the loss is much sharper at the start than later: the rate is right for the run, and too large for its first steps",
      advice: "let the rate rise over the first 15 % of the steps",
      remedy: { kind: "warm-up", part: 0.15 },
      confidence: 0.8,
    };
  },
};

/** Steps too large. */
export const rateTooHigh: FindingRule = {
  name: "rate-too-high",
  find: (evidence) => {
    const { run, start, end, step } = evidence;
    const scale = scaleOf(evidence);
    const parts = partsOf(run.loss, 10);
    const peak = earlyPeak(run.loss, 1);
    const smaller = trialOf(evidence, "rate", 0.1);
    const won =
      gainOf(evidence, smaller) - Math.max(0, gainOf(evidence, trialOf(evidence, "rate")));
    const sharp = start.curvature?.largest ?? 0;
    const { largest } = ratesOf(evidence);
    // Of gradient methods a step is rate times gradient: beyond 2/sharpness it overshoots.
    const overshoot =
      step?.kept !== undefined && step.gradientNorm > 0
        ? (step.length / step.gradientNorm) * sharp
        : 0;
    const diverged = run.verdict?.kind === "diverged" || run.rollbacks.length >= 3;
    const worse = end !== undefined && end.loss > 1.05 * Math.max(start.loss, scale);
    const shocked = peak > 10 && leftOf(evidence) > solved;
    const falls = won > gain && least(parts) < Number.POSITIVE_INFINITY;
    if (!diverged && !worse && !shocked && !falls) return undefined;
    const facts = [
      ...(run.rollbacks.length > 0
        ? [
            `training was rolled back ${run.rollbacks.length} times, first at step ${run.rollbacks[0]!.step}`,
          ]
        : []),
      ...(peak > 3 ? [`the loss rose to ${told(peak)} times its first value`] : []),
      ...(worse
        ? [`it ended at ${told(end.loss)}, above the ${told(start.loss)} it began with`]
        : []),
      ...(falls && smaller !== undefined
        ? [
            `${smaller.steps} steps from the end at a tenth of the rate take it from ${told(smaller.before)} to ${told(smaller.after)}`,
          ]
        : []),
      ...(overshoot > 2
        ? [
            `rate times sharpness is ${told(overshoot)} at the start, and 2 is the limit of stability`,
          ]
        : []),
    ];
    return {
      severity: "serious",
      evidence: facts.join("; ") || `the largest rate is ${told(largest)}`,
      cause:
        "steps are longer than the loss's curvature allows: they overshoot, and end higher than they began",
      advice: overshoot > 20 ? "a hundredth of the rate" : "a tenth of the rate",
      remedy: { kind: "rate", factor: overshoot > 20 ? 0.01 : 0.1 },
      confidence: diverged || worse ? 0.9 : 0.7,
    };
  },
};

/** Whether a tenth of the rate leaves so little of the loss, on held-out rows too, that half of it was noise, and the rate itself does not. */
function isMostlyNoise(smaller: TrialEvidence, usual: TrialEvidence | undefined): boolean {
  const most = (before: number, after = before): number => halfNoise * Math.min(before, after);
  const { heldOut } = smaller;
  return (
    smaller.after < most(smaller.before, usual?.after) &&
    (heldOut === undefined || heldOut.after < most(heldOut.before, usual?.heldOut?.after))
  );
}

/** Batches whose noise is more than their message. */
export const batchTooSmall: FindingRule = {
  name: "batch-too-small",
  find: (evidence) => {
    const { run, noise, start, step } = evidence;
    if (noise === undefined || run.batchSize > 0.02 * run.rows) return undefined;
    const smaller = trialOf(evidence, "rate", 0.1);
    const won =
      gainOf(evidence, smaller) - Math.max(0, gainOf(evidence, trialOf(evidence, "rate")));
    const ratio = noise.noiseScale / run.batchSize;
    // A squared error has no scale of its own: of how much could still be gained, the noise's share of what is left tells.
    const isNoise =
      evidence.data.labels === undefined &&
      smaller !== undefined &&
      isMostlyNoise(smaller, trialOf(evidence, "rate"));
    const sharp = start.curvature?.largest ?? 0;
    const isStable = step?.kept === undefined || (step.length / step.gradientNorm) * sharp < 2;
    if (!(won > 0.02 || isNoise) || ratio < 5 || !isStable) return undefined;
    const size = Math.max(
      2,
      Math.min(64, Math.floor(run.rows / 10), Math.round(Math.min(noise.noiseScale, 64))),
    );
    return {
      severity: "serious",
      evidence: `batches have ${run.batchSize} row${run.batchSize === 1 ? "" : "s"}, and the noise scale at the end is ${Number.isFinite(noise.noiseScale) ? told(noise.noiseScale) : "beyond measure"}; ${smaller!.steps} steps at a tenth of the rate take the loss from ${told(smaller!.before)} to ${told(smaller!.after)}`,
      cause: "the gradient of so few rows is mostly noise: at this rate steps undo each other",
      advice: `batches of ${size}`,
      remedy: { kind: "batch-size", size },
      confidence: 0.75,
    };
  },
};

/** Steps too small. */
export const rateTooLow: FindingRule = {
  name: "rate-too-low",
  find: (evidence) => {
    const usual = trialOf(evidence, "rate");
    if (usual === undefined) return undefined;
    const own = Math.max(0, gainOf(evidence, usual));
    const best = [10, 100]
      .map((factor) => trialOf(evidence, "rate", factor))
      .filter((trial) => trial !== undefined)
      .sort((a, b) => a.after - b.after)[0];
    if (best === undefined) return undefined;
    const won = gainOf(evidence, best);
    if (won < gain || won < clearly * own || heldOutGainOf(evidence, best) < gain) return undefined;
    const sharp = evidence.end?.curvature?.largest;
    return {
      severity: "serious",
      evidence: `${best.steps} steps from the end at the run's largest rate, ${told(usual.rate)}, take the loss from ${told(usual.before)} to ${told(usual.after)}; at ${best.factor} times that they take it to ${told(best.after)}${sharp === undefined ? "" : `; the sharpness at the end is ${told(sharp)}`}`,
      cause: "steps are far shorter than the loss's curvature asks for: training crawls",
      advice: `${best.factor} times the rate`,
      remedy: { kind: "rate", factor: best.factor },
      confidence: 0.85,
    };
  },
};

/** A schedule that ended before the training did. */
export const scheduleTooShort: FindingRule = {
  name: "schedule-too-short",
  find: (evidence) => {
    const usual = trialOf(evidence, "rate");
    const { largest, last } = ratesOf(evidence);
    if (usual === undefined || !(last < vanished * largest)) return undefined;
    if (gainOf(evidence, usual) < gain || heldOutGainOf(evidence, usual) < gain / 2)
      return undefined;
    return {
      severity: "serious",
      evidence: `the rate has fallen from ${told(largest)} to ${told(last)}; ${usual.steps} more steps at ${told(usual.rate)} take the loss from ${told(usual.before)} to ${told(usual.after)}${usual.heldOut === undefined ? "" : `, of held-out rows from ${told(usual.heldOut.before)} to ${told(usual.heldOut.after)}`}`,
      cause: "the schedule let the rate vanish long before the loss had settled",
      advice: "let the rate fall over the whole run, along a cosine",
      remedy: { kind: "schedule" },
      confidence: 0.85,
    };
  },
};

/** A run that was cut off on its way down. */
export const tooFewSteps: FindingRule = {
  name: "too-few-steps",
  find: (evidence) => {
    // One that still runs, or was stopped, has steps left: they come first.
    if (evidence.run.steps < evidence.run.planned) return undefined;
    const usual = trialOf(evidence, "rate");
    const { largest, last } = ratesOf(evidence);
    if (usual === undefined || last < vanished * largest) return undefined;
    if (gainOf(evidence, usual) < gain || heldOutGainOf(evidence, usual) < gain / 2)
      return undefined;
    return {
      severity: "serious",
      evidence: `${usual.steps} more steps at the run's rate take the loss from ${told(usual.before)} to ${told(usual.after)}${usual.heldOut === undefined ? "" : `, of held-out rows from ${told(usual.heldOut.before)} to ${told(usual.heldOut.after)}`}`,
      cause: "the run was over before the loss had settled",
      advice: "four times as many steps",
      remedy: { kind: "steps", factor: 4 },
      confidence: 0.8,
    };
  },
};

/** A loss that stands still for no other reason that was found. */
export const plateau: FindingRule = {
  name: "plateau",
  find: (evidence) => {
    const { run, end } = evidence;
    const parts = partsOf(run.loss, 10);
    if (end === undefined || parts.length < 10 || leftOf(evidence) < 0.5) return undefined;
    const half = parts.slice(5);
    const spread = (Math.max(...half) - Math.min(...half)) / scaleOf(evidence);
    const moves = [1, 10].some((f) => gainOf(evidence, trialOf(evidence, "rate", f)) > 0.02);
    if (spread > 0.03 || moves) return undefined;
    return {
      severity: "serious",
      evidence: `over the second half of the run the loss stays between ${told(Math.min(...half))} and ${told(Math.max(...half))}; neither more steps nor ten times the rate move it, and the gradient's norm is ${told(end.gradientNorm)}`,
      cause: "the loss is flat here: what would lower it gives no gradient yet",
      advice:
        "a start with other random numbers and more noise, a longer run, or a loss that rewards part of the way",
      remedy: { kind: "disturb", part: 1 },
      confidence: 0.5,
    };
  },
};
