import type { Evidence } from "./evidence.ts";

/** One change to a training, as data: something else knows how to make it. */
export type Remedy =
  /** Every learning rate times this. */
  | { readonly kind: "rate"; readonly factor: number }
  /** A straight rise to the first rate over this part of the steps. */
  | { readonly kind: "warm-up"; readonly part: number }
  /** A cosine from the largest rate over all steps, in place of the run's schedule. */
  | { readonly kind: "schedule" }
  | { readonly kind: "steps"; readonly factor: number }
  | { readonly kind: "batch-size"; readonly size: number }
  /** Gradients shortened to this norm. */
  | { readonly kind: "clip"; readonly norm: number }
  /** What pulls params to 0, times this. */
  | { readonly kind: "decay"; readonly factor: number }
  /** Params drawn anew by the fans of each layer. */
  | { readonly kind: "redraw" }
  /** Normal noise added to the params at the start: this part of what a fan-in draw would have. */
  | { readonly kind: "disturb"; readonly part: number }
  /** Features centred and scaled by the training data's own mean and deviation. */
  | { readonly kind: "standardize" }
  | { readonly kind: "shuffle" }
  /** Rows of rare classes repeated until classes are as frequent as the most frequent one. */
  | { readonly kind: "balance" }
  /** An end where the loss on rows held back no longer falls. */
  | { readonly kind: "early-stopping"; readonly patience: number }
  /** What only the file can change: told, not done. `setting` is what a setting for it would be called. */
  | { readonly kind: "told"; readonly setting?: readonly string[]; readonly factor?: number };

/** How much it matters: a serious one keeps the training from what it could reach. */
export type Severity = "serious" | "warning" | "note";

/** What was found, why it is so, and what to try. */
export interface Finding {
  /** Kebab-case: `rate-too-high`. `nadir explain` knows it. */
  readonly name: FindingName;
  readonly severity: Severity;
  /** What was measured, in one sentence with the numbers. */
  readonly evidence: string;
  /** The likely cause, in one sentence. */
  readonly cause: string;
  /** The one change to try, in one sentence. */
  readonly advice: string;
  readonly remedy: Remedy;
  /** From 0 to 1: how sure it is that this is the cause. An order, not a probability. */
  readonly confidence: number;
}

/** A rule looks at the evidence for one fault, and says nothing where it does not see it. */
export interface FindingRule {
  readonly name: FindingName;
  find(evidence: Evidence): Omit<Finding, "name"> | undefined;
}

/** Every name that a finding may have. */
export const findingNames = [
  "softmax-twice",
  "random-labels",
  "unshuffled",
  "frozen-params",
  "unscaled-features",
  "idle-branch",
  "symmetric-start",
  "saddle",
  "exploding-recurrence",
  "start-too-small",
  "dead-relus",
  "saturated-units",
  "start-too-large",
  "vanishing-gradients",
  "clipped-too-tight",
  "decay-too-strong",
  "batch-norm-drift",
  "dropout-too-strong",
  "mode-collapse",
  "no-warm-up",
  "batch-too-small",
  "rate-too-high",
  "label-noise",
  "class-imbalance",
  "overfitting",
  "no-normalization",
  "rate-too-low",
  "schedule-too-short",
  "too-few-steps",
  "plateau",
] as const;

/** What a finding is called: the key of its entry in the glossary, and what tests and benches look for. */
export type FindingName = (typeof findingNames)[number];

/** A number as sentences tell it. */
export const told = (value: number): string => Number(value.toPrecision(3)).toString();

/** A share as sentences tell it. */
export const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
