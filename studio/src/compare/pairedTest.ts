import { formatNumber, wordsOf } from "../../../src/cli/format.ts";
import { studentT95 } from "../../../src/linalg/studentT.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { settingRows } from "./differences.ts";

/** Runs that are the same but for their seed. */
interface Arm {
  readonly runs: readonly RunRow[];
}

/** A figure of two arms, told apart seed by seed. */
export interface PairedTest {
  readonly figure: string;
  /** Mean of the differences, second arm less first. */
  readonly difference: number;
  /** Half of the interval that holds the true mean in 19 of 20 cases, by Student's distribution. */
  readonly halfWidth: number;
  readonly seeds: number;
}

const keyOf = (row: RunRow): string =>
  JSON.stringify([row.method, row.file, Object.entries(row.settings).sort()]);

/** The runs by what they were told to do, the baseline's first. */
export function armsOf(runs: readonly RunRow[], baseline?: string): readonly Arm[] {
  const arms = new Map<string, RunRow[]>();
  const first = runs.find(({ id }) => id === baseline);
  for (const row of first === undefined ? runs : [first, ...runs.filter((one) => one !== first)]) {
    const key = keyOf(row);
    const known = arms.get(key);
    if (known === undefined) arms.set(key, [row]);
    else known.push(row);
  }
  return [...arms.values()].map((all) => ({ runs: all }));
}

/**
 * The paired t-test of two arms over the seeds that both ran: mean d̄ of the differences, and t₀.₉₇₅(n−1)·s/√n.
 *
 * @returns none for fewer than two seeds in common: nothing is known of the noise then
 */
export function pairedTests(first: Arm, second: Arm): readonly PairedTest[] {
  const bySeed = new Map(first.runs.map((row) => [row.seed, row]));
  const pairs = second.runs.flatMap((row) => {
    const other = row.seed === undefined ? undefined : bySeed.get(row.seed);
    return other === undefined ? [] : [[other, row] as const];
  });
  const figures = ["loss", ...Object.keys(pairs[0]?.[0].metrics ?? {})];
  const figureOf = (row: RunRow, figure: string): number =>
    (figure === "loss" ? row.loss : row.metrics[figure]) ?? Number.NaN;
  return figures.flatMap((figure): PairedTest[] => {
    const differences = pairs
      .map(([a, b]) => figureOf(b, figure) - figureOf(a, figure))
      .filter(Number.isFinite);
    const n = differences.length;
    if (n < 2) return [];
    const mean = differences.reduce((sum, d) => sum + d, 0) / n;
    const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
    const halfWidth = studentT95(n - 1) * Math.sqrt(variance / n);
    return [{ figure, difference: mean, halfWidth, seeds: n }];
  });
}

/** What runs say of what was changed between them. */
export interface ChangeWords {
  readonly warns: boolean;
  readonly sentences: readonly string[];
}

/** The change between two arms in words, with what it did to each figure; a warning where it was not one change. */
export function changeWords(runs: readonly RunRow[], baseline?: string): ChangeWords {
  const changed = settingRows(runs).filter(({ differs, name }) => differs && name !== "seed");
  const arms = armsOf(runs, baseline);
  const [first, second] = arms;
  if (changed.length === 0) {
    return { warns: false, sentences: ["Nothing but the seed was changed."] };
  }
  const names = changed.map(({ name }) => wordsOf(name));
  const head =
    changed.length > 1
      ? `${changed.length} things were changed at once (${names.slice(0, 6).join(", ")}${names.length > 6 ? " …" : ""}): what came of it belongs to none of them alone.`
      : oneChange(names[0]!, changed[0]!.name, arms);
  if (arms.length !== 2 || first === undefined || second === undefined) {
    return { warns: changed.length > 1, sentences: [head] };
  }
  const tests = pairedTests(first, second);
  const told = tests.map(({ figure, difference, halfWidth, seeds }) => {
    const sign = difference < 0 ? "−" : "+";
    const size = `${sign}${formatNumber(Math.abs(difference))} ± ${formatNumber(halfWidth, 2)}`;
    const beyond = Math.abs(difference) > halfWidth;
    return `${wordsOf(figure)} ${size} over ${seeds} seeds: ${beyond ? "more than seeds explain" : "within the noise of seeds"}.`;
  });
  const none = "No two seeds were run with both: what seeds alone would change is not known.";
  return { warns: changed.length > 1, sentences: [head, ...(told.length > 0 ? told : [none])] };
}

function oneChange(words: string, name: string, arms: readonly Arm[]): string {
  const values = arms.map(({ runs }) => runs[0]!.settings[name] ?? runs[0]!.method);
  const shown = values.map((value) => (typeof value === "number" ? formatNumber(value) : value));
  return `One thing was changed: ${words} ${shown.join(" → ")}.`;
}
