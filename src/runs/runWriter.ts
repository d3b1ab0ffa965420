import { join } from "node:path";
import { internal, NadirError } from "../base/errors.ts";
import { healthMeasures } from "../diagnosis/health.ts";
import type { RunEvent } from "../training/events.ts";
import { type SavedFile, saveTensors } from "./checkpoint.ts";
import { real } from "./columns.ts";
import { packJson } from "./packedJson.ts";
import type { RecordStart } from "./recording.ts";
import type { RecordMark, RunEnd } from "./run.ts";
import type { SavedTensor } from "./safetensors.ts";
import { SeriesTail } from "./seriesChunks.ts";
import type { Connection } from "./sqlite.ts";
import { raiseCounter, touch } from "./storeAccess.ts";

/** Where times come from: Date.now and performance.now, or a test's own. */
export interface Clock {
  /** Milliseconds since 1970; may jump. */
  now(): number;
  /** Milliseconds that never run backwards. */
  monotonic(): number;
}

/** At most one transaction in this many milliseconds, and at most this much lost when killed. */
const FLUSH_MS = 1000;
/** A sign of life at least this often. */
const HEARTBEAT_MS = 10_000;
/** How long a flush on the way may hold up the run for another writer's sake. */
const BRIEF_MS = 250;
/** From so many events on, looks at the layers' health are thinned as progress is: a fast training takes hundreds a second. */
const LONG_LOG = 512;
/** What may wait in memory (64 MB of points) while the store cannot be written. */
const MAX_WAITING = 4_000_000;

interface PendingEvent {
  readonly seq: number;
  readonly time: number;
  /** Progress is packed when written, because most of it is replaced before. */
  readonly content: string | Extract<RunEvent, { kind: "progress" }>;
  /** If it is replaced by the next of this kind, as long as nothing that is not comes between. */
  readonly passing?: "progress" | "health";
}

/**
 * Writes one run's record. Events are kept in memory and written together, at most once a second,
 * in one transaction: whatever kills the process, the file holds everything up to the last of them.
 *
 * A store that cannot be written (full disk, another writer's long turn) does not stop the run:
 * `failure` says what is wrong, everything waits in memory and is written when it can be, and only
 * `flush`, `mark` and `end` throw.
 */
export class RunWriter {
  readonly id: string;
  /** The run's own folder. */
  readonly dir: string;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #ended: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #startedAt: number;
  readonly #secondsBefore: number;
  readonly #tails: Map<string, SeriesTail>;
  #pending: PendingEvent[] = [];
  #nextSeq: number;
  #waiting = 0;
  #lastFlush: number;
  #step: number | undefined;
  #loss: number | undefined;
  #failure: NadirError | undefined;
  #open = true;

  /** Made by `Store.createRun` and `Store.resumeRun`. */
  constructor(connection: Connection, clock: Clock, start: RecordStart, ended: () => void) {
    this.#connection = connection;
    this.#clock = clock;
    this.id = start.id;
    this.dir = start.dir;
    this.#nextSeq = start.events;
    this.#secondsBefore = start.seconds;
    this.#tails = start.tails;
    this.#ended = ended;
    this.#startedAt = this.#lastFlush = clock.monotonic();
    // A run that waits for native code still shows signs of life, and never holds the process open.
    this.#timer = setInterval(() => this.#flushIfDue(), FLUSH_MS);
    this.#timer.unref();
  }

  /** Why the record could not be written the last time it was tried; undefined if it could. */
  get failure(): NadirError | undefined {
    return this.#failure;
  }

  /**
   * Records an event. Of a row of progress events between two writes only the newest is kept as an
   * event, in a long log of health events too; every value in their `series` and `atStep`, and every metric of an
   * evaluation, goes into the run's series of that name; every measure of a layer's health into `health/LAYER/MEASURE`, the noise scale into `noiseScale`.
   *
   * @throws NadirError `data/not-plain`, `store/series-name`, `store/ended`; or the failure that
   *   keeps the store from being written, once 64 MB wait for it
   */
  event(event: RunEvent): void {
    this.#requireOpen();
    const time = this.#clock.now();
    if (event.kind === "progress") {
      const { atStep = {}, ...told } = event;
      this.#record(event.series.steps, event.series.values);
      for (const [name, value] of Object.entries(atStep))
        this.#record([event.step], { [name]: [value] });
      this.#replace("progress", time, { ...told, series: { steps: [], values: {} } });
      this.#step = event.step;
      this.#loss = event.loss;
    } else {
      const content = packJson(event);
      if (event.kind === "health") {
        for (const layer of event.layers)
          for (const [name, value] of Object.entries(healthMeasures(layer)))
            this.#record([event.step], { [`health/${layer.layer}/${name}`]: [value] });
        if (event.noiseScale !== undefined)
          this.#record([event.step], { noiseScale: [event.noiseScale] });
      }
      if (event.kind === "evaluation") {
        for (const [name, value] of Object.entries(event.metrics)) {
          this.#record([event.step], { [name]: [value] });
        }
      }
      const passing = event.kind === "health" && this.#nextSeq >= LONG_LOG;
      if (passing) this.#replace("health", time, content);
      else this.#pending.push({ seq: this.#nextSeq++, time, content });
    }
    this.#waiting++;
    if (this.#clock.monotonic() - this.#lastFlush >= FLUSH_MS) this.#tryFlush();
    if (this.#waiting > MAX_WAITING && this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Writes everything that was told so far, now.
   *
   * @throws NadirError `store/…` if it cannot; what was told still waits
   */
  flush(): void {
    this.#requireOpen();
    this.#write();
  }

  /**
   * Writes everything told so far, and says where the record stands. Kept in a checkpoint taken at
   * the same moment, it lets `Store.resumeRun` continue the record as if nothing had happened since.
   *
   * @throws NadirError as `flush`
   */
  mark(): RecordMark {
    this.flush();
    return {
      events: this.#nextSeq,
      points: Object.fromEntries([...this.#tails].map(([name, tail]) => [name, tail.length])),
      seconds: this.#seconds(),
    };
  }

  /**
   * Saves the final parameters as `params.safetensors` in the run's folder, whole or not at all.
   *
   * @throws NadirError as `saveTensors`
   */
  saveParams(tensors: Readonly<Record<string, SavedTensor>>): SavedFile {
    this.#requireOpen();
    return saveTensors(join(this.dir, "params.safetensors"), { tensors, meta: { run: this.id } });
  }

  /**
   * Writes what is left together with how the run ended, and closes the record.
   *
   * @throws NadirError as `flush`; the record then stays open and `end` may be tried again
   */
  end(outcome: RunEnd): void {
    this.#requireOpen();
    const { status, verdict, loss, metrics, steps, seconds, cost } = outcome;
    const packed = [verdict, metrics, cost].map((value) =>
      value === undefined ? null : packJson(value),
    );
    const [verdictText = null, metricsText = null, costText = null] = packed;
    this.#write(() =>
      this.#connection.run(
        `UPDATE runs SET status = ?, verdict_kind = ?, gradient_norm = ?, verdict = ?, loss = ?,
           metrics = ?, steps = ?, seconds = ?, cost = ? WHERE id = ?`,
        status,
        verdict?.kind ?? null,
        real(verdict?.gradientNorm),
        verdictText,
        real(loss),
        metricsText,
        real(steps),
        real(seconds),
        costText,
        this.id,
      ),
    );
    this.#close();
  }

  /** For a store that is closed under a run that nobody ended: it is recorded as crashed. */
  abandon(): void {
    if (!this.#open) return;
    try {
      this.#write(() =>
        this.#connection.run("UPDATE runs SET status = 'crashed' WHERE id = ?", this.id),
      );
    } finally {
      this.#close();
    }
  }

  /** Puts an event at the end, in place of the last of its kind if only passing events came since. */
  #replace(
    passing: NonNullable<PendingEvent["passing"]>,
    time: number,
    content: PendingEvent["content"],
  ): void {
    const row: PendingEvent[] = [];
    while (this.#pending.at(-1)?.passing !== undefined) row.unshift(this.#pending.pop()!);
    this.#nextSeq -= row.length;
    const kept = row.filter((event) => event.passing !== passing);
    for (const event of kept) this.#pending.push({ ...event, seq: this.#nextSeq++ });
    this.#pending.push({ seq: this.#nextSeq++, time, content, passing });
  }

  #record(steps: readonly number[], values: Readonly<Record<string, readonly number[]>>): void {
    for (const [name, points] of Object.entries(values)) {
      if (points.length !== steps.length) {
        throw internal(`series ${name} has ${points.length} values at ${steps.length} steps`);
      }
      let tail = this.#tails.get(name);
      if (tail === undefined) {
        requireSeriesName(name);
        tail = new SeriesTail(name);
        this.#tails.set(name, tail);
      }
      for (let i = 0; i < points.length; i++) tail.add(steps[i]!, points[i]!);
      this.#waiting += points.length;
    }
  }

  #flushIfDue(): void {
    const idle = this.#clock.monotonic() - this.#lastFlush;
    if (idle >= HEARTBEAT_MS || (this.#waiting > 0 && idle >= FLUSH_MS)) this.#tryFlush();
  }

  #tryFlush(): void {
    try {
      this.#write(undefined, BRIEF_MS);
    } catch (error) {
      if (!(error instanceof NadirError)) throw error;
    }
  }

  #write(also?: () => void, patienceMs?: number): void {
    this.#lastFlush = this.#clock.monotonic();
    try {
      this.#connection.transaction(() => {
        const isThere = "SELECT count(*) FROM runs WHERE id = ?";
        if (this.#connection.number(isThere, this.id) === 0) throw deleted(this.id);
        for (const { seq, time, content } of this.#pending) {
          this.#connection.run(
            "INSERT OR REPLACE INTO events VALUES (?, ?, ?, ?)",
            this.id,
            seq,
            time,
            typeof content === "string" ? content : packJson(content),
          );
        }
        for (const tail of this.#tails.values()) tail.write(this.#connection, this.id);
        this.#connection.run(
          `UPDATE runs SET heartbeat = ?, seconds = ?, steps = coalesce(?, steps),
             loss = coalesce(?, loss) WHERE id = ?`,
          ...[this.#clock.now(), this.#seconds(), real(this.#step), real(this.#loss), this.id],
        );
        // A mere sign of life is no news.
        if (this.#waiting > 0 || also !== undefined) {
          const changed = raiseCounter(this.#connection);
          touch(this.#connection, this.id, changed);
        }
        also?.();
      }, patienceMs);
    } catch (error) {
      if (error instanceof NadirError) this.#failure = error;
      throw error;
    }
    for (const tail of this.#tails.values()) tail.settle();
    this.#pending = [];
    this.#waiting = 0;
    this.#failure = undefined;
  }

  #seconds(): number {
    return this.#secondsBefore + (this.#clock.monotonic() - this.#startedAt) / 1000;
  }

  #close(): void {
    this.#open = false;
    clearInterval(this.#timer);
    this.#ended();
  }

  #requireOpen(): void {
    if (this.#open) return;
    throw new NadirError("store/ended", `the record of run ${this.id} has ended`, {
      expected: "no event after the end",
      hint: "store.createRun or store.resumeRun",
    });
  }
}

const deleted = (id: string): NadirError =>
  new NadirError("store/deleted", `run ${id} was deleted from its store while it was recorded`, {
    expected: "a run that is deleted only after its writer has ended",
    hint: "record it anew: store.createRun",
  });

/** @throws NadirError `store/series-name` unless it can be a series' name */
export function requireSeriesName(name: string): void {
  // SQLite's text ends at a NUL, and a lone surrogate has no UTF-8.
  if (name !== "" && !/\0|\p{Surrogate}/u.test(name)) return;
  throw new NadirError("store/series-name", `a metric is named ${JSON.stringify(name)}`, {
    expected: "a name of at least one character, without NUL and lone surrogates",
  });
}
