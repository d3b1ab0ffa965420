import { BucketFold, bucketWidth, type SeriesBuckets } from "../records/buckets.ts";
import { type Chunk, countChunks, readChunks } from "./chunkReader.ts";
import { CHUNK_POINTS } from "./seriesChunks.ts";
import type { Connection } from "./sqlite.ts";

/** What part of a series a picture shows, and how finely. */
export interface SeriesView {
  /** Steps between which the points lie, both included. Default: all. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** At most this many buckets: a picture's columns. */
  readonly buckets: number;
}

/** Chunks that are read at a time, 2 MB: a series may be longer than the memory. */
const CHUNKS_AT_ONCE = 64;

/**
 * A series as finely as a picture shows it, folded chunk by chunk as they are read: only those that it
 * shows, all as of one moment.
 *
 * @returns undefined if the run has no series of this name
 * @throws NadirError `store/corrupt` naming the first chunk that is not as it was written
 */
export const readBuckets = (
  connection: Connection,
  run: string,
  name: string,
  view: SeriesView,
): SeriesBuckets | undefined =>
  connection.glance(() => {
    const chunks = countChunks(connection, run, name);
    if (chunks === 0) return undefined;
    const last = connection.number(
      "SELECT count FROM metrics WHERE run = ? AND name = ? AND chunk = ?",
      ...[run, name, chunks - 1],
    );
    const count = (chunks - 1) * CHUNK_POINTS + last;
    /** How many points lie before a bound, or up to it: only the chunk that it lies in is read. */
    const before = (bound: number, upTo: boolean): number => {
      const begun = connection.number(
        `SELECT count(*) FROM metrics WHERE run = ? AND name = ? AND first_step ${upTo ? "<=" : "<"} ?`,
        ...[run, name, bound],
      );
      if (begun === 0) return 0;
      const [at] = readChunks(connection, run, name, { low: begun - 1, high: begun - 1, chunks });
      return (begun - 1) * CHUNK_POINTS + (at === undefined ? 0 : pointsBefore(at, bound, upTo));
    };
    const begin = view.from === undefined ? 0 : before(view.from, false);
    const end = Math.max(begin, view.to === undefined ? count : before(view.to, true));
    const width = bucketWidth(begin, end, view.buckets);
    const fold = new BucketFold({ begin, end, width, count });
    const low = Math.floor(fold.from / CHUNK_POINTS);
    const high = Math.min(chunks, Math.ceil(fold.end / CHUNK_POINTS)) - 1;
    for (let at = low; at <= high; at += CHUNKS_AT_ONCE) {
      const upTo = Math.min(high, at + CHUNKS_AT_ONCE - 1);
      const read = readChunks(connection, run, name, { low: at, high: upTo, chunks });
      for (const [i, { first, steps, values }] of read.entries()) {
        fold.add((at + i) * CHUNK_POINTS, steps ?? first, values);
      }
    }
    return fold.buckets;
  });

/** How many of a chunk's points lie before a bound, or up to it; steps grow. */
function pointsBefore({ first, steps, values }: Chunk, bound: number, upTo: boolean): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const step = steps === undefined ? first + middle : steps[middle]!;
    if (step < bound || (upTo && step === bound)) low = middle + 1;
    else high = middle;
  }
  return low;
}
