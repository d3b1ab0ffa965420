import { type FindingRule, percent, told } from "./finding.ts";
import { leftOf, scaleOf } from "./readings.ts";

/** Agreement of neighbours within so many standard errors of chance is none. */
const byChance = 4;
/** A feature this many times as wide as the middle one, or all features this far from unit size, need scaling. */
const [tooWide, tooLarge, tooSmall] = [20, 15, 0.02];
/** Batches that hold less than this part of the classes that random ones would. */
const fewClasses = 0.6;
/** Classes this many times as frequent as others are unbalanced. */
const unbalanced = 8;
/** Share of rows that their neighbours contradict: overlap of classes, too, leaves half of this. */
const contradicted = 0.1;
/** A gap between held-out and own loss, in units of the loss's scale. */
const [wideGap, someGap] = [0.3, 0.15];

/** Labels that features say nothing about. */
export const randomLabels: FindingRule = {
  name: "random-labels",
  find: ({ data, heldOut }) => {
    const { labels } = data;
    if (labels === undefined || !Number.isFinite(labels.agreement)) return undefined;
    const above = (labels.agreement - labels.chance) / labels.chanceError;
    if (above > byChance) return undefined;
    const scores = heldOut?.scores;
    const guess = 1 / labels.classes;
    if (scores !== undefined && scores.balancedAccuracy > guess + 0.15 * (1 - guess))
      return undefined;
    return {
      severity: "serious",
      evidence: `the ten rows nearest to a row share its label in ${percent(labels.agreement)} of cases, and would in ${percent(labels.chance)} ± ${percent(labels.chanceError)} if labels meant nothing${scores === undefined ? "" : `; held-out rows are told right in ${percent(scores.accuracy)}`}`,
      cause:
        "labels do not belong to the rows they stand beside: they were shuffled, shifted or joined wrongly",
      advice: "look at some rows with their labels, and at how the two were put together",
      remedy: { kind: "told" },
      confidence: scores === undefined ? 0.6 : 0.9,
    };
  },
};

/** Rows in an order that shows in the batches. */
export const unshuffled: FindingRule = {
  name: "unshuffled",
  find: ({ data: { labels } }) => {
    if (labels === undefined || labels.classesOfBatch > fewClasses * labels.classesByChance)
      return undefined;
    return {
      severity: "serious",
      evidence: `a batch holds ${told(labels.classesOfBatch)} classes on average, and would hold ${told(labels.classesByChance)} if its rows were drawn at random`,
      cause:
        "rows are visited in an order that follows their labels, so that each batch unlearns what the last one taught",
      advice: "visit rows in random order",
      remedy: { kind: "shuffle" },
      confidence: 0.9,
    };
  },
};

/** Features on scales so different that one rate cannot serve them. */
export const unscaledFeatures: FindingRule = {
  name: "unscaled-features",
  find: (evidence) => {
    const { features } = evidence.data;
    if (features === undefined) return undefined;
    const { rms, largestDeviation, medianDeviation, offset } = features;
    const uneven = largestDeviation / medianDeviation;
    const off = rms > tooLarge || rms < tooSmall;
    if (uneven < tooWide && !off) return undefined;
    const ratio = evidence.start.curvature;
    return {
      severity: leftOf(evidence) > 0.1 ? "serious" : "warning",
      evidence: `the widest feature has ${told(uneven)} times the deviation of the middle one, and entries are ${told(rms)} in root mean square, of which column means make ${percent(offset)}${ratio === undefined ? "" : `; the sharpness at the start is ${told(ratio.largest)}`}`,
      cause:
        "features of such different size give the loss directions of very different curvature: a rate that is small enough for the widest ones is far too small for the others",
      advice: "centre each feature, and divide it by its deviation",
      remedy: { kind: "standardize" },
      confidence: 0.85,
    };
  },
};

/** Labels that their neighbourhood contradicts. */
export const labelNoise: FindingRule = {
  name: "label-noise",
  find: ({ data: { labels } }) => {
    if (labels === undefined || labels.contradicted < contradicted) return undefined;
    return {
      severity: "serious",
      evidence: `${percent(labels.contradicted)} of rows have a label that at most one of their ten nearest others shares, while at least five have one other label`,
      cause: "part of the labels are wrong",
      advice:
        "look at the suspects (labelNoise, areaUnderMargin), mend or drop them; a loss such as crossEntropy with labelSmoothing bears the rest",
      remedy: { kind: "told", setting: ["labelSmoothing"] },
      confidence: 0.8,
    };
  },
};

/** A few classes that make up nearly all rows. */
export const classImbalance: FindingRule = {
  name: "class-imbalance",
  find: (evidence) => {
    const { labels } = evidence.data;
    if (labels === undefined) return undefined;
    const present = labels.shares.filter((share) => share > 0);
    const [most, least] = [Math.max(...present), Math.min(...present)];
    const scores = evidence.heldOut?.scores ?? evidence.end?.scores;
    if (most < unbalanced * least || scores === undefined) return undefined;
    const majority = labels.shares.indexOf(most);
    if (scores.balancedAccuracy > 0.85) return undefined;
    return {
      severity: "serious",
      evidence: `class ${majority} makes up ${percent(most)} of the rows, the rarest ${percent(least)}; it is told for ${percent(scores.predicted[majority] ?? 0)} of ${evidence.heldOut === undefined ? "" : "held-out "}rows, and the mean accuracy of the classes is ${percent(scores.balancedAccuracy)}`,
      cause: "the loss is a mean over rows, so the frequent class decides it",
      advice: "repeat the rare rows, or weight them by the inverse of their frequency",
      remedy: { kind: "balance" },
      confidence: 0.85,
    };
  },
};

/** What was learnt of the rows does not hold beyond them. */
export const overfitting: FindingRule = {
  name: "overfitting",
  find: (evidence) => {
    const { end, heldOut } = evidence;
    if (end === undefined || heldOut === undefined) return undefined;
    const gap = (heldOut.loss - end.loss) / scaleOf(evidence);
    if (!(gap > someGap) || heldOut.loss < 2 * end.loss) return undefined;
    return {
      severity: gap > wideGap ? "serious" : "warning",
      evidence: `the loss is ${told(end.loss)} on training rows and ${told(heldOut.loss)} on held-out ones: a gap of ${percent(gap)} of ${evidence.data.labels === undefined ? "the loss at the start" : "the labels' entropy"}${end.scores === undefined || heldOut.scores === undefined ? "" : `, accuracy ${percent(end.scores.accuracy)} and ${percent(heldOut.scores.accuracy)}`}`,
      cause: "the model has learnt its rows by heart: there are too few of them for its freedom",
      advice:
        "stop where the loss on rows held back no longer falls; then more rows, weight decay, dropout or a smaller model",
      remedy: { kind: "early-stopping", patience: 3 },
      confidence: 0.8,
    };
  },
};
