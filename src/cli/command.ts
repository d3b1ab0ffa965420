import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import { requireTag } from "../runs/tags.ts";
import type { ExitCode } from "./exitCodes.ts";
import type { Output } from "./output.ts";

/** What a command is given: its words and flags as written, and the world it may touch. */
export interface Invocation {
  /** The words after the command's name, flags aside. */
  readonly words: readonly string[];
  /** Flags by their camel-case names; `true` for those without a value. */
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly output: Output;
  /** Folder of the run store. */
  readonly store: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Does the command's work. Throws NadirError for misuse. */
export type Command = (invocation: Invocation) => Promise<ExitCode>;

/** One row of the command table: help, parsing and completion are made from it. */
export interface CommandEntry {
  readonly name: string;
  /** Each word it takes, `<needed>` or `[optional]` or `[many...]`, and what it means. */
  readonly words: readonly (readonly [word: string, meaning: string])[];
  readonly summary: string;
  /** Flags beyond the common ones: `--cost <n>`, and what each means. */
  readonly flags?: readonly (readonly [flag: string, meaning: string])[];
  /** What a flag or a word may be, by its name, for completion: where that is one of a few words. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Keys that it knows, for completion; those of a file are found in it. */
  readonly keys?: readonly string[];
  /** Loads the command when it is asked for, so that `--help` loads none. */
  readonly load: () => Promise<Command>;
}

/** Flags that every command has, and what each means. */
export const commonFlags: NonNullable<CommandEntry["flags"]> = [
  ["--json", "print one JSON object on stdout"],
  ["--quiet", "say nothing on the way"],
  ["--store <dir>", "folder of the run store (default: .nadir)"],
  ["--debug", "show the stack of an error"],
  ["--help", "print this help"],
];

/**
 * A flag's value as a whole number of at least 1.
 *
 * @throws NadirError `cli/flag`
 */
export function countFlag(flags: Invocation["flags"], name: string): number | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  if (typeof value === "string" && /^[1-9]\d*$/.test(value)) return Number(value);
  throw new NadirError("cli/flag", `--${name} is "${value}"`, {
    expected: "a whole number, at least 1",
  });
}

/**
 * A flag's value as a whole number, of any sign.
 *
 * @throws NadirError `cli/flag`
 */
export function wholeFlag(flags: Invocation["flags"], name: string): number | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  if (typeof value === "string" && /^-?\d+$/.test(value) && Number.isSafeInteger(Number(value)))
    return Number(value);
  throw new NadirError("cli/flag", `--${name} is "${value}"`, { expected: "a whole number" });
}

/**
 * A flag's value as a number above 0: `0.1`, `1e-6`.
 *
 * @throws NadirError `cli/flag`
 */
export function positiveFlag(flags: Invocation["flags"], name: string): number | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
  if (Number.isFinite(number) && number > 0) return number;
  throw new NadirError("cli/flag", `--${name} is "${value}"`, { expected: "a number above 0" });
}

/**
 * A flag's value as a part of a whole: `0.25`, `25%`.
 *
 * @throws NadirError `cli/flag`
 */
export function shareFlag(flags: Invocation["flags"], name: string): number | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  const [, amount, percent] = /^(\d+\.?\d*(?:e-?\d+)?|\.\d+)(%?)$/.exec(String(value)) ?? [];
  const share = Number(amount) / (percent === "%" ? 100 : 1);
  if (share > 0 && share <= 1) return share;
  throw new NadirError("cli/flag", `--${name} is "${value}"`, {
    expected: "a part of the whole: a number above 0, at most 1, or a percentage such as 25%",
  });
}

const secondsOf: Readonly<Record<string, number>> = { ms: 1e-3, s: 1, m: 60, h: 3600, "": 1 };

/**
 * A flag's value as seconds: `90`, `90s`, `10m`, `1.5h`, `200ms`.
 *
 * @throws NadirError `cli/flag`
 */
export function secondsFlag(flags: Invocation["flags"], name: string): number | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  const [, amount, unit = ""] = /^(\d+\.?\d*|\.\d+)(ms|s|m|h|)$/.exec(String(value)) ?? [];
  const seconds = secondsOf[unit];
  if (amount !== undefined && seconds !== undefined) return Number(amount) * seconds;
  throw new NadirError("cli/flag", `--${name} is "${value}"`, {
    expected: "a duration, such as 90s, 10m or 1.5h",
  });
}

/**
 * `--tag`'s words, separated by commas.
 *
 * @throws NadirError `store/tag` for what is no tag
 */
export function tagsFlag(flags: Invocation["flags"]): readonly string[] {
  const { tag } = flags;
  if (typeof tag !== "string") return [];
  const tags = tag.split(",").map((one) => one.trim());
  for (const one of tags) requireTag(one);
  return tags;
}

/**
 * A flag's value as one of a few words.
 *
 * @throws NadirError `cli/flag`, with the nearest of them
 */
export function wordFlag<W extends string>(
  flags: Invocation["flags"],
  name: string,
  known: readonly W[],
): W | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  const found = known.find((word) => word === value);
  if (found !== undefined) return found;
  const near = nearest(String(value), known);
  throw new NadirError("cli/flag", `--${name} is "${value}"`, {
    expected: `one of ${known.join(", ")}`,
    hint: near === undefined ? undefined : `did you mean ${near}?`,
  });
}
