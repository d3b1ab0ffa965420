import { join } from "node:path";
import type { Verdict, VerdictKind } from "../diagnosis/verdict.ts";
import { Columns } from "./columns.ts";
import { isAlive, type ProcessIdentity } from "./liveness.ts";
import type { Machine, RunStatus, RunSummary, SettingChange } from "./run.ts";
import { type Row, textOf } from "./sqlite.ts";

/** The columns of `runs` that a summary is made of. */
export const summaryColumns = [
  ...["id", "name", "created", "command", "file", "config", "seed", "versions", "revision"],
  ...["machine", "parent", "status", "verdict_kind", "gradient_norm", "loss", "metrics", "steps"],
  ...["seconds", "cost", "pid", "host", "process_start", "heartbeat"],
  ...["archived", "sweep", "change", "changed", "rewound"],
];

/** Every status that a run or a sweep can have. */
const statuses: readonly RunStatus[] = ["running", "ended", "interrupted", "crashed"];

/**
 * A row of `runs` as a run.
 *
 * @throws NadirError `store/corrupt` if a column does not hold what nadir writes there
 */
export function summaryFrom(
  row: Row,
  file: string,
  storeDir: string,
  now: number,
  tags: readonly string[],
): RunSummary {
  const column = new Columns(row, file, `run ${textOf(row["id"])}`);
  const id = column.text("id");
  const text = (key: string): string => column.text(key);
  const number = (key: string): number => column.number(key);
  // Casts below: the columns were written by Store and RunWriter from values of these very types.
  return {
    id,
    dir: join(storeDir, id),
    name: column.text("name"),
    created: column.number("created"),
    command: column.text("command"),
    file: column.maybe("file", text),
    config: column.json("config") as Record<string, unknown>,
    seed: column.maybe("seed", number),
    versions: column.json("versions") as Record<string, string>,
    revision: column.maybe("revision", text),
    machine: column.json("machine") as Machine,
    parent: column.maybe("parent", text),
    change: column.maybe("change", (key) => column.json(key) as SettingChange),
    sweep: column.maybe("sweep", text),
    tags,
    archived: column.maybe("archived", number),
    changed: column.number("changed"),
    rewound: column.number("rewound"),
    status: statusFrom(column, now),
    heartbeat: column.number("heartbeat"),
    verdictKind: column.maybe("verdict_kind", text) as VerdictKind | undefined,
    gradientNorm: column.maybe("gradient_norm", number),
    loss: column.maybe("loss", number),
    metrics: column.maybe("metrics", (key) => column.json(key) as Record<string, number>),
    steps: column.maybe("steps", number),
    seconds: column.maybe("seconds", number),
    cost: column.maybe("cost", (key) => column.json(key)),
  };
}

export const writerColumns = ["id", "pid", "host", "process_start"] as const;

/** Who writes a run, by its row. */
export function writerFrom(row: Row, file: string): ProcessIdentity {
  const column = new Columns(row, file, `run ${textOf(row["id"])}`);
  return {
    pid: column.number("pid"),
    host: column.text("host"),
    started: column.text("process_start"),
  };
}

/** The status of a run or a sweep: one that nobody ended and whose writer is gone is `crashed`. */
export function statusFrom(column: Columns, now: number): RunStatus {
  const status = column.word("status", statuses);
  if (status !== "running") return status;
  const writer = {
    pid: column.number("pid"),
    host: column.text("host"),
    started: column.text("process_start"),
  };
  return isAlive(writer, column.number("heartbeat"), now) ? "running" : "crashed";
}

/** The verdict column of a row. */
export function verdictFrom(row: Row, file: string): Verdict | undefined {
  const column = new Columns(row, file, `run ${textOf(row["id"])}`);
  // Cast: RunWriter.end wrote it from a Verdict.
  return column.maybe("verdict", (key) => column.json(key) as Verdict);
}
