import { contours } from "d3-contour";
import type { Finish, View } from "../kernel/protocol.ts";
import { reached } from "./clock.ts";
import type { Heights } from "./heights.ts";
import { between, css, type Palette } from "./palette.ts";

/** Bands of height. */
const bands = 26;

/** Draws the ground: bands of height and the lines between them. */
export function drawGround(canvas: HTMLCanvasElement, heights: Heights, palette: Palette): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { width, height } = canvas;
  const [sx, sy] = [width / (heights.width - 1), height / (heights.height - 1)];
  context.fillStyle = css(between(palette.heights, 0));
  context.fillRect(0, 0, width, height);
  const thresholds = Array.from({ length: bands - 1 }, (_, i) => (i + 1) / bands);
  const found = contours().size([heights.width, heights.height]).thresholds(thresholds)(
    // Its own type wants numbers in a list; it reads any indexed numbers.
    heights.values as unknown as number[],
  );
  context.lineWidth = Math.max(1, canvas.width / 900);
  context.strokeStyle = palette.contour;
  for (const { value, coordinates } of found) {
    context.beginPath();
    for (const polygon of coordinates) {
      for (const ring of polygon) {
        ring.forEach(([x, y], i) => {
          const [px, py] = [(x! - 0.5) * sx, height - (y! - 0.5) * sy];
          if (i === 0) context.moveTo(px, py);
          else context.lineTo(px, py);
        });
        context.closePath();
      }
    }
    context.fillStyle = css(between(palette.heights, value));
    context.fill();
    context.stroke();
  }
}

/** Draws how far each racer has come. */
export function drawTrails(
  canvas: HTMLCanvasElement,
  finishes: readonly (Finish | undefined)[],
  clock: number,
  view: View,
  palette: Palette,
): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { width, height } = canvas;
  const [left, right, bottom, top] = view;
  const unit = Math.max(1, width / 500);
  context.clearRect(0, 0, width, height);
  context.lineJoin = "round";
  context.lineCap = "round";
  const px = (x: number): number => ((x - left) / (right - left)) * width;
  const py = (y: number): number => height - ((y - bottom) / (top - bottom)) * height;
  const trails = finishes.map((finish) => {
    if (finish === undefined) return undefined;
    const count = reached(finish, clock);
    const path = new Path2D();
    let [lastX, lastY] = [Number.NaN, Number.NaN];
    for (let i = 0; i < count; i++) {
      const [x, y] = [px(finish.path[2 * i]!), py(finish.path[2 * i + 1]!)];
      if (!Number.isFinite(x) || !Number.isFinite(y)) break;
      if (i === 0) path.moveTo(x, y);
      // Steps shorter than a pixel are not seen, and there may be thousands.
      else if (Math.abs(x - lastX) + Math.abs(y - lastY) > 0.7) path.lineTo(clamp(x), clamp(y));
      else continue;
      [lastX, lastY] = [x, y];
    }
    return { path, x: lastX, y: lastY };
  });
  for (const [style, widths] of [
    [() => palette.halo, 4.6],
    [(i: number) => palette.racers[i % palette.racers.length]!, 2.4],
  ] as const) {
    trails.forEach((trail, i) => {
      if (trail === undefined) return;
      context.strokeStyle = style(i);
      context.lineWidth = widths * unit;
      context.stroke(trail.path);
    });
  }
  trails.forEach((trail, i) => {
    if (trail === undefined) return;
    context.beginPath();
    context.arc(trail.x, trail.y, 4.2 * unit, 0, 2 * Math.PI);
    context.fillStyle = palette.racers[i % palette.racers.length]!;
    context.fill();
    context.lineWidth = 1.6 * unit;
    context.strokeStyle = palette.halo;
    context.stroke();
  });
}

/** A canvas draws nothing of a line that ends beyond its numbers. */
const clamp = (value: number): number => Math.min(1e5, Math.max(-1e5, value));
