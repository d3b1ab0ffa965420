import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatTable } from "../format.ts";

/** A table as it is printed, and as it goes into JSON. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  /** One cell for each column. Numbers are for programs; `show` says how they are printed. */
  readonly rows: readonly (readonly (string | number | null)[])[];
  /** How a number of a column is printed. Default: as it is. */
  readonly show?: (value: number, column: number) => string;
  /** What a reader must know to read it, one plain sentence or two. */
  readonly note?: string;
}

/** What an experiment is told. */
export interface ExperimentOptions {
  /** The cases or methods to be kept, by name; undefined: all. */
  readonly only: readonly string[] | undefined;
  /** How many seeds, where the user says so. */
  readonly seeds: number | undefined;
  /** Whether to run what other libraries offer beside ours. */
  readonly peers: boolean;
}

/** What it found. */
export interface ExperimentReport {
  readonly tables: readonly Table[];
  /** SVG documents by file name without ending: written where `--pictures` says. */
  readonly pictures?: Readonly<Record<string, string>>;
}

/**
 * A suite that is an experiment rather than a timing: what methods reach, and at what price. A row in
 * `src/cli/commands/bench.ts` makes it a suite of `nadir bench`.
 */
export interface Experiment {
  readonly name: string;
  /** @param report - says a line on the way */
  run(options: ExperimentOptions, report: (line: string) => void): Promise<ExperimentReport>;
}

/** A table as aligned text under its title, numbers to the right. */
export function tableText({ title, columns, rows, show = String, note }: Table): string {
  const cells = rows.map((row) =>
    row.map((cell, i) => (typeof cell === "number" ? show(cell, i) : (cell ?? "–"))),
  );
  const right = new Set(
    columns.flatMap((_, i) => (rows.some((row) => typeof row[i] === "number") ? [i] : [])),
  );
  const body = formatTable([columns, ...cells], right).replaceAll(/^/gm, "  ");
  return [title, body, ...(note === undefined ? [] : [`  ${note}`])].join("\n");
}

/** A table as data. */
export const tableData = ({ title, columns, rows, note }: Table): object => ({
  ...{ title, columns, rows },
  ...(note === undefined ? {} : { note }),
});

/** Writes pictures into a folder, and says where each is. */
export function writePictures(
  folder: string,
  pictures: ExperimentReport["pictures"] = {},
): readonly string[] {
  mkdirSync(folder, { recursive: true });
  return Object.entries(pictures).map(([name, svg]) => {
    const file = join(folder, `${name}.svg`);
    writeFileSync(file, svg);
    return file;
  });
}
