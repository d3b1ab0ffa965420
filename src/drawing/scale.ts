/** How an axis turns data into lengths. */
export interface Axis {
  readonly label: string;
  /**
   * Default `linear`. On a `log` axis values that are not positive are left out. `symlog` is logarithmic to both sides
   * and linear about zero, where |value| is below `linear`.
   */
  readonly scale?: "linear" | "log" | "symlog";
  /** Where a symlog axis turns from linear to logarithmic. Default a ten-thousandth of the largest |value|. */
  readonly linear?: number;
  /** The data at both ends. Default: what all series need. */
  readonly domain?: readonly [low: number, high: number];
}

/** An axis that knows its data: positions in [0, 1], and where its ticks stand. */
export interface Scale {
  /** 0 at the low end and 1 at the high end; NaN for what the axis cannot show. */
  place(value: number): number;
  /** The value at a position: the inverse of `place`. */
  at(part: number): number;
  readonly domain: readonly [low: number, high: number];
  readonly ticks: readonly number[];
}

/** The scale of an axis for these data; those that are not finite, or not positive on a log axis, have no say. */
export function scaleOf({ scale = "linear", linear, domain }: Axis, data: Iterable<number>): Scale {
  const log = scale === "log";
  const shown = (value: number): boolean => Number.isFinite(value) && (!log || value > 0);
  let [low, high] = domain ?? extent(data, shown);
  if (!(low < high)) [low, high] = log ? [low / 10, low * 10] : [low - 1, low + 1];
  const turn = linear ?? Math.max(Math.abs(low), Math.abs(high)) / 1e4;
  const [forward, backward] = {
    linear: [(value: number) => value, (length: number) => length],
    log: [Math.log10, (length: number) => 10 ** length],
    symlog: [
      (value: number) => Math.sign(value) * Math.log10(1 + Math.abs(value) / turn),
      (length: number) => Math.sign(length) * turn * (10 ** Math.abs(length) - 1),
    ],
  }[scale] as [(value: number) => number, (length: number) => number]; // each row has both
  const [from, to] = [forward(low), forward(high)];
  const place = (value: number): number =>
    shown(value) ? (forward(value) - from) / (to - from) : Number.NaN;
  const ticks = log
    ? logTicks(low, high)
    : scale === "symlog"
      ? symlogTicks(low, high, turn)
      : linearTicks(low, high);
  return {
    place,
    at: (part) => backward(from + part * (to - from)),
    domain: [low, high],
    // Where the axis is hardly longer than the numbers are exact, a round number beside it is not on it.
    ticks: ticks.filter((tick) => Math.abs(place(tick) - 0.5) <= 0.5 + 1e-7),
  };
}

function extent(data: Iterable<number>, shown: (value: number) => boolean): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of data) {
    if (!shown(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? [1, 1] : [low, high];
}

/** About five multiples of 1, 2 or 5 times a power of ten. */
function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step);
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

/** Zero, and to each side powers of ten from where the axis is logarithmic on, at most four. */
function symlogTicks(low: number, high: number, turn: number): number[] {
  const side = (far: number): number[] => {
    const [first, last] = [Math.ceil(Math.log10(turn)), Math.floor(Math.log10(far) + 1e-9)];
    const every = Math.max(1, Math.ceil((last - first + 1) / 4));
    const powers: number[] = [];
    for (let power = last; power >= first; power -= every) powers.unshift(Number(`1e${power}`));
    return powers;
  };
  const negative = low < 0 ? side(-low).map((tick) => -tick) : [];
  return [...negative.reverse(), 0, ...(high > 0 ? side(high) : [])].filter(
    (tick) => tick >= low && tick <= high,
  );
}
