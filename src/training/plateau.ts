import { NadirError } from "../base/errors.ts";
import type { OnPlateau, PlateauState } from "../methods/schedules/onPlateau.ts";
import type { EpochLoss, Progress } from "./snapshot.ts";

/** What learning rates are multiplied by: for the rollbacks so far, and for plateaus. */
export const scaleOf = ({ rateScale, plateau }: Pick<Progress, "rateScale" | "plateau">): number =>
  rateScale * (plateau?.scale ?? 1);

/** What was measured at the end of some epochs. */
interface Measured {
  /** Of the epochs that have just ended. */
  readonly losses: readonly EpochLoss[];
  readonly validationLoss: number | undefined;
  readonly hasValidation: boolean;
}

/** A new state of the plateau's rule, and the last measurement that led to it. */
interface Judged {
  readonly state: PlateauState;
  readonly metric: number;
}

/**
 * What the plateau's rule makes of the epochs that have just ended: of the validation loss where there
 * are validation data, of each epoch's mean training loss where there are none. Undefined if none ended.
 */
export function atPlateau(
  { onPlateau }: { readonly onPlateau?: OnPlateau },
  { plateau }: Progress,
  { losses, validationLoss, hasValidation }: Measured,
): Judged | undefined {
  if (onPlateau === undefined || plateau === undefined) return undefined;
  const metrics = hasValidation
    ? validationLoss === undefined
      ? []
      : [validationLoss]
    : losses.map(({ mean }) => mean);
  const metric = metrics.at(-1);
  if (metric === undefined) return undefined;
  return { state: metrics.reduce(onPlateau.next, plateau), metric };
}

/** Whether the step has to be compiled anew. */
export const changesStep = ({ plateau }: Progress, { state }: Judged): boolean =>
  plateau?.scale !== state.scale || plateau.noise !== state.noise;

/** @throws NadirError `fit/onPlateau` for what is no plateau's rule, or wants more loss */
export function requirePlateau(onPlateau: OnPlateau | undefined): void {
  if (onPlateau === undefined) return;
  if (onPlateau.kind !== "on-plateau") {
    throw new NadirError("fit/onPlateau", "fit: onPlateau is no plateau's rule", {
      expected: "onPlateau({ factor: 0.1, patience: 10 })",
    });
  }
  if (onPlateau.options.goal !== "max") return;
  throw new NadirError("fit/onPlateau", 'fit: onPlateau has the goal "max"', {
    expected: '"min", the default: what is measured is the loss, on validation data or in training',
  });
}
