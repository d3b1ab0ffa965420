import type { Grid, Points } from "../kernel/protocol.ts";
import { drawGround } from "../race/drawMap.ts";
import { heightsOf } from "../race/heights.ts";
import { between, css, type Palette } from "../race/palette.ts";
import { surfaceSpan } from "./span.ts";

/** From one class to the other, by way of undecided: told apart with any kind of sight. */
const sides = {
  light: ["#2f7fb8", "#a9cde4", "#f4f2ec", "#f3c39a", "#d2691e"],
  dark: ["#3f9bdb", "#1f4a68", "#15191f", "#6b3a18", "#f08a3c"],
} as const;

/** What the network says of each place, under the points it was told. */
export function drawSurface(
  canvas: HTMLCanvasElement,
  surface: Float32Array | undefined,
  size: number,
  { train, test }: { readonly train: Points; readonly test: Points },
  palette: Palette,
): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { width, height } = canvas;
  const ramp = palette.dark ? sides.dark : sides.light;
  context.fillStyle = ramp[2];
  context.fillRect(0, 0, width, height);
  if (surface !== undefined) {
    const image = new ImageData(size, size);
    surface.forEach((value, e) => {
      const [i, j] = [e % size, size - 1 - Math.floor(e / size)];
      image.data.set([...between(ramp, value), 255], 4 * (j * size + i));
    });
    const small = new OffscreenCanvas(size, size);
    small.getContext("2d")?.putImageData(image, 0, 0);
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(small, 0, 0, width, height);
  }
  const dot = Math.max(2, width / 150);
  // Test points are hollow; a class has a shape beside its colour.
  for (const [points, hollow] of [
    [test, true],
    [train, false],
  ] as const) {
    points.targets.forEach((target, i) => {
      const [x, y] = [points.places[2 * i]!, points.places[2 * i + 1]!];
      const px = ((x / surfaceSpan + 1) / 2) * width;
      const py = height - ((y / surfaceSpan + 1) / 2) * height;
      const colour = css(between(ramp, target < 0.5 ? 0.6 * target : 1 - 0.6 * (1 - target)));
      context.beginPath();
      if (target < 0.5) context.arc(px, py, dot, 0, 2 * Math.PI);
      else context.rect(px - dot, py - dot, 2 * dot, 2 * dot);
      context.lineWidth = dot / 2.2;
      context.strokeStyle = hollow ? colour : palette.halo;
      context.fillStyle = colour;
      if (hollow) {
        context.globalAlpha = 0.75;
        context.stroke();
        context.globalAlpha = 1;
      } else {
        context.fill();
        context.stroke();
      }
    });
  }
}

/** The loss around where the training ended, and the place itself in the middle. */
export function drawLandscape(canvas: HTMLCanvasElement, grid: Grid, palette: Palette): void {
  drawGround(canvas, heightsOf(grid, "log"), palette);
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { width, height } = canvas;
  context.beginPath();
  context.arc(width / 2, height / 2, Math.max(4, width / 60), 0, 2 * Math.PI);
  context.fillStyle = palette.racers[1] ?? "red";
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = palette.halo;
  context.stroke();
}
