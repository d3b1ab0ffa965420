import { hostname } from "node:os";
import { NadirError } from "../base/errors.ts";
import type { RunSummary, StoredEvent } from "../runs/run.ts";
import type { Store } from "../runs/store.ts";
import { csv } from "./csv.ts";
import { type ScalarPoint, writeEventFile } from "./eventFile.ts";
import { jsonLines } from "./jsonLines.ts";
import type { MeasuredRun } from "./runTables.ts";
import type { Table } from "./table.ts";

/** Forms in which numbers leave nadir; the last is whole runs. */
export const exportForms = ["csv", "jsonl", "parquet", "tensorboard", "nadir"] as const;
export type ExportForm = (typeof exportForms)[number];

/** A table's file, in pieces. */
export async function tableFile(
  table: Table,
  form: "csv" | "jsonl" | "parquet",
): Promise<Uint8Array[]> {
  // Loaded when asked for: few exports are Parquet.
  if (form === "parquet") return [(await import("./parquet.ts")).parquet(table)];
  const encoder = new TextEncoder();
  return [...(form === "csv" ? csv(table) : jsonLines(table))].map((text) => encoder.encode(text));
}

/**
 * Runs with the series that they told.
 *
 * @param only - names of series; default: all of each run
 * @throws NadirError `export/nothing` if one has told none, `store/unknown-series`, `store/corrupt`
 */
export const measuredRuns = (
  store: Store,
  runs: readonly RunSummary[],
  only?: readonly string[],
): MeasuredRun[] =>
  runs.map(({ id }) => {
    const run = store.run(id);
    const names = only ?? store.seriesNames(run.id);
    if (names.length === 0) {
      throw new NadirError("export/nothing", `run ${run.id} has told no metric`, {
        hint: "--table runs writes what is known of runs as a whole",
      });
    }
    return { run, series: new Map(names.map((name) => [name, store.series(run.id, name)])) };
  });

/** A file of a run's points for TensorBoard, and the place below a log folder where it belongs. */
export interface EventFileToWrite {
  /** A folder named after the run: TensorBoard tells runs apart by their folders. */
  readonly folder: string;
  readonly name: string;
  readonly pieces: Uint8Array[];
}

/**
 * A run's series as a TensorBoard event file. Values are rounded to 32 bits, as TensorBoard keeps them; times
 * are those of the run's events, and in proportion to the steps between them.
 */
export function eventFileOf(
  { run, series }: MeasuredRun,
  events: readonly StoredEvent[],
): EventFileToWrite {
  const timeAt = times(run.created, events);
  const points: ScalarPoint[] = [];
  for (const [tag, { steps, values }] of series) {
    steps.forEach((step, i) => {
      points.push({ tag, step, value: values[i] ?? Number.NaN, wallTime: timeAt(step) / 1000 });
    });
  }
  points.sort((a, b) => a.step - b.step);
  const seconds = Math.floor(run.created / 1000);
  const safe = run.name.replace(/[^\p{L}\p{N}._-]+/gu, "-").replace(/^[.-]+/, "");
  return {
    folder: safe === "" ? run.id : `${safe}-${run.id}`,
    name: `events.out.tfevents.${seconds}.${hostname()}.${run.id}`,
    pieces: [...writeEventFile(points, run.created / 1000)],
  };
}

/** When a step was, in milliseconds since 1970: read off between the events that tell a step and a time. */
function times(created: number, events: readonly StoredEvent[]): (step: number) => number {
  const known: { step: number; time: number }[] = [{ step: 0, time: created }];
  for (const { time, event } of events) {
    if (!("step" in event)) continue;
    const last = known.at(-1);
    // After a rollback steps are told anew: the later telling counts.
    while (known.length > 1 && (known.at(-1)?.step ?? 0) >= event.step) known.pop();
    if (last !== undefined && event.step > (known.at(-1)?.step ?? 0))
      known.push({ step: event.step, time });
  }
  return (step) => {
    let [low, high] = [0, known.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((known[middle]?.step ?? 0) >= step) high = middle;
      else low = middle + 1;
    }
    const [before, after] = [known[Math.max(low - 1, 0)], known[low]];
    if (before === undefined || after === undefined || after.step <= before.step)
      return after?.time ?? created;
    const share = Math.min(1, Math.max(0, (step - before.step) / (after.step - before.step)));
    return before.time + share * (after.time - before.time);
  };
}
