import type { PointEvidence } from "./evidence.ts";
import { type FindingRule, percent, told } from "./finding.ts";
import { gainOf, heldOutGainOf, leftOf, trialOf } from "./readings.ts";

/** Frozen params whose gradient makes this part of the whole one's square hold the training back. */
const heldBack = 0.3;
/** A loss above this part of its scale is one that much could still be gained on. */
const unsolved = 0.15;
/** A gradient below this part of the params is lost in their rounding. */
const lost = 1e-5;
/** Below this, what a branch adds does not show. */
const idle = 1e-3;
/** Products with one weight, from which it counts as recurrent; gradients this many times larger behind them than before. */
const [steps, grown] = [4, 100];
/** A clipped step is this part of what it would be. */
const clipped = 0.1;
/** A trial that lowers the loss by this part of its scale shows something. */
const gain = 0.03;

/** Scores that went through softmax before the loss does it again. */
export const softmaxTwice: FindingRule = {
  name: "softmax-twice",
  find: ({ start, end }) => {
    const points = [start, end].filter((point): point is PointEvidence => point !== undefined);
    if (!points.every(({ scores }) => scores?.areProbabilities === true)) return undefined;
    return {
      severity: "serious",
      evidence:
        "the scores given to crossEntropy lie between 0 and 1 and add up to 1 on each row, at the start as at the end",
      cause:
        "softmax is applied twice: crossEntropy takes logits, and the loss cannot fall below that of scores 0 and 1",
      advice: "give crossEntropy what comes before the softmax",
      remedy: { kind: "told" },
      confidence: 0.99,
    };
  },
};

/** Params that get a gradient and do not move, or get none. */
export const frozenParams: FindingRule = {
  name: "frozen-params",
  find: (evidence) => {
    const { end, moved, start } = evidence;
    if (end === undefined || moved === undefined || moved.every((way) => way === 0))
      return undefined;
    const still = end.params.filter(
      ({ gradientNorm, norm }, i) =>
        moved[i] === 0 &&
        Math.max(gradientNorm, start.params[i]!.gradientNorm) > lost * (norm + lost),
    );
    const unused = end.params.filter(({ isUsed }) => !isUsed);
    if (still.length === 0 && unused.length === 0) return undefined;
    const names = (list: readonly { path: string }[]) =>
      `${list
        .slice(0, 3)
        .map(({ path }) => path)
        .join(", ")}${list.length > 3 ? " …" : ""}`;
    if (still.length === 0) {
      return {
        severity: "warning",
        evidence: `the loss is not made of ${names(unused)}`,
        cause: "they are not used, or a stopGradient stands between them and the loss",
        advice: "use them, or leave them out",
        remedy: { kind: "told" },
        confidence: 0.9,
      };
    }
    const square = still.reduce((sum, { gradientNorm }) => sum + gradientNorm ** 2, 0);
    const share = square / end.gradientNorm ** 2;
    // Signals that die or saturate leave gradients that rounding swallows: that is no frozen layer.
    if (!(share > 1e-6)) return undefined;
    const hurts = share > heldBack && leftOf(evidence) > unsolved;
    return {
      severity: hurts ? "serious" : "note",
      evidence: `${names(still)} did not move at all, though their gradient is ${told(Math.sqrt(square))}, ${percent(share)} of the square of the whole one`,
      cause: "these params are frozen, or left out of what the method updates",
      advice: "train them too",
      remedy: { kind: "told" },
      confidence: 0.95,
    };
  },
};

/** Residual branches that add nothing. */
export const idleBranch: FindingRule = {
  name: "idle-branch",
  find: (evidence) => {
    const { end } = evidence;
    const still = end?.branches.filter(({ ratio }) => ratio < idle) ?? [];
    if (end === undefined || still.length === 0) return undefined;
    const most = Math.max(...still.map(({ ratio }) => ratio));
    const all = still.length >= end.branches.length / 2;
    return {
      severity: all && leftOf(evidence) > unsolved ? "serious" : "warning",
      evidence: `${still.length} of ${end.branches.length} residual branches add at most ${told(most)} of what they are added to, in root mean square (${still
        .slice(0, 3)
        .map(({ layer }) => layer)
        .join(", ")})`,
      cause:
        "the shortcut carries everything: the branch's output is scaled down, or its last weights begin at 0 and hardly move",
      advice:
        "take the scale away, or let the branch begin larger; where it is of no use, leave it out",
      remedy: { kind: "told" },
      confidence: 0.85,
    };
  },
};

/** Gradients that grow with each step of time. */
export const explodingRecurrence: FindingRule = {
  name: "exploding-recurrence",
  find: ({ start }) => {
    const recurrent = start.params.filter(({ products }) => products >= steps);
    if (recurrent.length === 0) return undefined;
    const { units } = start;
    const [first, last] = [units[0]?.gradientRms ?? 0, units[units.length - 1]?.gradientRms ?? 0];
    const growth = first / last;
    if (!(growth > grown) && Number.isFinite(start.gradientNorm)) return undefined;
    const weight = recurrent[recurrent.length - 1]!;
    return {
      severity: "serious",
      evidence: `through ${weight.products} products with ${weight.path} the gradient grows from ${told(last)} at the last step of time to ${told(first)} at the first; its norm at the start is ${told(start.gradientNorm)}`,
      cause:
        "the recurrent weights stretch what passes through them, and do so at each step of time",
      advice:
        "draw the recurrent weights smaller (orthogonal, or N(0, 1/units)), and clip the gradient's norm",
      remedy: { kind: "redraw" },
      confidence: 0.9,
    };
  },
};

/** Gradients cut to next to nothing. */
export const clippedTooTight: FindingRule = {
  name: "clipped-too-tight",
  find: (evidence) => {
    const { step } = evidence;
    if (step?.kept === undefined || step.kept > clipped) return undefined;
    const more = Math.max(
      ...[1, 10, 100].map((f) => gainOf(evidence, trialOf(evidence, "rate", f))),
    );
    return {
      severity: more > gain ? "serious" : "warning",
      evidence: `a gradient of the run's usual norm, ${told(step.gradientNorm)}, makes a step ${told(1 / step.kept)} times shorter than it would without clipping`,
      cause:
        "the bound on the gradient's norm is far below the norms that occur, so nearly every step is cut to the same small length",
      advice: `clip at about ${told(2 * step.gradientNorm)}, twice the usual norm, so that only outliers are cut`,
      remedy: { kind: "told", setting: ["clip", "clipNorm", "maxNorm"], factor: 2 / step.kept },
      confidence: 0.9,
    };
  },
};

/** A pull to 0 that the data cannot withstand. */
export const decayTooStrong: FindingRule = {
  name: "decay-too-strong",
  find: (evidence) => {
    const without = trialOf(evidence, "no-decay");
    const won = gainOf(evidence, without);
    const usual = gainOf(evidence, trialOf(evidence, "rate"));
    if (without === undefined || won < gain || won < 3 * Math.max(0, usual)) return undefined;
    if (heldOutGainOf(evidence, without) < gain) return undefined;
    const { step } = evidence;
    return {
      severity: "serious",
      evidence: `${without.steps} steps from the end without the pull to 0 take the loss from ${told(without.before)} to ${told(without.after)}; with it they leave ${told(trialOf(evidence, "rate")?.after ?? without.before)}${step === undefined ? "" : `. The pull alone makes a step of ${told(step.withoutGradient)}, the gradient one of ${told(step.length)}`}`,
      cause:
        "weight decay is so strong that params are held far from where the data would have them",
      advice: "a hundredth of the weight decay",
      remedy: { kind: "decay", factor: 0.01 },
      confidence: 0.9,
    };
  },
};

/** Batches too small for their own statistics. */
export const batchNormDrift: FindingRule = {
  name: "batch-norm-drift",
  find: (evidence) => {
    const { end, run } = evidence;
    if (end === undefined || end.remembered === 0 || run.batchSize > 16) return undefined;
    const { training, evaluation } = end.modes;
    if (Math.abs(training - evaluation) < 0.2 * Math.min(training, evaluation)) return undefined;
    if (leftOf(evidence) < 0.1) return undefined;
    const size = Math.min(evidence.data.rows, 64);
    return {
      severity: "serious",
      evidence: `with the statistics of batches of ${run.batchSize} rows the loss is ${told(training)}, with the running ones ${told(evaluation)}`,
      cause: `batch norm estimates means and variances from ${run.batchSize} rows: the network that is trained is not the one that is used`,
      advice: `batches of ${size}, or layerNorm, which needs no batch`,
      remedy: { kind: "batch-size", size },
      confidence: 0.85,
    };
  },
};

/** Dropout that drops what was learnt. */
export const dropoutTooStrong: FindingRule = {
  name: "dropout-too-strong",
  find: (evidence) => {
    const { end } = evidence;
    const without = trialOf(evidence, "no-dropout");
    if (end === undefined || end.remembered > 0 || without === undefined) return undefined;
    const [won, usual] = [gainOf(evidence, without), gainOf(evidence, trialOf(evidence, "rate"))];
    if (won < 2 * gain || won < 2 * Math.max(0, usual)) return undefined;
    if (heldOutGainOf(evidence, without) < gain) return undefined;
    return {
      severity: "serious",
      evidence: `with dropout the loss of some training rows is ${told(end.modes.training)}, without it ${told(end.modes.evaluation)}; ${without.steps} more steps without it take it to ${told(without.after)}, and held-out rows to ${told(without.heldOut?.after ?? Number.NaN)}`,
      cause: "so much is dropped that the network cannot even fit the rows it is shown",
      advice: "less dropout: 0.1 to 0.3, none where there are many rows",
      remedy: { kind: "told", setting: ["dropout", "dropoutRate"], factor: 0.25 },
      confidence: 0.85,
    };
  },
};

/** A generator that makes only part of what there is. */
export const modeCollapse: FindingRule = {
  name: "mode-collapse",
  find: ({ samples }) => {
    if (samples === undefined || samples.coverage > 0.5 || samples.fidelity < samples.coverage)
      return undefined;
    return {
      severity: "serious",
      evidence: `${percent(samples.coverage)} of real rows have a generated one as near as real ones are to each other, while ${percent(samples.fidelity)} of generated rows are near a real one`,
      cause: "the generator makes what fools the critic now, and leaves the rest out",
      advice:
        "a critic that learns faster than the generator, or a loss that sees whole batches (Wasserstein with a gradient penalty)",
      remedy: { kind: "told", setting: ["generatorRate"], factor: 0.2 },
      confidence: 0.85,
    };
  },
};
