import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatTable, wrap } from "../format.ts";
import { allMethods, findMethod, tellMethod } from "../methodTable.ts";
import { findTerm, terms, termWords } from "../terms.ts";

/** `nadir explain [TERM]`: a term in plain words, what to do about it, and its source; or all terms. */
export const explain: Command = async ({ words, output }) => {
  const word = words.join(" ");
  const { colors } = output;
  if (word === "") {
    const rows = Object.entries(terms).map(([name, { what }]) => [
      colors.bold(name),
      firstClause(what, Math.max(30, output.columns - 26)),
    ]);
    output.result(() => formatTable(rows), {
      schema: "nadir.terms/1",
      terms: Object.keys(terms),
    });
    return exitCode.done;
  }
  const name = findTerm(word);
  const term = name === undefined ? undefined : terms[name];
  if (name === undefined || term === undefined) {
    const method = findMethod(word);
    if (method !== undefined) return tellMethod(method, output);
    const near = nearest(word, [...termWords(), ...allMethods.map((info) => info.name)]);
    throw new NadirError("explain/unknown", `there is no term "${word}"`, {
      expected: `one of ${Object.keys(terms).join(", ")}`,
      hint: near === undefined ? "nadir explain" : `did you mean ${near}?`,
    });
  }
  const width = Math.min(100, output.columns);
  const text = (): string =>
    [
      colors.bold(name) + (term.also ? colors.dim(`  also: ${term.also.join(", ")}`) : ""),
      wrap(term.what, width, "  "),
      "",
      colors.cyan("  what to do"),
      wrap(term.advice, width, "  "),
      "",
      wrap(`source: ${term.source}`, width, "  "),
      ...(term.see ? [colors.dim(`  see also: ${term.see.join(", ")}`)] : []),
    ].join("\n");
  output.result(text, { schema: "nadir.term/1", name, ...term });
  return exitCode.done;
};

/** The first clause of a text, cut at a word to at most `width` characters. */
function firstClause(text: string, width: number): string {
  const clause = text.split(/[.:](\s|$)/)[0] ?? text;
  if (clause.length <= width) return clause;
  return `${clause.slice(0, clause.lastIndexOf(" ", width - 2))} …`;
}
