import { formatNumber } from "./format.ts";
import type { Colors } from "./output.ts";

/** Curves on a grid of characters: braille dots, 2 × 4 of them a character, each curve in a colour of its own. */
export interface TerminalChart {
  readonly width: number;
  readonly height: number;
  /** Logarithmic where all values are above 0. */
  readonly curves: readonly { readonly name: string; readonly values: ArrayLike<number> }[];
  readonly from: number;
  readonly to: number;
  readonly axis: string;
}

// The dots of a braille character by column and row, from U+2800 on.
const dots = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;

/** Draws curves with their scale at the left, the axis below and their names above. */
export function terminalChart(chart: TerminalChart, colors: Colors): string {
  const { width, height, curves } = chart;
  const paints = [
    colors.cyan,
    colors.yellow,
    colors.magenta,
    colors.green,
    colors.blue,
    colors.red,
  ];
  const finite = curves.flatMap(({ values }) => Array.from(values).filter(Number.isFinite));
  if (finite.length === 0) return "nothing to draw";
  const positive = finite.every((value) => value > 0);
  const level = (value: number): number => (positive ? Math.log(value) : value);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const span = level(high) - level(low) || 1;
  const cells = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  const owner = Array.from({ length: height }, () => new Array<number>(width).fill(0));
  for (const [c, { values }] of curves.entries()) {
    let before: number | undefined;
    for (let i = 0; i < 2 * width; i++) {
      const value = values[Math.round((i * (values.length - 1)) / Math.max(1, 2 * width - 1))];
      if (value === undefined || !Number.isFinite(value)) {
        before = undefined;
        continue;
      }
      const y = Math.round((1 - (level(value) - level(low)) / span) * (4 * height - 1));
      // The line between two columns is drawn in the later one.
      const [a, b] = [Math.min(y, before ?? y), Math.max(y, before ?? y)];
      for (let row = a; row <= b; row++) {
        cells[row >> 2]![i >> 1]! |= dots[(i % 2) as 0 | 1][(row % 4) as 0 | 1 | 2 | 3];
        owner[row >> 2]![i >> 1] = c;
      }
      before = y;
    }
  }
  const scale = [formatNumber(high), formatNumber(low)];
  const margin = Math.max(...scale.map((text) => text.length));
  const lines = cells.map((row, r) => {
    const label = r === 0 ? scale[0] : r === height - 1 ? scale[1] : "";
    const drawn = row.map((cell, i) =>
      cell === 0
        ? " "
        : (paints[owner[r]![i]! % paints.length] ?? colors.cyan)(
            String.fromCharCode(0x2800 + cell),
          ),
    );
    return `${colors.dim((label ?? "").padStart(margin))} ${drawn.join("").trimEnd()}`;
  });
  const legend = curves.map(({ name }, i) =>
    (paints[i % paints.length] ?? colors.cyan)(`━ ${name}`),
  );
  const [from, to] = [formatNumber(chart.from), formatNumber(chart.to)];
  const gap = Math.max(1, width - from.length - to.length - chart.axis.length);
  const half = " ".repeat(Math.floor(gap / 2));
  const below = `${" ".repeat(margin)} ${from}${half}${chart.axis}${" ".repeat(gap - half.length)}${to}`;
  return [`${" ".repeat(margin)} ${legend.join("  ")}`, ...lines, colors.dim(below)].join("\n");
}
