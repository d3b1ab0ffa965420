import { useComputed, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { tickLabel } from "../../../src/drawing/labels.ts";
import { scaleOf } from "../../../src/drawing/scale.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { navigate } from "../app/router.ts";
import { dark, token } from "../app/theme.ts";
import { markOf } from "../parts/verdictMark.tsx";
import { drawMark, type PlacedMark, pictureOf } from "./endMarks.ts";
import { pictured } from "./pictured.ts";
import { hovered, selected, toggle } from "./state.ts";

const margin = { left: 56, right: 28, top: 8, bottom: 24 } as const;
const REACH = 12;

interface Point extends PlacedMark {
  readonly row: RunRow;
}

/** Where the runs ended: final loss across; upwards the sharpness where it is known, else the gradient norm. */
export function EndScatter(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const points = useRef<readonly Point[]>([]);
  const measured = useComputed(() =>
    pictured.value.some(({ sharpness }) => sharpness !== undefined),
  );
  const upwards = measured.value ? "sharpness" : "gradient norm";
  const frame = useRef(0);
  /** All marks once, and once more whenever one of them changes: those that are lifted are drawn on a canvas above. */
  const drawAll = (): void => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      const [below, above] = [canvas.current, over.current];
      if (below === null || above === null || document.hidden) return;
      const scatter = scatterOf(below, pictured.peek(), measured.peek());
      points.current = scatter.points;
      drawScatter(below, scatter);
      drawLifted(above, scatter.points);
    });
  };
  useEffect(() => {
    if (canvas.current === null) return;
    const observer = new ResizeObserver(drawAll);
    observer.observe(canvas.current);
    document.addEventListener("visibilitychange", drawAll);
    return () => {
      cancelAnimationFrame(frame.current);
      document.removeEventListener("visibilitychange", drawAll);
      observer.disconnect();
    };
  }, []);
  useSignalEffect(() => {
    pictured.value;
    dark.value;
    drawAll();
  });
  useSignalEffect(() => {
    hovered.value;
    selected.value;
    if (over.current !== null) drawLifted(over.current, points.current);
  });
  const nearest = (event: MouseEvent): string | undefined => {
    const box = over.current?.getBoundingClientRect();
    const [x, y] = [event.clientX - (box?.left ?? 0), event.clientY - (box?.top ?? 0)];
    let [found, distance]: [string | undefined, number] = [undefined, REACH];
    for (const point of points.current) {
      const away = Math.hypot(point.x - x, point.y - y);
      if (away < distance) [found, distance] = [point.row.id, away];
    }
    return found;
  };
  const known = useComputed(
    () => pictured.value.filter((row) => endOf(row, measured.value) !== undefined).length,
  ).value;
  return (
    <figure class="chart chart-small">
      <figcaption class="chart-head">
        <h2>Where they ended</h2>
        <span class="quiet cut">
          {upwards} ↑ over last loss →; the marks are verdicts
          {measured.value ? "; only runs with a spectrum" : ""}
        </span>
      </figcaption>
      <div class="chart-place">
        <canvas ref={canvas} class="chart-canvas" />
        <canvas
          ref={over}
          class="chart-canvas"
          role="img"
          aria-label={`Where ${known} runs ended, by their last loss and ${upwards}`}
          onPointerMove={(event) => (hovered.value = nearest(event))}
          onPointerLeave={() => (hovered.value = undefined)}
          onClick={(event) => {
            const found = nearest(event);
            if (found !== undefined) toggle([found]);
          }}
          onDblClick={(event) => {
            const found = nearest(event);
            if (found !== undefined) navigate(`/run/${found}`);
          }}
        />
        {known === 0 ? <p class="chart-none quiet">no run has told where it ended</p> : null}
      </div>
    </figure>
  );
}

function endOf(row: RunRow, measured: boolean): readonly [number, number] | undefined {
  const y = measured ? row.sharpness : row.gradientNorm;
  if (row.loss === undefined || y === undefined) return undefined;
  return Number.isFinite(row.loss) && Number.isFinite(y) ? [row.loss, y] : undefined;
}

/** Where marks and ticks stand. */
interface Scatter {
  readonly points: readonly Point[];
  /** Along each axis, in pixels of the page. */
  readonly ticks: Readonly<Record<"x" | "y", readonly Tick[]>>;
}

interface Tick {
  readonly at: number;
  readonly label: string;
}

function scatterOf(
  { clientWidth, clientHeight }: HTMLElement,
  rows: readonly RunRow[],
  measured: boolean,
): Scatter {
  const ends = rows.flatMap((row) => {
    const end = endOf(row, measured);
    return end === undefined ? [] : [{ row, end }];
  });
  if (ends.length === 0) return { points: [], ticks: { x: [], y: [] } };
  const across = clientWidth - margin.left - margin.right;
  const down = clientHeight - margin.top - margin.bottom;
  const scale = (values: readonly number[]) => {
    const log = values.every((value) => value > 0);
    return scaleOf({ label: "", scale: log ? "log" : "linear" }, padded(values, log));
  };
  const scaleX = scale(ends.map(({ end }) => end[0]));
  const scaleY = scale(ends.map(({ end }) => end[1]));
  const placeX = (value: number): number => margin.left + scaleX.place(value) * across;
  const placeY = (value: number): number => margin.top + (1 - scaleY.place(value)) * down;
  const tick = (place: (value: number) => number) => (value: number) => ({
    ...{ at: place(value), label: tickLabel(value) },
  });
  return {
    points: ends.map(({ row, end: [x, y] }) => ({
      ...{ row, kind: markOf(row), x: placeX(x), y: placeY(y) },
    })),
    ticks: {
      x: everyOther(scaleX.ticks, across / 60).map(tick(placeX)),
      y: everyOther(scaleY.ticks, down / 24).map(tick(placeY)),
    },
  };
}

function drawScatter(canvas: HTMLCanvasElement, { points, ticks }: Scatter): void {
  const context = cleared(canvas);
  if (context === null) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  // Pixels that are put take the place of what was there: the axes are drawn beneath them.
  context.putImageData(pictureOf(points, width, height, ratio()), 0, 0);
  context.globalCompositeOperation = "destination-over";
  context.font = `12px ${token("font")}`;
  context.fillStyle = token("quiet");
  context.strokeStyle = token("line");
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const { at, label } of ticks.y) {
    const y = Math.round(at) + 0.5;
    context.beginPath();
    context.moveTo(margin.left, y);
    context.lineTo(width - margin.right, y);
    context.stroke();
    context.fillText(label, margin.left - 6, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const { at, label } of ticks.x) context.fillText(label, at, height - margin.bottom + 6);
  context.globalCompositeOperation = "source-over";
}

/** The marks of runs that are selected, and last, over the others, of the one that is hovered. */
function drawLifted(canvas: HTMLCanvasElement, points: readonly Point[]): void {
  const context = cleared(canvas);
  if (context === null) return;
  const chosen = new Set(selected.peek());
  for (const point of points) if (chosen.has(point.row.id)) drawMark(context, point, 1.2, 2.4);
  const lifted = points.find(({ row }) => row.id === hovered.peek());
  if (lifted !== undefined) drawMark(context, lifted, 1.5, 2.4, "text");
}

/** Pixels of a canvas for each pixel of the page. */
const ratio = (): number => Math.min(2, devicePixelRatio);

/** A canvas's context, with nothing on it and the pixels of its place: new ones only where that has changed. */
function cleared(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
  const context = canvas.getContext("2d");
  const width = Math.round(canvas.clientWidth * ratio());
  const height = Math.round(canvas.clientHeight * ratio());
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context?.setTransform(ratio(), 0, 0, ratio(), 0, 0);
  context?.clearRect(0, 0, width, height);
  return context;
}

/** Values with room around them, so that no mark stands on the edge. */
function padded(values: readonly number[], log: boolean): number[] {
  const [low, high] = values.reduce(
    ([least, most], value) => [Math.min(least, value), Math.max(most, value)],
    [Infinity, -Infinity],
  );
  if (log) {
    const room = Math.max(1.3, (high / low) ** 0.06);
    return [low / room, high * room];
  }
  const room = 0.06 * (high - low) || 1;
  return [low - room, high + room];
}

function everyOther(ticks: readonly number[], most: number): readonly number[] {
  const every = Math.max(1, Math.ceil(ticks.length / Math.max(2, most)));
  return ticks.filter((_, i) => i % every === 0);
}
