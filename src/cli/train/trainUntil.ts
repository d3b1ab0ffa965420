import { NadirError } from "../../base/errors.ts";
import type { VerdictKind } from "../../diagnosis/verdict.ts";
import type { Run } from "../../runs/run.ts";
import type { Invocation } from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { formatCount, formatNumber } from "../format.ts";
import { listenForSignals } from "../interrupt.ts";
import { type Closing, reportRun } from "../runReport.ts";
import type { UntilKind } from "../runView.ts";
import { paintMark } from "../verdictMark.ts";
import { isWanted, onwardFrom, type Way } from "./onward.ts";
import type { TrainFlags } from "./trainFlags.ts";
import {
  type RecordedRun,
  type Resumption,
  recordUnder,
  type Supervision,
  staying,
  type TrainRequest,
} from "./trainRun.ts";

/** What a training goes on to, and the steps that it may take in all. */
export interface Goal {
  readonly kind: UntilKind;
  readonly steps?: number | undefined;
}

/** Trainings one after another, at most, where no steps are given. */
const MOST_LEGS = 10;

/** So many trainings in a row that end higher than the one before say that more of the same leads away. */
const MOST_RISES = 2;

/** One training on the way to the goal. */
interface Leg {
  readonly id: string;
  readonly by: Way | "plan";
  readonly verdict: VerdictKind | undefined;
  readonly loss: number | undefined;
  readonly steps: number;
}

/** How it ended: whether at the goal, and if not, why not. */
interface Outcome {
  readonly reached: boolean;
  readonly why: string;
  readonly exit: ExitCode;
}

/**
 * Trains, and goes on from where that ended until the verdict is of the wanted kind: each time as a run of its own, whose
 * parent is the one before, with as many steps as the file plans. See `onwardFrom` for how.
 *
 * @param begun - a run to resume first, or one that has ended
 */
export async function trainUntil(
  invocation: Invocation,
  request: TrainRequest,
  goal: Goal,
  supervision: Supervision,
  begun: { readonly resumption?: Resumption; readonly ended?: Run } = {},
): Promise<ExitCode> {
  const { output } = invocation;
  requireAlone(supervision);
  using interrupt = listenForSignals(output.note, supervision.time);
  const legs: Leg[] = [];
  let next: { by: Leg["by"]; request: TrainRequest } = { by: "plan", request };
  let { resumption } = begun;
  let last: RecordedRun | undefined;
  let studio: RecordedRun["studio"];
  let left = goal.steps ?? Number.POSITIVE_INFINITY;
  let outcome: Outcome | undefined;
  if (begun.ended !== undefined) {
    const following = followed(begun.ended, request, goal.kind);
    if ("why" in following) throw unreachable(begun.ended, goal.kind, following.why);
    next = following;
  }
  while (outcome === undefined) {
    const watched = {
      ...{ ...supervision, mostSteps: left },
      open: supervision.open === true && legs.length === 0,
    };
    try {
      last = await recordUnder(interrupt, invocation, next.request, watched, resumption);
    } catch (error) {
      // The loss is too flat to tell a lower point beside the saddle: that is an end, and no misuse.
      const flat = error instanceof NadirError && error.code === "escape/no-descent";
      if (!flat || last === undefined) throw error;
      outcome = { reached: false, why: error.summary, exit: exitCode.unexpected };
      break;
    }
    studio ??= last.studio;
    resumption = undefined;
    const { run, closing } = last;
    const { id, verdictKind: verdict, loss, steps = 0 } = run;
    legs.push({ id, by: next.by, verdict, loss, steps });
    left -= steps;
    outcome = judged(run, closing, goal, { left, legs: legs.length }) ?? risen(legs);
    if (outcome !== undefined) break;
    const following = followed(run, next.request, goal.kind);
    if ("why" in following) {
      outcome = { reached: false, why: following.why, exit: exitCode.unexpected };
      break;
    }
    next = following;
    const mark = verdict === undefined ? "" : `${paintMark(verdict, output.noteColors)}   `;
    output.note(`${mark}${id} after ${formatCount(steps)} steps: ${ways[next.by]}`);
  }
  const { run, closing } = last!; // one leg at least was trained
  const { reached, why, exit } = outcome;
  const told = { kind: goal.kind, reached, why, legs };
  reportRun(output, run, {
    ...closing,
    details: { ...closing.details, until: told },
    lines: [["until", inWords(told)]],
  });
  if (!reached) output.note(`${goal.kind} was not reached: ${why}`);
  return staying({ closing, studio }, exit, output);
}

const ways: Readonly<Record<Leg["by"], string>> = {
  plan: "",
  "train-on": "it trains on from there",
  escape: "it goes on beside the saddle, lower along its direction",
  "lower-rate": "it goes on from there with 0.3 of the rate",
};

/** Whether that was all; undefined if it is to go on. */
function judged(
  run: Run,
  { interrupted }: Closing,
  { kind, steps }: Goal,
  done: { readonly left: number; readonly legs: number },
): Outcome | undefined {
  const limit = (why: string): Outcome => ({ reached: false, why, exit: exitCode.limit });
  if (interrupted !== undefined && interrupted !== exitCode.limit)
    return { reached: false, why: "it was interrupted", exit: interrupted };
  if (isWanted(run.verdictKind, kind)) return { reached: true, why: "", exit: exitCode.done };
  if (run.verdictKind === "diverged")
    return { reached: false, why: "it diverged", exit: exitCode.diverged };
  const goOn = `nadir resume ${run.id} --until ${kind}`;
  if (interrupted !== undefined) return limit(`the time was up; ${goOn} goes on`);
  if (done.left <= 0)
    return limit(`the ${formatCount(steps ?? 0)} steps are done; ${goOn} goes on`);
  if (steps === undefined && done.legs >= MOST_LEGS) {
    return limit(`${MOST_LEGS} trainings are done, the most without --steps; ${goOn} goes on`);
  }
  return undefined;
}

/** That the loss has risen from training to training, if it has. */
function risen(legs: readonly Leg[]): Outcome | undefined {
  const last = legs.slice(-1 - MOST_RISES).map(({ loss }) => loss ?? Number.NaN);
  if (last.length <= MOST_RISES || !last.every((loss, i) => i === 0 || loss > last[i - 1]!))
    return undefined;
  const losses = last.map((loss) => formatNumber(loss, 4)).join(", ");
  const why = `the loss rose from training to training (${losses}): more of the same leads away, a smaller rate may not`;
  return { reached: false, why, exit: exitCode.unexpected };
}

/** The training that follows a run, under a name of its own. */
function followed(
  run: Run,
  request: TrainRequest,
  kind: UntilKind,
): { readonly by: Way; readonly request: TrainRequest } | { readonly why: string } {
  const onward = onwardFrom(run, request.flags, kind);
  if ("why" in onward) return onward;
  const flags: TrainFlags = { ...onward.flags, seed: run.seed };
  const [, base = run.name, number = "1"] = /^(.*?)(?:-(\d+))?$/.exec(run.name) ?? [];
  const name = `${base}-${Number(number) + 1}`;
  const origin = { parent: run.id, change: onward.change };
  return { by: onward.by, request: { ...request, flags, name, origin } };
}

/** @throws NadirError `cli/flag` for what would stop it elsewhere */
function requireAlone({ pause, expect }: Supervision): void {
  const other = pause !== undefined ? "--pause" : expect !== undefined ? "--expect" : undefined;
  if (other === undefined) return;
  throw new NadirError("cli/flag", `--until beside ${other}`, { expected: "one of the two" });
}

const unreachable = (run: Run, kind: UntilKind, why: string): NadirError =>
  new NadirError("until/ended", `run ${run.id} does not lead to ${kind}: ${why}`, {
    expected:
      "a run that was stopped, or that ended at a saddle, a plateau or before it was stationary",
    hint: `nadir show ${run.id}`,
  });

function inWords({
  kind,
  reached,
  legs,
}: {
  readonly kind: UntilKind;
  readonly reached: boolean;
  readonly legs: readonly Leg[];
}): string {
  const way = legs.map(({ id, verdict, loss }) =>
    [id, verdict ?? "no verdict", ...(loss === undefined ? [] : [formatNumber(loss, 4)])].join(" "),
  );
  return `${reached ? "reached" : "not reached:"} ${kind}   ${way.join(" → ")}`;
}
