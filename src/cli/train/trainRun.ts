import { NDArray } from "../../array/ndarray.ts";
import { flatten } from "../../array/tree.ts";
import type { VerdictKind } from "../../diagnosis/verdict.ts";
import type { Run, RunInfo, SettingChange } from "../../runs/run.ts";
import type { SavedTensor } from "../../runs/safetensors.ts";
import type { SettingDefaults, Training, TrainingProblem } from "../../training/defineTraining.ts";
import { type FitResult, fit } from "../../training/fit.ts";
import type { Snapshot } from "../../training/snapshot.ts";
import { untyped } from "../../training/untyped.ts";
import type { Invocation } from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { type Interrupt, listenForSignals } from "../interrupt.ts";
import { tellEvent } from "../jsonLines.ts";
import type { UserFile } from "../loadUserFile.ts";
import type { Output } from "../output.ts";
import { createProgress } from "../progress.ts";
import { circumstances, codeOf, inFile, repeatCommand } from "../runInfo.ts";
import { type Continued, RunRecord, type StartEvent } from "../runRecord.ts";
import { type Closing, reportRun } from "../runReport.ts";
import { type StudioBeside, startStudioBeside } from "../studioBeside.ts";
import { leaveWithParent, type Membership, membershipOf } from "../sweep/member.ts";
import { beginningAt } from "./escapeStart.ts";
import { buildProblem } from "./trainFile.ts";
import { applyFlags, type TrainFlags, withMostSteps } from "./trainFlags.ts";

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
  const recorded = await recordTraining(invocation, request, supervision, resumption);
  const exit = reportRun(invocation.output, recorded.run, recorded.closing);
  return staying(recorded, exit, invocation.output);
}

/** Waits for the studio beside a run, if it has one: until it is told to end. */
export async function staying(
  { closing, studio }: Pick<RecordedRun, "closing" | "studio">,
  exit: ExitCode,
  output: Output,
): Promise<ExitCode> {
  if (studio === undefined) return exit;
  // Heard from before it is told of: who reads that it goes on may end it at once.
  const end = (): void => studio.end();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  if (closing.interrupted !== undefined && closing.interrupted !== exitCode.limit) studio.end();
  else if ((await studio.link) !== undefined) output.note("the studio goes on · Ctrl-C ends it");
  await studio.ended;
  return exit;
}

/** A run that has ended, what its record does not hold, and the studio beside it. */
export interface RecordedRun {
  readonly run: Run;
  readonly closing: Closing;
  readonly studio: StudioBeside | undefined;
}

/** Trains with a record, live progress and checkpoints. */
export async function recordTraining(
  invocation: Invocation,
  request: TrainRequest,
  supervision: Supervision,
  resumption?: Resumption,
): Promise<RecordedRun> {
  using interrupt = listenForSignals(invocation.output.note, supervision.time);
  // Awaited here: what is listened for ends with this block.
  return await recordUnder(interrupt, invocation, request, supervision, resumption);
}

/** As `recordTraining`, under signals and a limit of time that are heard for more than this run. */
export async function recordUnder(
  interrupt: Interrupt,
  invocation: Invocation,
  asked: TrainRequest,
  {
    checkpoint,
    expect,
    pause = 1,
    open = false,
    tags,
    jsonl = false,
    mostSteps = Number.POSITIVE_INFINITY,
  }: Supervision & { readonly mostSteps?: number },
  resumption?: Resumption,
): Promise<RecordedRun> {
  const { output, store, cwd } = invocation;
  const { file } = asked;
  const membership = membershipOf(invocation.env);
  if (membership !== undefined) leaveWithParent(membership);
  const made = await interrupt.race(buildProblem(asked.training, asked.settings, file.shown));
  const whole = applyFlags(made, asked.flags);
  const flagged = withMostSteps(whole, mostSteps);
  const request =
    flagged === whole ? asked : { ...asked, flags: { ...asked.flags, steps: flagged.steps } };
  // A snapshot has gone on from there.
  const problem =
    resumption?.snapshot === undefined
      ? await interrupt.race(beginningAt(flagged, request.flags, store))
      : flagged;
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
  const { config: _config, ...shownFlags } = flags;
  const { dtype = "f32", seed = 0, shuffle = true, tolerance = 1e-4 } = problem;
  return {
    name,
    command:
      flags.escape === undefined
        ? repeatCommand({
            ...{ command: "train", target: file.shown, words },
            flags: { ...shownFlags, seed },
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
