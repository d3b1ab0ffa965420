import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import { endings, keyed, type Match, someNumber, someText } from "./filterTerms.ts";
import { glob } from "./glob.ts";
import type { RunFacts } from "./runFacts.ts";

/** What is wrong with a filter, and where: characters `start` up to `end` of its text. */
export interface FilterProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string | undefined;
}

/** One word of a filter. */
export interface FilterTerm {
  readonly start: number;
  readonly end: number;
  /** The word as it was written. */
  readonly text: string;
  /** The setting, metric or figure that it asks for, if it names one. */
  readonly key?: string | undefined;
  readonly matches: Match;
}

/** A filter that was read: the words that could be understood, and what is wrong with the others. */
export interface Filter {
  readonly terms: readonly FilterTerm[];
  readonly problems: readonly FilterProblem[];
  /** Whether a run has what every understood word asks for. */
  readonly matches: Match;
}

/**
 * Reads a filter of runs: words that must all hold.
 *
 *     method=adam learningRate>=1e-3 loss<0.1 testAccuracy>0.9      settings, figures, metrics
 *     name:mlp* tag:paper file:*digits* sweep:k3f9 since:2d before:2026-11-01
 *     saddle running archived "some words"                          verdicts, states, or part of a name
 *     -tag:old !diverged                                            not
 *
 * In `=`, `!=` and after `:` a `*` stands for any characters; capitals and small letters are one.
 *
 * It never throws: what cannot be read is among the problems, and a page goes on with the rest.
 *
 * @param now - milliseconds since 1970, for `since:2d`
 */
export function parseFilter(text: string, now: number): Filter {
  const terms: FilterTerm[] = [];
  const problems: FilterProblem[] = [];
  for (const word of wordsOf(text)) {
    const { start, end, body, closed } = word;
    const place = { start, end };
    const refuse = (message: string, hint?: string): void => {
      problems.push({ ...place, message, hint });
    };
    if (!closed) {
      refuse("the quotation mark is not closed", `add a " at the end`);
      continue;
    }
    const negated = /^(!|-(?![\d.]))/.test(body);
    const read = readTerm(negated ? body.slice(1) : body, now);
    if (typeof read === "string") refuse(read, hintFor(body));
    else {
      const { matches } = read;
      terms.push({
        ...place,
        text: text.slice(start, end),
        key: read.key,
        matches: negated ? (run) => !matches(run) : matches,
      });
    }
  }
  return { terms, problems, matches: (run) => terms.every((term) => term.matches(run)) };
}

/**
 * A filter without problems, for a command line.
 *
 * @throws NadirError `filter/syntax` with the first problem and its place
 */
export function requireFilter(text: string, now: number): Filter {
  const filter = parseFilter(text, now);
  const [problem] = filter.problems;
  if (problem === undefined) return filter;
  const { start, end, message, hint } = problem;
  const under = `${" ".repeat(start)}${"^".repeat(Math.max(1, end - start))}`;
  throw new NadirError("filter/syntax", `${message}\n  ${text}\n  ${under}`, {
    expected: "words such as method=adam, loss<0.1, saddle, tag:paper, since:2d",
    hint,
  });
}

/**
 * Why a filter finds nothing: the words that no run has, and for a setting or metric that no run knows
 * the nearest that one does.
 */
export function unmatched(filter: Filter, runs: readonly RunFacts[]): FilterProblem[] {
  return filter.terms
    .filter((term) => !runs.some((run) => term.matches(run)))
    .map(({ start, end, text, key }) => {
      const nothing = { start, end, message: `no run has ${text}` };
      if (key === undefined) return nothing;
      const names = namesOf(runs);
      const low = key.toLowerCase();
      if ([...names].some((name) => name.toLowerCase() === low)) return nothing;
      const near = nearest(key, names);
      const hint = near === undefined ? undefined : `did you mean ${near}?`;
      return { start, end, message: `no run has a setting or metric "${key}"`, hint };
    });
}

/** All that some runs can be asked for by a number or a text. */
function namesOf(runs: readonly RunFacts[]): Set<string> {
  const names = new Set(["loss", "gradientNorm", "steps", "seconds", "seed"]);
  for (const name of ["method", "name", "status", "verdict"]) names.add(name);
  for (const { settings, metrics } of runs) {
    for (const name in settings) names.add(name);
    for (const name in metrics) names.add(name);
  }
  return names;
}

interface Word {
  readonly start: number;
  readonly end: number;
  /** Without its quotation marks. */
  readonly body: string;
  readonly closed: boolean;
}

/** Words apart by spaces; what stands in quotation marks is of one word. */
function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  for (const { 0: word, index } of text.matchAll(/(?:"[^"]*"?|[^\s"])+/g)) {
    const closed = (word.match(/"/g)?.length ?? 0) % 2 === 0;
    const body = word.replaceAll('"', "");
    words.push({ start: index, end: index + word.length, body, closed });
  }
  return words;
}

interface Read {
  readonly key?: string;
  readonly matches: Match;
}

/** A word's meaning, or what is wrong with it. */
function readTerm(word: string, now: number): Read | string {
  const [, key = "", sign = "", value = ""] =
    /^([^=<>!:]*)(<=|>=|!=|=|<|>|:|!)(.*)$/s.exec(word) ?? [];
  if (sign === "") {
    return word === "" ? "an empty word" : { matches: endings(word) };
  }
  if (key === "") return `"${word}" does not say what is to be ${sign} ${value}`;
  if (sign === "!") return `"${word}" is not understood`;
  if (value === "") return `"${word}" does not say ${key} ${sign} what`;
  if (sign === ":") {
    const matches = keyed(key, value, now);
    return typeof matches === "string" ? matches : { matches };
  }
  if (sign === "=" || sign === "!=") {
    const equal = equals(key, value);
    return { key, matches: sign === "=" ? equal : (run) => !equal(run) };
  }
  const bound = Number(value);
  if (Number.isNaN(bound)) return `${key} ${sign} "${value}" needs a number`;
  const holds = {
    "<": (x: number) => x < bound,
    "<=": (x: number) => x <= bound,
    ">": (x: number) => x > bound,
    ">=": (x: number) => x >= bound,
  }[sign];
  if (holds === undefined) return `"${word}" is not understood`;
  return { key, matches: someNumber(key, holds) };
}

function equals(key: string, value: string): Match {
  const number = value.trim() === "" ? Number.NaN : Number(value);
  const like = glob(value);
  const equalText = someText(key, (found) => like(String(found)));
  const equalNumber = someNumber(key, (found) => found === number);
  return (run) => equalText(run) || equalNumber(run);
}

const hintFor = (body: string): string | undefined => {
  if (/[<>=!]{2,}/.test(body) && !/<=|>=|!=/.test(body)) return "use one of = != < <= > >=";
  return /^[\w.]+:/.test(body)
    ? "name: tag: file: id: sweep: parent: status: verdict: since: before:"
    : undefined;
};
