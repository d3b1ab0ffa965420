import { join } from "node:path";
import type { Verdict, VerdictKind } from "../diagnosis/verdict.ts";
import { isAlive } from "./liveness.ts";
import type { Machine } from "./machine.ts";
import { unpackJson } from "./packedJson.ts";
import type { RunEnd, RunSummary } from "./run.ts";
import { corrupt, type Row, type SqlValue, textOf } from "./sqlite.ts";

/** The columns of `runs` that a summary is made of. */
export const summaryColumns = [
  ...["id", "name", "created", "command", "file", "config", "seed", "versions", "revision"],
  ...["machine", "parent", "status", "verdict_kind", "gradient_norm", "loss", "metrics", "steps"],
  ...["seconds", "cost", "pid", "host", "process_start", "heartbeat"],
];

/** A number for a REAL column: SQLite would turn a NaN into NULL, so it goes as text. */
export const real = (value: number | undefined): SqlValue =>
  value === undefined ? null : Number.isNaN(value) ? "NaN" : value;

/**
 * A row of `runs` as a run.
 *
 * @throws NadirError `store/corrupt` if a column does not hold what nadir writes there
 */
export function summaryFrom(row: Row, file: string, storeDir: string, now: number): RunSummary {
  const column = new Columns(row, file);
  const id = column.text("id");
  const heartbeat = column.number("heartbeat");
  const status = column.text("status");
  if (!isStatus(status)) throw corrupt(file, `run ${id} has the status ${status}`);
  const writer = {
    pid: column.number("pid"),
    host: column.text("host"),
    started: column.text("process_start"),
  };
  // Casts below: the columns were written by RunWriter from values of these very types.
  return {
    id,
    dir: join(storeDir, id),
    name: column.text("name"),
    created: column.number("created"),
    command: column.text("command"),
    file: column.maybe("file", (key) => column.text(key)),
    config: column.json("config") as Record<string, unknown>,
    seed: column.maybe("seed", (key) => column.number(key)),
    versions: column.json("versions") as Record<string, string>,
    revision: column.maybe("revision", (key) => column.text(key)),
    machine: column.json("machine") as Machine,
    parent: column.maybe("parent", (key) => column.text(key)),
    status: status === "running" && !isAlive(writer, heartbeat, now) ? "crashed" : status,
    heartbeat,
    verdictKind: column.maybe("verdict_kind", (key) => column.text(key)) as VerdictKind | undefined,
    gradientNorm: column.maybe("gradient_norm", (key) => column.number(key)),
    loss: column.maybe("loss", (key) => column.number(key)),
    metrics: column.maybe("metrics", (key) => column.json(key) as Record<string, number>),
    steps: column.maybe("steps", (key) => column.number(key)),
    seconds: column.maybe("seconds", (key) => column.number(key)),
    cost: column.maybe("cost", (key) => column.json(key)),
  };
}

/** The verdict column of a row. */
export function verdictFrom(row: Row, file: string): Verdict | undefined {
  const column = new Columns(row, file);
  // Cast: RunWriter.end wrote it from a Verdict.
  return column.maybe("verdict", (key) => column.json(key) as Verdict);
}

/** Reads columns by the type that they must have. */
class Columns {
  readonly #row: Row;
  readonly #file: string;

  constructor(row: Row, file: string) {
    this.#row = row;
    this.#file = file;
  }

  maybe<T>(key: string, read: (key: string) => T): T | undefined {
    return this.#row[key] === null ? undefined : read(key);
  }

  text(key: string): string {
    return textOf(this.#row[key]) ?? this.#refuse(key);
  }

  number(key: string): number {
    const value = this.#row[key];
    if (typeof value === "number") return value;
    return textOf(value) === "NaN" ? Number.NaN : this.#refuse(key);
  }

  json(key: string): object {
    const text = this.text(key);
    let value: unknown;
    try {
      value = unpackJson(text);
    } catch (cause) {
      this.#refuse(key, cause);
    }
    return typeof value === "object" && value !== null ? value : this.#refuse(key);
  }

  #refuse(key: string, cause?: unknown): never {
    throw corrupt(
      this.#file,
      `column ${key} of run ${textOf(this.#row["id"])} is not readable`,
      cause,
    );
  }
}

const statuses: readonly string[] = [
  "running",
  "ended",
  "interrupted",
  "crashed",
] satisfies readonly ("running" | RunEnd["status"])[];

const isStatus = (text: string): text is RunSummary["status"] => statuses.includes(text);
