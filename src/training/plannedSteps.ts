import type { TrainingProblem } from "./defineTraining.ts";

/** Rows of a batch where the problem states none. */
export const batchSizeOf = ({ batchSize, data }: TrainingProblem): number =>
  batchSize ?? Math.min(128, data.size);

/** The steps that a rule takes where nothing stops it: those that are stated, or those of the epochs. */
export const plannedSteps = (problem: TrainingProblem): number =>
  problem.steps ?? Math.ceil(((problem.epochs ?? 10) * problem.data.size) / batchSizeOf(problem));
