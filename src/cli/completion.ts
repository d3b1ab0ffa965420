import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { CommandEntry } from "./command.ts";
import { commonFlags } from "./command.ts";
import { settingNames } from "./settingNames.ts";

/** What may stand where the cursor is. */
export interface Candidates {
  readonly words: readonly string[];
  /** Whether the names of files may stand there too. */
  readonly files: boolean;
}

/** What a completion looks up: runs in the store, terms. */
export interface Sources {
  /** Ids and names of the latest runs. */
  runs(store: string | undefined): Promise<readonly string[]>;
  terms(): Promise<readonly string[]>;
  readonly cwd: string;
}

/**
 * What may stand in the place of the last word of a line.
 *
 * @param line - the words up to the cursor, `nadir` first, the last perhaps empty
 */
export async function complete(
  line: readonly string[],
  commands: readonly CommandEntry[],
  sources: Sources,
): Promise<Candidates> {
  const [, name = "", ...rest] = line.length < 2 ? ["", ""] : joined(line);
  const entry = commands.find((one) => one.name === name);
  if (rest.length === 0) {
    return beginning(name, {
      words: [...commands.map((one) => one.name), "--help", "--version"],
      files: false,
    });
  }
  if (entry === undefined) return { words: [], files: false };
  const current = rest.at(-1) ?? "";
  const flags = [...(entry.flags ?? []), ...commonFlags].map(([flag]) => flag.split(" "));
  if (current.startsWith("-")) {
    return beginning(current, { words: flags.flatMap(([flag]) => flag ?? []), files: false });
  }
  const isValue = (word: string | undefined): boolean =>
    flags.some(([flag, value]) => flag === word && value?.startsWith("<") === true);
  const before = rest.at(-2);
  if (isValue(before)) return beginning(current, valuesOf(before?.slice(2) ?? "", entry, flags));
  const words = rest.filter((word, i) => !word.startsWith("-") && !isValue(rest[i - 1]));
  const place = Math.min(words.length - 1, Math.max(0, entry.words.length - 1));
  const [spec] = entry.words[place] ?? [];
  const at = rest.indexOf("--store");
  return spec === undefined
    ? { words: [], files: false }
    : beginning(
        current,
        await wordsFor(spec, entry, words, at < 0 ? undefined : rest[at + 1], sources),
      );
}

/** bash takes a line apart at `=` and `:` too. */
function joined(line: readonly string[]): string[] {
  const words: string[] = [];
  for (const [i, word] of line.entries()) {
    const glued = /^[=:]/.test(word) || /^.*[=:]$/.test(line[i - 1] ?? "");
    const last = words.length - 1;
    if (glued && last > 1 && word !== "") words[last] += word;
    else words.push(word);
  }
  return words;
}

function valuesOf(
  flag: string,
  entry: CommandEntry,
  flags: readonly (readonly string[])[],
): Candidates {
  const words = entry.values?.[flag];
  if (words !== undefined) return { words, files: false };
  const [, value = ""] = flags.find(([name]) => name === `--${flag}`) ?? [];
  return { words: [], files: /^<(file|dir|path)>$/.test(value) };
}

async function wordsFor(
  spec: string,
  entry: CommandEntry,
  words: readonly string[],
  store: string | undefined,
  sources: Sources,
): Promise<Candidates> {
  const name = spec.replace(/[<>[\].]/g, "");
  const known = entry.values?.[name];
  if (known !== undefined) return { words: known, files: false };
  switch (name) {
    case "run":
    case "runs":
    case "other":
    case "filter":
      return { words: await sources.runs(store), files: false };
    case "file":
    case "paths":
    case "dir":
      return { words: [], files: true };
    case "target":
      // Of spectrum and landscape it may be a run.
      return {
        words: /run/.test(entry.words[0]?.[1] ?? "") ? await sources.runs(store) : [],
        files: true,
      };
    case "key=value":
    case "key=values":
      return {
        words: [...(entry.keys ?? []), ...keysOf(words[0], sources.cwd)].map((key) => `${key}=`),
        files: false,
      };
    case "term":
      return { words: await sources.terms(), files: false };
    default:
      return { words: [], files: false };
  }
}

/** The names of the settings that a file states. */
function keysOf(file: string | undefined, cwd: string): readonly string[] {
  if (file === undefined) return [];
  try {
    return settingNames(readFileSync(resolve(cwd, file), "utf8"));
  } catch {
    // No file, or none that can be read: there is nothing to offer, and nobody to tell.
    return [];
  }
}

const beginning = (start: string, { words, files }: Candidates): Candidates => ({
  words: [...new Set(words)].filter((word) => word.startsWith(start)),
  files,
});
