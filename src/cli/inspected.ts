import { statSync } from "node:fs";
import { resolve } from "node:path";
import { unflatten } from "../array/tree.ts";
import { NadirError } from "../base/errors.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import type { TrainedLoss } from "../inspection/point.ts";
import { latestCheckpoint, listCheckpoints, readTensors } from "../runs/checkpoint.ts";
import type { Run } from "../runs/run.ts";
import { openStore } from "../runs/store.ts";
import type { Snapshot } from "../training/snapshot.ts";
import type { Objective } from "../training/structure.ts";
import { drawOrRead, streams } from "../training/values.ts";
import type { Invocation } from "./command.ts";
import { findFunction } from "./functionFile.ts";
import { nestSettings, parseSettings } from "./keyValues.ts";
import { loadUserFile } from "./loadUserFile.ts";
import { placeOf, pointOfRun, savedTree } from "./runPoint.ts";
import { chooseSettings } from "./settings.ts";
import { buildProblem, readTraining } from "./train/trainFile.ts";
import { trainingOfRun } from "./train/trainFlags.ts";

/** A point that a training went through. */
export interface PlaceOnTheWay {
  readonly step: number;
  readonly at: unknown;
  readonly state?: unknown;
}

/** A problem and a point of it, named on the command line. */
export interface InspectedTarget {
  readonly shown: string;
  /** Where the point is, in words: "the last checkpoint, step 750". */
  readonly where: string;
  readonly problem: Objective<unknown> | TrainedLoss;
  readonly at: unknown;
  readonly state?: unknown;
  /** The run's id, if the point is a run's. */
  readonly run?: string;
  /** The step of that point. */
  readonly step?: number;
  /** What the run was judged to have ended at, if the point is its end. */
  readonly verdict?: Verdict;
  /** Where a training began, and the checkpoints before its last: those points of its way that are kept, in order. */
  readonly way?: () => readonly PlaceOnTheWay[];
  /** Where another run ended, as params of this one's problem. */
  readonly paramsOf?: (other: Run) => unknown;
}

/**
 * What a word names: a training run, whose last checkpoint is the point; a file that exports a training, at the params it
 * begins with; or a function, at its x0.
 *
 * @param words - the target, then `key=value` settings
 * @throws NadirError `inspect/run` for a run without a checkpoint, and as loading the file does
 */
export async function findInspected(
  [target = "", ...words]: readonly string[],
  seed: number,
  { cwd, store }: Invocation,
): Promise<InspectedTarget> {
  const isFile = statSync(resolve(cwd, target), { throwIfNoEntry: false })?.isFile() === true;
  const run = isFile ? undefined : await findRun(target, store);
  if (run !== undefined) return ofRun(run, cwd);
  const { dimension, x0, ...others } = nestSettings(parseSettings(words));
  try {
    const size = typeof dimension === "number" ? dimension : undefined;
    const found = await findFunction(target, cwd, size);
    const [unknown] = Object.keys(others);
    if (unknown !== undefined) {
      throw new NadirError("settings/unknown", `unknown setting "${unknown}"`, {
        expected: "x0=[…], or dimension=… for a test function",
      });
    }
    // Checked as a function by findFunction; the point is checked where it is read.
    const problem = found.f as Objective<unknown>;
    const where = x0 === undefined ? "its x0" : "x0 as given";
    return { shown: found.shown, where, problem, at: x0 ?? found.options["x0"] };
  } catch (error) {
    if (!(error instanceof NadirError) || error.code !== "user-file/no-function") throw error;
  }
  const file = await loadUserFile(target, cwd);
  const training = readTraining(file);
  const { values } = chooseSettings(training.settings, parseSettings(words), file.shown);
  const problem = { ...(await buildProblem(training, values, file.shown)), seed };
  return { shown: file.shown, where: "where training begins", problem, at: problem.params };
}

/** The run that a word names; undefined where it is no run's name. */
async function findRun(word: string, store: string): Promise<Run | undefined> {
  try {
    await using opened = await openStore(store, { readOnly: true });
    return opened.run(word);
  } catch (error) {
    if (word.startsWith("@") || !(error instanceof NadirError)) throw error;
    return undefined;
  }
}

async function ofRun(run: Run, cwd: string): Promise<InspectedTarget> {
  const { file, problem } = await trainingOfRun(run, cwd);
  const point = pointOfRun(run, problem);
  if (point === undefined) {
    throw noCheckpoint(run);
  }
  return {
    shown: `${file.shown} · run ${run.id}`,
    where: `its last checkpoint, step ${point.step}`,
    run: run.id,
    step: point.step,
    ...(run.verdict !== undefined &&
      run.status === "ended" &&
      run.steps === point.step && { verdict: run.verdict }),
    way: () => wayOf(run, problem, point.step),
    paramsOf: (other) => {
      const found = latestCheckpoint(other.dir);
      if (found === undefined) throw noCheckpoint(other);
      const tensors = found.tensors as Snapshot["tensors"]; // as they were saved from a snapshot
      return savedTree("params", problem.params, tensors, problem);
    },
    problem,
    ...point.place,
  };
}

/** Where a training began, and its checkpoints before a step, in order: those points of its way that are kept. */
export function wayOf(run: Run, problem: TrainedLoss, before: number): PlaceOnTheWay[] {
  const earlier = listCheckpoints(run.dir).filter(({ step }) => step < before);
  return [
    ...(earlier.some(({ step }) => step === 0) ? [] : [startOf(problem)]),
    ...earlier.reverse().map(({ file, step }) => {
      // As they were saved from a snapshot.
      const tensors = readTensors(file).tensors as Snapshot["tensors"];
      return { step, ...placeOf(tensors, problem) };
    }),
  ];
}

const noCheckpoint = ({ id }: Run): NadirError =>
  new NadirError("inspect/run", `run ${id} has no checkpoint`, {
    expected: "a run that has saved its params",
    hint: "nadir train saves them every 10 s and at the end",
  });

/** What a training begins with: params that are given, or drawn by the run's seed. */
function startOf({ params, state, seed = 0, dtype = "f32" }: TrainedLoss): PlaceOnTheWay {
  const { structure, arrays } = drawOrRead(params, seed, streams.params, dtype, "params");
  const at = unflatten(structure, [...arrays]);
  return { step: 0, at, ...(state === undefined ? {} : { state }) };
}
