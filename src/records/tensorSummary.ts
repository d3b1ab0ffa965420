import type { HeatMap } from "../drawing/heatMap.ts";

/** What is told of one tensor instead of its numbers: as much for a large one as for a small one. */
export interface TensorSummary {
  readonly shape: readonly number[];
  readonly size: number;
  /** ‖w‖₂ of the finite values. */
  readonly norm: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly zeros: number;
  /** Values that are NaN or infinite: they have no part in the rest. */
  readonly notFinite: number;
  /** How many values lie in each of equal intervals from `low` to `high`. */
  readonly histogram: readonly number[];
  readonly heat: HeatMap;
}

const BINS = 40;
/** Blocks along each side at most. */
const BLOCKS = 32;

/**
 * Norm, extremes, histogram and a reduced heat map of a tensor.
 *
 * @param shape - row-major, its product is the number of values; a tensor of one axis is one row
 */
export function summarizeTensor(data: ArrayLike<number>, shape: readonly number[]): TensorSummary {
  let [squares, sum, zeros, notFinite] = [0, 0, 0, 0];
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isFinite(value)) {
      notFinite++;
      continue;
    }
    squares += value * value;
    sum += value;
    if (value === 0) zeros++;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const finite = data.length - notFinite;
  const told = finite === 0 ? { low: Number.NaN, high: Number.NaN } : { low, high };
  return {
    ...{ shape, size: data.length, norm: Math.sqrt(squares), mean: sum / finite, ...told },
    ...{ zeros, notFinite, histogram: histogramOf(data, low, high), heat: heatOf(data, shape) },
  };
}

function histogramOf(data: ArrayLike<number>, low: number, high: number): number[] {
  const counts = Array<number>(BINS).fill(0);
  const width = high - low;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isFinite(value)) continue;
    const part = width > 0 ? (value - low) / width : 0.5;
    const bin = Math.min(BINS - 1, Math.floor(part * BINS));
    counts[bin] = counts[bin]! + 1;
  }
  return counts;
}

function heatOf(data: ArrayLike<number>, shape: readonly number[]): HeatMap {
  const ofRows = shape.length < 2 ? 1 : shape[0]!;
  const ofColumns = ofRows === 0 ? 0 : data.length / ofRows;
  const [rows, columns] = [Math.min(BLOCKS, ofRows), Math.min(BLOCKS, ofColumns)];
  const [sums, counts] = [new Float64Array(rows * columns), new Float64Array(rows * columns)];
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if (!Number.isFinite(value)) continue;
    const row = Math.floor((Math.floor(i / ofColumns) * rows) / ofRows);
    const at = row * columns + Math.floor(((i % ofColumns) * columns) / ofColumns);
    sums[at] = sums[at]! + value;
    counts[at] = counts[at]! + 1;
  }
  const values = Array.from(sums, (sum, i) => Number((sum / counts[i]!).toPrecision(5)));
  return { ofRows, ofColumns, rows, columns, values };
}
