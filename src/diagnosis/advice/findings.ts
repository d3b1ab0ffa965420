import {
  classImbalance,
  labelNoise,
  overfitting,
  randomLabels,
  unscaledFeatures,
  unshuffled,
} from "./dataRules.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding, FindingRule, Severity } from "./finding.ts";
import {
  deadRelus,
  diedRelus,
  noNormalization,
  saddle,
  saturatedLater,
  saturatedUnits,
  startTooLarge,
  startTooSmall,
  symmetricStart,
  vanishingGradients,
} from "./startRules.ts";
import {
  batchTooSmall,
  noWarmUp,
  plateau,
  rateTooHigh,
  rateTooLow,
  scheduleTooShort,
  tooFewSteps,
} from "./stepRules.ts";
import {
  batchNormDrift,
  clippedTooTight,
  decayTooStrong,
  dropoutTooStrong,
  explodingRecurrence,
  frozenParams,
  idleBranch,
  modeCollapse,
  softmaxTwice,
} from "./wiringRules.ts";

/** In the order of causes: what stands first may lead to what stands later. */
const rules: readonly FindingRule[] = [
  // Wiring and data.
  ...[softmaxTwice, randomLabels, unshuffled, frozenParams, unscaledFeatures, idleBranch],
  // Where it began.
  ...[symmetricStart, saddle, explodingRecurrence, startTooSmall, deadRelus],
  ...[startTooLarge, saturatedUnits, vanishingGradients],
  // What holds steps back, or makes them too long.
  ...[clippedTooTight, decayTooStrong, batchNormDrift, dropoutTooStrong, modeCollapse],
  ...[noWarmUp, noNormalization, batchTooSmall, rateTooHigh],
  // What the rows are like.
  ...[classImbalance, labelNoise, overfitting],

  // Where steps led.
  ...[rateTooLow, scheduleTooShort, tooFewSteps, diedRelus, saturatedLater, plateau],
];

/** Those that take the loss for what is to be lowered, which in a game of two it is not. */
const ofLoss: ReadonlySet<FindingRule> = new Set([
  ...[decayTooStrong, dropoutTooStrong, noWarmUp, batchTooSmall, rateTooHigh],
  ...[rateTooLow, scheduleTooShort, tooFewSteps, plateau],
]);

const severities: readonly Severity[] = ["serious", "warning", "note"];

/**
 * What the evidence shows, the most serious first; of equal severity, causes before what they lead to: what is wrong with
 * the wiring or the data before the start, the start before the steps, the steps before where they led.
 *
 * A pure function of numbers: no run is named by its name or its settings.
 */
export function findings(evidence: Evidence): readonly Finding[] {
  const asked = evidence.samples === undefined ? rules : rules.filter((rule) => !ofLoss.has(rule));
  return asked
    .flatMap((rule): readonly Finding[] => {
      const finding = rule.find(evidence);
      return finding === undefined ? [] : [{ name: rule.name, ...finding }];
    })
    .sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity));
}
