import { type ReadonlySignal, signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import type { StoredEvent } from "../../../src/runs/run.ts";
import type { Problem, RunReply } from "../../../src/studio/protocol.ts";
import { appended, BUCKETS, type HeldSeries, held } from "../curves/series.ts";
import { api } from "../data/api.ts";
import { follow, runs } from "../data/live.ts";
import { problemOf } from "../parts/problemBox.tsx";
import { Pace } from "./pace.ts";

/** What a page knows of a run. */
export interface RunState {
  readonly reply: RunReply;
  readonly series: ReadonlyMap<string, HeldSeries>;
  readonly events: readonly StoredEvent[];
  /** What could not be read, by what it is: "the series loss", "the log". The rest of the page works. */
  readonly damaged: ReadonlyMap<string, Problem>;
}

export type Loading =
  | { readonly kind: "reading" }
  | { readonly kind: "failed"; readonly problem: Problem }
  | { readonly kind: "ready"; readonly state: RunState };

/** Milliseconds between two readings of a run that goes on: what is new of its curves comes at once. */
const REREAD_MS = 1500;

/** Reads a run and follows it, until `close`. */
export class RunReader {
  readonly id: string;
  readonly #loading = signal<Loading>({ kind: "reading" });
  readonly #abort = new AbortController();
  #unfollow: (() => void) | undefined;
  #unwatch: (() => void) | undefined;
  readonly #refetched = new Set<string>();
  #reading = false;
  #again = false;
  #next: RunState | undefined;
  readonly #pace = new Pace(() => this.#draw());
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get loading(): ReadonlySignal<Loading> {
    return this.#loading;
  }

  /** Begins. What stands in the store is read, then what is new is listened to. */
  open(): void {
    void this.reread();
    let seen = runs.peek().get(this.id);
    this.#unwatch = runs.subscribe((all) => {
      const row = all.get(this.id);
      if (row === seen || row === undefined) return;
      const soon = row.status !== "running" || row.status !== seen?.status;
      seen = row;
      if (soon) clearTimeout(this.#timer);
      else if (this.#timer !== undefined) return;
      this.#timer = setTimeout(() => void this.reread(), soon ? 0 : REREAD_MS);
    });
  }

  close(): void {
    this.#abort.abort();
    this.#unwatch?.();
    this.#unfollow?.();
    clearTimeout(this.#timer);
    this.#pace.close();
  }

  /** Reads the run again, and those of its series that are new. */
  async reread(): Promise<void> {
    this.#timer = undefined;
    if (this.#reading) {
      this.#again = true;
      return;
    }
    this.#reading = true;
    try {
      const reply = await api.run(this.id, this.#abort.signal);
      const before = this.#state;
      const names = reply.series.map(({ name }) => name);
      const fresh = names.filter((name) => !before?.series.has(name));
      const [events, read] = await Promise.all([
        before === undefined ? this.#readEvents() : { events: before.events },
        this.#readSeries(fresh),
      ]);
      const now = this.#state;
      const known = [...(now?.series ?? [])].filter(([name]) => names.includes(name));
      const damaged = new Map([...(before?.damaged ?? []), ...read.damaged]);
      if ("problem" in events) damaged.set("the log", events.problem);
      this.#show({
        ...{ reply, damaged, series: new Map([...known, ...read.series]) },
        events: now?.events ?? events.events,
      });
      this.#follow();
    } catch (error) {
      if (!this.#abort.signal.aborted && this.#state === undefined) {
        this.#loading.value = { kind: "failed", problem: problemOf(error) };
      }
    } finally {
      this.#reading = false;
      if (this.#again) {
        this.#again = false;
        void this.reread();
      }
    }
  }

  get #state(): RunState | undefined {
    const loading = this.#loading.peek();
    return this.#next ?? (loading.kind === "ready" ? loading.state : undefined);
  }

  #show(state: RunState): void {
    this.#next = state;
    if (this.#loading.peek().kind === "ready") this.#pace.ask();
    else this.#pace.now();
  }

  #draw(): void {
    if (this.#next === undefined || this.#abort.signal.aborted) return;
    this.#loading.value = { kind: "ready", state: this.#next };
    this.#next = undefined;
  }

  async #readEvents(): Promise<{ events: readonly StoredEvent[]; problem?: Problem }> {
    try {
      return await api.events(this.id);
    } catch (error) {
      return { events: [], problem: problemOf(error) };
    }
  }

  async #readSeries(
    names: readonly string[],
  ): Promise<{ series: [string, HeldSeries][]; damaged: [string, Problem][] }> {
    const series: [string, HeldSeries][] = [];
    const damaged: [string, Problem][] = [];
    const options = { buckets: BUCKETS, signal: this.#abort.signal };
    await Promise.all(
      names.map(async (name) => {
        try {
          series.push([name, held(await api.series(this.id, name, options))]);
        } catch (error) {
          if (!this.#abort.signal.aborted) damaged.push([`the series ${name}`, problemOf(error)]);
        }
      }),
    );
    return { series: series.sort(([a], [b]) => (a < b ? -1 : 1)), damaged };
  }

  #follow(): void {
    this.#unfollow?.();
    const counts = () => [...(this.#state?.series ?? [])].map(([name, { count }]) => [name, count]);
    this.#unfollow = follow({
      run: this.id,
      series: () => Object.fromEntries(counts()),
      events: () => this.#state?.events.at(-1)?.seq ?? -1,
      onPoints: ({ name, from }, step, value) => this.#hear(name, from, step, value),
      onEvents: (events) => {
        const state = this.#state;
        if (state === undefined) return;
        const first = events[0]?.seq ?? 0;
        const kept = state.events.filter(({ seq }) => seq < first);
        this.#show({ ...state, events: [...kept, ...events] });
      },
    });
  }

  #hear(name: string, from: number, step: Float64Array, value: Float64Array): void {
    const state = this.#state;
    const series = state?.series.get(name);
    if (state === undefined || series === undefined) return;
    const longer = appended(series, from, step, value);
    if (longer === undefined) void this.#refetch(name);
    else this.#show({ ...state, series: new Map(state.series).set(name, longer) });
  }

  async #refetch(name: string): Promise<void> {
    if (this.#refetched.has(name)) return;
    this.#refetched.add(name);
    const { series } = await this.#readSeries([name]);
    this.#refetched.delete(name);
    const state = this.#state;
    if (state === undefined) return;
    this.#show({ ...state, series: new Map([...state.series, ...series]) });
    this.#follow();
  }
}

/** A run, read while the component that asks for it is shown. */
export function useRun(id: string): RunReader {
  const reader = useMemo(() => new RunReader(id), [id]);
  useEffect(() => {
    reader.open();
    return () => reader.close();
  }, [reader]);
  return reader;
}
