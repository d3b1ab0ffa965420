/** All values that the elements of an array may take: lo ≤ x ≤ hi, either end may be infinite. */
export interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** Nothing is known. */
export const everything: Range = { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY };

/** Widened by a rounding error, since the ends were computed in floating point; 0 and ∞ are exact. */
const outward = (lo: number, hi: number): Range => ({
  lo: Number.isNaN(lo) ? Number.NEGATIVE_INFINITY : lo - Math.abs(finite(lo)) * Number.EPSILON,
  hi: Number.isNaN(hi) ? Number.POSITIVE_INFINITY : hi + Math.abs(finite(hi)) * Number.EPSILON,
});
const finite = (value: number): number => (Number.isFinite(value) ? value : 0);

// 0 · ∞ is 0 here: the infinite end stands for numbers without bound, each of which times 0 is 0.
const product = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

export const addRanges = (a: Range, b: Range): Range => outward(a.lo + b.lo, a.hi + b.hi);
export const negRange = ({ lo, hi }: Range): Range => ({ lo: -hi, hi: -lo });

export function mulRanges(a: Range, b: Range): Range {
  const ends = [
    ...[product(a.lo, b.lo), product(a.lo, b.hi)],
    ...[product(a.hi, b.lo), product(a.hi, b.hi)],
  ];
  return outward(Math.min(...ends), Math.max(...ends));
}

/** a / b; everything where b may be 0. */
export const divRanges = (a: Range, b: Range): Range =>
  b.lo > 0 || b.hi < 0 ? mulRanges(a, { lo: 1 / b.hi, hi: 1 / b.lo }) : everything;

/** x², at least 0. */
export function squareRange({ lo, hi }: Range): Range {
  const [low, high] = [lo * lo, hi * hi];
  const { lo: least, hi: most } = outward(Math.min(low, high), Math.max(low, high));
  return { lo: lo <= 0 && hi >= 0 ? 0 : Math.max(0, least), hi: most };
}

/** What either may be. */
export const hull = (ranges: readonly Range[]): Range => ({
  lo: Math.min(...ranges.map(({ lo }) => lo)),
  hi: Math.max(...ranges.map(({ hi }) => hi)),
});

/** An increasing function of the range, correctly rounded or nearly so. */
export const increasing = ({ lo, hi }: Range, f: (x: number) => number): Range =>
  outward(f(lo), f(hi));

/** Of numbers; everything if one of them is NaN. */
export function rangeOf(values: ArrayLike<number>): Range {
  let lo = Number.POSITIVE_INFINITY;
  let hi = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) return everything;
    if (value < lo) lo = value;
    if (value > hi) hi = value;
  }
  return values.length === 0 ? { lo: 0, hi: 0 } : { lo, hi };
}
