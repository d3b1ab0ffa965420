import type { Panel } from "../../../src/drawing/chart.ts";
import type { PlacedCurve } from "../../../src/drawing/curveChart.ts";
import { nearestPoint } from "../../../src/drawing/nearest.ts";

/** All places that curves were logged at, rising, each once. */
export function loggedPlaces(curves: readonly PlacedCurve[]): readonly number[] {
  const places = new Set(curves.flatMap(({ logged }) => logged.map(([x]) => x)));
  return [...places].sort((a, b) => a - b);
}

/** The logged place nearest to a pixel; undefined if none is shown. */
export function placeNear(
  places: readonly number[],
  { box, x }: Panel,
  pixel: number,
): number | undefined {
  const at = x.at((pixel - box.left) / (box.right - box.left));
  const points = places.map((place) => [place, 0] as const);
  const found = nearestPoint(points, at)?.[0];
  if (found === undefined) return undefined;
  const part = x.place(found);
  return part >= -1e-9 && part <= 1 + 1e-9 ? found : undefined;
}

/** The logged place some places on from one: to the left if `by` is negative. */
export function placeBeside(
  places: readonly number[],
  from: number | undefined,
  by: number,
  shown: readonly [number, number],
): number | undefined {
  const inside = places.filter((place) => place >= shown[0] && place <= shown[1]);
  if (from === undefined) return by > 0 ? inside[0] : inside.at(-1);
  const at = inside.indexOf(from);
  if (at < 0) return inside.find((place) => place >= from) ?? inside.at(-1);
  return inside[Math.min(inside.length - 1, Math.max(0, at + by))];
}

/** What each curve was at a place: only what was logged there. */
export const valuesAt = (
  curves: readonly PlacedCurve[],
  place: number,
): readonly { readonly name: string; readonly value: number; readonly index: number }[] =>
  curves.flatMap(({ name, logged }, index) => {
    const found = nearestPoint(logged, place);
    return found?.[0] === place ? [{ name, value: found[1], index }] : [];
  });
