import type { RunSummary } from "../runs/run.ts";
import type { RunRow, Setting } from "./protocol.ts";

/** The loss of a run at a glance. */
export interface LossOverview {
  readonly spark: string;
  readonly best: number | undefined;
}

/** Settings of a row at most, and the longest text among them: a row is for a list. */
const MOST_SETTINGS = 60;
const LONGEST_TEXT = 200;
/** What of a record's config is no setting: it repeats the others, or is told elsewhere. */
const noSettings = new Set(["settings", "words", "flags", "task", "method", "kind", "steps"]);

/** A run of the store as a row of the list. */
export function rowOf(run: RunSummary, overview: LossOverview | undefined): RunRow {
  const { id, name, created, status, gradientNorm, loss, steps, seconds, seed, parent } = run;
  const { verdictKind: verdict, file } = run;
  const metrics = run.metrics ?? {};
  return {
    ...{ id, name, created, status, verdict, gradientNorm, loss, steps, seconds, seed, parent },
    ...{ file, metrics, tags: [], rewound: 0, archived: false },
    best: overview?.best,
    sharpness: metrics["sharpness"],
    method: methodOf(run.config),
    settings: settingsOf(run.config),
    spark: overview?.spark ?? "",
  };
}

/** The method's name, where the settings tell it. */
function methodOf(config: RunSummary["config"]): string {
  const method = config["method"];
  if (typeof method === "string") return method;
  const named = typeof method === "object" && method !== null && "name" in method;
  return named && typeof method.name === "string" ? method.name : "";
}

/** All settings by their paths, the user's own first. */
function settingsOf(config: RunSummary["config"]): Record<string, Setting> {
  const found: Record<string, Setting> = Object.create(null);
  let count = 0;
  const add = (path: string, value: unknown, depth: number): void => {
    if (count >= MOST_SETTINGS || path in found) return;
    if (value === null || typeof value === "number" || typeof value === "boolean") {
      found[path] = value;
      count++;
    } else if (typeof value === "string") {
      found[path] = value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
      count++;
    } else if (Array.isArray(value)) {
      if (value.every((item) => typeof item !== "object")) add(path, value.join(", "), depth);
    } else if (typeof value === "object" && depth < 4) {
      for (const [key, item] of Object.entries(value)) add(`${path}.${key}`, item, depth + 1);
    }
  };
  const own = config["settings"];
  if (typeof own === "object" && own !== null) {
    for (const [key, value] of Object.entries(own)) add(key, value, 0);
  }
  for (const [key, value] of Object.entries(config)) {
    if (!noSettings.has(key)) add(key, value, 0);
  }
  return found;
}
