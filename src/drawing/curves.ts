import type { Series } from "./chart.ts";
import { type Box, type Mark, short } from "./scene.ts";
import { colourOf, type Style } from "./style.ts";

/** Pixels of a place in the data; NaN for what an axis cannot show. */
export type Place = (x: number, y: number) => readonly [number, number];

interface Surroundings {
  readonly box: Box;
  readonly style: Style;
}

/** A curve's line, dots or sticks. */
export function drawSeries(
  { points, as = "line", dashed, colour, hue, width = 2 }: Series,
  i: number,
  place: Place,
  { box, style }: Surroundings,
): Mark[] {
  const stroke = colour ?? colourOf(style, hue ?? i);
  if (as === "dots" || as === "sticks") {
    const placed = points.map(([px, py]) => place(px, py)).filter(isPlaced);
    if (as === "dots")
      return placed.map(([x, y]) => ({ shape: "circle", x, y, radius: 2.5, fill: stroke }));
    const d = placed
      .map(([x, y]) => `M${short(x)} ${short(box.bottom)}V${short(Math.min(y, box.bottom))}`)
      .join("");
    return d === "" ? [] : [{ shape: "path", d, stroke, width }];
  }
  let d = "";
  let pen = false;
  for (const [px, py] of points) {
    const [x, y] = place(px, py);
    if (!isPlaced([x, y])) {
      pen = false;
      continue;
    }
    if (!pen) d += `M${short(x)} ${short(y)}`;
    else d += as === "steps" ? `H${short(x)}V${short(y)}` : `L${short(x)} ${short(y)}`;
    pen = true;
  }
  const dash = dashes(style, i, dashed);
  return [{ shape: "path", d, stroke, width, ...(dash && { dash }) }];
}

/** The interval about a curve. */
export function drawBand(series: Series, i: number, place: Place, style: Style): Mark[] {
  const { band = [], colour, hue } = series;
  const upper = band.map(([x, , high]) => place(x, high)).filter(isPlaced);
  const lower = band.map(([x, low]) => place(x, low)).filter(isPlaced);
  if (upper.length === 0 || lower.length === 0) return [];
  const outline = [...upper, ...lower.reverse()];
  const d = outline.map(([px, py]) => `${short(px)} ${short(py)}`).join("L");
  return [{ shape: "path", d: `M${d}Z`, fill: colour ?? colourOf(style, hue ?? i), opacity: 0.15 }];
}

/** Dashes of the i-th curve: after all colours are used, they tell curves apart. */
export const dashes = (
  { curves }: Style,
  i: number,
  dashed = i >= curves.length,
): readonly number[] | undefined => (dashed ? [6, 4] : undefined);

const isPlaced = ([x, y]: readonly [number, number]): boolean =>
  Number.isFinite(x) && Number.isFinite(y);
