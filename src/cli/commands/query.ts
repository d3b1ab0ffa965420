import { NadirError } from "../../base/errors.ts";
import { csv } from "../../exchange/csv.ts";
import { type QueryAnswer, type QueryCell, queryRuns } from "../../runs/query/query.ts";
import { columnsOf, queryTableNames, queryTables } from "../../runs/query/tables.ts";
import { openStore } from "../../runs/store.ts";
import { type Command, countFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatTable, wrap } from "../format.ts";
import { namedRuns } from "../namedRuns.ts";
import type { Output } from "../output.ts";

/** Rows that are told unless more are asked for. */
const ROWS = 1000;
/** Letters of a cell that a terminal shows. */
const CELL = 72;

/** `nadir query SQL [RUN…]`: one SELECT over the runs and what they measured; without it, the tables. */
export const query: Command = async ({ words, flags, output, store, now }) => {
  const [sql, ...which] = words;
  if (sql === undefined) return tellTables(output);
  const asCsv = flags["csv"] === true;
  if (asCsv && output.json) {
    throw new NadirError("cli/flag", "--csv beside --json", { expected: "one of the two" });
  }
  const limit = countFlag(flags, "limit") ?? ROWS;
  await using opened = await openStore(store, { readOnly: true });
  const runs = which.length === 0 ? opened.runs() : namedRuns(opened, which, now());
  const answer = await queryRuns(opened, sql, runs, limit);
  const { columns, rows, more } = answer;
  const text = (): string => (asCsv ? csvOf(answer) : tableOf(answer, output));
  output.result(text, { schema: "nadir.query/1", columns, rows, more });
  if (more) output.note(`the first ${limit} rows; there are more: --limit N`);
  return exitCode.done;
};

function tellTables(output: Output): typeof exitCode.done {
  const { colors, columns } = output;
  const text = (): string =>
    [
      ...queryTableNames.map((name) => {
        const head = `${colors.bold(name)}  ${colors.dim(queryTables[name].meaning)}`;
        const told = Object.entries<string>(queryTables[name].columns).map(([column, meaning]) =>
          meaning === "" ? column : `${column} (${meaning})`,
        );
        return `${head}\n${wrap(told.join(", "), Math.min(100, columns), "  ")}`;
      }),
      `nadir query "SELECT id, loss FROM runs WHERE verdict = 'saddle' ORDER BY loss"`,
    ].join("\n");
  const tables = queryTableNames.map((name) => ({ name, columns: columnsOf(name) }));
  output.result(text, { schema: "nadir.tables/1", tables });
  return exitCode.done;
}

function csvOf({ columns, rows }: QueryAnswer): string {
  const table = {
    rows: rows.length,
    columns: columns.map((name, i) => ({
      ...{ name, kind: "text" as const },
      cells: rows.map((row) => row[i] ?? undefined),
    })),
  };
  return [...csv(table)].join("").trimEnd();
}

function tableOf({ columns, rows }: QueryAnswer, { colors }: Output): string {
  const numbers = new Set(
    columns.flatMap((_, i) =>
      rows.every((row) => typeof row[i] === "number" || row[i] === null) ? [i] : [],
    ),
  );
  const head = columns.map((name) => colors.dim(shown(name)));
  return formatTable([head, ...rows.map((row) => row.map(shown))], numbers);
}

function shown(cell: QueryCell): string {
  if (cell === null) return "–";
  if (typeof cell === "number") {
    return Number.isInteger(cell) ? String(cell) : String(Number(cell.toPrecision(6)));
  }
  const line = cell.replaceAll(/\p{Control}+/gu, " ");
  return line.length > CELL ? `${line.slice(0, CELL - 1)}…` : line;
}
