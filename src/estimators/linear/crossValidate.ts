import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions, requireWord } from "../../base/require.ts";
import { coxLoss } from "./cox.ts";
import type { Design } from "./design.ts";
import { fitPath, type LinearFit, type LinearPath, type Settings } from "./fits.ts";
import { type StrengthOptions, strengthsOf } from "./strengths.ts";
import { sampleLossOf, type Targets, targetsAt, taskOf } from "./task.ts";

/** How samples are held out, and what is chosen by them. */
export interface FoldOptions {
  /** How many parts the samples are cut into; each is held out once. At least 2. Default 5. */
  readonly folds?: number;
  /** Of the random cut. Default 0. */
  readonly seed?: number;
  /** `best`: the least loss on held-out samples. `one-error`: the simplest model within a standard error of it. Default `best`. */
  readonly choose?: "best" | "one-error";
}

/** Which strengths are compared, on which parts of the samples, and which of them is chosen. */
export interface CrossValidationOptions extends StrengthOptions, FoldOptions {}

/** What held-out samples say of the strengths. */
export interface CrossValidation<Fit = LinearFit, Path = LinearPath> {
  readonly strengths: readonly number[];
  /** The mean loss of held-out samples, by strength. */
  readonly losses: readonly number[];
  /** Standard errors of these means over folds. */
  readonly errors: readonly number[];
  /** Position of the chosen strength. */
  readonly chosen: number;
  /** The model of the chosen strength, fitted on all samples. */
  readonly fit: Fit;
  /** The path on all samples, down to the chosen strength. */
  readonly path: Path;
}

/** What is cut into folds. */
export interface Folding<Fit, Path> {
  readonly samples: number;
  strengths(options: StrengthOptions): readonly number[];
  /** Fits on these samples; of all, a path. @throws NadirError `linear/folds` if they cannot be fitted */
  fits(kept: Int32Array, strengths: readonly number[], fold: number): readonly Fit[];
  path(strengths: readonly number[]): Path & { readonly fits: readonly Fit[] };
  /** The mean loss of a fit on the held-out samples. */
  loss(fit: Fit, kept: Int32Array, held: Int32Array): number;
}

/**
 * Cross-validation along a path: strengths from all samples, then for each fold a path on the others, standardized by themselves,
 * and the loss on the fold. For cox, what a fold adds to the partial likelihood (Verweij & van Houwelingen 1993).
 *
 * @throws NadirError `linear/folds` with fewer samples than folds
 */
export function crossValidate<Fit, Path>(
  folding: Folding<Fit, Path>,
  options: CrossValidationOptions,
): CrossValidation<Fit, Path> {
  requireKnownOptions("crossValidate", options, [
    ...["strengths", "count", "ratio", "folds", "seed", "choose"],
  ]);
  const how = requireFoldOptions(options, folding.samples);
  const strengths = folding.strengths(options);
  const { losses, errors } = foldLosses(folding, strengths, how);
  const chosen = choiceOf(losses, errors, how.choose);
  const path = folding.path(strengths.slice(0, chosen + 1));
  return { strengths, losses, errors, chosen, fit: path.fits[chosen]!, path };
}

/** Options with their defaults. @throws NadirError `linear/folds` with fewer samples than folds */
export function requireFoldOptions(options: FoldOptions, samples: number): Required<FoldOptions> {
  const { seed = 0 } = options;
  const choose = requireWord("linear/choose", options.choose ?? "best", ["best", "one-error"]);
  const folds = requireCount("linear/folds", options.folds ?? 5, 2);
  if (samples < folds) {
    throw new NadirError("linear/folds", `${samples} samples for ${folds} folds`, {
      expected: "at least one sample in each",
      hint: `folds: ${samples} holds out one sample at a time`,
    });
  }
  return { folds, seed, choose };
}

/** Mean losses of held-out samples by strength, and their standard errors over folds. */
export function foldLosses<Fit>(
  folding: Pick<Folding<Fit, unknown>, "samples" | "fits" | "loss">,
  strengths: readonly number[],
  { folds, seed }: Required<FoldOptions>,
): { readonly losses: readonly number[]; readonly errors: readonly number[] } {
  const { samples } = folding;
  const places = shuffled(samples, seed);
  const byFold: number[][] = [];
  const sums = new Float64Array(strengths.length);
  for (let fold = 0; fold < folds; fold++) {
    const held = Int32Array.from(places.filter((_, i) => i % folds === fold)).sort();
    const kept = Int32Array.from(places.filter((_, i) => i % folds !== fold)).sort();
    const fits = folding.fits(kept, strengths, fold);
    const losses = fits.map((fit) => folding.loss(fit, kept, held));
    losses.forEach((loss, k) => {
      sums[k] = sums[k]! + loss * held.length;
    });
    byFold.push(losses);
  }
  const losses = Array.from(sums, (sum) => sum / samples);
  const errors = losses.map((mean, k) => {
    const squares = byFold.reduce((sum, own) => sum + (own[k]! - mean) ** 2, 0);
    return Math.sqrt(squares / folds / (folds - 1));
  });
  return { losses, errors };
}

/** The position of what is chosen, of losses from the simplest model on. */
export function choiceOf(
  losses: readonly number[],
  errors: readonly number[],
  choose: "best" | "one-error",
): number {
  const best = losses.indexOf(Math.min(...losses));
  const limit = losses[best]! + errors[best]!;
  return choose === "best" ? best : losses.findIndex((loss) => loss <= limit);
}

/** Linear models, to be cut into folds. */
export const linearFolding = (
  design: Design,
  targets: Targets,
  settings: Settings,
): Folding<LinearFit, LinearPath> => ({
  samples: targets.size,
  strengths: (options) => strengthsOf(taskOf(design, targets, settings), settings.penalty, options),
  fits: (kept, strengths, fold) => {
    requireBothLabels(targets, kept, fold);
    const part = targetsAt(targets, kept);
    return fitPath(design.rows(kept), part, settings, { strengths }, false).fits;
  },
  path: (strengths) => fitPath(design, targets, settings, { strengths }, true),
  loss: (fit, kept, held) => heldOut(fit, design, targets, settings, kept, held),
});

function heldOut(
  fit: LinearFit,
  design: Design,
  targets: Targets,
  settings: Settings,
  kept: Int32Array,
  held: Int32Array,
): number {
  const eta = new Float64Array(targets.size).fill(fit.intercept);
  for (const j of fit.support) design.add(j, fit.coefficients[j]!, eta);
  const { values, events } = targets;
  if (settings.loss === "cox") {
    const all = coxLoss(values, events!).value(eta) * values.length;
    const part = targetsAt(targets, kept);
    const own = Float64Array.from(kept, (i) => eta[i]!);
    return (all - coxLoss(part.values, part.events!).value(own) * kept.length) / held.length;
  }
  const loss = sampleLossOf(settings.loss);
  const weight = (i: number): number => targets.weights?.[i] ?? 1;
  const total = held.reduce((sum, i) => sum + weight(i), 0);
  return held.reduce((sum, i) => sum + weight(i) * loss.value(eta[i]!, values[i]!), 0) / total;
}

function requireBothLabels({ values, labels }: Targets, kept: Int32Array, fold: number): void {
  if (labels === undefined || new Set(Array.from(kept, (i) => values[i])).size === 2) return;
  throw new NadirError("linear/folds", `without fold ${fold}, only one label is left`, {
    expected: "both labels among the samples that remain",
    hint: "fewer folds, another seed, or more samples of the rarer label",
  });
}

/** 0 … n − 1 in an order that the seed decides (Fisher–Yates with a 32-bit generator, mulberry32). */
function shuffled(n: number, seed: number): number[] {
  const places = Array.from({ length: n }, (_, i) => i);
  let state = (seed + 0x9e3779b9) | 0;
  for (let i = n - 1; i > 0; i--) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    const j = ((t ^ (t >>> 14)) >>> 0) % (i + 1);
    [places[i], places[j]] = [places[j]!, places[i]!];
  }
  return places;
}
