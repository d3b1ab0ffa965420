import type { DataPoint } from "./chart.ts";
import { scaleOf } from "./scale.ts";

/** Values on a grid, as a picture. */
export interface Heatmap {
  readonly title: string;
  readonly x: { readonly label: string; readonly at: ArrayLike<number> };
  readonly y: { readonly label: string; readonly at: ArrayLike<number> };
  /** Row-major `[x, y]`. Values that are not finite are left white. */
  readonly values: ArrayLike<number>;
  /** Points joined by a line, over the map. */
  readonly path?: readonly DataPoint[];
  /** A place to be marked. */
  readonly mark?: DataPoint;
}

/** Shades, of equal steps in lightness for every eye: from dark for low to light for high (viridis). */
const shades = [
  ...["#440154", "#482878", "#3e4989", "#31688e", "#26828e"],
  ...["#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"],
] as const;

const size = { width: 560, height: 520, left: 64, top: 40, side: 420 } as const;

/** A map of values as an SVG document: a tenth of the cells has each shade, so that a valley shows beside high walls. */
export function svgHeatmap({ title, x, y, values, path = [], mark }: Heatmap): string {
  const across = scaleOf({ label: x.label }, Array.from(x.at));
  const up = scaleOf({ label: y.label }, Array.from(y.at));
  const { left, top, side } = size;
  const place = ([a, b]: DataPoint): readonly [number, number] => [
    left + across.place(a) * side,
    top + side - up.place(b) * side,
  ];
  const [columns, rows] = [x.at.length, y.at.length];
  const shadeOf = shadesBy(values);
  const [width, height] = [side / columns, side / rows];
  const cells = Array.from(values).flatMap((value, i) => {
    const shade = shadeOf(value);
    if (shade === undefined) return [];
    const [column, row] = [Math.floor(i / rows), i % rows];
    const [cx, cy] = [left + column * width, top + side - (row + 1) * height];
    return [
      `<rect x="${short(cx)}" y="${short(cy)}" width="${short(width + 0.5)}" height="${short(height + 0.5)}" fill="${shade}"/>`,
    ];
  });
  const line = path.map((point) => place(point).map(short).join(" ")).join("L");
  const text = (px: number, py: number, words: string, more = ""): string =>
    `<text x="${short(px)}" y="${short(py)}" fill="#444444" ${more}>${escaped(words)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" font-family="system-ui, sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="#ffffff"/>',
    text(left + side / 2, 22, title, 'text-anchor="middle" font-size="14" font-weight="600"'),
    ...cells,
    ...across.ticks.map((tick) =>
      text(
        place([tick, 0])[0],
        top + side + 18,
        String(Number(tick.toPrecision(6))),
        'text-anchor="middle"',
      ),
    ),
    ...up.ticks.map((tick) =>
      text(
        left - 6,
        place([0, tick])[1] + 4,
        String(Number(tick.toPrecision(6))),
        'text-anchor="end"',
      ),
    ),
    text(left + side / 2, top + side + 40, x.label, 'text-anchor="middle"'),
    `<text transform="translate(16 ${top + side / 2}) rotate(-90)" text-anchor="middle" fill="#444444">${escaped(y.label)}</text>`,
    ...(path.length > 1
      ? [`<path d="M${line}" fill="none" stroke="#ffffff" stroke-width="2"/>`]
      : []),
    ...(mark
      ? [
          `<circle cx="${short(place(mark)[0])}" cy="${short(place(mark)[1])}" r="4" fill="#ffffff" stroke="#000000"/>`,
        ]
      : []),
    "</svg>",
    "",
  ].join("\n");
}

/** The shade of a value, by its rank among all. */
function shadesBy(values: ArrayLike<number>): (value: number) => string | undefined {
  const sorted = Array.from(values)
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const bounds = shades.map((_, i) => sorted[Math.floor((i * sorted.length) / shades.length)]!);
  return (value) => {
    if (!Number.isFinite(value)) return undefined;
    let shade = 0;
    while (shade + 1 < shades.length && value >= bounds[shade + 1]!) shade++;
    return shades[shade];
  };
}

const short = (value: number): string => String(Number(value.toFixed(2)));

const escaped = (text: string): string =>
  text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
