import { parseRemedy } from "../../diagnosis/advice/remedyText.ts";
import type { VerdictKind } from "../../diagnosis/verdict.ts";
import type { Run, SettingChange } from "../../runs/run.ts";
import { formatNumber } from "../format.ts";
import type { UntilKind } from "../runView.ts";
import type { TrainFlags } from "./trainFlags.ts";

/** How a training goes on from where a run of it ended. */
export type Way = "train-on" | "escape" | "lower-rate";

/** The run that follows one that ended, or why there is none. */
export type Onward =
  | { readonly by: Way; readonly flags: TrainFlags; readonly change: SettingChange }
  | { readonly why: string };

/** At a noise floor the squared gradient norm is about in proportion to the rate: this makes it less than a third. */
const LOWER = 0.3;

/** Whether a verdict is the one that was wanted. What is proved to be the lowest of all is the lowest around. */
export const isWanted = (kind: VerdictKind | undefined, wanted: VerdictKind): boolean =>
  kind === wanted || (wanted === "local-minimum" && kind === "global-minimum");

/**
 * What follows a run whose verdict is not the wanted one, by that verdict alone: a saddle is left along its direction of
 * descent, at a noise floor the rate is lowered, and from where the steps ran out it trains on. From a point where
 * nothing pulls any more no step leads on.
 *
 * @param flags - those of the run that ended
 */
export function onwardFrom(run: Run, flags: TrainFlags, wanted: UntilKind): Onward {
  const { verdict } = run;
  const { begin: _begun, escape: _left, side: _way, steps: _steps, ...same } = flags;
  const begun = (to: string, why: string): SettingChange => ({
    ...{ setting: "start", from: "its own" },
    ...{ to, why },
  });
  if (verdict === undefined) return { why: `${run.id} has no verdict` };
  switch (verdict.kind) {
    case "saddle":
      return {
        by: "escape",
        flags: { ...same, escape: run.id },
        change: begun(
          `beside the saddle of ${run.id}`,
          "along the direction of negative curvature the loss is lower",
        ),
      };
    case "noise-floor": {
      const change = lowered(flags.change);
      if (change === undefined) {
        return {
          why: `at the noise floor only a lower rate leads lower, and --change ${flags.change} stands in its place`,
        };
      }
      return {
        by: "lower-rate",
        flags: { ...same, change: `rate:${change}`, begin: run.id },
        change: begun(
          `where ${run.id} ended, at ${formatNumber(change)} of the file's rate`,
          "the noise of its batches keeps the gradient where it is at a larger rate",
        ),
      };
    }
    case "not-stationary": {
      const halted = { stopped: "it was stopped early by its validation loss", ...stalls };
      if (verdict.why in halted && run.status === "ended") {
        return {
          why: `${halted[verdict.why as keyof typeof halted]}: more steps of the same training lead no further`,
        };
      }
      return {
        by: "train-on",
        flags: { ...same, begin: run.id },
        change: begun(`where ${run.id} ended`, "its gradient was not yet within the tolerance"),
      };
    }
    case "plateau":
      return {
        by: "train-on",
        flags: { ...same, begin: run.id },
        change: begun(`where ${run.id} ended`, "a plateau may end by itself"),
      };
    case "local-minimum":
      return {
        why:
          wanted === "global-minimum"
            ? "it is a local minimum, and nothing proves that it is the lowest of all: the loss is not known to be convex"
            : fromHere(verdict.kind),
      };
    default:
      return { why: fromHere(verdict.kind) };
  }
}

const stalls = {
  "line-search": "its method found no lower point",
  exhausted: "its method has done all that it does",
} as const;

const fromHere = (kind: VerdictKind): string => `it ended as ${kind}, from where no step leads on`;

/** The part of the file's rate that comes next; undefined where another change stands in its place. */
function lowered(change: string | undefined): number | undefined {
  if (change === undefined) return LOWER;
  const remedy = parseRemedy(change);
  return remedy.kind === "rate" ? Number((LOWER * remedy.factor).toPrecision(3)) : undefined;
}
