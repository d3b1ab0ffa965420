import type { VerdictKind } from "../diagnosis/verdict.ts";
import type { Run } from "../runs/run.ts";
import { costInWords } from "./costWords.ts";
import { type ExitCode, exitCode } from "./exitCodes.ts";
import { formatCount, formatNumber, formatSeconds } from "./format.ts";
import type { Colors, Output } from "./output.ts";
import { metric } from "./progress.ts";
import { runJson } from "./runView.ts";
import { shownPath } from "./shownPath.ts";
import { isWanted } from "./train/onward.ts";
import { renderVerdict } from "./verdictMark.ts";

/** What the record does not hold, at the end of a run. */
export interface Closing {
  /** The folder that the command was given in. */
  readonly cwd: string;
  /** The verdict that was hoped for. */
  readonly expect?: VerdictKind | undefined;
  /** What to leave with, if a signal came or the time was up. It counts for a run that it stopped. */
  readonly interrupted?: ExitCode | undefined;
  /** More of the result: further fields of the JSON. */
  readonly details: Readonly<Record<string, unknown>>;
  /** More of the result: lines for a reader, before the cost. */
  readonly lines?: readonly (readonly [title: string, text: string])[];
}

/** Tells how a run ended, and the code to leave with. */
export function reportRun(output: Output, run: Run, closing: Closing): ExitCode {
  const { expect, interrupted, details } = closing;
  output.result(() => render(run, closing, output), { ...runJson(run), ...details });
  const inTime = interrupted === exitCode.limit;
  if (interrupted !== undefined && !inTime) return interrupted;
  if (expect !== undefined && !isWanted(run.verdictKind, expect)) {
    output.note(`expected ${expect}, and the run ended as ${run.verdictKind ?? "nothing"}`);
    return exitCode.unexpected;
  }
  if (expect !== undefined) return exitCode.done;
  if (run.verdictKind === "diverged") return exitCode.diverged;
  return inTime && run.status === "interrupted" ? exitCode.limit : exitCode.done;
}

function render(run: Run, { cwd, lines = [] }: Closing, { colors, columns }: Output): string {
  const figures = [
    ...(run.loss === undefined ? [] : [`loss ${formatNumber(run.loss, 4)}`]),
    ...Object.entries(run.metrics ?? {}).map(([name, value]) => metric(name, value)),
    ...(run.steps === undefined ? [] : [`${formatCount(run.steps)} steps`]),
    ...(run.seconds === undefined ? [] : [formatSeconds(run.seconds)]),
  ];
  const goOn = run.status === "interrupted" ? `nadir resume ${run.id}` : `nadir show ${run.id}`;
  const rows: (readonly [string, string])[] = [
    ...lines,
    ["cost", costInWords(run.cost ?? {})],
    ["record", `${shownPath(run.dir, cwd)}   ${colors.dim(goOn)}`],
  ];
  return [
    ...(run.verdict === undefined ? [] : [renderVerdict(run.verdict, colors, columns)]),
    `  ${colors.bold(figures.join("   "))}`,
    ...rows.filter(([, text]) => text !== "").map(([title, text]) => row(title, text, colors)),
  ].join("\n");
}

const row = (title: string, text: string, colors: Colors): string =>
  `  ${colors.dim(title.padEnd(11))} ${text}`;
