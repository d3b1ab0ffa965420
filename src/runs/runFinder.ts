import { Columns } from "./columns.ts";
import type { RunFilter, RunSummary } from "./run.ts";
import { resolveRun } from "./runReference.ts";
import { summaryColumns } from "./runRow.ts";
import { type Connection, corrupt, type Row, textOf } from "./sqlite.ts";

/**
 * The runs that match, newest first: see `Store.runs`.
 *
 * @param summaryOf - makes a run of a row
 */
export function findRuns(
  connection: Connection,
  filter: RunFilter,
  summaryOf: (row: Row) => RunSummary,
): RunSummary[] {
  const wanted = (
    [
      ["name = ?", filter.name],
      ["file = ?", filter.file],
      ["parent = ?", filter.parent],
      ["verdict_kind = ?", filter.verdict],
      ["sweep = ?", filter.sweep],
      ["id IN (SELECT run FROM tags WHERE tag = ?)", filter.tag],
    ] as const
  ).flatMap(([clause, value]) => (value === undefined ? [] : [{ clause, value }]));
  const clauses = wanted.map(({ clause }) => ` AND ${clause}`);
  if (filter.archived !== undefined) {
    clauses.push(` AND archived IS ${filter.archived ? "NOT " : ""}NULL`);
  }
  const rows = connection.select(
    summaryColumns,
    `FROM runs WHERE true${clauses.join("")} ORDER BY seq DESC`,
    ...wanted.map(({ value }) => value),
  );
  const limit = filter.limit ?? rows.length;
  const found: RunSummary[] = [];
  // The status depends on whether the writer lives, which SQL cannot tell.
  for (const row of rows) {
    if (found.length >= limit) break;
    const summary = summaryOf(row);
    if (filter.status === undefined || summary.status === filter.status) found.push(summary);
  }
  return found;
}

/** The latest runs that are not archived, newest first, by id and name: see `Store.latest`. */
export const latestRuns = (connection: Connection, limit: number) =>
  connection
    .select(["id", "name"], "FROM runs WHERE archived IS NULL ORDER BY seq DESC LIMIT ?", limit)
    .map((row) => {
      const column = new Columns(row, connection.file, "a run");
      return { id: column.text("id"), name: column.text("name") };
    });

/**
 * The id of the run that a reference means: see `Store.run`.
 *
 * @throws NadirError `store/unknown-run`, `store/ambiguous-run`
 */
export function findId(connection: Connection, reference: string): string {
  const exact = "SELECT count(*) FROM runs WHERE id = ?";
  if (/^\w+$/.test(reference) && connection.number(exact, reference) === 1) return reference;
  const text = (value: unknown): string => {
    const found = textOf(value);
    if (found === undefined) throw corrupt(connection.file, "it holds text that is not readable");
    return found;
  };
  const known = connection
    .select(["id", "name", "archived"], "FROM runs ORDER BY seq DESC")
    .map(({ id, name, archived }) => ({
      id: text(id),
      name: text(name),
      archived: archived !== null,
    }));
  return resolveRun(reference, known);
}
