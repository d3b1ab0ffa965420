import { CHUNK_POINTS, digest } from "./seriesChunks.ts";
import { type Connection, corrupt, type Row } from "./sqlite.ts";

/** How many chunks a series has; 0 if there is none of this name. */
export const countChunks = (connection: Connection, run: string, name: string): number =>
  connection.number("SELECT count(*) FROM metrics WHERE run = ? AND name = ?", run, name);

/**
 * Some of a series' chunks, in their order.
 *
 * SQLite itself does not notice a changed byte within a value, so each chunk carries a digest.
 *
 * @param range - the first and the last, of how many there are
 * @throws NadirError `store/corrupt` naming the first chunk that is not as it was written
 */
export function readChunks(
  connection: Connection,
  run: string,
  name: string,
  { low, high, chunks }: { low: number; high: number; chunks: number },
): Chunk[] {
  return connection
    .select(
      ["chunk", "first_step", "count", "steps", "points", "digest"],
      "FROM metrics WHERE run = ? AND name = ? AND chunk BETWEEN ? AND ? ORDER BY chunk",
      ...[run, name, low, high],
    )
    .map((row, i) => readChunk(connection.file, run, name, row, low + i, chunks));
}

/** Points that stand in one row. */
export interface Chunk {
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
