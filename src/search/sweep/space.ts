import { NadirError } from "../../base/errors.ts";
import { type RandomStream, uniform } from "../../linalg/random.ts";
import type { Setting, SettingDefaults } from "../../training/defineTraining.ts";

/** One setting that is searched: a few values, or a range of numbers. */
export type Dimension =
  | { readonly name: string; readonly kind: "choice"; readonly values: readonly Setting[] }
  | {
      readonly name: string;
      readonly kind: "range";
      readonly low: number;
      readonly high: number;
      /** In which equal steps are alike: of the value, or of its logarithm. */
      readonly scale: "linear" | "log";
      /** Whole numbers only. */
      readonly whole: boolean;
    };

/** What is searched: its points are settings by dotted names. */
export type Space = readonly Dimension[];

/**
 * A point of a space from numbers in [0, 1), one a dimension: equal parts for each choice, equal lengths
 * (or ratios) of a range.
 */
export function pointAt(space: Space, unit: ArrayLike<number>): SettingDefaults {
  return Object.fromEntries(
    space.map((dimension, i) => [dimension.name, valueAt(dimension, unit[i] ?? 0.5)]),
  );
}

function valueAt(dimension: Dimension, unit: number): Setting {
  if (dimension.kind === "choice") {
    const { values } = dimension;
    return values[Math.min(values.length - 1, Math.floor(unit * values.length))] ?? null;
  }
  const { low, high, scale, whole } = dimension;
  // Whole numbers have equal parts, so the ends reach half a step further.
  const [from, to] = whole ? [low - 0.5, high + 0.5] : [low, high];
  if (scale === "log") {
    const value = Math.exp(Math.log(from) + unit * (Math.log(to) - Math.log(from)));
    return whole ? within(low, Math.round(value), high) : within(low, rounded(value), high);
  }
  const value = from + unit * (to - from);
  return whole ? within(low, Math.round(value), high) : within(low, rounded(value), high);
}

const within = (low: number, value: number, high: number): number =>
  Math.min(high, Math.max(low, value));

/** Four digits: what a person can read back, type and compare. */
const rounded = (value: number): number => Number(value.toPrecision(4));

/** A point as numbers in [0, 1]: a range's place, and a 1 at the place of what was chosen. */
export function featuresOf(space: Space, settings: SettingDefaults): number[] {
  return space.flatMap((dimension) => {
    const value = settings[dimension.name];
    if (dimension.kind === "choice") {
      const chosen = dimension.values.findIndex((one) => same(one, value));
      return dimension.values.map((_, i) => (i === chosen ? 1 : 0));
    }
    const { low, high, scale } = dimension;
    const place = typeof value === "number" ? value : low;
    if (high === low) return [0.5];
    return scale === "log"
      ? [Math.log(place / low) / Math.log(high / low)]
      : [(place - low) / (high - low)];
  });
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A point drawn at random. */
export const drawPoint = (space: Space, random: RandomStream): SettingDefaults =>
  pointAt(
    space,
    space.map(() => uniform(random)),
  );

/** How many points a grid has: every choice, and of each range `levels` values with both ends (whole ranges: at most all). */
export const gridSize = (space: Space, levels: number): number =>
  space.reduce((size, dimension) => size * levelsOf(dimension, levels).length, 1);

/** The `n`-th point of the grid; the last setting changes fastest. */
export function gridPoint(space: Space, levels: number, n: number): SettingDefaults {
  const point: Record<string, Setting> = {};
  let rest = n;
  for (const dimension of [...space].reverse()) {
    const values = levelsOf(dimension, levels);
    point[dimension.name] = values[rest % values.length] ?? null;
    rest = Math.floor(rest / values.length);
  }
  return Object.fromEntries(space.map(({ name }) => [name, point[name] ?? null]));
}

function levelsOf(dimension: Dimension, levels: number): readonly Setting[] {
  if (dimension.kind === "choice") return dimension.values;
  const { low, high, scale, whole } = dimension;
  const count = low === high ? 1 : levels;
  const values = Array.from({ length: count }, (_, i) => {
    const share = count === 1 ? 0 : i / (count - 1);
    const value = scale === "log" ? low * (high / low) ** share : low + share * (high - low);
    return whole ? Math.round(value) : rounded(value);
  });
  return [...new Set(values)];
}

/**
 * Refuses a space in which nothing can be searched.
 *
 * @throws NadirError `sweep/space`
 */
export function requireSpace(space: Space): void {
  if (space.length === 0) {
    throw new NadirError("sweep/space", "nothing is to be searched", {
      expected:
        "a setting with several values, such as learningRate=log:1e-4..1e-1 or width=64,128",
    });
  }
  for (const dimension of space) {
    if (dimension.kind === "choice") continue;
    const { name, low, high, scale, whole } = dimension;
    const refuse = (why: string, expected: string): never => {
      throw new NadirError("sweep/space", `the range ${low}..${high} of "${name}" ${why}`, {
        expected,
      });
    };
    if (!(low <= high)) refuse("runs backwards", "the lower end first");
    if (!Number.isFinite(low) || !Number.isFinite(high)) refuse("has no end", "finite numbers");
    if (scale === "log" && low <= 0) refuse("has no logarithm", "a lower end above 0, or no log:");
    if (whole && !(Number.isInteger(low) && Number.isInteger(high)))
      refuse("has ends that are not whole", "whole numbers after int:");
  }
}
