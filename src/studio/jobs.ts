import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { NadirError } from "../base/errors.ts";
import {
  checkedJob,
  coarserPrefix,
  commands,
  failure,
  type JobCommand,
  labelOf,
  resultOf,
  wordsOf,
} from "./jobKinds.ts";
import type { Job } from "./protocol.ts";
import { ResultLines } from "./resultLines.ts";
import type { StoreDoor } from "./storeDoor.ts";

/** Processes at a time: a measurement beside another measures neither. */
const atATime: Readonly<Record<JobCommand["lane"], number>> = { measurement: 1, training: 2 };
const MOST_WAITING = 20;
const MOST_KEPT = 100;
const LONGEST_RESULT = 64_000_000;
/** Of what is kept in memory for pages, a job. */
const LONGEST_COARSER = 4_000_000;
/** How long a training may take to save when the server ends. */
const SAVING_MS = 10_000;

export interface JobsOptions {
  readonly door: StoreDoor;
  /** Program and first arguments that start nadir. */
  readonly nadir: readonly string[];
  readonly cwd: string;
  /** Hears of each job that is not as it was. */
  readonly changed: (job: Job) => void;
}

type Outcome = Pick<Job, "problem" | "artefact" | "result">;

/** What pages ask to be done: nadir's own commands about known runs, each in a process that ends with the server. */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Map<string, ChildProcess>();
  readonly #stopping = new Set<string>();
  /** What jobs that go on, or were given up, had found so far. */
  readonly #coarser = new Map<string, string>();
  #made = 0;
  #closed = false;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** All jobs of this start, newest first. */
  get list(): Job[] {
    return [...this.#jobs.values()].reverse();
  }

  /**
   * @param reference - the run's id: its own record says which file is started
   * @throws NadirError `studio/job` for a kind or a flag that is none, or when too many wait; `studio/busy`, and why a
   *   run is refused
   */
  async start(wanted: unknown, reference: string, given: unknown = {}): Promise<Job> {
    const { kind, flags } = checkedJob(wanted, given);
    const waiting = this.list.filter(({ status }) => status === "waiting").length;
    if (waiting >= MOST_WAITING) {
      throw new NadirError("studio/job", `${waiting} measurements wait already`, {
        hint: "wait for one to end, or cancel one",
      });
    }
    const store = await this.#options.door.require();
    const found = store.run(reference);
    const { id: run, status } = found;
    if (commands[kind].lane === "training") {
      if (status === "running") {
        throw new NadirError("store/running", `run ${run} is still running`, {
          hint: "stop it first",
        });
      }
      const same = this.list.find((job) => job.run === run && job.kind === kind && isOpen(job));
      if (same !== undefined)
        throw new NadirError("studio/busy", `${kind} of ${run} goes on already`);
    }
    const refused = commands[kind].refuse?.(found);
    if (refused !== undefined) throw refused;
    const job: Job = {
      ...{ id: String(++this.#made), kind, run, flags },
      ...{ status: "waiting", created: Date.now() },
    };
    this.#jobs.set(job.id, job);
    for (const id of [...this.#jobs.keys()].slice(0, -MOST_KEPT)) {
      if (this.#running.has(id)) continue;
      this.#jobs.delete(id);
      this.#coarser.delete(id);
    }
    this.#options.changed(job);
    this.#next();
    return this.#jobs.get(job.id) ?? job;
  }

  /**
   * Gives up a measurement; asks a training to save and to stop, once, as Ctrl-C does.
   *
   * @throws NadirError `studio/unknown-job`
   */
  cancel(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new NadirError("studio/unknown-job", `there is no job ${id}`);
    const training = commands[job.kind].lane === "training";
    if (job.status === "running" && training) {
      // A second signal would make it leave without saving.
      if (!this.#stopping.has(id)) this.#running.get(id)?.kill("SIGINT");
      this.#stopping.add(id);
    } else if (isOpen(job)) {
      this.#update(id, { status: "cancelled" });
      this.#running.get(id)?.kill("SIGTERM");
    }
    return this.#jobs.get(id) ?? job;
  }

  /**
   * The newest of the coarser results of a job, as the command wrote it; `null` where none came, or the whole has come meanwhile.
   *
   * @throws NadirError `studio/unknown-job`
   */
  coarser(id: string): string {
    if (!this.#jobs.has(id)) throw new NadirError("studio/unknown-job", `there is no job ${id}`);
    return this.#coarser.get(id) ?? "null";
  }

  /** Whether a run is being computed by a job of this server's; if so, that job is asked to stop. */
  stopRun(run: string): boolean {
    const job = this.list.find(
      (one) => one.status === "running" && one.kind === "resume" && one.run === run,
    );
    if (job === undefined) return false;
    this.cancel(job.id);
    return true;
  }

  /** Ends all: measurements at once, trainings when they have saved, or after ten seconds. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const id of this.#jobs.keys()) this.cancel(id);
    const children = [...this.#running].map(([id, child]) => {
      if (!this.#stopping.has(id)) child.kill("SIGKILL");
      const timer = setTimeout(() => child.kill("SIGKILL"), SAVING_MS);
      return once(child, "close").finally(() => clearTimeout(timer));
    });
    await Promise.allSettled(children);
  }

  #next(): void {
    for (const [lane, most] of Object.entries(atATime)) {
      const ofLane = this.list.filter(({ kind }) => commands[kind].lane === lane);
      const running = ofLane.filter(({ id }) => this.#running.has(id)).length;
      const job = ofLane.findLast(({ status }) => status === "waiting");
      if (job !== undefined && running < most && !this.#closed) this.#run(job);
    }
  }

  #run(job: Job): void {
    const { nadir, cwd, door } = this.#options;
    const { id, kind, run } = job;
    const [program = "", ...first] = nadir;
    const words = wordsOf(job);
    const training = commands[kind].lane === "training";
    const started = performance.now();
    const child = spawn(program, [...first, ...words, "--json", "--store", door.dir], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", CI: "1" },
      // A training hears of Ctrl-C in the server's terminal from the server alone: heard twice, it would not save.
      detached: training,
    });
    this.#running.set(id, child);
    this.#update(id, { status: "running" });
    const lines = new ResultLines();
    let size = 0;
    child.stdout.on("data", (piece: Buffer) => {
      size += piece.length;
      if (size > LONGEST_RESULT) child.kill("SIGKILL");
      else this.#hear(job, lines.add(piece));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const line = stripVTControlCharacters(text)
        .trim()
        .split(/[\r\n]+/)
        .at(-1);
      if (line !== undefined && line !== "") this.#update(id, { progress: line.slice(0, 300) });
    });
    child.on("error", (error) => {
      this.#finish(id, started, () => ({
        problem: { code: "studio/job", message: error.message },
      }));
    });
    child.on("close", (code) => {
      this.#finish(id, started, async () => {
        const text = lines.result;
        const line = this.#jobs.get(id)?.progress;
        if (training) return resultOf(kind, code, text, line);
        if (code !== 0) return { problem: failure(kind, code, text, line) };
        const store = await door.write();
        const bytes = new TextEncoder().encode(text);
        const { sha256 } = store.artefacts.put(run, {
          ...labelOf(job, text),
          ...{ mediaType: "application/json", bytes },
        });
        return { artefact: sha256 };
      });
    });
  }

  /** A result that may be a coarser one: pages ask for it while the next is computed. */
  #hear({ id, kind, flags }: Job, line: string | undefined): void {
    const prefix = coarserPrefix(kind, flags);
    if (line === undefined || prefix === undefined || !line.startsWith(prefix)) return;
    if (line.length > LONGEST_COARSER || this.#jobs.get(id)?.status !== "running") return;
    this.#coarser.set(id, line);
    this.#update(id, { coarser: (this.#jobs.get(id)?.coarser ?? 0) + 1 });
  }

  /** Once for each process, whether it failed to start, ended or was cancelled. */
  #finish(id: string, started: number, outcome: () => Outcome | Promise<Outcome>): void {
    if (!this.#running.delete(id)) return;
    const seconds = (performance.now() - started) / 1000;
    const stopped = this.#stopping.delete(id);
    const settle = async (): Promise<void> => {
      if (this.#jobs.get(id)?.status === "cancelled") return;
      try {
        const found = await outcome();
        const status = found.problem === undefined ? "done" : "failed";
        this.#update(id, { ...found, status: stopped ? "cancelled" : status, seconds });
        this.#coarser.delete(id);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const code = error instanceof NadirError ? error.code : "studio/job";
        this.#update(id, { status: "failed", seconds, problem: { code, message } });
      }
    };
    void settle().then(() => this.#next());
  }

  #update(id: string, news: Partial<Job>): void {
    const job = this.#jobs.get(id);
    if (job === undefined) return;
    const next = { ...job, ...news };
    this.#jobs.set(id, next);
    this.#options.changed(next);
  }
}

const isOpen = ({ status }: Job): boolean => status === "waiting" || status === "running";
