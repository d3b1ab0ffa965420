import { randomInt } from "node:crypto";
import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";

// No vowels, no look-alikes, no e: an id is neither a word nor a number (`7e1`) nor an option.
const letters = "bcdfghjkmnpqrstvwxz";
const digits = "23456789";

/** A new id: a letter, a digit, then letters and digits. */
export function newRunId(length = 4, random: (below: number) => number = randomInt): string {
  const pick = (from: string): string => from[random(from.length)] ?? "";
  let id = pick(letters) + pick(digits);
  while (id.length < length) id += pick(letters + digits);
  return id;
}

/** Is this what `newRunId` gives? */
export const isRunId = (name: string): boolean =>
  new RegExp(`^[${letters}][${digits}][${letters}${digits}]{2,6}$`).test(name);

/** What a reference to a run is looked up in. */
export interface KnownRun {
  readonly id: string;
  readonly name: string;
  /** Whether it was put away. Default false. */
  readonly archived?: boolean;
}

/**
 * The run that a user means: `@` for the latest, `@2` for the one before, an id, a name, or the
 * start of an id, tried in that order. Of those put away, only the id, its start and the name are heard.
 *
 * @param known - newest first
 * @throws NadirError `store/unknown-run`, `store/ambiguous-run`
 */
export function resolveRun(reference: string, known: readonly KnownRun[]): string {
  if (known.length === 0) {
    throw new NadirError(
      "store/unknown-run",
      `there is no run "${reference}": the store is empty`,
      {
        hint: "nadir train FILE, which makes one",
      },
    );
  }
  if (reference.startsWith("@")) return nthLatest(reference, known);
  const exact = known.find(({ id }) => id === reference);
  if (exact !== undefined) return exact.id;
  const named = known.filter(({ name }) => name === reference);
  if (named.length > 0) return theOnly(named, `runs are named "${reference}"`);
  const prefixed = reference === "" ? [] : known.filter(({ id }) => id.startsWith(reference));
  if (prefixed.length > 0) return theOnly(prefixed, `runs start with "${reference}"`);
  const near = nearest(reference, new Set(known.flatMap(({ id, name }) => [id, name])));
  throw new NadirError("store/unknown-run", `there is no run "${reference}"`, {
    expected: "an id, the start of one, a name, @ for the latest or @2 for the one before",
    hint: near === undefined ? "nadir ls, which lists them" : `did you mean ${near}?`,
  });
}

function nthLatest(reference: string, all: readonly KnownRun[]): string {
  const known = all.filter(({ archived }) => archived !== true);
  const place = reference === "@" ? 1 : Number(/^@([1-9]\d*)$/.exec(reference)?.[1]);
  const found = known[place - 1];
  if (found !== undefined) return found.id;
  throw new NadirError("store/unknown-run", `there is no run "${reference}"`, {
    expected:
      known.length === 0
        ? "a run that is not archived"
        : `@ for the latest${known.length > 1 ? `, up to @${known.length} for the oldest` : ", the only one"}`,
  });
}

function theOnly(found: readonly KnownRun[], what: string): string {
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first.id;
  const shown = found.slice(0, 5).map(({ id }) => id);
  throw new NadirError("store/ambiguous-run", `${found.length} ${what}`, {
    expected: `one run, newest first: ${shown.join(", ")}${found.length > 5 ? ", …" : ""}`,
    hint: `the whole id, for example ${shown[0]}`,
  });
}
