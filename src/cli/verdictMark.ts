import type { Verdict, VerdictKind } from "../diagnosis/verdict.ts";
import { pointInWords } from "../diagnosis/words.ts";
import { formatCount, formatNumber, wrap } from "./format.ts";
import type { Colors } from "./output.ts";

/** The one symbol of the product: a shape that carries the meaning, a short word, and a colour that helps. */
export interface Mark {
  readonly glyph: string;
  readonly word: string;
  readonly paint: keyof Pick<Colors, "blue" | "green" | "cyan" | "yellow" | "gray" | "red">;
}

const marks = {
  running: { glyph: "●", word: "running", paint: "blue" },
  "global-minimum": { glyph: "⊎", word: "global", paint: "green" },
  "local-minimum": { glyph: "∪", word: "minimum", paint: "green" },
  degenerate: { glyph: "⊔", word: "degenerate", paint: "cyan" },
  saddle: { glyph: "∩∪", word: "saddle", paint: "yellow" },
  stationary: { glyph: "⊢", word: "stationary", paint: "cyan" },
  plateau: { glyph: "—", word: "plateau", paint: "gray" },
  "noise-floor": { glyph: "≈", word: "noise floor", paint: "gray" },
  "not-stationary": { glyph: "…", word: "not yet", paint: "gray" },
  unbounded: { glyph: "⇣", word: "unbounded", paint: "red" },
  infeasible: { glyph: "∅", word: "infeasible", paint: "red" },
  diverged: { glyph: "↗", word: "diverged", paint: "red" },
} as const satisfies Record<VerdictKind | "running", Mark>;

/** Every verdict kind, for messages that list them. */
export const verdictKinds: readonly VerdictKind[] = (
  Object.keys(marks) as (keyof typeof marks)[]
).filter((kind) => kind !== "running"); // the keys are all there are

/** The mark of a verdict, or of a run that has none yet. */
export const markOf = (kind: VerdictKind | "running"): Mark => marks[kind];

/** Glyph and word, in colour: `∪ minimum`. */
export function paintMark(kind: VerdictKind | "running", colors: Colors): string {
  const { glyph, word, paint } = marks[kind];
  return colors[paint](`${glyph} ${word}`);
}

/** The figures that always stand beside the mark, with their error bounds. */
export function verdictFigures(verdict: Verdict): readonly string[] {
  const norm = `‖g‖ ${formatNumber(verdict.gradientNorm)} (tolerance ${formatNumber(verdict.tolerance)})`;
  switch (verdict.kind) {
    case "global-minimum":
      return [
        norm,
        `primal ${formatNumber(verdict.primal)}`,
        `dual ${formatNumber(verdict.dual)}`,
        `gap ${formatNumber(verdict.gap)}`,
      ];
    case "local-minimum":
      return [norm, eigenvalue(verdict)];
    case "saddle":
      return [
        norm,
        eigenvalue(verdict),
        `predicted decrease ${formatNumber(verdict.predictedDecrease)}`,
      ];
    case "degenerate":
      return [
        norm,
        eigenvalue(verdict),
        `${formatCount(verdict.nearZeroEigenvalues)} near-zero eigenvalues`,
      ];
    case "plateau":
      return [norm, `since step ${formatCount(verdict.since)}`];
    case "noise-floor":
      return [
        norm,
        `learning rate ${formatNumber(verdict.learningRate)}`,
        `gradient noise ${formatNumber(verdict.gradientNoise)}`,
      ];
    case "not-stationary":
      return [norm, `stopped: ${reasons[verdict.why]}`];
    case "unbounded":
      return [norm, `along ${pointInWords(verdict.along)}`];
    case "stationary":
    case "infeasible":
      return [norm];
    case "diverged":
      return [`step ${formatCount(verdict.step)}`, verdict.cause];
  }
}

const reasons = {
  budget: "the budget is spent",
  stopped: "on request",
  "line-search": "the line search found no lower point",
  "rate-vanished": "the step size vanished",
  exhausted: "the search has ended as planned",
} as const;

/** At a vertex of a set there is no eigenvalue: Infinity, and null once it was written as JSON. */
const eigenvalue = (at: { smallestEigenvalue: number; eigenvalueError: number }): string =>
  !Number.isFinite(at.smallestEigenvalue)
    ? "no free direction"
    : `λmin ${formatNumber(at.smallestEigenvalue)} ± ${formatNumber(at.eigenvalueError, 2)}`;

/**
 * A verdict as the terminal shows it: the mark with its figures, then what was measured, then what
 * to do next.
 *
 * @param columns - width to wrap the sentences at
 */
export function renderVerdict(verdict: Verdict, colors: Colors, columns = 80): string {
  const width = Math.max(40, columns);
  const sentences = (lead: string, lines: readonly string[]): string[] =>
    lines.map((line) => `  ${lead} ${wrap(line, width - 4, "    ").trimStart()}`);
  return [
    `${colors.bold(paintMark(verdict.kind, colors))}   ${verdictFigures(verdict).join("   ")}`,
    ...sentences(colors.dim("·"), verdict.evidence),
    ...sentences(colors.cyan("→"), verdict.advice),
  ].join("\n");
}
