import { NadirError } from "../base/errors.ts";
import { type Filter, requireFilter, unmatched } from "../records/filter.ts";
import { isEnding } from "../records/filterTerms.ts";
import { factsOf } from "../records/runFacts.ts";
import type { Run, RunSummary } from "../runs/run.ts";
import type { Store } from "../runs/store.ts";

/**
 * The runs that words mean, newest first in each: an id, a unique beginning of one, a name, `@`, `@2`,
 * or a filter, which is a word for a verdict or a state, or one with `= < > : !` or a space in it.
 *
 * @throws NadirError `store/unknown-run`, `store/ambiguous-run`, `filter/syntax`, `filter/nothing`
 */
export function namedRuns(store: Store, words: readonly string[], now: number): RunSummary[] {
  const found = new Map<string, RunSummary>();
  for (const word of words) {
    const mayBeFilter = /[=<>:! ]/.test(word) || isEnding(word);
    const isFilter = mayBeFilter && store.runs({ name: word, limit: 1 }).length === 0;
    const runs = isFilter ? filtered(store, requireFilter(word, now)) : [store.run(word)];
    for (const run of runs) found.set(run.id, run);
  }
  return [...found.values()];
}

/**
 * The one run that a word means, as `namedRuns` reads it.
 *
 * @throws NadirError `store/ambiguous-run` for a filter that finds several, and as `namedRuns`
 */
export function namedRun(store: Store, word: string, now: number): Run {
  const [first, ...others] = namedRuns(store, [word], now);
  if (first !== undefined && others.length === 0) return store.run(first.id);
  const ids = [first, ...others].map((run) => run?.id);
  throw new NadirError("store/ambiguous-run", `${ids.length} runs match "${word}"`, {
    expected: `one run, newest first: ${ids.slice(0, 5).join(", ")}${ids.length > 5 ? ", …" : ""}`,
    hint: `the whole id, for example ${ids[0]}`,
  });
}

/**
 * The runs that a filter finds, newest first: among all, or among those that are not archived unless
 * the filter itself speaks of them.
 *
 * @throws NadirError `filter/nothing`, with the words that no run has
 */
export function filtered(store: Store, filter: Filter, archivedToo = false): RunSummary[] {
  const all = store.runs(archivedToo || asksForArchived(filter) ? {} : { archived: false });
  const facts = all.map(factsOf);
  const found = all.filter((_, i) => filter.matches(facts[i]!));
  if (found.length > 0) return found;
  const problems = unmatched(filter, facts);
  throw new NadirError(
    "filter/nothing",
    problems.length === 0
      ? "no run has all of that"
      : problems.map(({ message }) => message).join("; "),
    {
      expected: "a filter that at least one run matches",
      hint: problems.find(({ hint }) => hint !== undefined)?.hint ?? "leave a word out",
    },
  );
}

const asksForArchived = ({ terms }: Filter): boolean =>
  terms.some(({ text }) => /^[-!]?archived$/i.test(text));
