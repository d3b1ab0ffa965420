import type { SettingRow } from "./differences.ts";
import type { MeasuredDifference } from "./differenceTest.ts";
import type { Setting } from "./runFacts.ts";

/** Metrics that are parts of one, whose differences are told in points of a hundred. */
const shares = /accuracy|precision|recall|f1|auc|top\d|coverage|r2/i;
/** Figures of which less is better. */
const losses = /loss|error|perplexity|nll|mse|mae|rmse|divergence|distance/i;

/** Whether more of a figure is better; undefined where its name does not tell. */
const higherIsBetter = (name: string): boolean | undefined =>
  shares.test(name) ? true : losses.test(name) ? false : undefined;

/** `testAccuracy` as words: `test accuracy`. */
export const figureName = (name: string): string =>
  name.replace(
    /([a-z\d])([A-Z])/g,
    (_, low: string, high: string) => `${low} ${high.toLowerCase()}`,
  );

/** `learningRate 0.1 → 0.01`, of all that was changed. */
export function changeInWords(changed: readonly SettingRow[], all: readonly SettingRow[]): string {
  const told = changed.length > 0 ? changed : all;
  if (told.length === 0) return "nothing but the seed";
  const shown = told.slice(0, 3).map(({ name, values: [from, to] }) => {
    return `${name} ${settingInWords(from)} → ${settingInWords(to)}`;
  });
  return `${shown.join(", ")}${told.length > 3 ? ` and ${told.length - 3} more` : ""}`;
}

/** What is said of runs of one group. */
export const equalButForSeed = "the runs are equal but for the seed";

export const settingInWords = (value: Setting | undefined): string =>
  value === undefined ? "none" : typeof value === "number" ? short(value) : String(value);

/**
 * What a figure did: `+0.8 ± 0.3 points over 5 seeds, better`, `+2.8 %, within seed noise (5 seeds,
 * ±4.1 %)`, `−12 % with 1 seed: too few to tell`.
 *
 * @param from - the figure's mean in the baseline
 */
export function differenceInWords(
  name: string,
  { mean, halfWidth, seeds, paired }: MeasuredDifference,
  from: number,
): string {
  const points = shares.test(name);
  const relative = !points && from !== 0;
  const scale = points ? 100 : relative ? 100 / Math.abs(from) : 1;
  const unit = points ? " points" : relative ? " %" : "";
  const difference = `${signed(mean * scale)}`;
  const each = `${seeds} seed${seeds === 1 ? "" : "s"}${paired || seeds === 1 ? "" : " each, not the same"}`;
  if (mean === 0 && (halfWidth ?? 0) === 0) return `the same (${each})`;
  if (halfWidth === undefined) return `${difference}${unit} with ${each}: too few to tell`;
  const width = short(halfWidth * scale, 2);
  if (Math.abs(mean) <= halfWidth) {
    const noise = `(${each}, ±${width}${unit})`;
    return seeds < 3
      ? `${difference}${unit}: too few seeds to tell ${noise}`
      : `${difference}${unit}, within seed noise ${noise}`;
  }
  const better = higherIsBetter(name);
  const side = better === undefined ? "" : mean > 0 === better ? ", better" : ", worse";
  return `${difference} ± ${width}${unit} over ${each}${side}`;
}

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${short(Math.abs(value), 2)}`;

/** At most so many significant digits: `0.0412`, `3e-4`. */
function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e");
  }
  return String(size >= 10 ** digits ? Math.round(value) : Number(value.toPrecision(digits)));
}
