/** What curves of several runs are laid over each other by. */
export const axes = ["step", "epoch", "time", "evaluations"] as const;
export type Axis = (typeof axes)[number];

/** A curve over its steps, and how far its run went by each axis, at an even pace. */
export interface RunCurve {
  readonly steps: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** Of the whole run: its steps, and what those came to. */
  readonly total: Readonly<Record<Axis, number | undefined>>;
}

/** Curves on one grid of x: what several have in common is where they all are. */
export interface AlignedCurves {
  readonly axis: Axis;
  /** `[points]`, evenly from the first x to the last. */
  readonly x: Float64Array;
  /** Of each group `[points]`: the median over its curves, NaN beyond the end of half of them. */
  readonly median: readonly Float64Array[];
  /** The same for the 10th and the 90th of a hundred, by interpolation. */
  readonly low: readonly Float64Array[];
  readonly high: readonly Float64Array[];
}

/**
 * Lays curves of groups of runs over each other. Between two points a curve is a straight line; before
 * its first and after its last it is not there. A run's epochs, seconds and evaluations are taken to
 * pass at an even pace over its steps.
 *
 * @param groups - the curves of each group; those whose run does not know the axis are left out
 * @param points - of the grid, at least 2
 */
export function alignCurves(
  groups: readonly (readonly RunCurve[])[],
  axis: Axis,
  points: number,
): AlignedCurves {
  const placed = groups.map((curves) =>
    curves.flatMap(({ steps, values, total }) => {
      const [length, whole] = [total[axis], total.step];
      if (length === undefined || whole === undefined || !(whole > 0)) return [];
      const pace = axis === "step" ? 1 : length / whole;
      return [{ x: Float64Array.from(steps, (step) => step * pace), values }];
    }),
  );
  const all = placed.flat().filter(({ x }) => x.length > 0);
  const from = Math.min(...all.map(({ x }) => x[0]!));
  const to = Math.max(...all.map(({ x }) => x.at(-1)!));
  const x = Float64Array.from({ length: all.length === 0 ? 0 : points }, (_, i) =>
    i === points - 1 ? to : from + ((to - from) * i) / (points - 1),
  );
  const at = placed.map((curves) => curves.map((curve) => onGrid(curve, x)));
  const quantile = (part: number): Float64Array[] =>
    at.map((curves) =>
      x.map((_, i) => {
        const here = curves.map((values) => values[i]!).filter((v) => !Number.isNaN(v));
        // Where more than half have ended the rest would tell of themselves alone.
        return here.length * 2 < curves.length ? Number.NaN : quantileOf(here, part);
      }),
    );
  return { axis, x, median: quantile(0.5), low: quantile(0.1), high: quantile(0.9) };
}

/** A curve's values on a grid: linear between its points, NaN outside of them. */
function onGrid(
  curve: { readonly x: Float64Array; readonly values: ArrayLike<number> },
  grid: Float64Array,
): Float64Array {
  let k = 0;
  const last = curve.x.length - 1;
  return grid.map((x) => {
    if (last < 0 || x < curve.x[0]! || x > curve.x[last]!) return Number.NaN;
    while (k < last && curve.x[k + 1]! <= x) k++;
    const [a, b] = [curve.x[k]!, curve.x[Math.min(k + 1, last)]!];
    const [u, v] = [curve.values[k]!, curve.values[Math.min(k + 1, last)]!];
    return b > a ? u + ((v - u) * (x - a)) / (b - a) : u;
  });
}

/** The quantile by linear interpolation between order statistics (R's type 7, NumPy's default). */
function quantileOf(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low === high ? low : low + (high - low) * (place - Math.floor(place));
}
