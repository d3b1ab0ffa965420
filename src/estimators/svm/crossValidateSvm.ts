import { NadirError } from "../../base/errors.ts";
import { requireInRange, requireKnownOptions, requireWord } from "../../base/require.ts";
import type { Vector } from "../../linalg/ask.ts";
import {
  choiceOf,
  type FoldOptions,
  foldLosses,
  requireFoldOptions,
} from "../linear/crossValidate.ts";
import type { Design } from "../linear/design.ts";
import { requireWeights, type SampleOptions } from "../linear/sampleWeights.ts";
import { type Decided, fitPath, type SvmFit, type SvmPath, usualPrices } from "./fits.ts";
import { readLabels } from "./labels.ts";
import { lossSum } from "./loss.ts";
import { requirePrice, type SvmSettings } from "./settings.ts";
import type { MachineOf } from "./svm.ts";

/** Which prices and widths are compared, on which parts of the samples, and by what. */
export interface SvmCrossValidationOptions extends FoldOptions, SampleOptions {
  /** The prices to try, above 0. Default eleven from 0.01 to 1000, evenly spread over their logarithms. */
  readonly Cs?: readonly number[];
  /** Widths γ of an rbf kernel to try, above 0. Default: that of the machine alone. */
  readonly gammas?: readonly number[];
  /** What held-out samples are asked: the share of `errors`, or the machine's mean `loss`. Default `errors`. */
  readonly measure?: "errors" | "loss";
}

/** What held-out samples say of prices and widths. */
export interface SvmCrossValidation {
  /** What was tried, from the simplest machine on: small C first, of the same C small γ first. */
  readonly candidates: readonly { readonly C: number; readonly gamma: number | undefined }[];
  /** The mean share of errors (or loss) of held-out samples, by candidate. */
  readonly losses: readonly number[];
  /** Standard errors of these means over folds. */
  readonly errors: readonly number[];
  /** Position of the chosen candidate: of equals the simplest. */
  readonly chosen: number;
  /** The chosen machine, fitted on all samples. */
  readonly fit: SvmFit;
  /** The path on all samples with the chosen width, up to the chosen price. */
  readonly path: SvmPath;
}

interface Data {
  readonly design: Design;
  readonly y: ArrayLike<number>;
  readonly settings: SvmSettings;
  readonly widths: boolean;
  readonly machineOf: MachineOf;
}

/**
 * Cross-validation over C, and over the width of an rbf kernel: for each width and fold a path on the other samples, and what it says of
 * the fold, which is cut as for linear models. Class weights `balanced` and a width by the data are those of the samples that remain.
 *
 * @throws NadirError `linear/folds`, `svm/folds`, `svm/Cs`, `svm/gammas`
 */
export function crossValidateSvm(
  { design, y, settings, widths, machineOf }: Data,
  options: SvmCrossValidationOptions,
): SvmCrossValidation {
  requireKnownOptions("crossValidate", options, [
    ...["Cs", "gammas", "measure", "folds", "seed", "choose", "weights"],
  ]);
  const measure = requireWord("svm/measure", options.measure ?? "errors", ["errors", "loss"]);
  const { samples } = design;
  const { signs } = readLabels(y, samples, settings.classWeights, options.weights);
  const weights =
    options.weights === undefined ? undefined : requireWeights(options.weights, samples);
  const how = requireFoldOptions(options, samples);
  const Cs = [...(options.Cs ?? usualPrices)].sort((a, b) => a - b);
  for (const C of Cs) requirePrice(C);
  const gammas = gammasOf(options.gammas, widths);
  const at = (values: ArrayLike<number>, rows: Int32Array): Vector =>
    Float64Array.from(rows, (i) => values[i]!);
  const pathOn = (rows: Int32Array | undefined, prices: readonly number[], gamma?: number) => {
    const own = rows === undefined || weights === undefined ? weights : at(weights, rows);
    const part = rows === undefined ? y : at(y, rows);
    const labels = readLabels(part, part.length, settings.classWeights, own);
    const x = rows === undefined ? design : design.rows(rows);
    return fitPath(machineOf(x, labels, gamma), { Cs: prices });
  };
  const lossOf = ({ decide }: Decided, held: Int32Array): number => {
    const decisions = decide(design.rows(held));
    const own = at(signs, held);
    const counts =
      weights === undefined ? new Float64Array(held.length).fill(1) : at(weights, held);
    const total = counts.reduce((sum, w) => sum + w, 0);
    if (total === 0) return 0;
    if (measure === "loss")
      return lossSum(settings.loss, { signs: own, prices: counts }, decisions) / total;
    const missed = (f: number, i: number): boolean => f > 0 !== own[i]! > 0;
    return decisions.reduce((sum, f, i) => sum + (missed(f, i) ? counts[i]! : 0), 0) / total;
  };
  const byWidth = gammas.map((gamma) =>
    foldLosses<Decided>(
      {
        samples,
        fits: (kept, prices, fold) => {
          requireBoth(at(signs, kept), fold);
          return pathOn(kept, prices, gamma).decided;
        },
        loss: (fit, _, held) => lossOf(fit, held),
      },
      Cs,
      how,
    ),
  );
  const candidates = Cs.flatMap((C) => gammas.map((gamma) => ({ C, gamma })));
  const losses = Cs.flatMap((_, k) => byWidth.map((found) => found.losses[k]!));
  const errors = Cs.flatMap((_, k) => byWidth.map((found) => found.errors[k]!));
  const chosen = choiceOf(losses, errors, how.choose);
  const { C, gamma } = candidates[chosen]!;
  const { path } = pathOn(undefined, Cs.slice(0, Cs.indexOf(C) + 1), gamma);
  return { candidates, losses, errors, chosen, fit: path.fits.at(-1)!, path };
}

function gammasOf(
  given: readonly number[] | undefined,
  widths: boolean,
): readonly (number | undefined)[] {
  if (given === undefined) return [undefined];
  if (!widths || given.length === 0) {
    throw new NadirError(
      "svm/gammas",
      widths ? "gammas is empty" : "gammas for a machine whose kernel is not rbf",
      { expected: 'widths γ above 0, for kernelSvm({ kernel: "rbf" })' },
    );
  }
  const range = [0, Number.POSITIVE_INFINITY] as const;
  for (const gamma of given) requireInRange("svm/gamma", gamma, range, { open: true });
  return [...given].sort((a, b) => a - b);
}

function requireBoth(signs: Vector, fold: number): void {
  if (signs.includes(1) && signs.includes(-1)) return;
  throw new NadirError("svm/folds", `without fold ${fold}, only one label is left`, {
    expected: "both labels among the samples that remain",
    hint: "fewer folds, another seed, or more samples of the rarer label",
  });
}
