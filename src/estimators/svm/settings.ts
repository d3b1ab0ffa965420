import { NadirError } from "../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../base/require.ts";
import type { Effort } from "./boxDual.ts";
import { type ClassWeights, requireClassWeights } from "./labels.ts";
import { cutOf, type SvmLoss } from "./loss.ts";

/** What linear and kernel machines share. */
export interface SvmOptions {
  /** The price of the samples' losses, above 0: the objective is ½‖w‖² + CΣℓ. Default 1. */
  readonly C?: number;
  /** Default `hinge`. */
  readonly loss?: SvmLoss;
  /**
   * What the losses of a class are multiplied by: `balanced`, so that both classes weigh the same in all, or weights by label.
   * Default 1 for both.
   */
  readonly classWeights?: ClassWeights;
  /** Whether there is a bias b; `penalized` adds ½b² to the objective. Default true: free. */
  readonly bias?: boolean | "penalized";
  /** The duality gap, over the value, at which to stop. Default 1e-6. */
  readonly tolerance?: number;
  /** Passes over the samples at most, for each convex problem. Default 10,000. */
  readonly maxSweeps?: number;
  /**
   * For a ramp loss: the price of the hinge machine whose margins tell whom to cut off first. Default C. Where that machine fits
   * every label (a large C, a narrow kernel), no margin lies below the cut, and the procedure ends where it starts. A smaller price lets wrong
   * labels stand out; the local minimum that is then reached may have a higher objective, and still err less on new samples.
   */
  readonly startC?: number;
}

/** Options as read. */
export interface SvmSettings extends Effort {
  readonly C: number;
  readonly loss: SvmLoss;
  readonly classWeights: ClassWeights | undefined;
  /** Where the loss is cut off; undefined for the convex ones. */
  readonly cut: number | undefined;
  readonly startC: number | undefined;
  readonly bias: "free" | "penalized" | "none";
}

/** @throws NadirError `svm/…` for options that cannot be */
export function readSettings(
  name: string,
  options: SvmOptions,
  more: readonly string[] = [],
): SvmSettings {
  requireKnownOptions(
    name,
    options,
    [...["C", "loss", "classWeights", "bias", "tolerance", "maxSweeps", "startC"], ...more],
    `${name}(options).fit(x, y)`,
  );
  const { loss = "hinge", bias = true } = options;
  if (bias !== true && bias !== false && bias !== "penalized") {
    throw new NadirError("svm/bias", `bias is ${String(bias)}`, {
      expected: 'true, false or "penalized"',
    });
  }
  const cut = cutOf(loss);
  if (options.startC !== undefined && cut === undefined) {
    throw new NadirError("svm/startC", `startC with the ${String(loss)} loss`, {
      expected: "a ramp loss: a convex machine ends at the same point from any start",
    });
  }
  return {
    C: requirePrice(options.C ?? 1),
    ...{ loss, cut, classWeights: requireClassWeights(options.classWeights) },
    startC: options.startC === undefined ? undefined : requirePrice(options.startC, "startC"),
    bias: bias === "penalized" ? bias : bias ? "free" : "none",
    tolerance: requireInRange("svm/tolerance", options.tolerance ?? 1e-6, [0, 1], { open: true }),
    maxSweeps: requireCount("svm/maxSweeps", options.maxSweeps ?? 10_000),
  };
}

/** @throws NadirError `svm/C`, `svm/startC` unless it is above 0 and finite */
export function requirePrice(C: number, name: "C" | "startC" = "C"): number {
  if (C > 0 && Number.isFinite(C)) return C;
  throw new NadirError(`svm/${name}`, `${name} is ${String(C)}`, {
    expected: "a number above 0: the price of a sample on the wrong side",
    hint: "C: 1, or a path over several",
  });
}
