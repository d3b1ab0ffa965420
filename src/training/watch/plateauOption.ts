import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import type { PlateauRemedy } from "../../diagnosis/plateauFinding.ts";
import type { Rule } from "../../methods/rules/rule.ts";
import type { OnPlateau } from "../../methods/schedules/onPlateau.ts";

/** What to do where the loss no longer falls, in full. */
export interface PlateauOptions {
  /** Default `tell`. */
  readonly remedy?: PlateauRemedy;
  /** Steps for which the loss must have been level. Default a twentieth of the run's, at least 100. */
  readonly patience?: number;
  /** Remedies applied at most. Default 5. */
  readonly times?: number;
  /** A rule for rates beside it, as `onPlateau({ factor: 0.1 })`, which answers to the metric of each epoch. */
  readonly schedule?: OnPlateau;
}

/** What `fit` takes as `onPlateau`. */
export type PlateauOption = OnPlateau | PlateauRemedy | PlateauOptions;

/** The option, read. */
export interface PlateauPlan {
  readonly schedule: OnPlateau | undefined;
  /** Undefined where nothing was said: then what costs little is told, to who hears. */
  readonly remedy: PlateauRemedy | undefined;
  readonly patience: number;
  readonly times: number;
}

const remedies: readonly string[] = [
  ...["tell", "raise-rate", "add-noise", "restart-schedule", "follow-negative-curvature"],
];

/**
 * Reads what is to be done on a plateau.
 *
 * @throws NadirError `fit/onPlateau` for what is none of it, or cannot be done with this rule; `onPlateau/patience`, `onPlateau/times`
 */
export function readPlateau(
  option: PlateauOption | undefined,
  rule: Rule,
  { total, constrained }: { readonly total: number; readonly constrained: boolean },
): PlateauPlan {
  const usual = { patience: Math.max(100, Math.ceil(total / 20)), times: 5 };
  const none = { schedule: undefined, remedy: undefined, ...usual };
  if (option === undefined) return none;
  if (typeof option === "string")
    return readPlateau({ remedy: option }, rule, { total, constrained });
  if (typeof option !== "object" || option === null) throw unknown(option);
  if ("kind" in option) return { ...none, schedule: requireSchedule(option) };
  requireKnownOptions("fit/onPlateau", option, ["remedy", "patience", "times", "schedule"]);
  const { remedy = "tell", schedule } = option;
  if (!remedies.includes(remedy)) throw unknown(remedy);
  requirePossible(remedy, rule, constrained);
  return {
    schedule: schedule === undefined ? undefined : requireSchedule(schedule),
    remedy,
    patience: requireCount("onPlateau/patience", option.patience ?? usual.patience),
    times: requireCount("onPlateau/times", option.times ?? usual.times),
  };
}

/** What tells one option from another, as plain data. */
export function plateauSettings({
  schedule,
  remedy,
  patience,
  times,
}: PlateauPlan): string | undefined {
  const told = remedy === undefined ? undefined : { remedy, patience, times };
  if (schedule === undefined && told === undefined) return undefined;
  return JSON.stringify(
    told === undefined ? schedule!.options : { ...told, schedule: schedule?.options },
  );
}

function requireSchedule(schedule: OnPlateau): OnPlateau {
  if (schedule?.kind !== "on-plateau") throw unknown(schedule);
  if (schedule.options.goal !== "max") return schedule;
  throw new NadirError("fit/onPlateau", 'fit: onPlateau has the goal "max"', {
    expected: '"min", the default: what is measured is the loss, on validation data or in training',
  });
}

function requirePossible(remedy: PlateauRemedy, rule: Rule, constrained: boolean): void {
  const refuse = (why: string, expected: string): never => {
    throw new NadirError("fit/onPlateau", `fit: onPlateau is "${remedy}", and ${why}`, {
      expected,
    });
  };
  if (remedy === "restart-schedule" && typeof rule.learningRate !== "object")
    refuse(
      "the rate follows no schedule",
      "a schedule as the rule's learning rate, such as warmupCosine",
    );
  if (remedy === "add-noise" && rule.learningRate === undefined)
    refuse(
      `${rule.name} tells no learning rate`,
      "a rule whose learning rate tells how far noise leads",
    );
  if (remedy === "follow-negative-curvature" && constrained)
    refuse(
      "params stay in a set, or carry a penalty",
      "a loss alone: the direction is the loss's own",
    );
}

const unknown = (given: unknown): NadirError =>
  new NadirError("fit/onPlateau", "fit: onPlateau is no plateau's rule and no remedy", {
    expected: `onPlateau({ factor: 0.1, patience: 10 }), or one of ${remedies.map((name) => `"${name}"`).join(", ")}`,
    hint: typeof given === "string" ? `it is "${given}"` : undefined,
  });
