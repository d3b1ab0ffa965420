import type { VerdictKind } from "../diagnosis/verdict.ts";
import type { RunStatus, RunSummary } from "../runs/run.ts";

export type Setting = string | number | boolean | null;

/** What of a run is filtered and compared by: plain data, which a row of the studio's list is too. */
export interface RunFacts {
  readonly id: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly status: RunStatus;
  /** Undefined while it runs, or where it ended without. */
  readonly verdict?: VerdictKind | undefined;
  readonly loss?: number | undefined;
  readonly gradientNorm?: number | undefined;
  readonly steps?: number | undefined;
  readonly seconds?: number | undefined;
  readonly seed?: number | undefined;
  readonly metrics: Readonly<Record<string, number>>;
  readonly method: string;
  /** Settings by their dotted paths: `learningRate`, `schedule.warmup`. */
  readonly settings: Readonly<Record<string, Setting>>;
  readonly tags: readonly string[];
  readonly archived: boolean;
  readonly file?: string | undefined;
  readonly sweep?: string | undefined;
  readonly parent?: string | undefined;
  /** The git commit of the working directory. */
  readonly revision?: string | undefined;
}

/** A run of the store as facts. */
export function factsOf(run: RunSummary): RunFacts {
  const { id, name, created, status, verdictKind, loss, gradientNorm, steps, seconds } = run;
  const { seed, metrics = {}, config, tags, archived, file, sweep, parent, revision } = run;
  return {
    ...{ id, name, created, status, verdict: verdictKind, loss, gradientNorm, steps, seconds },
    ...{ seed, metrics, tags, file, sweep, parent, revision },
    method: methodOf(config),
    settings: settingsOf(config),
    archived: archived !== undefined,
  };
}

/** What of a record's config is no setting: it repeats the others, or is told elsewhere. */
const noSettings = new Set([
  ...["settings", "words", "flags", "task", "method", "kind", "steps", "trial", "parameters"],
]);

function methodOf(config: RunSummary["config"]): string {
  const method = config["method"];
  if (typeof method === "string") return method;
  const named = typeof method === "object" && method !== null && "name" in method;
  return named && typeof method.name === "string" ? method.name : "";
}

/** All settings by their dotted paths: the user's own, those given as flags, and what they came to. */
function settingsOf(config: RunSummary["config"]): Record<string, Setting> {
  const found = new Map<string, Setting>();
  const add = (path: string, value: unknown, depth: number): void => {
    if (found.has(path)) return;
    if (value === null || ["number", "boolean", "string"].includes(typeof value)) {
      found.set(path, value as Setting); // one of the four, by the line above
    } else if (Array.isArray(value)) {
      if (value.every((item) => typeof item !== "object")) add(path, value.join(", "), depth);
    } else if (typeof value === "object" && value !== null && depth < 8) {
      for (const [key, item] of Object.entries(value)) add(`${path}.${key}`, item, depth + 1);
    }
  };
  for (const own of [config["settings"], config["flags"]]) {
    for (const [key, value] of Object.entries(typeof own === "object" && own !== null ? own : {})) {
      add(key, value, 0);
    }
  }
  for (const [key, value] of Object.entries(config)) {
    if (!noSettings.has(key)) add(key, value, 0);
  }
  return Object.fromEntries(found);
}
