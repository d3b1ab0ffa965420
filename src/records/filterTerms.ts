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

/** What a run has under a name: one of its figures, a metric, or a setting by its path or its last part. */
export function textsOf(run: RunFacts, key: string): Setting[] {
  const low = key.toLowerCase();
  const text = Object.hasOwn(texts, low) ? texts[low] : undefined;
  const found: (Setting | undefined)[] = [...(text?.(run) ?? []), ...numbersOf(run, key)];
  for (const [path, value] of Object.entries(run.settings)) {
    if (isNamed(path, low) && typeof value !== "number") found.push(value);
  }
  return found.filter((value) => value !== undefined);
}

/** Those of them that are numbers. */
export function numbersOf(run: RunFacts, key: string): number[] {
  const low = key.toLowerCase();
  const { loss, gradientNorm, steps, seconds, seed } = run;
  const figures = { loss, gradientNorm, steps, seconds, seed };
  return [figures, run.metrics, run.settings].flatMap((values) =>
    Object.entries(values).flatMap(([name, value]) =>
      typeof value === "number" && isNamed(name, low) ? [value] : [],
    ),
  );
}

const isNamed = (path: string, low: string): boolean => {
  const name = path.toLowerCase();
  return name === low || name.endsWith(`.${low}`);
};
