import { type Ask, askGradient, askValue, type Vector } from "../../../linalg/ask.ts";
import { addScaled, allFinite, dot } from "../../../linalg/vector.ts";
import type { Point } from "../solver.ts";

/** Doublings and quarterings of the step at most, each way. */
const maxTrials = 40;
/** A refinement is worth a gradient if it promises this part of the decrease that is already in hand. */
const worthRefining = 0.05;

/** The lower point that was found, and how far along the direction. */
export interface Found {
  readonly point: Point;
  readonly distance: number;
}

/** A place along the line, and the value there. */
interface Place {
  readonly at: number;
  readonly value: number;
}

/**
 * Goes from a point along a direction of negative curvature, to the side where the slope is not
 * positive: doubles the step while the value falls (or quarters it until it does), then asks for the
 * gradient at the best place and, where its slope promises more, takes one step of the parabola
 * through the best place, its slope, and the neighbour on the side it points to.
 *
 * Price: three to ten values, one or two gradients.
 *
 * @param first - the distance tried first, above 0
 * @returns undefined if no distance lowers the value
 */
export function* stepAlong(point: Point, direction: Vector, first: number): Ask<Found | undefined> {
  const { x, gradient } = point;
  const side = dot(gradient, direction) > 0 ? -1 : 1;
  const trial = new Float64Array(x.length);
  const valueAt = function* (at: number): Ask<Place> {
    addScaled(trial, x, side * at, direction);
    return { at, value: yield* askValue(trial) };
  };
  const bracket = yield* bracketed(point.value, first, valueAt);
  if (bracket === undefined) return undefined;
  const [before, best, after] = bracket;
  const pointAt = function* (at: number): Ask<Point> {
    const there = new Float64Array(x.length);
    addScaled(there, x, side * at, direction);
    const { value, gradient: slope } = yield* askGradient(there);
    return { x: there, value, gradient: slope };
  };
  const found = yield* pointAt(best.at);
  if (!allFinite(found.gradient)) return undefined;
  const slope = side * dot(found.gradient, direction);
  const refined = vertex(best, slope, slope < 0 ? after : before);
  if (refined === undefined || refined.gain <= worthRefining * (point.value - best.value)) {
    return { point: found, distance: best.at };
  }
  const second = yield* pointAt(refined.at);
  return second.value < found.value && allFinite(second.gradient)
    ? { point: second, distance: refined.at }
    : { point: found, distance: best.at };
}

/** Three places with the lowest value in the middle; the outer ones are the neighbours that were tried. */
function* bracketed(
  value: number,
  first: number,
  valueAt: (at: number) => Ask<Place>,
): Ask<readonly [Place, Place, Place] | undefined> {
  const start: Place = { at: 0, value };
  let place = yield* valueAt(first);
  if (place.value < value) {
    let before = start;
    for (let trial = 0; trial < maxTrials; trial++) {
      const next = yield* valueAt(2 * place.at);
      if (!(next.value < place.value)) return [before, place, next];
      [before, place] = [place, next];
    }
    return [before, place, { at: 2 * place.at, value: Number.NaN }];
  }
  for (let trial = 0; trial < maxTrials; trial++) {
    const next = yield* valueAt(place.at / 4);
    if (next.value < value) return [start, next, place];
    place = next;
  }
  return undefined;
}

/** The lowest point of the parabola with a place's value and slope that passes through another, and its gain. */
function vertex(
  place: Place,
  slope: number,
  other: Place,
): { readonly at: number; readonly gain: number } | undefined {
  const span = other.at - place.at;
  const curvature = (2 * (other.value - place.value - slope * span)) / (span * span);
  if (!(curvature > 0) || !Number.isFinite(curvature)) return undefined;
  const at = place.at - slope / curvature;
  const inside = at > Math.min(place.at, other.at) && at < Math.max(place.at, other.at);
  return inside ? { at, gain: (slope * slope) / (2 * curvature) } : undefined;
}
