import type { Overview } from "../../../src/records/overview.ts";

/** What of the plane of steps and losses is seen; on a log axis the bounds are logarithms (base 10). */
export interface View {
  readonly x0: number;
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly logX: boolean;
  readonly logY: boolean;
}

/** A run's loss as lengths on a picture: the middle of each bucket, and its reach from top to bottom. */
export interface Trace {
  /** Columns (may lie outside the picture), growing. */
  readonly x: Float32Array;
  /** Rows: the highest value, and the lowest. NaN where the bucket holds no finite value. */
  readonly top: Float32Array;
  readonly bottom: Float32Array;
  /** Columns of values that are not finite. */
  readonly broken: readonly number[];
}

/** Where an overview's buckets lie on a picture of some size. Values beyond it are cut well outside. */
export function trace(
  { count, width, firstStep, lastStep, low, high }: Overview,
  view: View,
  across: number,
  down: number,
): Trace {
  const stride = (lastStep - firstStep) / Math.max(1, count - 1);
  const scaleX = across / (view.x1 - view.x0);
  const scaleY = down / (view.y1 - view.y0);
  const far = 4 * down;
  const place = (value: number): number => {
    const length = view.logY ? (value > 0 ? Math.log10(value) : view.y0 - 1) : value;
    return Math.min(far, Math.max(-far, down - (length - view.y0) * scaleY));
  };
  const x = new Float32Array(low.length);
  const top = new Float32Array(low.length);
  const bottom = new Float32Array(low.length);
  const broken: number[] = [];
  for (let i = 0; i < low.length; i++) {
    const last = Math.min(count, (i + 1) * width) - 1;
    const step = firstStep + (stride * (i * width + last)) / 2;
    x[i] = ((view.logX ? Math.log10(Math.max(step, 0.5)) : step) - view.x0) * scaleX;
    bottom[i] = place(low[i]!);
    const finite = Number.isFinite(high[i]!);
    top[i] = place(finite ? high[i]! : low[i]!);
    if (!finite) broken.push(x[i]!);
  }
  return { x, top, bottom, broken };
}

/**
 * Where a run's line is at a column of a picture, from top to bottom; undefined where it is not. What {@link trace}
 * draws, for one column alone: so a pointer that moves while the view does is answered at once, however many runs there are.
 */
export function reachAt(
  { count, width, firstStep, lastStep, low, high }: Overview,
  view: View,
  across: number,
  down: number,
  column: number,
): readonly [top: number, bottom: number] | undefined {
  const buckets = low.length;
  const stride = (lastStep - firstStep) / Math.max(1, count - 1);
  const scaleX = across / (view.x1 - view.x0);
  const xOf = (i: number): number => {
    const last = Math.min(count, (i + 1) * width) - 1;
    const step = firstStep + (stride * (i * width + last)) / 2;
    return ((view.logX ? Math.log10(Math.max(step, 0.5)) : step) - view.x0) * scaleX;
  };
  if (buckets === 0 || column < xOf(0) - 3 || column > xOf(buckets - 1) + 3) return undefined;
  const along = view.x0 + column / scaleX;
  const step = view.logX ? 10 ** along : along;
  const at = stride > 0 ? ((step - firstStep) / stride - (width - 1) / 2) / width : 0;
  const i = Math.min(Math.max(0, Math.floor(at)), Math.max(0, buckets - 2));
  const next = Math.min(i + 1, buckets - 1);
  const [from, to] = [xOf(i), xOf(next)];
  const part = to > from ? Math.min(1, Math.max(0, (column - from) / (to - from))) : 0;
  const scaleY = down / (view.y1 - view.y0);
  const place = (value: number): number => {
    const length = view.logY ? (value > 0 ? Math.log10(value) : view.y0 - 1) : value;
    return down - (length - view.y0) * scaleY;
  };
  const between = (values: Float64Array): number => {
    const [a, b] = [values[i]!, values[next]!];
    // At a bucket itself, one beside it that holds nothing finite takes nothing from it.
    return part === 0 ? place(a) : place(a) + part * (place(b) - place(a));
  };
  const bottom = between(low);
  if (Number.isNaN(bottom)) return undefined;
  const top = between(high);
  return [Number.isFinite(top) ? top : bottom, bottom];
}

/**
 * How many runs pass through each point of a picture. Each run weighs 1 in each column that it crosses,
 * spread over its own lowest to highest there: so what many share stands out, and a noisy run does not.
 *
 * @returns `[across * down]`, column by column
 */
export function density(
  runs: Iterable<Overview>,
  view: View,
  across: number,
  down: number,
): Float32Array {
  const weight = new Float32Array(across * down);
  for (const run of runs) addRun(weight, trace(run, view, across, down), across, down);
  return weight;
}

function addRun(
  weight: Float32Array,
  { x, top, bottom, broken }: Trace,
  across: number,
  down: number,
): void {
  const add = (column: number, from: number, to: number): void => {
    const share = 1 / (to - from + 1);
    const begin = Math.max(0, Math.round(from));
    const end = Math.min(down - 1, Math.round(to));
    const base = column * down;
    for (let row = begin; row <= end; row++) weight[base + row]! += share;
  };
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i]!, i + 1 < x.length ? x[i + 1]! : x[i]! + 1];
    if (b < 0 || a >= across || Number.isNaN(bottom[i]!)) continue;
    const next = i + 1 < x.length && !Number.isNaN(bottom[i + 1]!) ? i + 1 : i;
    const [rise, fall] = [top[next]! - top[i]!, bottom[next]! - bottom[i]!];
    for (let column = Math.max(0, Math.ceil(a)); column < Math.min(across, b); column++) {
      const part = (column - a) / (b - a);
      add(column, top[i]! + part * rise, bottom[i]! + part * fall);
    }
  }
  for (const column of broken) {
    const at = Math.round(column);
    if (at >= 0 && at < across) for (let row = 0; row < 4; row++) weight[at * down + row]! += 1;
  }
}

/**
 * A density as a picture in one colour, whose opacity grows with the logarithm: one run is seen, and
 * where a thousand meet is told from where ten do.
 *
 * @returns RGBA, row by row
 */
export function toneMap(
  weight: Float32Array,
  across: number,
  down: number,
  [red, green, blue]: readonly [number, number, number],
): Uint8ClampedArray<ArrayBuffer> {
  let most = 0;
  for (let i = 0; i < weight.length; i++) if (weight[i]! > most) most = weight[i]!;
  const steepness = 12;
  const scale = 1 / Math.log1p(steepness * Math.max(1, most));
  const pixels = new Uint8ClampedArray(4 * across * down);
  for (let column = 0; column < across; column++) {
    for (let row = 0; row < down; row++) {
      const value = weight[column * down + row]!;
      if (value === 0) continue;
      const at = 4 * (row * across + column);
      pixels[at] = red;
      pixels[at + 1] = green;
      pixels[at + 2] = blue;
      pixels[at + 3] = 18 + 225 * Math.log1p(steepness * value) * scale;
    }
  }
  return pixels;
}
