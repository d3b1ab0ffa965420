import { cpus, loadavg, release, totalmem, type } from "node:os";
import type { BenchCase, Suite } from "./case.ts";
import { caseFolder } from "./files.ts";
import type { BenchReport, BenchRequest, MachineFacts, Measurement, Row } from "./measurement.ts";
import { isSolved } from "./mgh.ts";
import type { Session } from "./session.ts";
import type { System } from "./systems.ts";

export interface SuiteOptions {
  /** In the order of their rows. The one named `nadir` is what the ratios refer to. */
  readonly systems: readonly System[];
  /** About how long to measure each variant of each case, in milliseconds. Default 1000. */
  readonly budgetMs?: number;
  /** Hears what is being timed now. */
  readonly onProgress?: (benchCase: BenchCase, system: System) => void;
  /** Hears each case's rows as soon as all its systems are through. */
  readonly onRows?: (benchCase: BenchCase, rows: readonly Row[]) => void;
}

/** The system that the others' times are divided by. */
export const reference = "nadir";

/** Times every system on every case of a suite, one at a time, each in its own process. */
export async function runSuite(suite: Suite, options: SuiteOptions): Promise<BenchReport> {
  const begin = performance.now();
  const machine = machineFacts();
  const sessions = new Map<string, Session | string>();
  const sessionOf = async (system: System, threads: number): Promise<Session | string> => {
    const key = `${system.name} ${threads}`;
    const session = sessions.get(key) ?? (await system.start(threads));
    sessions.set(key, session);
    return session;
  };
  const rows: Row[] = [];
  const folder = await caseFolder();
  try {
    for (const benchCase of suite.cases) {
      const found: Found[] = [];
      const files = await folder.write(benchCase);
      for (const system of options.systems) {
        if (!system.kinds.includes(benchCase.kind)) continue;
        options.onProgress?.(benchCase, system);
        if (typeof files === "string") {
          found.push({ system, threads: null, missing: files });
          continue;
        }
        const request = { case: benchCase, files, budgetMs: options.budgetMs ?? 1000 };
        found.push(...(await measure(system, request, sessionOf)));
      }
      const caseRows = toRows(benchCase, found, rows);
      rows.push(...caseRows);
      options.onRows?.(benchCase, caseRows);
    }
  } finally {
    for (const session of sessions.values()) {
      if (typeof session !== "string") await session[Symbol.asyncDispose]();
    }
    await folder[Symbol.asyncDispose]();
  }
  const systems = options.systems.map(({ name, license, threads }) => {
    const session = threads
      .map((count) => sessions.get(`${name} ${count}`))
      .find((candidate) => candidate !== undefined && typeof candidate !== "string");
    return { name, license, versions: typeof session === "object" ? session.versions : [] };
  });
  const seconds = (performance.now() - begin) / 1000;
  return { schema: "nadir.bench/1", suite: suite.name, machine, systems, rows, seconds };
}

type Found =
  | { readonly system: System; readonly threads: number; readonly measurement: Measurement }
  | { readonly system: System; readonly threads: null; readonly missing: string };

/** A system's best over thread counts: of all its variants, or of each. */
async function measure(
  system: System,
  request: BenchRequest,
  sessionOf: (system: System, threads: number) => Promise<Session | string>,
): Promise<readonly Found[]> {
  const best = new Map<string, Extract<Found, { measurement: unknown }>>();
  let missing = "gave no measurement";
  for (const threads of system.threads) {
    const session = await sessionOf(system, threads);
    const answer = typeof session === "string" ? { missing: session } : await session.ask(request);
    if ("missing" in answer) {
      missing = answer.missing;
      continue;
    }
    for (const measurement of answer.measurements) {
      const key = system.rows === "each" ? measurement.variant : "";
      const known = best.get(key);
      if (known === undefined || measurement.medianMs < known.measurement.medianMs) {
        best.set(key, { system, threads, measurement });
      }
    }
  }
  return best.size > 0 ? [...best.values()] : [{ system, threads: null, missing }];
}

function toRows(
  benchCase: BenchCase,
  found: readonly Found[],
  earlier: readonly Row[],
): readonly Row[] {
  const measured = found.flatMap((entry) => ("measurement" in entry ? [entry] : []));
  const own = measured.find(({ system }) => system.name === reference)?.measurement.medianMs;
  const checked = measured.find(({ measurement }) => measurement.checks !== undefined);
  return found.map((entry): Row => {
    const { system, threads } = entry;
    const each = "measurement" in entry && system.rows === "each" && entry.measurement.variant;
    const name = each ? `${system.name} ${each}` : system.name;
    const empty = { case: benchCase.id, system: name, threads };
    if ("missing" in entry) {
      return { ...empty, medianMs: null, spread: null, ratio: null, missing: entry.missing };
    }
    const { variant, medianMs, spread, checks, ends, accuracy, evaluations } = entry.measurement;
    const gradient = earlier.find(
      ({ case: id, system: s }) => id === "gradient" && s === system.name,
    );
    const notes = [
      entry.measurement.note,
      checks && checked && disagreement(checked.measurement.checks ?? [], checks, checked.system),
    ].filter((note) => note !== undefined);
    return {
      ...empty,
      medianMs,
      spread,
      ratio: own === undefined ? null : medianMs / own,
      ...(each || variant === "" ? {} : { variant }),
      ...(benchCase.kind === "curvature" && benchCase.what !== "gradient" && gradient?.medianMs
        ? { timesGradient: medianMs / gradient.medianMs }
        : {}),
      ...(accuracy === undefined ? {} : { accuracy }),
      ...(ends === undefined ? {} : { solved: countSolved(ends) }),
      ...(evaluations === undefined ? {} : { evaluations }),
      ...(notes.length === 0 ? {} : { note: notes.join("; ") }),
    };
  });
}

function countSolved(ends: Readonly<Record<string, number>>): readonly [number, number] {
  const entries = Object.entries(ends);
  return [entries.filter(([key, value]) => isSolved(key, value)).length, entries.length];
}

/** Says so if a system's check numbers differ from another's by more than float32 explains: they did different work. */
function disagreement(
  expected: readonly number[],
  got: readonly number[],
  system: System,
): string | undefined {
  const differs = expected.some((value, i) => {
    const other = got[i] ?? Number.NaN;
    return !(Math.abs(other - value) <= 2e-3 * Math.max(1, Math.abs(value)));
  });
  if (!differs) return undefined;
  const show = (values: readonly number[]) => values.map((v) => v.toPrecision(5)).join(", ");
  return `other work than ${system.name}: ${show(got)} against ${show(expected)}`;
}

function machineFacts(): MachineFacts {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${type()} ${release()} ${process.arch}`,
    node: process.version,
    load: loadavg()[0] ?? 0,
    date: new Date().toISOString(),
  };
}
