import { type PackedOverview, packOverviews, unpackOverviews } from "../records/overview.ts";
import type { RunSummary } from "../runs/run.ts";
import type { RunRow, Setting } from "./protocol.ts";
import { sparkline } from "./spark.ts";

/** Settings of a row at most, and the longest text among them: a row is for a list. */
const MOST_SETTINGS = 60;
const LONGEST_TEXT = 200;
/** What of a record's config is no setting: it repeats the others, or is told elsewhere. */
const noSettings = new Set(["settings", "words", "flags", "task", "method", "kind", "steps"]);

/** A run of the store as a row of the list. */
export function rowOf(run: RunSummary, overview: PackedOverview | undefined): RunRow {
  const { id, name, created, status, gradientNorm, loss, steps, seconds, seed, parent } = run;
  const { verdictKind: verdict, file, tags, archived, sweep, rewound } = run;
  const metrics = run.metrics ?? {};
  const glance = overview && unpackOverviews(packOverviews([overview])).get(id);
  return {
    ...{ id, name, created, status, verdict, gradientNorm, loss, steps, seconds, seed, parent },
    ...{ file, tags, sweep, metrics, rewound, archived: archived !== undefined },
    best: glance === undefined ? undefined : lowest(glance.low),
    sharpness: metrics["sharpness"],
    method: methodOf(run.config),
    settings: settingsOf(run.config),
    spark: glance === undefined ? "" : sparkline(glance.low, glance.high),
  };
}

function lowest(values: Float64Array): number | undefined {
  let least = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < least) least = value;
  return least === Number.POSITIVE_INFINITY ? undefined : least;
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
