import { type Axis, type Scale, scaleOf } from "./scale.ts";

/** A place in the data's own units. */
export type DataPoint = readonly [x: number, y: number];

/** One curve, with its name in the legend. */
export interface Series {
  readonly name: string;
  /** In the order to be joined in. A point that an axis cannot show breaks the curve. */
  readonly points: readonly DataPoint[];
  /** `steps` holds each value until the next; `dots` joins nothing. Default `line`. */
  readonly as?: "line" | "steps" | "dots";
  readonly dashed?: boolean;
  /** An interval about the curve, drawn as a pale band. */
  readonly band?: readonly (readonly [x: number, low: number, high: number])[];
}

/** A picture of curves. */
export interface Chart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  /** Pixels of the whole. Default 720 by 420. */
  readonly width?: number;
  readonly height?: number;
}

// Okabe and Ito (2008): told apart by readers of any colour vision. After eight, dashes tell them apart.
const colours = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#000000",
  "#999933",
] as const;

const margin = { top: 40, right: 16, bottom: 48, left: 64 } as const;
const fontSize = 12;
/** About the width of a letter: SVG cannot measure text before it is drawn. */
const letter = 0.56 * fontSize;

/** A chart as an SVG document, the same characters for the same data. */
export function svgChart(chart: Chart): string {
  const { width = 720, height = 420 } = chart;
  return document(width, height, drawChart(chart, width, height));
}

/** Several charts in rows of `columns`, as one SVG document. */
export function svgCharts(charts: readonly Chart[], columns: number): string {
  const { width = 720, height = 420 } = charts[0] ?? {};
  const parts = charts.map((chart, i) => {
    const [x, y] = [(i % columns) * width, Math.floor(i / columns) * height];
    return `<g transform="translate(${x} ${y})">\n${drawChart(chart, width, height)}\n</g>`;
  });
  const rows = Math.ceil(charts.length / columns);
  return document(width * Math.min(columns, charts.length), height * rows, parts.join("\n"));
}

const document = (width: number, height: number, content: string): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="system-ui, sans-serif" font-size="${fontSize}">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    content,
    "</svg>",
    "",
  ].join("\n");

function drawChart(chart: Chart, width: number, height: number): string {
  const { series } = chart;
  const longest = Math.max(0, ...series.map(({ name }) => name.length));
  const legend = series.length > 1 ? longest * letter + 44 : 0;
  const box = {
    left: margin.left,
    top: margin.top,
    right: width - margin.right - legend,
    bottom: height - margin.bottom,
  };
  const bands = series.flatMap(({ band = [] }) => band);
  const all = series.flatMap(({ points }) => points);
  const x = scaleOf(
    chart.x,
    all.map(([at]) => at),
  );
  const y = scaleOf(chart.y, [
    ...all.map(([, at]) => at),
    ...bands.flatMap(([, low, high]) => [low, high]),
  ]);
  const place: Place = (px, py) => [
    box.left + x.place(px) * (box.right - box.left),
    box.bottom - y.place(py) * (box.bottom - box.top),
  ];
  const middle = (box.left + box.right) / 2;
  return [
    `<text x="${short(middle)}" y="22" text-anchor="middle" font-size="14" font-weight="600" fill="#222222">${escaped(chart.title)}</text>`,
    ...grid(x, y, box),
    ...series.map((one, i) => drawBand(one, colourOf(i), place)),
    ...series.map((one, i) => drawSeries(one, i, place)),
    `<text x="${short(middle)}" y="${height - 12}" text-anchor="middle" fill="#444444">${escaped(chart.x.label)}</text>`,
    `<text transform="translate(16 ${short((box.top + box.bottom) / 2)}) rotate(-90)" text-anchor="middle" fill="#444444">${escaped(chart.y.label)}</text>`,
    ...(legend > 0 ? series.map((one, i) => legendEntry(one, i, box.right + 12, box.top)) : []),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

type Place = (x: number, y: number) => readonly [number, number];

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function grid(x: Scale, y: Scale, { left, top, right, bottom }: Box): string[] {
  const line = (x1: number, y1: number, x2: number, y2: number, colour: string): string =>
    `<path d="M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}" stroke="${colour}"/>`;
  return [
    ...y.ticks.flatMap((tick) => {
      const at = bottom - y.place(tick) * (bottom - top);
      return [
        line(left, at, right, at, "#e6e6e6"),
        `<text x="${left - 6}" y="${short(at + 4)}" text-anchor="end" fill="#444444">${tickLabel(tick)}</text>`,
      ];
    }),
    ...x.ticks.flatMap((tick) => {
      const at = left + x.place(tick) * (right - left);
      return [
        line(at, top, at, bottom, "#f0f0f0"),
        `<text x="${short(at)}" y="${bottom + 18}" text-anchor="middle" fill="#444444">${tickLabel(tick)}</text>`,
      ];
    }),
    line(left, bottom, right, bottom, "#888888"),
    line(left, top, left, bottom, "#888888"),
  ];
}

function drawSeries({ points, as = "line", dashed }: Series, i: number, place: Place): string {
  const colour = colourOf(i);
  const placed = points.map(([px, py]) => place(px, py));
  if (as === "dots") {
    return placed
      .filter(isPlaced)
      .map(([cx, cy]) => `<circle cx="${short(cx)}" cy="${short(cy)}" r="2.5" fill="${colour}"/>`)
      .join("\n");
  }
  let path = "";
  let pen = false;
  for (const at of placed) {
    if (!isPlaced(at)) {
      pen = false;
      continue;
    }
    const [px, py] = at;
    if (!pen) path += `M${short(px)} ${short(py)}`;
    else path += as === "steps" ? `H${short(px)}V${short(py)}` : `L${short(px)} ${short(py)}`;
    pen = true;
  }
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"${dashes(i, dashed)}/>`;
}

function drawBand({ band = [] }: Series, colour: string, place: Place): string {
  const upper = band.map(([x, , high]) => place(x, high)).filter(isPlaced);
  const lower = band.map(([x, low]) => place(x, low)).filter(isPlaced);
  if (upper.length === 0 || lower.length === 0) return "";
  const outline = [...upper, ...lower.reverse()];
  const points = outline.map(([px, py]) => `${short(px)} ${short(py)}`).join("L");
  return `<path d="M${points}Z" fill="${colour}" fill-opacity="0.15"/>`;
}

function legendEntry({ name, as, dashed }: Series, i: number, left: number, top: number): string {
  const y = top + 8 + i * 18;
  const mark =
    as === "dots"
      ? `<circle cx="${short(left + 9)}" cy="${y}" r="3" fill="${colourOf(i)}"/>`
      : `<path d="M${short(left)} ${y}h18" stroke="${colourOf(i)}" stroke-width="2"${dashes(i, dashed)}/>`;
  return `${mark}<text x="${short(left + 24)}" y="${y + 4}" fill="#222222">${escaped(name)}</text>`;
}

const isPlaced = ([x, y]: readonly [number, number]): boolean =>
  Number.isFinite(x) && Number.isFinite(y);

const colourOf = (i: number): string => colours[i % colours.length] ?? colours[0];

const dashes = (i: number, dashed = i >= colours.length): string =>
  dashed ? ` stroke-dasharray="6 4"` : "";

/** Hundredths of a pixel are more than anyone sees. */
const short = (value: number): number => Math.round(value * 100) / 100;

/** `0.25`, `20 000`, `10⁻⁶`. */
function tickLabel(value: number): string {
  const size = Math.abs(value);
  if (value === 0 || (size >= 1e-3 && size < 1e5)) {
    return Number(value.toPrecision(6))
      .toString()
      .replace(/\B(?=(\d{3})+$)/g, " ");
  }
  const [digits = "", power = ""] = Number(value.toPrecision(3)).toExponential().split("e");
  const raised = [...power.replace("+", "")].map((c) => superscripts[c] ?? c).join("");
  return digits === "1" ? `10${raised}` : `${digits}·10${raised}`;
}

const superscripts: Readonly<Record<string, string>> = {
  ...{ "-": "⁻", "0": "⁰", "1": "¹", "2": "²", "3": "³", "4": "⁴" },
  ...{ "5": "⁵", "6": "⁶", "7": "⁷", "8": "⁸", "9": "⁹" },
};

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
