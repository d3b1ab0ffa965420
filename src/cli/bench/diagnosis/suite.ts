import type { DiagnoseOptions } from "../../../inspection/diagnose.ts";
import type { TrainingProblem } from "../../../training/defineTraining.ts";
import type { Base } from "./bases.ts";
import { type Classifier, classifierProblem } from "./training.ts";

/** A training whose fault, or health, is known. */
export interface SuiteCase {
  /** The finding that names the fault; "healthy" where there is none. */
  readonly fault: string;
  /** The training that it is a change of. */
  readonly base: string;
  /** The one change, in words. */
  readonly change: string;
  /** Names that say the same of this case, agreed on beforehand. */
  readonly also?: readonly string[];
  make(seed: number): Promise<TrainingProblem>;
  /** Of a generator: rows from params. */
  readonly generate?: DiagnoseOptions["generate"];
}

/** A classifier with one of its parts changed. */
export const changed = (
  fault: string,
  base: Base,
  change: string,
  how: (healthy: Classifier) => Partial<Classifier>,
  also: readonly string[] = [],
): SuiteCase => ({
  ...{ fault, base: base.name, change, also },
  make: async (seed) => {
    const healthy = await base(seed);
    return classifierProblem({ ...healthy, ...how(healthy) });
  },
});

/** Another training, with one thing changed. */
export const posed = (
  fault: string,
  base: string,
  change: string,
  make: (seed: number) => TrainingProblem | Promise<TrainingProblem>,
  also: readonly string[] = [],
): SuiteCase => ({ fault, base, change, also, make: async (seed) => make(seed) });

/** The name of no fault. */
export const healthy = "healthy";
