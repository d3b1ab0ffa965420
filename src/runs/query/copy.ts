import { NadirError } from "../../base/errors.ts";
import type { RunSummary } from "../run.ts";
import type { Series } from "../seriesReader.ts";
import type { SqlValue } from "../sqlite.ts";
import type { Store } from "../store.ts";
import { columnsOf, type QueryTableName } from "./tables.ts";

/** Points that are copied at most: some 400 MB as JSON. */
const MOST_POINTS = 20_000_000;
/** Points of a chunk. */
const PART = 4096;

type Rows = Iterable<readonly SqlValue[]>;

/**
 * The rows of one table for some of a store's runs.
 *
 * @throws NadirError `query/large` for more points than fit into memory, and as reading the store does
 */
export function rowsOf(
  table: QueryTableName,
  store: Store,
  runs: readonly RunSummary[],
): { readonly into: string; readonly columns: number; readonly rows: Rows } {
  const into = table === "metrics" ? "points" : table;
  const columns = table === "metrics" ? 6 : columnsOf(table).length;
  return { into, columns, rows: readers[table](store, runs) };
}

const readers: Readonly<
  Record<QueryTableName, (store: Store, runs: readonly RunSummary[]) => Rows>
> = {
  runs: (_, runs) => runs.map(runRow),
  *settings(_, runs) {
    for (const { id, config } of runs) {
      for (const [name, value] of flat(config["settings"], "")) yield [id, name, plain(value)];
    }
  },
  *verdicts(store, runs) {
    for (const { id, verdictKind } of runs) {
      const { verdict } = verdictKind === undefined ? { verdict: undefined } : store.run(id);
      if (verdict !== undefined) yield [id, verdict.kind, json(withoutVectors(verdict))];
    }
  },
  *series(store, runs) {
    const ids = new Set(runs.map(({ id }) => id));
    const names = new Set(runs.flatMap(({ id }) => store.seriesNames(id)));
    for (const name of [...names].sort()) {
      for (const { run, count, firstStep, lastStep } of store.overviews(name)) {
        if (ids.has(run)) yield [run, name, count, firstStep, lastStep];
      }
    }
  },
  *metrics(store, runs) {
    requireFew(store, runs);
    for (const { id } of runs) {
      for (const name of store.seriesNames(id)) yield* parts(id, name, store.series(id, name));
    }
  },
  *events(store, runs) {
    for (const { id } of runs) {
      for (const { seq, time, event } of store.events(id)) {
        const step = "step" in event && typeof event.step === "number" ? event.step : null;
        yield [id, seq, utc(time), event.kind, step, json(event)];
      }
    }
  },
  tags: (_, runs) => runs.flatMap(({ id, tags }) => tags.map((tag) => [id, tag])),
  *notes(store, runs) {
    for (const { id } of runs) {
      for (const note of store.notes.list(id)) {
        yield [note.id, id, note.step ?? null, note.text, utc(note.created)];
      }
    }
  },
  *artefacts(store, runs) {
    for (const { id } of runs) {
      for (const { kind, name, step, created, mediaType, size, sha256 } of store.artefacts.list(
        id,
      )) {
        yield [id, kind, name, step ?? null, utc(created), mediaType, size, sha256];
      }
    }
  },
  sweeps: (store) =>
    store.sweeps
      .list()
      .map((sweep) => [
        ...[sweep.id, sweep.name, sweep.status, sweep.bestRun ?? null, utc(sweep.created)],
        ...[sweep.file ?? null, sweep.command, json(sweep.settings), json(sweep.space)],
      ]),
};

function runRow(run: RunSummary): SqlValue[] {
  const { method } = run.config;
  const named =
    typeof method === "object" && method !== null && "name" in method ? method.name : method;
  return [
    ...[run.id, run.name, run.status, run.verdictKind ?? null, number(run.loss)],
    ...[number(run.gradientNorm), number(run.steps), number(run.seconds), number(run.seed)],
    ...[utc(run.created), typeof named === "string" ? named : null, run.file ?? null, run.command],
    ...[run.parent ?? null, run.sweep ?? null, run.archived === undefined ? 0 : 1],
    ...[run.revision ?? null, json(run.config), json(run.metrics ?? {}), json(run.cost ?? {})],
  ];
}

/** A series in chunks: values alone where its steps are evenly spaced, else pairs of step and value. */
function* parts(run: string, name: string, { steps, values }: Series): Rows {
  for (let from = 0, part = 0; from < values.length; from += PART, part++) {
    const to = Math.min(values.length, from + PART);
    const [first, stride] = [steps[from]!, to - from > 1 ? steps[from + 1]! - steps[from]! : 1];
    let even = true;
    for (let i = from; even && i < to; i++) even = steps[i] === first + (i - from) * stride;
    const numbers: string[] = [];
    for (let i = from; i < to; i++) {
      numbers.push(even ? numeral(values[i]!) : `[${numeral(steps[i]!)},${numeral(values[i]!)}]`);
    }
    yield [run, name, part, first, even ? stride : null, `[${numbers.join(",")}]`];
  }
}

/** A number as SQLite's JSON has it: 9e999 is infinite there, and a NaN is nothing. */
const numeral = (value: number): string =>
  Number.isFinite(value)
    ? String(value)
    : Number.isNaN(value)
      ? "null"
      : value > 0
        ? "9e999"
        : "-9e999";

function requireFew(store: Store, runs: readonly RunSummary[]): void {
  let points = 0;
  for (const { id } of runs) for (const count of store.seriesCounts(id).values()) points += count;
  if (points <= MOST_POINTS) return;
  throw new NadirError("query/large", `the metrics of ${runs.length} runs are ${points} points`, {
    expected: `at most ${MOST_POINTS}, which are copied into memory to be asked`,
    hint: "name the runs after the SQL: nadir query SQL 'tag:paper' (or since:2d, name:mlp*, ids …)",
  });
}

/** Settings by their dotted names. */
function* flat(value: unknown, path: string): Generator<readonly [string, unknown]> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    if (path !== "") yield [path, value];
    return;
  }
  for (const [key, item] of Object.entries(value))
    yield* flat(item, path === "" ? key : `${path}.${key}`);
}

const plain = (value: unknown): SqlValue =>
  typeof value === "number"
    ? number(value)
    : typeof value === "string"
      ? value
      : typeof value === "boolean"
        ? Number(value)
        : json(value);

/** SQLite has no NaN. */
const number = (value: number | undefined): SqlValue =>
  value === undefined || Number.isNaN(value) ? null : value;

/** As JSON of the plain kind: what is not finite becomes null, and a vector a list. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) =>
    // Every view but DataView is iterable, over its numbers; a store holds no DataView.
    ArrayBuffer.isView(item) ? [...(item as Float64Array)] : item,
  ) ?? "null";

/** A saddle's direction is as long as the params: no use in a table. */
const withoutVectors = (value: object): object =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => !ArrayBuffer.isView(item)));

/** As SQLite's own functions of dates take it. */
const utc = (time: number): string =>
  new Date(time)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "");
