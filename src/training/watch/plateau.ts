import type { OnPlateau, PlateauState } from "../../methods/schedules/onPlateau.ts";
import { rateValue } from "../../methods/schedules/rateValue.ts";
import type { RunningPlan } from "../plan.ts";
import type { EpochLoss, Progress } from "../snapshot.ts";

type Scales = Pick<Progress, "rateScale" | "plateau" | "watch">;

/** What learning rates are multiplied by: for the rollbacks so far, and for plateaus. */
export const scaleOf = ({ rateScale, plateau, watch }: Scales): number =>
  rateScale * (plateau?.scale ?? 1) * (watch?.scale ?? 1);

/** The standard deviation of the noise added to gradients' entries. */
export const noiseOf = ({ plateau, watch }: Scales): number =>
  (plateau?.noise ?? 0) + (watch?.noise ?? 0);

/** The learning rate at a step, where the rule tells one. */
export function rateOf(
  { spec, total }: RunningPlan,
  progress: Scales,
  step: number,
): number | undefined {
  const { learningRate } = spec.rule;
  if (learningRate === undefined) return undefined;
  const restart = progress.watch?.restart ?? 0;
  return scaleOf(progress) * rateValue(learningRate, step - restart, total - restart);
}

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
  onPlateau: OnPlateau | undefined,
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
