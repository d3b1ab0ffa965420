import { aboutFindings } from "./terms/aboutFindings.ts";
import { aboutPoints } from "./terms/aboutPoints.ts";
import { models } from "./terms/models.ts";
import { pointsAndTraining } from "./terms/pointsAndTraining.ts";
import { stepsAndCurvature } from "./terms/stepsAndCurvature.ts";
import { structureAndSearch } from "./terms/structureAndSearch.ts";
import type { Term } from "./terms/term.ts";

/** The terms, by name. */
export const terms: Readonly<Record<string, Term>> = {
  ...pointsAndTraining,
  ...aboutPoints,
  ...stepsAndCurvature,
  ...structureAndSearch,
  ...models,
  ...aboutFindings,
};

/** The name of the term that a word means: its own, or another word for it, with spaces or hyphens. */
export function findTerm(word: string): string | undefined {
  const wanted = hyphenated(word);
  return Object.keys(terms).find((name) =>
    [name, ...(terms[name]?.also ?? [])].some((candidate) => hyphenated(candidate) === wanted),
  );
}

/** All words that `findTerm` knows. */
export const termWords = (): string[] =>
  Object.entries(terms).flatMap(([name, { also = [] }]) => [name, ...also.map(hyphenated)]);

const hyphenated = (word: string): string =>
  word
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, "-");
