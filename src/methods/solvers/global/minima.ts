import { requireInRange } from "../../../base/require.ts";
import type { Bounds, Vector } from "../../../linalg/ask.ts";
import type { FoundMinimum, Search } from "../search.ts";
import type { Point, Stall } from "../solver.ts";
import type { LocalEnd } from "./localSearch.ts";
import { shareInWords, shareOf } from "./share.ts";

/** The distinct ends of local searches so far: plain data. */
export interface MinimaSeen {
  /** Ascending in value, the lowest `kept` of them. */
  readonly minima: FoundMinimum[];
  /** Ends at points that are in no place of the list: it was full, and they are higher. */
  beyond: number;
  searches: number;
  readonly failed: { [why in Extract<LocalEnd, { kind: "failed" }>["why"]]: number };
}

/** Minima that are remembered: a plateau has as many ends as there are searches. */
const kept = 1000;

export const noMinima = (): MinimaSeen => ({
  minima: [],
  beyond: 0,
  searches: 0,
  failed: { "non-finite": 0, outside: 0, unfinished: 0 },
});

/** When two ends are one minimum. */
export interface Sameness {
  /**
   * The largest difference of a coordinate, in units of the box's width, or of max(1, |xᵢ|) where there is
   * none. Default 1e-4.
   */
  readonly distance?: number;
  /** The difference of values, in units of 1 + |f|. Default 1e-6. */
  readonly value?: number;
}

/** Whether two values are one, in units of 1 + |f|. */
export const sameValue = (a: number, b: number, tolerance = 1e-6): boolean =>
  Math.abs(a - b) <= tolerance * (1 + Math.min(Math.abs(a), Math.abs(b)));

/** Takes in the end of a local search: a minimum that is known is counted again, a new one is kept. */
export function see(seen: MinimaSeen, end: LocalEnd, bounds?: Bounds, same: Sameness = {}): void {
  seen.searches++;
  if (end.kind === "failed") {
    seen.failed[end.why]++;
    return;
  }
  const { minima } = seen;
  const { x, value } = end.point;
  const found = { x, value, gradientNorm: end.gradientNorm, stalled: end.stalled };
  const known = minima.findIndex(
    (minimum) =>
      sameValue(minimum.value, value, same.value) &&
      farthest(minimum.x, x, bounds) <= (same.distance ?? 1e-4),
  );
  let reached = 1;
  if (known >= 0) {
    const [before] = minima.splice(known, 1) as [FoundMinimum]; // it was found at this place
    if (before.value <= value) {
      minima.splice(known, 0, { ...before, reached: before.reached + 1 });
      return;
    }
    reached = before.reached + 1;
  }
  const place = minima.findIndex((minimum) => minimum.value > value);
  minima.splice(place < 0 ? minima.length : place, 0, { ...found, reached });
  if (minima.length > kept) seen.beyond += minima.pop()?.reached ?? 0;
}

/** How a search whose plan is carried out ends: at a point that rounding held up, or by its plan. */
export const planEnd = (seen: MinimaSeen, { x }: Point): Stall =>
  seen.minima.find((minimum) => minimum.x === x)?.stalled === "rounding" ? "rounding" : "exhausted";

function farthest(a: Vector, b: Vector, bounds?: Bounds): number {
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const width =
      bounds === undefined ? Number.POSITIVE_INFINITY : bounds.upper[i]! - bounds.lower[i]!;
    const unit = Number.isFinite(width) && width > 0 ? width : Math.max(1, Math.abs(a[i]!));
    largest = Math.max(largest, Math.abs(a[i]! - b[i]!) / unit);
  }
  return largest;
}

/** What was seen, with the sentences that a method adds about what it did. */
export function searchOf(seen: MinimaSeen, sentences: readonly string[] = []): Search {
  const failed = Object.values(seen.failed).reduce((sum, count) => sum + count, 0);
  return {
    minima: [...seen.minima],
    localSearches: seen.searches,
    failed,
    evidence: [...sentences, ...sentencesOf(seen, failed)],
  };
}

function sentencesOf(
  { searches, minima, beyond, failed: why }: MinimaSeen,
  failed: number,
): string[] {
  const [lowest] = minima;
  if (searches === 0) return [];
  const reasons = [
    [why["non-finite"], "met a value or a gradient that is not finite"],
    [why.outside, "left the box"],
    [why.unfinished, "came to no end"],
  ] as const;
  const failures =
    failed === 0
      ? ""
      : `; ${failed} failed and were not let win (${reasons.flatMap(([n, what]) => (n > 0 ? [`${n} ${what}`] : [])).join(", ")})`;
  const distinct = `${beyond > 0 ? "more than " : ""}${minima.length} distinct ${minima.length === 1 ? "point" : "points"}`;
  const ended = `${searches} local ${searches === 1 ? "search" : "searches"} ended in ${distinct}${failures}`;
  if (lowest === undefined) return [ended];
  const reached = minima
    .filter(({ value }) => sameValue(value, lowest.value))
    .reduce((sum, minimum) => sum + minimum.reached, 0);
  return [
    ended,
    `the lowest value seen was reached by ${shareInWords(shareOf(reached, searches), "local searches")}`,
  ];
}

/** @throws NadirError `${area}/distance`, `${area}/value` unless they are above 0 */
export function requireSameness(area: string, { distance, value }: Sameness): Sameness {
  const positive = (name: string, given: number | undefined): object =>
    given === undefined
      ? {}
      : {
          [name]: requireInRange(`${area}/${name}`, given, [0, Number.POSITIVE_INFINITY], {
            open: true,
          }),
        };
  return { ...positive("distance", distance), ...positive("value", value) };
}

/** A value to compare by: what is not finite ranks last. */
export const finiteValue = (value: number): number =>
  Number.isFinite(value) ? value : Number.POSITIVE_INFINITY;

/** A place as a solver's point: its gradient is not known, and something else stands for the gradient's norm. */
export const placed = (
  { x, value }: { readonly x: Vector; readonly value: number },
  residual: number,
): Point => ({ x, value, gradient: noGradient, residual });

const noGradient = new Float64Array(0);
