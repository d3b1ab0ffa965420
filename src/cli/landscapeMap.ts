import type { LandscapeReport } from "../inspection/landscape.ts";

const mapShades = "█▓▒░ ";

/** A plane in five shades, dark for low, a fifth of the places each: a line of text for each value of the second direction, highest first. */
export function mapOf({ axes, values }: LandscapeReport): string[] {
  const [columns, rows] = axes.map(({ coordinates }) => coordinates.length) as [number, number];
  const sorted = values.slice().sort();
  const bound = (i: number): number => sorted[Math.floor((i * sorted.length) / mapShades.length)]!;
  const shade = (value: number): string => {
    let i = 0;
    while (i + 1 < mapShades.length && value >= bound(i + 1)) i++;
    return mapShades[i]!.repeat(2);
  };
  return Array.from({ length: rows }, (_, up) => {
    const row = rows - 1 - up;
    return Array.from({ length: columns }, (_, column) => shade(values[column * rows + row]!)).join(
      "",
    );
  });
}
