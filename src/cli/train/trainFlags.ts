import { NadirError } from "../../base/errors.ts";
import { parseRemedy } from "../../diagnosis/advice/remedyText.ts";
import type { Side } from "../../inspection/lowerAlong.ts";
import type { Run } from "../../runs/run.ts";
import type { EngineName } from "../../runtime/engine.ts";
import type { SettingDefaults, Training, TrainingProblem } from "../../training/defineTraining.ts";
import { plannedSteps } from "../../training/plannedSteps.ts";
import { withRemedy } from "../../training/remedies.ts";
import { loadUserFile, type UserFile } from "../loadUserFile.ts";
import { chooseSettings } from "../settings.ts";
import { type TrainingDefaults, withDefaults } from "./config.ts";
import { buildProblem, readTraining } from "./trainFile.ts";

/** Flags that change what a training computes. They are kept in its record, and hold again when it is resumed. */
export interface TrainFlags {
  readonly seed?: number | undefined;
  readonly steps?: number | undefined;
  readonly engine?: EngineName | undefined;
  readonly threads?: number | undefined;
  /** One change to what the file says, as `nadir diagnose` proposes it: `rate:0.1`. */
  readonly change?: string | undefined;
  /** What `nadir.config.ts` said when the run was made. */
  readonly config?: TrainingDefaults | undefined;
  /** The run with whose last params this one begins. */
  readonly begin?: string | undefined;
  /** The run beside whose saddle this one begins: see `nadir escape`. */
  readonly escape?: string | undefined;
  /** With `escape`: the way that is gone from the saddle, where it is not the lower one of both. */
  readonly side?: Side | undefined;
}

/** The problem with what flags say instead. */
export function applyFlags(
  problem: TrainingProblem,
  { change, config = {}, begin: _where, escape: _beside, side: _way, ...flags }: TrainFlags,
): TrainingProblem {
  const whole = withDefaults(problem, config);
  const { epochs: _, ...withoutEpochs } = whole;
  const given = Object.entries(flags).filter(([, value]) => value !== undefined);
  const flagged = {
    ...(flags.steps === undefined ? whole : withoutEpochs),
    ...Object.fromEntries(given),
  };
  return change === undefined ? flagged : withRemedy(flagged, parseRemedy(change));
}

/** The problem with at most so many steps: a solver's iterations, which stop by themselves, or a rule's of its plan. */
export function withMostSteps(problem: TrainingProblem, most: number): TrainingProblem {
  if (most === Number.POSITIVE_INFINITY) return problem;
  const { epochs: _, ...withoutEpochs } = problem;
  const solves = problem.method?.kind === "solver";
  const planned = solves ? (problem.steps ?? most) : plannedSteps(problem);
  return planned <= most && !solves
    ? problem
    : { ...withoutEpochs, steps: Math.min(planned, most) };
}

/** A recorded training, with what makes it again. */
export interface RecordedTraining {
  readonly file: UserFile;
  readonly training: Training;
  readonly settings: SettingDefaults;
  readonly words: readonly string[];
  readonly flags: TrainFlags;
  readonly problem: TrainingProblem;
}

/**
 * The problem that a run trained: its file with the settings and flags of its record.
 *
 * @throws NadirError `inspect/run` for a run that is no training, and as loading the file does
 */
export async function trainingOfRun(run: Run, cwd: string): Promise<RecordedTraining> {
  if (run.config["task"] !== "train") {
    throw new NadirError("inspect/run", `run ${run.id} is no training`, {
      expected: "a run of nadir train",
      hint: `name the function itself, with x0=[…]: ${run.command}`,
    });
  }
  // Written by trainRun from values of these very types.
  const recorded = run.config as {
    readonly settings: object;
    readonly flags?: TrainFlags;
    readonly words?: readonly string[];
  };
  const file = await loadUserFile(run.file ?? "", cwd);
  const training = readTraining(file);
  const given = new Map(Object.entries(recorded.settings));
  const { values: settings } = chooseSettings(training.settings, given, file.shown);
  const { flags = {}, words = [] } = recorded;
  const built = await buildProblem(training, settings, file.shown);
  const problem = { ...applyFlags(built, flags), seed: run.seed ?? 0 };
  return { file, training, settings, words, flags, problem };
}
