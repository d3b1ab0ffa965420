import { NDArray } from "../array/ndarray.ts";
import { flatten } from "../array/tree.ts";
import type { VerdictKind } from "../diagnosis/verdict.ts";
import type { Run, RunInfo, SettingChange } from "../runs/run.ts";
import type { SavedTensor } from "../runs/safetensors.ts";
import type { SettingDefaults, Training, TrainingProblem } from "../training/defineTraining.ts";
import { type FitResult, fit } from "../training/fit.ts";
import type { Snapshot } from "../training/snapshot.ts";
import { untyped } from "../training/untyped.ts";
import type { Invocation } from "./command.ts";
import { besideSaddle } from "./escapeStart.ts";
import { type ExitCode, exitCode } from "./exitCodes.ts";
import { listenForSignals } from "./interrupt.ts";
import { tellEvent } from "./jsonLines.ts";
import type { UserFile } from "./loadUserFile.ts";
import { createProgress } from "./progress.ts";
import { circumstances, codeOf, inFile, repeatCommand } from "./runInfo.ts";
import { type Continued, RunRecord, type StartEvent } from "./runRecord.ts";
import { type Closing, reportRun } from "./runReport.ts";
import { type StudioBeside, startStudioBeside } from "./studioBeside.ts";
import { leaveWithParent, type Membership, membershipOf } from "./sweep/member.ts";
import { buildProblem } from "./trainFile.ts";
import { applyFlags, type TrainFlags } from "./trainFlags.ts";

/** A training as it was asked for. */
export interface TrainRequest {
  readonly file: UserFile;
  readonly training: Training;
  readonly settings: SettingDefaults;
  /** The `key=value` words, as they were written. */
  readonly words: readonly string[];
  readonly flags: TrainFlags;
  readonly name: string;
  /** The run that this one changes one thing of. */
  readonly origin?: { readonly parent: string; readonly change: SettingChange };
}

/** How a run is watched over here, which is no part of what it computes. */
export interface Supervision {
  /** Seconds after which it is to end. */
  readonly time?: number | undefined;
  /** Seconds between checkpoints. */
  readonly checkpoint?: number | undefined;
  /** The verdict that is hoped for. */
  readonly expect?: VerdictKind | undefined;
  /** The part of the steps, in (0, 1], after which it is to stop, so that it can be resumed. */
  readonly pause?: number | undefined;
  /** What it is to be found by. */
  readonly tags?: readonly string[] | undefined;
  /** Whether each event is told on stdout, a line of JSON each, before the result. */
  readonly jsonl?: boolean | undefined;
  /** Whether the studio is to show it, and to stay when it has ended. */
  readonly open?: boolean | undefined;
}

/** A run to go on with. */
export interface Resumption {
  readonly continued: Continued;
  /** Left out where it was stopped before its first checkpoint: it then begins anew. */
  readonly snapshot?: Snapshot;
}

/** Trains with a record, live progress and checkpoints, and tells how it ended. */
export async function trainRun(
  invocation: Invocation,
  request: TrainRequest,
  supervision: Supervision,
  resumption?: Resumption,
): Promise<ExitCode> {
  const { output } = invocation;
  const recorded = await recordTraining(invocation, request, supervision, resumption);
  const { run, closing, studio } = recorded;
  const exit = reportRun(output, run, closing);
  if (studio === undefined) return exit;
  if (closing.interrupted !== undefined && closing.interrupted !== exitCode.limit) studio.end();
  else if ((await studio.link) !== undefined) output.note("the studio goes on · Ctrl-C ends it");
  const end = (): void => studio.end();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  await studio.ended;
  return exit;
}

/** Trains with a record, live progress and checkpoints. */
export async function recordTraining(
  invocation: Invocation,
  request: TrainRequest,
  { time, checkpoint, expect, pause = 1, open = false, tags, jsonl = false }: Supervision,
  resumption?: Resumption,
): Promise<{
  readonly run: Run;
  readonly closing: Closing;
  readonly studio: StudioBeside | undefined;
}> {
  const { output, store, cwd } = invocation;
  const { file, flags } = request;
  using interrupt = listenForSignals(output.note, time);
  const membership = membershipOf(invocation.env);
  if (membership !== undefined) leaveWithParent(membership);
  const made = await interrupt.race(buildProblem(request.training, request.settings, file.shown));
  const flagged = applyFlags(made, flags);
  // A snapshot has gone on from there.
  const problem =
    flags.escape === undefined || resumption?.snapshot !== undefined
      ? flagged
      : await interrupt.race(besideSaddle(flagged, flags.escape, store, flags.side));
  await using record = new RunRecord({
    dir: store,
    info: (start) => infoOf(request, problem, start, cwd, membership),
    continued: resumption?.continued,
    code: () => codeOf(cwd),
    tags,
    note: output.note,
  });
  const progress = await createProgress({ output, title: file.shown });
  let studio: StudioBeside | undefined;
  let planned = Number.POSITIVE_INFINITY;
  let result: FitResult<unknown, unknown>;
  try {
    result = await fit<unknown, unknown, unknown>({
      ...untyped(problem),
      onReady: record.open,
      onEvent: (event) => {
        record.hear(event);
        progress.listen(event);
        if (jsonl) tellEvent(output, event);
        if (event.kind === "start") {
          planned = event.steps ?? planned;
          if (open) {
            studio = startStudioBeside(record.id, store, cwd);
            void studio.link.then((link) => progress.say(studioLine(link)));
          }
        }
        if (event.kind === "progress" && pause < 1 && event.step >= pause * planned)
          interrupt.stop();
      },
      signal: interrupt.signal,
      checkpoints: {
        save: record.save,
        copies: true,
        ...(checkpoint === undefined ? {} : { everySeconds: checkpoint }),
      },
      ...(resumption?.snapshot === undefined ? {} : { resume: resumption.snapshot }),
    });
  } catch (error) {
    studio?.end();
    throw inFile(error, file.shown);
  } finally {
    progress.close();
  }
  const { verdict, loss, metrics, steps, rollbacks } = result;
  const stopped = result.ended === "stopped";
  const seconds = (resumption?.continued.seconds ?? 0) + result.seconds;
  const run = record.end(
    {
      status: stopped ? "interrupted" : "ended",
      ...{ verdict, metrics, steps, seconds },
      // Before the first step no loss was computed.
      loss: steps === 0 ? undefined : loss,
      cost: { ...result.cost, seconds: { ...result.cost.seconds, train: seconds } },
    },
    namedTensors(result.params),
  );
  if (stopped && record.unsaved !== undefined) throw record.unsaved;
  const closing: Closing = { cwd, expect, interrupted: interrupt.exit, details: { rollbacks } };
  return { run, closing, studio };
}

const studioLine = (link: string | undefined): string =>
  link === undefined ? "the studio could not be started: nadir studio says why" : `studio  ${link}`;

function infoOf(
  { file, settings, words, flags, name, origin }: TrainRequest,
  problem: TrainingProblem,
  start: StartEvent,
  cwd: string,
  membership: Membership | undefined,
): RunInfo {
  const { kind: _, ...setup } = start;
  const { dtype = "f32", seed = 0, shuffle = true, tolerance = 1e-4 } = problem;
  return {
    name,
    command:
      flags.escape === undefined
        ? repeatCommand({
            ...{ command: "train", target: file.shown, words },
            flags: { ...flags, seed },
          })
        : `nadir escape ${flags.escape}${flags.side === undefined ? "" : ` --side ${flags.side}`}`,
    file: file.path,
    config: {
      ...{ task: "train", ...setup, dtype, shuffle, tolerance, settings, flags, words },
      ...(membership === undefined ? {} : { trial: membership.trial }),
    },
    seed,
    sweep: membership?.sweep,
    ...origin,
    ...circumstances(cwd),
  };
}

/** The leaves of a tree of arrays by their paths, `0.weight`; `params` for a single array. */
function namedTensors(tree: unknown): Record<string, SavedTensor> {
  const isArray = (value: unknown): value is NDArray => value instanceof NDArray;
  const { leaves, paths } = flatten(tree, isArray, "params");
  return Object.fromEntries(leaves.map((leaf, i) => [paths[i] || "params", leaf]));
}
