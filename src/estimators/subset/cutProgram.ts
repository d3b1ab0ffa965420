import type { Highs, Model } from "highs";
import type { Vector } from "../../linalg/ask.ts";
import { answerOf, configure, type HighsAnswer, modelData } from "../../programs/highs.ts";
import type { Cut } from "./subsetObjective.ts";

/**
 * The master program of best subsets: minimize t over shares s in [0, 1]ᵖ, Σs ≤ k, under the cuts met so far; whole shares if asked for.
 * The unknowns are s, then t.
 */
export interface CutProgram {
  /** Tangents and blocking sets so far. */
  readonly cuts: number;
  /** Programs solved so far. */
  readonly solved: number;
  add(cut: Cut): void;
  /** Asks for at least one of these columns. */
  hit(columns: readonly number[]): void;
  /** Keeps at least `kept` of these columns. Returns its name, for `release`. */
  near(support: readonly number[], kept: number): number;
  /** Turns it into its opposite: keeps fewer of them. */
  away(row: number, kept: number): void;
  /** Lets it go. */
  release(row: number): void;
  /** Asks for t ≤ this. */
  below(value: number): void;
  /** From here on shares are 0 or 1. */
  wholeShares(): void;
  run(seconds: number, start?: Vector): HighsAnswer;
}

/** @param floor - what t is at least, whatever the columns */
function cutProgram(model: Model, size: number, k: number, floor: number): CutProgram {
  const infinity = Number.POSITIVE_INFINITY;
  const all = Int32Array.from({ length: size }, (_, j) => j);
  let [cuts, solved, rows, mixed] = [0, 0, 1, false];
  const linear = new Float64Array(size + 1);
  linear[size] = 1;
  configure(model, 1e-9, infinity);
  model.options.set({
    mip_rel_gap: 0.2,
  });
  model.passModel(
    modelData({
      size: size + 1,
      linear,
      quadratic: undefined,
      constant: 0,
      rows: {
        starts: Int32Array.of(0, size),
        indices: all,
        values: new Float64Array(size).fill(1),
      },
      rowLower: Float64Array.of(-infinity),
      rowUpper: Float64Array.of(k),
      lower: Float64Array.from({ length: size + 1 }, (_, j) => (j < size ? 0 : floor)),
      upper: Float64Array.from({ length: size + 1 }, (_, j) => (j < size ? 1 : infinity)),
      integer: [],
      names: [],
    }),
  );
  const addRow = (lower: number, upper: number, indices: Int32Array, values: Vector): number => {
    model.addRow(lower, upper, { indices, values });
    return rows++;
  };
  return {
    get cuts() {
      return cuts;
    },
    get solved() {
      return solved;
    },
    add: ({ at, value, slopes }) => {
      const constant = value - slopes.reduce((sum, slope, j) => sum + slope * at[j]!, 0);
      const indices = Int32Array.of(...all, size);
      addRow(constant, infinity, indices, Float64Array.of(...slopes.map((slope) => -slope), 1));
      cuts++;
    },
    hit: (columns) => {
      addRow(1, infinity, Int32Array.from(columns), new Float64Array(columns.length).fill(1));
      cuts++;
    },
    near: (support, kept) =>
      addRow(kept, infinity, Int32Array.from(support), new Float64Array(support.length).fill(1)),
    away: (row, kept) => {
      model.changeRowBounds(row, -infinity, kept - 1);
    },
    release: (row) => {
      model.changeRowBounds(row, -infinity, infinity);
    },
    below: (value) => {
      model.changeColBounds(size, Math.min(floor, value), value);
    },
    wholeShares: () => {
      mixed = true;
      model.changeColsIntegrality(
        { kind: "range", from: 0, to: size - 1 },
        new Int32Array(size).fill(1),
      );
    },
    run: (seconds, start) => {
      solved++;
      model.zeroAllClocks();
      model.options.set("time_limit", Math.max(1e-3, Math.min(seconds, 1e9)));
      if (start !== undefined) model.setSolution({ colValue: start });
      return answerOf(model, mixed);
    },
  };
}

/** Runs with a program of cuts, and lets go of its memory. */
export const withCutProgram = <T>(
  highs: Highs,
  size: number,
  k: number,
  floor: number,
  use: (program: CutProgram) => T,
): T => highs.withModel((model) => use(cutProgram(model, size, k, floor)));
