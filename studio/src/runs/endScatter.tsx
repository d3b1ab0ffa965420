import { useComputed, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { tickLabel } from "../../../src/drawing/labels.ts";
import { scaleOf } from "../../../src/drawing/scale.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { navigate } from "../app/router.ts";
import { dark, token } from "../app/theme.ts";
import { markOf, markShape } from "../parts/verdictMark.tsx";
import { hovered, matching, selected, toggle } from "./state.ts";

const margin = { left: 56, right: 28, top: 8, bottom: 24 } as const;
const REACH = 12;

interface Point {
  readonly row: RunRow;
  readonly x: number;
  readonly y: number;
}

/** Where the runs ended: final loss across; upwards the sharpness where it is known, else the gradient norm. */
export function EndScatter(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const points = useRef<readonly Point[]>([]);
  const measured = useComputed(() =>
    matching.value.some(({ sharpness }) => sharpness !== undefined),
  );
  const upwards = measured.value ? "sharpness" : "gradient norm";
  const frame = useRef(0);
  /** All marks once, and once more whenever one of them changes: those that are lifted are drawn on a canvas above. */
  const drawAll = (): void => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      if (canvas.current === null || over.current === null || document.hidden) return;
      points.current = drawScatter(canvas.current, matching.peek(), measured.peek());
      fit(over.current);
      drawLifted(over.current, points.current);
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
    matching.value;
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
    () => matching.value.filter((row) => endOf(row, measured.value) !== undefined).length,
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

function drawScatter(
  canvas: HTMLCanvasElement,
  rows: readonly RunRow[],
  measured: boolean,
): readonly Point[] {
  const context = canvas.getContext("2d");
  if (context === null) return [];
  const [width, height] = fit(canvas);
  const ends = rows
    .map((row) => ({ row, end: endOf(row, measured) }))
    .filter(
      (found): found is { row: RunRow; end: readonly [number, number] } => found.end !== undefined,
    );
  if (ends.length === 0) return [];
  const [across, down] = [width - margin.left - margin.right, height - margin.top - margin.bottom];
  const scale = (values: readonly number[]) => {
    const log = values.every((value) => value > 0);
    return scaleOf({ label: "", scale: log ? "log" : "linear" }, padded(values, log));
  };
  const [scaleX, scaleY] = [
    scale(ends.map(({ end }) => end[0])),
    scale(ends.map(({ end }) => end[1])),
  ];
  context.font = `12px ${token("font")}`;
  context.fillStyle = token("quiet");
  context.strokeStyle = token("line");
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const tick of everyOther(scaleY.ticks, down / 24)) {
    const y = margin.top + Math.round((1 - scaleY.place(tick)) * down) + 0.5;
    context.beginPath();
    context.moveTo(margin.left, y);
    context.lineTo(margin.left + across, y);
    context.stroke();
    context.fillText(tickLabel(tick), margin.left - 6, y);
  }
  context.textAlign = "center";
  context.textBaseline = "top";
  for (const tick of everyOther(scaleX.ticks, across / 60)) {
    context.fillText(
      tickLabel(tick),
      margin.left + scaleX.place(tick) * across,
      margin.top + down + 6,
    );
  }
  const points = ends.map(({ row, end: [x, y] }) => ({
    row,
    x: margin.left + scaleX.place(x) * across,
    y: margin.top + (1 - scaleY.place(y)) * down,
  }));
  context.globalAlpha = ends.length < 60 ? 1 : 0.6;
  for (const point of points) drawMark(context, point, 0.9, 1.6);
  context.globalAlpha = 1;
  return points;
}

/** The marks of runs that are selected, and last, over the others, of the one that is hovered. */
function drawLifted(canvas: HTMLCanvasElement, points: readonly Point[]): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.clearRect(0, 0, canvas.width, canvas.height);
  const chosen = new Set(selected.peek());
  for (const point of points) if (chosen.has(point.row.id)) drawMark(context, point, 1.2, 2.4);
  const lifted = points.find(({ row }) => row.id === hovered.peek());
  if (lifted !== undefined) drawMark(context, lifted, 1.5, 2.4, "text");
}

function drawMark(
  context: CanvasRenderingContext2D,
  { row, x, y }: Point,
  size: number,
  width: number,
  asked?: string,
): void {
  const { path, colour, filled } = markShape(markOf(row));
  context.save();
  context.translate(x - 8 * size, y - 8 * size);
  context.scale(size, size);
  context.lineWidth = width;
  context.strokeStyle = context.fillStyle = token(asked ?? colour);
  const shape = pathOf(path);
  if (filled) context.fill(shape);
  else context.stroke(shape);
  context.restore();
}

/** Gives a canvas the pixels of its place. @returns its size in pixels of the page */
function fit(canvas: HTMLCanvasElement): readonly [width: number, height: number] {
  const ratio = Math.min(2, devicePixelRatio);
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.getContext("2d")?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return [width, height];
}

/** Shapes that were read before: a thousand marks have a dozen. */
const paths = new Map<string, Path2D>();

function pathOf(text: string): Path2D {
  const path = paths.get(text) ?? new Path2D(text);
  paths.set(text, path);
  return path;
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
