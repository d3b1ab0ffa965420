import { createHash } from "node:crypto";
import { OverviewBuilder, type PackedOverview, packBuckets } from "../records/overview.ts";
import type { Connection } from "./sqlite.ts";

/** Points in each chunk of a series but the last: 32 KB of values, so a million points are 245 rows. */
export const CHUNK_POINTS = 4096;

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
    const { low: _, high: __, ...head } = this.#overview.overview;
    const buckets = packBuckets(this.#overview.overview);
    writeOverview(connection, this.#name, { run, ...head, buckets });
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

/** Keeps a series' overview, within the caller's transaction. */
export function writeOverview(connection: Connection, name: string, made: PackedOverview): void {
  connection.run(
    "INSERT OR REPLACE INTO overviews VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ...[made.run, name, made.count, made.width],
    ...[made.firstStep, made.lastStep, made.even ? 1 : 0, made.buckets],
  );
}

/** The first 8 bytes of the SHA-256 of a chunk: enough against accidents, and native code. */
export function digest(
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
