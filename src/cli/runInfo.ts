import { basename, extname } from "node:path";
import { NadirError } from "../base/errors.ts";
import { describeMachine, gitRevision, versions } from "../runs/machine.ts";
import type { RunInfo } from "../runs/run.ts";
import { loadedSources } from "./loadUserFile.ts";
import type { CodeFile } from "./runRecord.ts";
import { shownPath } from "./shownPath.ts";

/** What makes a run repeatable. */
export interface Repeatable {
  /** `train` or `minimize`. */
  readonly command: string;
  /** The file or function as the user wrote it. */
  readonly target: string;
  /** `key=value` words as they were written. */
  readonly words: readonly string[];
  /** Flags that change what is computed, by name. */
  readonly flags: Readonly<Record<string, string | number | undefined>>;
}

/** The command line that repeats a run: `nadir train mlp.ts learningRate=3e-4 --seed 1`. */
export function repeatCommand({ command, target, words, flags }: Repeatable): string {
  const given = Object.entries(flags).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
  return ["nadir", command, target, ...words, ...given].map(quoted).join(" ");
}

/** A word as a shell takes it. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** A run's name where the user gives none: the file's, without its ending. */
export const nameOf = (target: string): string => basename(target, extname(target));

/** What is the same for all runs that start here and now. */
export function circumstances(cwd: string): Pick<RunInfo, "versions" | "machine" | "revision"> {
  return { versions: versions(), machine: describeMachine(), revision: gitRevision(cwd) };
}

/** The user's files that were loaded, with their names as the user would write them. */
export const codeOf = (cwd: string): readonly CodeFile[] =>
  loadedSources().map(({ path, text }) => ({ name: shownPath(path, cwd), text }));

/** Misuse that no line of the user's can be named for, with the file that it is in. */
export function inFile(error: unknown, shown: string): unknown {
  if (!(error instanceof NadirError) || error.at !== undefined) return error;
  if (/^(store|checkpoint|safetensors|file|engine|resume)\//.test(error.code)) return error;
  return new NadirError(error.code, `${shown}: ${error.summary}`, {
    ...error.advice,
    cause: error,
  });
}
