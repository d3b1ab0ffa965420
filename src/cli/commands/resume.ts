import { NadirError } from "../../base/errors.ts";
import {
  type LatestCheckpoint,
  latestCheckpoint,
  listCheckpoints,
  readTensors,
} from "../../runs/checkpoint.ts";
import type { Run } from "../../runs/run.ts";
import { openStore } from "../../runs/store.ts";
import type { Snapshot } from "../../training/snapshot.ts";
import { type Command, type Invocation, wholeFlag, wordFlag } from "../command.ts";
import type { ExitCode } from "../exitCodes.ts";
import { loadUserFile } from "../loadUserFile.ts";
import { namedRun } from "../namedRuns.ts";
import { type CheckpointMeta, checkpointSchema, noMark } from "../runRecord.ts";
import { type UntilKind, untilKinds } from "../runView.ts";
import { chooseSettings } from "../settings.ts";
import { readTraining } from "../train/trainFile.ts";
import type { TrainFlags } from "../train/trainFlags.ts";
import { type Resumption, trainRun } from "../train/trainRun.ts";
import { trainUntil } from "../train/trainUntil.ts";
import { resumeMinimize } from "./minimize.ts";
import { supervisionFlags } from "./train.ts";

/** `nadir resume RUN`: goes on with a run that was interrupted or killed, as if it never had been. */
export const resume: Command = async (invocation) => {
  const until = wordFlag(invocation.flags, "until", untilKinds);
  const run = await findRun(invocation, until !== undefined);
  switch (run.config["task"]) {
    case "train":
      return resumeTraining(invocation, run, until);
    case "minimize":
      if (until !== undefined) {
        throw new NadirError("resume/task", `run ${run.id} is no training`, {
          expected: "with --until, a run of nadir train",
          hint: "minimize leaves saddles by itself: escapeSaddles=true",
        });
      }
      return resumeMinimize(invocation, run);
    default:
      throw new NadirError("resume/task", `run ${run.id} cannot be resumed`, {
        expected: "a run of nadir train or nadir minimize",
      });
  }
};

async function findRun({ words, store, now }: Invocation, mayHaveEnded: boolean): Promise<Run> {
  await using opened = await openStore(store, { readOnly: true });
  const run = namedRun(opened, words[0] ?? "@", now());
  if (run.status === "running") {
    throw new NadirError("store/running", `run ${run.id} is still running`, {
      hint: "stop it first, or resume another",
    });
  }
  if (run.status === "ended" && !mayHaveEnded) {
    throw new NadirError(
      "resume/ended",
      `run ${run.id} has ended: there is nothing to go on with`,
      {
        expected: "a run that was interrupted or killed",
        hint: `nadir show ${run.id}, or run it again: ${run.command}`,
      },
    );
  }
  return run;
}

async function resumeTraining(
  invocation: Invocation,
  run: Run,
  until: UntilKind | undefined,
): Promise<ExitCode> {
  const { output, cwd, flags } = invocation;
  // Written by trainRun from values of these very types.
  const recorded = run.config as { settings: object; flags: TrainFlags; words: readonly string[] };
  const file = await loadUserFile(run.file ?? "", cwd);
  const training = readTraining(file);
  const asSettings = new Map(Object.entries(recorded.settings));
  const { values } = chooseSettings(training.settings, asSettings, file.shown);
  const whole = {
    ...{ file, training, settings: values, words: recorded.words, name: run.name },
    flags: recorded.flags,
  };
  const supervision = supervisionFlags(flags);
  if (until !== undefined && run.status === "ended") {
    return trainUntil(invocation, whole, { kind: until }, supervision, { ended: run });
  }
  const from = wholeFlag(flags, "from");
  const found = from === undefined ? latestCheckpoint(run.dir) : checkpointAt(run, from);
  for (const { summary } of found?.damaged ?? [])
    output.note(`${summary}; an earlier one is taken`);
  const { id } = run;
  let resumption: Resumption = { continued: { id, mark: noMark, seconds: 0 } };
  let { engine } = recorded.flags;
  if (found === undefined) output.note(`run ${id} has no checkpoint yet: it begins anew`);
  else {
    const { mark, seconds, progress, settings } = metaOf(found.meta, found.file);
    // Tensors come back as they were saved from a snapshot.
    const snapshot = { tensors: found.tensors, progress, settings } as Snapshot;
    resumption = { continued: { id, mark, seconds }, snapshot };
    // The engine that was chosen once: another would round otherwise.
    if (settings["engine"] === "js" || settings["engine"] === "onnx") engine = settings["engine"];
  }
  const request = { ...whole, flags: { ...recorded.flags, engine } };
  return until === undefined
    ? trainRun(invocation, request, supervision, resumption)
    : trainUntil(invocation, request, { kind: until }, supervision, { resumption });
}

/** @throws NadirError `resume/from` for a step without a checkpoint */
function checkpointAt(run: Run, step: number): LatestCheckpoint {
  const all = listCheckpoints(run.dir);
  const found = all.find((one) => one.step === step);
  if (found !== undefined) return { ...found, ...readTensors(found.file), damaged: [] };
  const steps = all.map((one) => one.step).join(", ");
  throw new NadirError("resume/from", `run ${run.id} has no checkpoint of step ${step}`, {
    expected: steps === "" ? "a run that has saved one" : `one of its steps ${steps}`,
  });
}

/** What a checkpoint says beside its arrays. Its seal has shown that it is as it was written. */
function metaOf(meta: unknown, file: string): CheckpointMeta {
  const schema = typeof meta === "object" && meta !== null && "schema" in meta && meta.schema;
  if (schema === checkpointSchema) return meta as CheckpointMeta;
  throw new NadirError("checkpoint/format", `${file} is no checkpoint that this nadir can read`, {
    expected: checkpointSchema,
    hint: "resume with the version of nadir that wrote it",
  });
}
