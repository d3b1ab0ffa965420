import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import type { RunSummary } from "../run.ts";
import { textOf } from "../sqlite.ts";
import type { Store } from "../store.ts";
import { rowsOf } from "./copy.ts";
import { requireHarmless } from "./functions.ts";
import { columnsOf, type QueryTableName, querySchema, queryTableNames } from "./tables.ts";

/** A cell of an answer; a blob is told as SQL writes it. */
export type QueryCell = string | number | null;

export interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly QueryCell[])[];
  /** Whether there are more rows than were asked for. */
  readonly more: boolean;
}

/**
 * Answers one SELECT over what a store holds of some runs.
 *
 * It is asked of a copy in memory, of the tables that it names: so that nothing that SQL can say changes the store, and a
 * query that takes long holds up nobody who writes it.
 *
 * @param limit - rows at most
 * @throws NadirError `query/read-only` for what is no SELECT, `query/function` for
 *   functions that reach beyond it, `query/sql` for what SQLite cannot do, `query/large`; `store/…`
 */
export async function queryRuns(
  store: Store,
  sql: string,
  runs: readonly RunSummary[],
  limit: number,
): Promise<QueryAnswer> {
  requireSelect(sql);
  const { default: Database } = await import("libsql");
  const copy = new Database(":memory:");
  try {
    requireHarmless(sql, namesIn(copy));
    copy.exec(querySchema);
    copy.exec("BEGIN");
    const named = queryTableNames.filter((table) => new RegExp(`\\b${table}\\b`, "i").test(sql));
    for (const table of named) {
      const { into, columns, rows } = rowsOf(table, store, runs);
      const insert = copy.prepare(
        `INSERT INTO ${into} VALUES (${Array(columns).fill("?").join(", ")})`,
      );
      for (const row of rows) insert.run([...row]);
    }
    copy.exec("COMMIT; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF");
    return ask(copy, sql, limit, named);
  } finally {
    copy.close();
  }
}

/** The part of libsql's database that a question needs. */
interface Answering {
  prepare(sql: string): {
    columns(): readonly { readonly name: string }[];
    iterate(): Iterable<unknown>;
  };
}

/** The functions and the virtual tables that a connection has. */
const namesIn = (copy: Answering): string[] =>
  ["pragma_function_list", "pragma_module_list"].flatMap((list) =>
    Array.from(
      copy.prepare(`SELECT DISTINCT name FROM ${list}`).iterate(),
      (row) => (row as { readonly name: string }).name, // as the query names it
    ),
  );

function ask(
  copy: Answering,
  sql: string,
  limit: number,
  named: readonly QueryTableName[],
): QueryAnswer {
  try {
    const columns = copy
      .prepare(sql)
      .columns()
      .map(({ name }) => name);
    const own = columns.map((_, i) => `c${i}`);
    // Within parentheses there is but one SELECT. Text comes as its bytes, and whole numbers as text: libsql ends the
    // process on what is not UTF-8, and rounds what is beyond 2⁵³.
    const told = own.map(
      (c) =>
        `typeof(${c}) AS t${c}, CASE WHEN typeof(${c}) IN ('text', 'integer') THEN CAST(${c} AS BLOB) ELSE ${c} END AS ${c}`,
    );
    const statement = `WITH answer(${own.join(", ")}) AS (${withoutEnd(sql)}\n) SELECT ${told.join(", ")} FROM answer`;
    const rows: QueryCell[][] = [];
    for (const row of copy.prepare(statement).iterate()) {
      if (rows.length === limit) return { columns, rows, more: true };
      const cells = row as Readonly<Record<string, unknown>>; // a row of a query, by column name
      rows.push(own.map((c) => cellOf(cells[`t${c}`], cells[c])));
    }
    return { columns, rows, more: false };
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "SqliteError") throw error;
    throw explained(error, named);
  }
}

function cellOf(type: unknown, value: unknown): QueryCell {
  if (type === "text") return textOf(value) ?? "�";
  if (type === "integer") {
    const text = textOf(value) ?? "";
    return Number.isSafeInteger(Number(text)) ? Number(text) : text;
  }
  if (typeof value === "number") return value;
  return value instanceof ArrayBuffer ? `x'${Buffer.from(value).toString("hex")}'` : null;
}

const withoutEnd = (sql: string): string => sql.replace(/(\s|;)+$/, "");

/** @throws NadirError `query/read-only` */
function requireSelect(sql: string): void {
  const [word = ""] = /^\w*/.exec(sql.replace(/^(\s|--.*(\n|$)|\/\*[\s\S]*?\*\/)+/, "")) ?? [];
  if (/^(select|with|values)$/i.test(word)) return;
  throw new NadirError(
    "query/read-only",
    word === "" ? "this is no SELECT" : `${word.toUpperCase()} is no question`,
    {
      expected: "one SELECT, WITH … SELECT or VALUES: a query reads, and changes nothing",
      hint: "nadir query, which tells the tables and their columns",
    },
  );
}

/** What SQLite could not do, with the columns or tables that there are. */
function explained(cause: Error, named: readonly QueryTableName[]): NadirError {
  const { message } = cause;
  const fail = (what: string, expected?: string, hint?: string): NadirError =>
    new NadirError("query/sql", what, { expected, hint, cause });
  const mean = (near: string | undefined): string | undefined =>
    near === undefined ? undefined : `did you mean ${near}?`;
  const table = /^no such table: (?:\w+\.)?(.+)$/.exec(message)?.[1];
  if (table !== undefined) {
    const near = nearest(table, queryTableNames);
    return fail(`there is no table "${table}"`, `one of ${queryTableNames.join(", ")}`, mean(near));
  }
  const column = /^no such column: (?:.*\.)?(.+)$/.exec(message)?.[1];
  if (column !== undefined) {
    const own = named.map((name) => `${name} (${columnsOf(name).join(", ")})`);
    const near = nearest(column, new Set(named.flatMap(columnsOf)));
    const setting = `a setting? (SELECT value FROM settings WHERE run = id AND name = '${column}')`;
    return fail(
      `there is no column "${column}"`,
      own.length === 0 ? `a column of ${queryTableNames.join(", ")}` : own.join("; "),
      mean(near) ?? (named.includes("runs") ? setting : undefined),
    );
  }
  return fail(
    `SQLite: ${message}`,
    undefined,
    "nadir query, which tells the tables and their columns",
  );
}
