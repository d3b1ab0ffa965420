import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { NadirError } from "../../base/errors.ts";
import { requireKnownOptions, requireWord } from "../../base/require.ts";
import type { Id } from "../../estimators/factorization/ratings.ts";
import { type Line, lineReader } from "./lineReader.ts";
import { withoutDuplicates } from "./withoutDuplicates.ts";

/** Ratings in columns, one an entry: what `matrixFactorization` takes. */
export interface RatingsTable {
  readonly users: readonly Id[];
  readonly items: readonly Id[];
  readonly values: Float64Array;
  /** Where the file has a fourth column. */
  readonly times: Float64Array | undefined;
}

/** How a file of ratings is read where it contradicts itself. */
export interface RatingsFileOptions {
  /**
   * What to do where a user rates an item more than once: refuse, keep the latest (by time if there are times, else the one
   * further down), or their mean. Default `error`.
   */
  readonly duplicates?: "error" | "last" | "mean";
}

/**
 * Reads ratings from a text file, a line each: `user item rating [time]`, separated by `::`, tab, comma, semicolon or
 * spaces, as the first line has it; with or without a line of headings, fields in quotes or not. These are MovieLens's
 * formats (`u.data`, `ratings.dat`, `ratings.csv`). Ids of digits are numbers, others strings. The file is streamed: it
 * may be larger than memory has room for as text.
 *
 * @throws NadirError `ratings/file` for a file that cannot be read or holds no ratings; `ratings/line` with the line's number
 *   for one that is not as above; `ratings/duplicate` with both lines
 */
export async function readRatingsFile(
  path: string,
  options: RatingsFileOptions = {},
): Promise<RatingsTable> {
  requireKnownOptions("ratings", options, ["duplicates"]);
  const { duplicates = "error" } = options;
  requireWord("ratings/duplicates", duplicates, ["error", "last", "mean"]);
  await requireFile(path);
  const read = lineReader(path);
  const columns: Columns = { users: [], items: [], values: [], times: [], lines: [] };
  let rest = "";
  let line = 0;
  const take = (text: string): void => {
    line++;
    const entry = read(text, line);
    if (entry !== undefined) push(columns, entry, line, path);
  };
  const decoder = new TextDecoder(); // drops a byte order mark
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 })) {
    rest += decoder.decode(chunk as Uint8Array, { stream: true }); // a stream without an encoding gives bytes
    let from = 0;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", from)) {
      take(rest.slice(from, end));
      from = end + 1;
    }
    rest = rest.slice(from);
  }
  rest += decoder.decode();
  if (rest !== "") take(rest);
  if (columns.values.length === 0)
    throw new NadirError("ratings/file", `${path} holds no ratings`, { expected: shape });
  return withoutDuplicates(
    {
      ...columns,
      values: Float64Array.from(columns.values),
      times: columns.times.length > 0 ? Float64Array.from(columns.times) : undefined,
    },
    columns.lines,
    duplicates,
    path,
  );
}

const shape = "lines of user, item, rating and perhaps a time";

interface Columns {
  readonly users: Id[];
  readonly items: Id[];
  readonly values: number[];
  readonly times: number[];
  readonly lines: number[];
}

function push(
  columns: Columns,
  { user, item, value, time }: Line,
  line: number,
  path: string,
): void {
  const { values, times } = columns;
  if ((time !== undefined) !== times.length > 0 && values.length > 0) {
    throw new NadirError(
      "ratings/line",
      `${path}:${line}: ${time === undefined ? "no time" : "a time"}, unlike the lines before`,
      { expected: "four fields in all lines, or three in all" },
    );
  }
  columns.users.push(user);
  columns.items.push(item);
  values.push(value);
  if (time !== undefined) times.push(time);
  columns.lines.push(line);
}

async function requireFile(path: string): Promise<void> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new NadirError("ratings/file", `there are no ratings at ${path}`, {
      expected: `a text file with ${shape}`,
      hint: "MovieLens has some: https://grouplens.org/datasets/movielens/",
      cause,
    });
  });
  if (!found.isFile())
    throw new NadirError("ratings/file", `${path} is no file`, {
      expected: `a text file with ${shape}`,
      hint: "name ratings.csv, ratings.dat or u.data in it",
    });
}
