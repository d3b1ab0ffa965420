import {
  bucketsOf,
  bucketWidth,
  placeOf,
  type SeriesBuckets,
  type SeriesPart,
} from "../records/buckets.ts";
import { OverviewBuilder, type PackedOverview, packBuckets } from "../records/overview.ts";
import { Columns } from "./columns.ts";
import { CHUNK_POINTS, digest } from "./seriesChunks.ts";
import { type Connection, corrupt, type Row } from "./sqlite.ts";

/** A metric over a run: `values[i]` was measured at `steps[i]`, in the order in which they were told. */
export interface Series {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/** What part of a series a picture shows, and how finely. */
export interface SeriesView {
  /** Steps between which the points lie, both included. Default: all. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** At most this many buckets: a picture's columns. */
  readonly buckets: number;
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
  before = Number.POSITIVE_INFINITY,
): (SeriesPart & { readonly count: number }) | undefined {
  const chunks = connection.number(
    "SELECT count(*) FROM metrics WHERE run = ? AND name = ?",
    ...[run, name],
  );
  if (chunks === 0) return undefined;
  const low = Math.min(Math.floor(after / CHUNK_POINTS), chunks - 1);
  const high = Math.min(Math.ceil(before / CHUNK_POINTS), chunks) - 1;
  const rows = connection.select(
    ["chunk", "first_step", "count", "steps", "points", "digest"],
    "FROM metrics WHERE run = ? AND name = ? AND chunk BETWEEN ? AND ? ORDER BY chunk",
    ...[run, name, low, high],
  );
  const parts = rows.map((row, i) => readChunk(connection.file, run, name, row, low + i, chunks));
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
  const count =
    high === chunks - 1
      ? from + length
      : (chunks - 1) * CHUNK_POINTS +
        connection.number(
          "SELECT count FROM metrics WHERE run = ? AND name = ? AND chunk = ?",
          ...[run, name, chunks - 1],
        );
  // From the very point that was asked for: chunks begin before it.
  const skip = Math.min(Math.max(0, after - from), length);
  return { from: from + skip, steps: steps.subarray(skip), values: values.subarray(skip), count };
}

/** A function of its own, so that it is compiled as the tight loop that it is. */
function countUp(steps: Float64Array, at: number, count: number, first: number): void {
  for (let i = 0; i < count; i++) steps[at + i] = first + i;
}

/** A series as finely as a picture shows it. Reads only the chunks that it shows. */
export function readBuckets(
  connection: Connection,
  run: string,
  name: string,
  view: SeriesView,
): SeriesBuckets | undefined {
  const rows = connection.select(
    ["first_step", "count"],
    "FROM metrics WHERE run = ? AND name = ? ORDER BY chunk",
    ...[run, name],
  );
  if (rows.length === 0) return undefined;
  const heads = rows.map((row) => {
    const column = new Columns(row, connection.file, `metric ${name} of run ${run}`);
    return { first: column.number("first_step"), count: column.number("count") };
  });
  const count = heads.reduce((sum, head) => sum + head.count, 0);
  const starts = Float64Array.from(heads, ({ first }) => first);
  /** The place of a bound, of which only the chunk that it lies in is read. */
  const place = (bound: number | undefined, above: boolean, otherwise: number): number => {
    if (bound === undefined) return otherwise;
    const chunk = placeOf(starts, bound, above) - 1;
    if (chunk < 0) return 0;
    const begin = chunk * CHUNK_POINTS;
    const part = readPart(connection, run, name, begin, begin + 1);
    return begin + (part === undefined ? 0 : placeOf(part.steps, bound, above));
  };
  const begin = place(view.from, false, 0);
  const end = Math.max(begin, place(view.to, true, count));
  const width = bucketWidth(begin, end, view.buckets);
  const first = begin - (begin % width);
  const part = readPart(connection, run, name, first, Math.max(first + 1, end + width));
  if (part === undefined) return undefined;
  return bucketsOf(part, { begin, end, width, count: part.count });
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

interface Chunk {
  readonly first: number;
  /** Undefined if consecutive from `first`. */
  readonly steps: Float64Array | undefined;
  readonly values: Float64Array;
}

function readChunk(
  file: string,
  run: string,
  name: string,
  row: Row,
  index: number,
  of: number,
): Chunk {
  const { chunk, first_step: first, count, steps, points, digest: seal } = row;
  if (
    chunk !== index ||
    typeof first !== "number" ||
    typeof count !== "number" ||
    !(points instanceof ArrayBuffer) ||
    !(steps === null || steps instanceof ArrayBuffer) ||
    !(seal instanceof ArrayBuffer) ||
    points.byteLength !== count * 8 ||
    (steps !== null && steps.byteLength !== points.byteLength) ||
    (index < of - 1 && count !== CHUNK_POINTS) ||
    !digest(
      run,
      name,
      index,
      first,
      steps === null ? null : new Uint8Array(steps),
      new Uint8Array(points),
    ).equals(new Uint8Array(seal))
  ) {
    throw corrupt(
      file,
      `metric ${name} of run ${run} is not as it was written from point ${index * CHUNK_POINTS}`,
    );
  }
  return {
    first,
    steps: steps === null ? undefined : new Float64Array(steps),
    values: new Float64Array(points),
  };
}
