import { NadirError } from "../base/errors.ts";
import type { TrainingProblem } from "../training/defineTraining.ts";
import type { FitOptions } from "../training/fit.ts";
import { startOfLoop } from "../training/loopStart.ts";
import { prepare } from "../training/prepare.ts";
import { requireSameRun, type Snapshot } from "../training/snapshot.ts";

/** What a training's file has changed since a checkpoint was saved: its data or its step; undefined where neither. */
export async function changedSince(
  problem: TrainingProblem,
  settings: Snapshot["settings"],
): Promise<string | undefined> {
  if (problem.method.kind !== "rule") return undefined;
  // Its own types are of no use here.
  const { plan } = await prepare(problem as FitOptions<unknown, unknown, unknown>);
  try {
    const now = startOfLoop(plan, { checkpoints: { save: () => undefined } }).settings;
    const digests = Object.entries(now).filter(
      ([name]) => (name === "data" || name === "program") && name in settings,
    );
    requireSameRun({ settings }, Object.fromEntries(digests));
    return undefined;
  } catch (error) {
    if (error instanceof NadirError) return error.summary.replace(/^resume: /, "");
    throw error;
  } finally {
    await plan.measurements.dispose();
  }
}
