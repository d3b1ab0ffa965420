import type { Verdict, VerdictKind } from "../diagnosis/verdict.ts";
import type { Run, RunSummary } from "../runs/run.ts";
import type { Colors, JsonResult } from "./output.ts";
import { paintMark } from "./verdictMark.ts";

/** A longer vector in a verdict (a saddle's direction …) is left out of the JSON; the record has it. */
const LONGEST_VECTOR = 100;

/** A run as `train`, `minimize`, `resume` and `show` print it for a program. */
export function runJson(run: Run): JsonResult {
  const { id, name, status, loss, metrics, steps, seconds, seed, cost } = run;
  const { command, file, config, parent, versions, revision, machine, dir } = run;
  const { change, sweep, tags, archived } = run;
  const verdict = run.verdict && verdictJson(run.verdict);
  return {
    schema: "nadir.run/1",
    ...{ id, name, status, verdict, loss, metrics, steps, seconds, seed, cost },
    ...{ created: new Date(run.created).toISOString(), dir, file, repeat: command, parent },
    ...{ change, sweep, tags, archived: archived !== undefined },
    ...{ config, versions, revision, machine },
  };
}

/** A verdict for a program: without vectors as long as the params. */
export const verdictJson = (verdict: Verdict): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(verdict).filter(
      ([, value]) => !(ArrayBuffer.isView(value) && value.byteLength > 8 * LONGEST_VECTOR),
    ),
  );

/** A run's verdict, or else how far it came: running, interrupted, crashed. */
export function paintStatus(run: RunSummary, colors: Colors): string {
  if (run.status === "running") return paintMark("running", colors);
  if (run.status === "crashed") return colors.red("✗ crashed");
  if (run.verdictKind !== undefined) return paintMark(run.verdictKind, colors);
  return colors.gray(run.status === "interrupted" ? "‖ interrupted" : "· ended");
}

/** The method's name, where the settings tell it. */
export function methodOf(run: RunSummary): string {
  const method = run.config["method"];
  if (typeof method === "string") return method;
  const named = typeof method === "object" && method !== null && "name" in method;
  return named && typeof method.name === "string" ? method.name : "";
}

/** Verdicts that a training may be told to go on to: those that are of a point, and not of a failure. */
export const untilKinds = [
  "local-minimum",
  "global-minimum",
  "degenerate",
  "saddle",
  "plateau",
  "noise-floor",
] as const satisfies readonly VerdictKind[];

export type UntilKind = (typeof untilKinds)[number];
