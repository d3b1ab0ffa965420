import { contours } from "d3-contour";
import type { DataPoint, Panel } from "./chart.ts";
import { tickLabel } from "./labels.ts";
import { type Axis, scaleOf } from "./scale.ts";
import { type Mark, type Scene, short } from "./scene.ts";
import { plain, type Style, shades } from "./style.ts";
import { svgOf } from "./svg.ts";

/** Values on a grid, as a map. */
export interface Contours {
  readonly title: string;
  readonly x: { readonly label: string; readonly at: ArrayLike<number> };
  readonly y: { readonly label: string; readonly at: ArrayLike<number> };
  /** Row-major `[x, y]`. Values that are not finite are left open. */
  readonly values: ArrayLike<number>;
  /** Points joined by a line, over the map. */
  readonly path?: readonly DataPoint[];
  /** A place to be marked. */
  readonly mark?: DataPoint;
  /** What a reader must know of the picture, one sentence each: written below it. */
  readonly warnings?: readonly string[];
}

/**
 * Filled contours as a scene. A tenth of the places has each shade, so that a valley shows beside high walls; the scale
 * beside the map says from which value on a shade stands.
 */
export function contourScene(
  map: Contours,
  style: Style = plain,
  width = 560,
): { readonly scene: Scene; readonly panel: Panel } {
  const { fontSize: em, ink, faint, titled } = style;
  const { warnings = [], path = [], mark } = map;
  const [left, top] = [5.4 * em, titled ? 3.3 * em : em];
  const side = Math.max(8 * em, width - left - 8 * em);
  const box = { left, top, right: left + side, bottom: top + side };
  const across = scaleOf(axisOf(map.x), []);
  const up = scaleOf(axisOf(map.y), []);
  const place = ([a, b]: DataPoint): readonly [number, number] => [
    left + across.place(a) * side,
    box.bottom - up.place(b) * side,
  ];
  const bounds = boundsOf(map.values);
  const line = path.map((point) => place(point).map(short).join(" ")).join("L");
  const words = (x: number, y: number, text: string, more: object = {}): Mark => ({
    ...{ shape: "text", x, y, text, fill: faint, ...more },
  });
  const inside: Mark[] = [
    ...bounds.map((bound, i): Mark => {
      const d = outline(map, bound, place);
      return {
        shape: "path",
        d,
        fill: shades[i]!,
        ...(i > 0 && { stroke: "#ffffff40", width: 0.5 }),
      };
    }),
    ...(path.length > 1
      ? ([
          { shape: "path", d: `M${line}`, stroke: "#000000", width: 3.5 },
          { shape: "path", d: `M${line}`, stroke: "#ffffff", width: 2 },
        ] as const)
      : []),
    ...path.map((point): Mark => {
      const [x, y] = place(point);
      return { shape: "circle", x, y, radius: 2, fill: "#ffffff" };
    }),
    ...(mark === undefined ? [] : [markOf(place(mark))]),
  ];
  const marks: Mark[] = [
    ...(titled ? [words(left + side / 2, 1.85 * em, map.title, { ...bold(em), fill: ink })] : []),
    { shape: "group", clip: box, marks: inside },
    ...across.ticks.map((tick) =>
      words(left + across.place(tick) * side, box.bottom + 1.5 * em, tickLabel(tick), middle),
    ),
    ...up.ticks.map((tick) =>
      words(left - 0.5 * em, box.bottom - up.place(tick) * side + 0.33 * em, tickLabel(tick), end),
    ),
    words(left + side / 2, box.bottom + 3 * em, map.x.label, middle),
    words(1.3 * em, top + side / 2, map.y.label, { ...middle, upwards: true }),
    ...bounds.flatMap((bound, i): Mark[] => {
      const [x, y] = [box.right + em, box.bottom - (i + 1) * 1.5 * em];
      return [
        { shape: "rect", x, y, width: em, height: 1.5 * em, fill: shades[i]! },
        words(x + 1.5 * em, y + 1.8 * em, tickLabel(Number(bound.toPrecision(3)))),
      ];
    }),
    ...warnings.map((text, i) =>
      words(left, box.bottom + (4.7 + 1.4 * i) * em, text, { size: 0.92 * em, fill: ink }),
    ),
  ];
  const height = box.bottom + (4 + 1.4 * warnings.length) * em;
  const scene = { width, height, paper: style.paper, fontSize: em, marks };
  return { scene, panel: { box, x: across, y: up } };
}

/** Filled contours as an SVG document. */
export const svgContours = (map: Contours, style: Style = plain, width = 560): string =>
  svgOf(contourScene(map, style, width).scene);

const middle = { anchor: "middle" };
const end = { anchor: "end" };
const bold = (em: number) => ({ anchor: "middle", size: 1.17 * em, bold: true });

const axisOf = ({ label, at }: Contours["x"]): Axis => ({
  label,
  domain: [at[0] ?? 0, at[at.length - 1] ?? 1],
});

const markOf = ([x, y]: readonly [number, number]): Mark => ({
  ...{ shape: "circle", x, y, radius: 4, fill: "#ffffff", stroke: "#000000" },
});

/** From which value on each shade stands: the tenths of the values. Equal ones would draw the same area twice. */
function boundsOf(values: ArrayLike<number>): number[] {
  const sorted = Float64Array.from(Array.from(values).filter(Number.isFinite)).sort();
  const tenths = shades.map((_, i) => sorted[Math.floor((i * sorted.length) / shades.length)]);
  return tenths.filter((bound, i) => bound !== undefined && bound !== tenths[i - 1]) as number[];
}

/** The places whose value is at least `bound`, as one path with its holes. */
function outline(
  { x, y, values }: Contours,
  bound: number,
  place: (point: DataPoint) => readonly [number, number],
): string {
  const [columns, rows] = [x.at.length, y.at.length];
  // d3 wants rows of x; ours are columns of y. Its grid points lie at the middle of unit cells.
  const turned = Array.from(
    { length: columns * rows },
    (_, i) => values[(i % columns) * rows + Math.floor(i / columns)]!,
  );
  const { coordinates } = contours().size([columns, rows]).contour(turned, bound);
  const at = (axis: ArrayLike<number>, position: number): number => {
    // Lines of a grid need not be evenly apart: those of a coarser one are some of a finer one's.
    const line = Math.min(axis.length - 1, Math.max(0, position - 0.5));
    const [before, after] = [axis[Math.floor(line)]!, axis[Math.ceil(line)]!];
    return before + (line - Math.floor(line)) * (after - before);
  };
  return coordinates
    .flat()
    .map((ring) => {
      const points = ring.map(([a, b]) =>
        place([at(x.at, a!), at(y.at, b!)])
          .map(short)
          .join(" "),
      );
      return `M${points.join("L")}Z`;
    })
    .join("");
}
