import type { SeriesPart } from "../records/buckets.ts";
import { OverviewBuilder, type PackedOverview, packBuckets } from "../records/overview.ts";
import { countChunks, readChunks } from "./chunkReader.ts";
import { Columns } from "./columns.ts";
import { CHUNK_POINTS } from "./seriesChunks.ts";
import type { Connection } from "./sqlite.ts";

/** A metric over a run: `values[i]` was measured at `steps[i]`, in the order in which they were told. */
export interface Series {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/** The names of a run's series, in alphabetical order. */
export const seriesNames = (connection: Connection, run: string): string[] =>
  connection
    .select(["name"], "FROM metrics WHERE run = ? AND chunk = 0 ORDER BY name", run)
    .map((row) => new Columns(row, connection.file, `a metric of run ${run}`).text("name"));

/** How many points each of a run's series has, by name in alphabetical order. */
export function seriesCounts(connection: Connection, run: string): Map<string, number> {
  const rows = connection.select(
    ["name", "chunk", "count"],
    `FROM metrics AS m WHERE run = ? AND chunk = (SELECT max(chunk) FROM metrics
       WHERE run = m.run AND name = m.name) ORDER BY name`,
    run,
  );
  return new Map(
    rows.map((row) => {
      const column = new Columns(row, connection.file, `a metric of run ${run}`);
      const count = column.number("chunk") * CHUNK_POINTS + column.number("count");
      return [column.text("name"), count];
    }),
  );
}

/**
 * Reads a whole series in one query.
 *
 * SQLite itself does not notice a changed byte within a value, so each chunk carries a digest.
 *
 * @returns undefined if the run has no series of this name
 * @throws NadirError `store/corrupt` naming the first chunk that is not as it was written
 */
export function readSeries(connection: Connection, run: string, name: string): Series | undefined {
  const found = readPart(connection, run, name, 0);
  if (found === undefined) return undefined;
  const { steps, values } = found;
  return { steps, values };
}

/** The points of a series from an order number on, and how many there are in all; reads only what they are in. */
export function readPart(
  connection: Connection,
  run: string,
  name: string,
  after: number,
): (SeriesPart & { readonly count: number }) | undefined {
  const chunks = countChunks(connection, run, name);
  if (chunks === 0) return undefined;
  const low = Math.min(Math.floor(after / CHUNK_POINTS), chunks - 1);
  const parts = readChunks(connection, run, name, { low, high: chunks - 1, chunks });
  const length = parts.reduce((sum, { values }) => sum + values.length, 0);
  const [steps, values] = [new Float64Array(length), new Float64Array(length)];
  let at = 0;
  for (const part of parts) {
    values.set(part.values, at);
    if (part.steps !== undefined) steps.set(part.steps, at);
    else countUp(steps, at, part.values.length, part.first);
    at += part.values.length;
  }
  const from = low * CHUNK_POINTS;
  // From the very point that was asked for: chunks begin before it.
  const skip = Math.min(Math.max(0, after - from), length);
  return {
    from: from + skip,
    steps: steps.subarray(skip),
    values: values.subarray(skip),
    count: from + length,
  };
}

/** A function of its own, so that it is compiled as the tight loop that it is. */
function countUp(steps: Float64Array, at: number, count: number, first: number): void {
  for (let i = 0; i < count; i++) steps[at + i] = first + i;
}

/** The overviews of one series in all runs, or in some, as they are kept. */
export function readOverviews(
  connection: Connection,
  name: string,
  runs?: readonly string[],
): PackedOverview[] {
  const columns = ["run", "count", "width", "first_step", "last_step", "even", "buckets"];
  const rows =
    runs === undefined
      ? connection.select(columns, "FROM overviews WHERE name = ?", name)
      : runs.flatMap((run) =>
          connection.select(columns, "FROM overviews WHERE name = ? AND run = ?", name, run),
        );
  return rows.map((row) => {
    const column = new Columns(row, connection.file, "an overview");
    return {
      run: column.text("run"),
      count: column.number("count"),
      width: column.number("width"),
      firstStep: column.number("first_step"),
      lastStep: column.number("last_step"),
      even: column.number("even") === 1,
      buckets: column.bytes("buckets"),
    };
  });
}

/** The overview of a series, made from its points. */
export function overviewOf(run: string, { steps, values }: Series): PackedOverview {
  const builder = new OverviewBuilder();
  for (let i = 0; i < values.length; i++) builder.add(steps[i]!, values[i]!);
  const { low: _, high: __, ...head } = builder.overview;
  return { run, ...head, buckets: packBuckets(builder.overview) };
}
