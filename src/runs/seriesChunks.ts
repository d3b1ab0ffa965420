import { createHash } from "node:crypto";
import { OverviewBuilder, packBuckets } from "../records/overview.ts";
import { type Connection, corrupt, type Row } from "./sqlite.ts";

/** Points in each chunk of a series but the last: 32 KB of values, so a million points are 245 rows. */
const CHUNK_POINTS = 4096;

/** A metric over a run: `values[i]` was measured at `steps[i]`, in the order in which they were told. */
export interface Series {
  readonly steps: Float64Array;
  readonly values: Float64Array;
}

/**
 * The end of one series while it is written: the last chunk, which grows until it is full, and the
 * points that the file does not have yet. Each save writes that chunk and the overview anew.
 */
export class SeriesTail {
  readonly #name: string;
  readonly #overview = new OverviewBuilder();
  #chunk = 0;
  #steps: number[] = [];
  #values: number[] = [];
  #saved = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Points told so far, saved or not. */
  get length(): number {
    return this.#chunk * CHUNK_POINTS + this.#values.length;
  }

  /** Points that the file does not have yet. */
  get unsaved(): number {
    return this.#values.length - this.#saved;
  }

  add(step: number, value: number): void {
    this.#steps.push(step);
    this.#values.push(value);
    this.#overview.add(step, value);
  }

  /** Writes what is unsaved, within the caller's transaction; `settle` follows when that holds. */
  write(connection: Connection, run: string): void {
    if (this.unsaved === 0) return;
    for (let i = 0; i * CHUNK_POINTS < this.#values.length; i++) {
      const [from, to] = [i * CHUNK_POINTS, (i + 1) * CHUNK_POINTS];
      const values = Float64Array.from(this.#values.slice(from, to));
      const steps = Float64Array.from(this.#steps.slice(from, to));
      const first = steps[0] ?? 0;
      const consecutive = steps.every((step, k) => step === first + k);
      const chunk = this.#chunk + i;
      const stepBytes = consecutive ? null : bytesOf(steps);
      connection.run(
        "INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        run,
        this.#name,
        chunk,
        first,
        values.length,
        stepBytes,
        bytesOf(values),
        digest(run, this.#name, chunk, first, stepBytes, bytesOf(values)),
      );
    }
    const { overview } = this.#overview;
    connection.run(
      "INSERT OR REPLACE INTO overviews VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...[run, this.#name, overview.count, overview.width],
      ...[overview.firstStep, overview.lastStep, overview.even ? 1 : 0, packBuckets(overview)],
    );
  }

  /** After the transaction held: only the last, unfinished chunk is kept. */
  settle(): void {
    const full = Math.floor(this.#values.length / CHUNK_POINTS);
    if (full > 0) {
      this.#values = this.#values.slice(full * CHUNK_POINTS);
      this.#steps = this.#steps.slice(full * CHUNK_POINTS);
      this.#chunk += full;
    }
    this.#saved = this.#values.length;
  }
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
  const rows = connection.select(
    ["chunk", "first_step", "count", "steps", "points", "digest"],
    "FROM metrics WHERE run = ? AND name = ? ORDER BY chunk",
    run,
    name,
  );
  if (rows.length === 0) return undefined;
  const chunks = rows.map((row, index) =>
    readChunk(connection.file, run, name, row, index, rows.length),
  );
  const length = chunks.reduce((sum, { values }) => sum + values.length, 0);
  const series = { steps: new Float64Array(length), values: new Float64Array(length) };
  let at = 0;
  for (const { first, steps, values } of chunks) {
    series.values.set(values, at);
    if (steps !== undefined) series.steps.set(steps, at);
    else for (let i = 0; i < values.length; i++) series.steps[at + i] = first + i;
    at += values.length;
  }
  return series;
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

/** The first 8 bytes of the SHA-256 of a chunk: enough against accidents, and native code. */
function digest(
  run: string,
  name: string,
  chunk: number,
  first: number,
  steps: Uint8Array | null,
  values: Uint8Array,
): Buffer {
  const hash = createHash("sha256").update(`${run} ${name} ${chunk} ${first} ${steps !== null}`);
  if (steps !== null) hash.update(steps);
  return hash.update(values).digest().subarray(0, 8);
}

const bytesOf = (data: Float64Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
