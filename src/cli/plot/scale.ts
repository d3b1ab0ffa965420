/** How an axis turns data into lengths. */
export interface Axis {
  readonly label: string;
  /** Default `linear`. On a `log` axis values that are not positive are left out. */
  readonly scale?: "linear" | "log";
  /** The data at both ends. Default: what all series need. */
  readonly domain?: readonly [low: number, high: number];
}

/** An axis that knows its data: positions in [0, 1], and where its ticks stand. */
export interface Scale {
  /** 0 at the low end and 1 at the high end; NaN for what the axis cannot show. */
  place(value: number): number;
  readonly ticks: readonly number[];
}

/** The scale of an axis for these data; those that are not finite, or not positive on a log axis, have no say. */
export function scaleOf({ scale = "linear", domain }: Axis, data: Iterable<number>): Scale {
  const log = scale === "log";
  const shown = (value: number): boolean => Number.isFinite(value) && (!log || value > 0);
  let [low, high] = domain ?? extent([...data].filter(shown));
  if (!(low < high)) [low, high] = log ? [low / 10, low * 10] : [low - 1, low + 1];
  const at = (value: number): number => (log ? Math.log10(value) : value);
  const [from, to] = [at(low), at(high)];
  return {
    place: (value) => (shown(value) ? (at(value) - from) / (to - from) : Number.NaN),
    ticks: log ? logTicks(low, high) : linearTicks(low, high),
  };
}

function extent(values: readonly number[]): readonly [number, number] {
  if (values.length === 0) return [1, 1];
  return values.reduce<readonly [number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
}

/** About five multiples of 1, 2 or 5 times a power of ten. */
function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // `+ 0` turns −0 into 0.
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step + 0);
}

/** Powers of ten, every second or every third … so that there are at most seven; 2 and 5 as well where there are few. */
function logTicks(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / 7));
  const between = last - first < 2 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = first - 1; power <= last; power++) {
    if ((power - first) % every !== 0 && between.length === 1) continue;
    for (const factor of between) ticks.push(Number(`${factor}e${power}`));
  }
  return ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
}
