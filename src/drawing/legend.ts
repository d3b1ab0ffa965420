import type { Series } from "./chart.ts";
import { dashes } from "./curves.ts";
import { type Box, type Mark, short } from "./scene.ts";
import { colourOf, type Style } from "./style.ts";

/** About the width of a letter, in units of its size: text cannot be measured before it is drawn. */
const letter = 0.56;

/** The room that the names of the curves take: beside a wide chart, above a narrow one. */
interface LegendSpace {
  readonly beside: number;
  readonly above: number;
  /** Names in one row above, where they stand there. */
  readonly perRow: number;
  /** Pixels of one name. */
  readonly entry: number;
}

const named = (series: readonly Series[]): readonly (readonly [Series, number])[] =>
  series.map((one, i) => [one, i] as const).filter(([{ unnamed }]) => !unnamed);

/** How much room the legend takes; none for a single curve, which the axis names. */
export function legendSpace(
  series: readonly Series[],
  width: number,
  { fontSize: em }: Style,
): LegendSpace {
  const names = named(series);
  if (names.length < 2) return { beside: 0, above: 0, perRow: 0, entry: 0 };
  const longest = Math.max(...names.map(([{ name }]) => name.length));
  const entry = longest * letter * em + 3.7 * em;
  if (entry <= width / 3) return { beside: entry, above: 0, perRow: 0, entry };
  const perRow = Math.max(1, Math.floor((width - 6 * em) / entry));
  return { beside: 0, above: Math.ceil(names.length / perRow) * 1.5 * em, perRow, entry };
}

/** The names of the curves, each with its line. */
export function drawLegend(
  series: readonly Series[],
  { beside, above, perRow, entry }: LegendSpace,
  {
    left,
    top,
    box,
    style,
  }: { readonly left: number; readonly top: number; readonly box: Box; readonly style: Style },
): Mark[] {
  if (beside === 0 && above === 0) return [];
  const { fontSize: em, ink } = style;
  return named(series).flatMap(([{ name, as, dashed, colour, hue }, i], k): Mark[] => {
    const [x, y] =
      beside > 0
        ? [box.right + em, box.top + 0.67 * em + k * 1.5 * em]
        : [left + 5.4 * em + (k % perRow) * entry, top + em + Math.floor(k / perRow) * 1.5 * em];
    const stroke = colour ?? colourOf(style, hue ?? i);
    const dash = dashes(style, i, dashed);
    const line: Mark =
      as === "dots"
        ? { shape: "circle", x: x + 0.75 * em, y, radius: 3, fill: stroke }
        : {
            ...{ shape: "path", d: `M${short(x)} ${short(y)}h${short(1.5 * em)}`, stroke },
            ...{ width: 2, ...(dash && { dash }) },
          };
    return [line, { shape: "text", x: x + 2 * em, y: y + 0.33 * em, text: name, fill: ink }];
  });
}
