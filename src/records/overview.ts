import { NadirError } from "../base/errors.ts";

/** Buckets of an overview at most: 2 KB, so that a thousand runs are one reply of 2.1 MB. */
export const OVERVIEW_BUCKETS = 256;

/**
 * A series at a glance: its points in buckets of `width` (a power of two) by their order, of each the
 * lowest and the highest value. What a bucket once held it keeps while points are only added, until
 * the series outgrows its buckets and each two become one.
 */
export interface Overview {
  /** Points in the series. */
  readonly count: number;
  /** Points in each bucket but the last: a power of two. */
  readonly width: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** Whether each step is as far from the next: then bucket i starts at `firstStep` + i·width·(the distance). */
  readonly even: boolean;
  /** `[buckets]`, the lowest finite value of each; NaN where there is none. */
  readonly low: Float64Array;
  /** `[buckets]`, the highest value of each, or a value that is not finite if the bucket holds one. */
  readonly high: Float64Array;
}

/** Makes an overview point by point, in constant time for each. */
export class OverviewBuilder {
  readonly #low = new Float64Array(OVERVIEW_BUCKETS);
  readonly #high = new Float64Array(OVERVIEW_BUCKETS);
  #count = 0;
  #width = 1;
  #firstStep = Number.NaN;
  #lastStep = Number.NaN;
  #stride: number | undefined;
  #even = true;

  add(step: number, value: number): void {
    if (this.#count === OVERVIEW_BUCKETS * this.#width) this.#halve();
    if (this.#count === 0) this.#firstStep = step;
    else {
      this.#stride ??= step - this.#lastStep;
      this.#even &&= step - this.#lastStep === this.#stride;
    }
    this.#lastStep = step;
    const finite = Number.isFinite(value);
    const at = Math.floor(this.#count / this.#width);
    if (this.#count % this.#width === 0) {
      this.#low[at] = finite ? value : Number.NaN;
      this.#high[at] = value;
    } else this.#merge(at, finite ? value : Number.NaN, value);
    this.#count++;
  }

  /** The overview of the points so far; a copy. */
  get overview(): Overview {
    const buckets = Math.ceil(this.#count / this.#width);
    return {
      count: this.#count,
      width: this.#width,
      firstStep: this.#firstStep,
      lastStep: this.#lastStep,
      even: this.#even,
      low: this.#low.slice(0, buckets),
      high: this.#high.slice(0, buckets),
    };
  }

  #merge(at: number, low: number, high: number): void {
    const before = this.#low[at]!;
    if (low < before || Number.isNaN(before)) this.#low[at] = low;
    const top = this.#high[at]!;
    if (Number.isFinite(top) && (high > top || !Number.isFinite(high))) this.#high[at] = high;
  }

  #halve(): void {
    for (let i = 0; i < OVERVIEW_BUCKETS / 2; i++) {
      this.#low[i] = this.#low[2 * i]!;
      this.#high[i] = this.#high[2 * i]!;
      this.#merge(i, this.#low[2 * i + 1]!, this.#high[2 * i + 1]!);
    }
    this.#width *= 2;
  }
}

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/**
 * The upper half of a float64, rounded: its sign and exponent, and 20 bits of its fraction. So 4 bytes
 * reach from 1e-308 to 1e308, which float32 does not, with a relative error of 5e-7.
 */
function upperHalf(value: number): number {
  number[0] = value;
  const [low = 0, high = 0] = words;
  // Rounding up may carry into the exponent, which is right, but must not make a NaN or an infinity.
  const rounded = low >= 0x80000000 ? high + 1 : high;
  return (rounded & 0x7ff00000) === 0x7ff00000 && Number.isFinite(value) ? high : rounded;
}

/** The buckets of an overview as bytes: low and high of each in turn, as upper halves of float64. */
export function packBuckets({ low, high }: Overview): Uint8Array<ArrayBuffer> {
  const packed = new Uint32Array(2 * low.length);
  for (let i = 0; i < low.length; i++) {
    packed[2 * i] = upperHalf(low[i]!);
    packed[2 * i + 1] = upperHalf(high[i]!);
  }
  return new Uint8Array(packed.buffer);
}

/** An overview whose buckets are still packed, as the store keeps it. */
export interface PackedOverview extends Omit<Overview, "low" | "high"> {
  readonly run: string;
  /** See {@link packBuckets}. */
  readonly buckets: Uint8Array;
}

const HEAD = 48;

/**
 * Overviews of one series in many runs as one binary message, little-endian: for each run its id (16
 * bytes, ASCII, padded with 0), first and last step (float64), count, width, even, number of buckets
 * (uint32), and the buckets of {@link packBuckets}.
 */
export function packOverviews(overviews: readonly PackedOverview[]): Uint8Array<ArrayBuffer> {
  const size = overviews.reduce((sum, { buckets }) => sum + HEAD + buckets.length, 0);
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { run, count, width, firstStep, lastStep, even, buckets } of overviews) {
    for (let i = 0; i < Math.min(16, run.length); i++) bytes[at + i] = run.charCodeAt(i);
    view.setFloat64(at + 16, firstStep, true);
    view.setFloat64(at + 24, lastStep, true);
    for (const [i, value] of [count, width, even ? 1 : 0, buckets.length / 8].entries()) {
      view.setUint32(at + 32 + 4 * i, value, true);
    }
    bytes.set(buckets, at + HEAD);
    at += HEAD + buckets.length;
  }
  return bytes;
}

/**
 * What {@link packOverviews} packed, by run.
 *
 * @throws NadirError `data/malformed` if the bytes are no such message
 */
export function unpackOverviews(bytes: Uint8Array): Map<string, Overview> {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = aligned;
  const view = new DataView(buffer, byteOffset, bytes.length);
  const packed = new Uint32Array(buffer, byteOffset, Math.floor(bytes.length / 4));
  // One array for all: two thousand small ones are most of the work, and of what is to be let go later.
  const values = new Float64Array(packed.length);
  const halves = new Uint32Array(values.buffer);
  const found = new Map<string, Overview>();
  let used = 0;
  for (let at = 0; at < bytes.length; ) {
    const buckets = at + HEAD <= bytes.length ? view.getUint32(at + 44, true) : Number.NaN;
    if (!(at + HEAD + 8 * buckets <= bytes.length)) {
      throw new NadirError("data/malformed", `overviews end within the run at byte ${at}`);
    }
    spread(packed, (at + HEAD) / 4, buckets, halves, used);
    found.set(idAt(bytes, at), {
      firstStep: view.getFloat64(at + 16, true),
      lastStep: view.getFloat64(at + 24, true),
      count: view.getUint32(at + 32, true),
      width: view.getUint32(at + 36, true),
      even: view.getUint32(at + 40, true) === 1,
      low: values.subarray(used, used + buckets),
      high: values.subarray(used + buckets, used + 2 * buckets),
    });
    used += 2 * buckets;
    at += HEAD + 8 * buckets;
  }
  return found;
}

function idAt(bytes: Uint8Array, at: number): string {
  let id = "";
  for (let i = at; i < at + 16 && bytes[i] !== 0; i++) id += String.fromCharCode(bytes[i]!);
  return id;
}

/** Buckets as upper halves of float64: the lows in a row, then the highs. A loop of its own: a page waits for it. */
function spread(
  packed: Uint32Array,
  from: number,
  buckets: number,
  halves: Uint32Array,
  to: number,
): void {
  for (let i = 0; i < buckets; i++) {
    halves[2 * (to + i) + 1] = packed[from + 2 * i]!;
    halves[2 * (to + buckets + i) + 1] = packed[from + 2 * i + 1]!;
  }
}
