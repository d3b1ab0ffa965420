import { nearest } from "../base/require.ts";
import { glob } from "./glob.ts";
import type { RunFacts, Setting } from "./runFacts.ts";

/** Whether a run has what a word asks for. */
export type Match = (run: RunFacts) => boolean;

/** Words for verdicts beside their kinds, as the terminal and the studio show them. */
const shortVerdicts: Readonly<Record<string, readonly string[]>> = {
  minimum: ["local-minimum", "global-minimum"],
  global: ["global-minimum"],
  "not-yet": ["not-stationary"],
};
const verdicts = [
  ...["global-minimum", "local-minimum", "degenerate", "saddle", "stationary", "plateau"],
  ...["noise-floor", "not-stationary", "unbounded", "infeasible", "diverged"],
];
const states = ["running", "ended", "interrupted", "crashed"];

/** Whether a word by itself is one for a verdict or a state, not a part of a name. */
export const isEnding = (word: string): boolean =>
  Object.hasOwn(shortVerdicts, word) ||
  [...verdicts, ...states, "archived"].includes(word.toLowerCase());

/** A word by itself: how a run ended, where it stands, or a part of its name, id, method or a tag. */
export function endings(word: string): Match {
  const low = word.toLowerCase();
  const kinds = Object.hasOwn(shortVerdicts, low) ? shortVerdicts[low] : undefined;
  if (kinds !== undefined) return (run) => kinds.includes(run.verdict ?? "");
  if (verdicts.includes(low)) return (run) => run.verdict === low;
  if (states.includes(low)) return (run) => run.status === low;
  if (low === "archived") return (run) => run.archived;
  const part = low.includes("*") ? glob(low) : (text: string) => text.toLowerCase().includes(low);
  return (run) => [run.name, run.id, run.method, ...run.tags].some(part);
}

const texts: Readonly<Record<string, (run: RunFacts) => readonly (string | undefined)[]>> = {
  name: (run) => [run.name],
  id: (run) => [run.id],
  tag: (run) => run.tags,
  file: (run) => [run.file, run.file?.split(/[\\/]/).at(-1)],
  method: (run) => [run.method],
  sweep: (run) => [run.sweep],
  parent: (run) => [run.parent],
  status: (run) => [run.status],
  verdict: (run) => [run.verdict],
};
const times = ["since", "before"];

/** `key:value`: a text of the run, or a time. A message if it is neither. */
export function keyed(key: string, value: string, now: number): Match | string {
  const word = key.toLowerCase();
  if (times.includes(word)) {
    const time = timeOf(value, now);
    if (time === undefined) return `"${value}" is no time: 30m, 12h, 2d, 1w or 2026-11-27`;
    return word === "since" ? (run) => run.created >= time : (run) => run.created < time;
  }
  const read = Object.hasOwn(texts, word) ? texts[word] : undefined;
  if (read === undefined) {
    const near = nearest(word, [...Object.keys(texts), ...times]);
    return `"${key}:" is not known${near === undefined ? "" : `; did you mean ${near}:?`}`;
  }
  if (word === "verdict" && Object.hasOwn(shortVerdicts, value.toLowerCase()))
    return endings(value);
  const like = glob(value);
  return (run) => read(run).some((text) => text !== undefined && like(text));
}

const units: Readonly<Record<string, number>> = {
  m: 60e3,
  h: 3600e3,
  d: 86_400e3,
  w: 604_800e3,
};

/** How long ago (`2d`), or a day or moment (`2026-11-27`, `2026-11-27T14:00Z`), in milliseconds since 1970. */
function timeOf(value: string, now: number): number | undefined {
  const [, amount, unit = ""] = /^(\d+\.?\d*)(m|h|d|w)$/.exec(value) ?? [];
  const length = units[unit];
  if (amount !== undefined && length !== undefined) return now - Number(amount) * length;
  if (!/^\d{4}-\d\d-\d\d/.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

const figures = ["loss", "gradientNorm", "steps", "seconds", "seed"] as const;

/**
 * Whether a run has, under a name, a number for which something holds: one of its figures, a metric, or a setting by
 * its path or its last part. The name is read once, so that ten thousand runs are asked within a few milliseconds.
 */
export function someNumber(key: string, holds: (value: number) => boolean): Match {
  const isNamed = namedBy(key);
  const own = figures.filter(isNamed);
  const among = (values: Readonly<Record<string, Setting>>): boolean => {
    for (const name in values) {
      const value = values[name];
      if (typeof value === "number" && isNamed(name) && holds(value)) return true;
    }
    return false;
  };
  return (run) =>
    own.some((name) => run[name] !== undefined && holds(run[name])) ||
    among(run.metrics) ||
    among(run.settings);
}

/** The same of texts and switches, and of what a run is told apart by: its name, file, method, tags … */
export function someText(key: string, holds: (value: string | boolean | null) => boolean): Match {
  const isNamed = namedBy(key);
  const low = key.toLowerCase();
  const read = Object.hasOwn(texts, low) ? texts[low] : undefined;
  return (run) => {
    if (read?.(run).some((text) => text !== undefined && holds(text)) === true) return true;
    for (const name in run.settings) {
      const value = run.settings[name];
      if (value !== undefined && typeof value !== "number" && isNamed(name) && holds(value)) {
        return true;
      }
    }
    return false;
  };
}

/** Whether a name is the one that is meant, or a path that ends with it; runs have the same names again and again. */
function namedBy(key: string): (name: string) => boolean {
  const low = key.toLowerCase();
  const known = new Map<string, boolean>();
  return (path) => {
    let named = known.get(path);
    if (named === undefined) {
      const name = path.toLowerCase();
      named = name === low || name.endsWith(`.${low}`);
      known.set(path, named);
    }
    return named;
  };
}
