import { type ChildProcess, spawn } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { NadirError } from "../base/errors.ts";
import type { Job, JobKind, Problem } from "./protocol.ts";
import type { StoreDoor } from "./storeDoor.ts";

type FlagType = "number" | "text" | "switch";

/** The flags of each command that a page may give; no other word of a client's reaches a command line. */
const flagsOf: Readonly<Record<JobKind, Readonly<Record<string, FlagType>>>> = {
  spectrum: {
    ...{ rows: "number", largest: "number", layer: "text", matrix: "text", seed: "number" },
    density: "switch",
  },
  landscape: {
    ...{ plane: "text", line: "switch", grid: "number", span: "number", rows: "number" },
    seed: "number",
  },
  diagnose: { rows: "number", seed: "number" },
};

const kinds = ["spectrum", "landscape", "diagnose"] as const satisfies readonly JobKind[];

/** Processes at a time: a measurement beside another measures neither. */
const AT_A_TIME = 1;
const MOST_WAITING = 20;
const MOST_KEPT = 100;
const LONGEST_RESULT = 64_000_000;

export interface JobsOptions {
  readonly door: StoreDoor;
  /** Program and first arguments that start nadir. */
  readonly nadir: readonly string[];
  readonly cwd: string;
  /** Hears of each job that is not as it was. */
  readonly changed: (job: Job) => void;
}

/** Measurements that pages ask for: nadir's own commands, each in a process that ends with the server. */
export class Jobs {
  readonly #options: JobsOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Map<string, ChildProcess>();
  #made = 0;

  constructor(options: JobsOptions) {
    this.#options = options;
  }

  /** All jobs of this start, newest first. */
  get list(): Job[] {
    return [...this.#jobs.values()].reverse();
  }

  /** @throws NadirError `studio/job` for a kind or a flag that is none, or when too many wait */
  async start(wanted: unknown, reference: string, given: unknown = {}): Promise<Job> {
    const { kind, flags } = checked(wanted, given);
    const waiting = this.list.filter(({ status }) => status === "waiting").length;
    if (waiting >= MOST_WAITING) {
      throw new NadirError("studio/job", `${waiting} measurements wait already`, {
        hint: "wait for one to end, or cancel one",
      });
    }
    const store = await this.#options.door.require();
    const { id: run } = store.run(reference);
    const job: Job = {
      ...{ id: String(++this.#made), kind, run, flags },
      ...{ status: "waiting", created: Date.now() },
    };
    this.#jobs.set(job.id, job);
    for (const id of [...this.#jobs.keys()].slice(0, -MOST_KEPT)) {
      if (!this.#running.has(id)) this.#jobs.delete(id);
    }
    this.#options.changed(job);
    this.#next();
    return this.#jobs.get(job.id) ?? job;
  }

  /** @throws NadirError `studio/unknown-job` */
  cancel(id: string): Job {
    const job = this.#jobs.get(id);
    if (job === undefined) throw new NadirError("studio/unknown-job", `there is no job ${id}`);
    if (job.status === "waiting" || job.status === "running") {
      this.#update(id, { status: "cancelled" });
      this.#running.get(id)?.kill("SIGTERM");
    }
    return this.#jobs.get(id) ?? job;
  }

  close(): void {
    for (const id of this.#jobs.keys()) this.cancel(id);
    for (const child of this.#running.values()) child.kill("SIGKILL");
  }

  #next(): void {
    if (this.#running.size >= AT_A_TIME) return;
    const job = [...this.#jobs.values()].find(({ status }) => status === "waiting");
    if (job === undefined) return;
    this.#run(job);
  }

  #run({ id, kind, run, flags }: Job): void {
    const { nadir, cwd, door } = this.#options;
    const [program = "", ...first] = nadir;
    const words = Object.entries(flags)
      .filter(([, value]) => value !== false)
      .map(([name, value]) => (value === true ? `--${name}` : `--${name}=${value}`));
    const started = performance.now();
    const child = spawn(program, [...first, kind, run, "--json", "--store", door.dir, ...words], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", CI: "1" },
    });
    this.#running.set(id, child);
    this.#update(id, { status: "running" });
    const pieces: Buffer[] = [];
    let size = 0;
    child.stdout.on("data", (piece: Buffer) => {
      size += piece.length;
      if (size <= LONGEST_RESULT) pieces.push(piece);
      else child.kill("SIGKILL");
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
        const text = Buffer.concat(pieces).toString("utf8");
        if (code !== 0) return { problem: failure(kind, code, text, this.#jobs.get(id)?.progress) };
        const name = [kind, ...words.map((word) => word.slice(2))].join(" ");
        const store = await door.write();
        const bytes = new TextEncoder().encode(text);
        const { sha256 } = store.artefacts.put(run, {
          ...{ kind, name, mediaType: "application/json", bytes },
        });
        return { artefact: sha256 };
      });
    });
  }

  /** Once for each process, whether it failed to start, ended or was cancelled. */
  #finish(
    id: string,
    started: number,
    outcome: () => Pick<Job, "problem" | "artefact"> | Promise<Pick<Job, "problem" | "artefact">>,
  ): void {
    if (!this.#running.delete(id)) return;
    const seconds = (performance.now() - started) / 1000;
    const settle = async (): Promise<void> => {
      if (this.#jobs.get(id)?.status === "cancelled") return;
      try {
        const found = await outcome();
        const status = found.problem === undefined ? "done" : "failed";
        this.#update(id, { ...found, status, seconds });
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

/** What a page asks for, checked: it comes from outside. */
function checked(wanted: unknown, given: unknown): Pick<Job, "kind" | "flags"> {
  const kind = kinds.find((known) => known === wanted);
  if (kind === undefined) {
    throw new NadirError("studio/job", `there is no measurement ${JSON.stringify(wanted)}`, {
      expected: `one of ${kinds.join(", ")}`,
    });
  }
  const known = flagsOf[kind];
  const flags: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(given ?? {})) {
    const type = Object.hasOwn(known, name) ? known[name] : undefined;
    if (type === "number" && typeof value === "number" && Number.isFinite(value)) {
      flags[name] = value;
    } else if (type === "switch" && typeof value === "boolean") {
      flags[name] = value;
    } else if (type === "text" && typeof value === "string" && /^[\w.*, -]{1,200}$/.test(value)) {
      flags[name] = value;
    } else {
      throw new NadirError(
        "studio/job",
        `${kind} has no flag ${name} of ${JSON.stringify(value)}`,
        {
          expected: Object.entries(known)
            .map(([flag, needed]) => `${flag} (${needed})`)
            .join(", "),
        },
      );
    }
  }
  return { kind, flags };
}

/** Why a command failed: what it said as JSON, or its last line. */
function failure(kind: JobKind, code: number | null, text: string, line?: string): Problem {
  try {
    const { code: word, message } = JSON.parse(text) as Partial<Problem>;
    if (typeof word === "string" && typeof message === "string") return { code: word, message };
  } catch {
    // It ended before it could say anything.
  }
  const end = code === null ? "was killed" : `ended with ${code}`;
  return { code: "studio/job", message: line ?? `nadir ${kind} ${end}` };
}
