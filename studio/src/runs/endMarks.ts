import { token } from "../app/theme.ts";
import { type MarkKind, markShape } from "../parts/verdictMark.tsx";

/** A mark's middle, in pixels of the page. */
export interface PlacedMark {
  readonly kind: MarkKind;
  readonly x: number;
  readonly y: number;
}

/** The opacity of a mark among many. */
const OPACITY = 0.6;

/** Draws one mark, as large as asked. */
export function drawMark(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  { kind, x, y }: PlacedMark,
  size: number,
  width: number,
  colour?: string,
): void {
  const { path, colour: own, filled } = markShape(kind);
  context.save();
  context.translate(x - 8 * size, y - 8 * size);
  context.scale(size, size);
  context.lineWidth = width;
  context.strokeStyle = context.fillStyle = token(colour ?? own);
  const shape = pathOf(path);
  if (filled) context.fill(shape);
  else context.stroke(shape);
  context.restore();
}

/** Shapes that were read before: a thousand marks have a dozen. */
const paths = new Map<string, Path2D>();

function pathOf(text: string): Path2D {
  const path = paths.get(text) ?? new Path2D(text);
  paths.set(text, path);
  return path;
}

/**
 * Many marks as one picture. Each kind is drawn once and stamped where it is needed, by hand: a canvas takes as long for
 * each mark as it takes for the pixels of fifty.
 */
export function pictureOf(
  marks: readonly PlacedMark[],
  across: number,
  down: number,
  ratio: number,
): ImageData {
  const width = Math.max(1, Math.round(across * ratio));
  const picture = new ImageData(width, Math.max(1, Math.round(down * ratio)));
  const opacity = marks.length < 60 ? 1 : OPACITY;
  const stamps = new Map<MarkKind, Stamp>();
  for (const { kind, x, y } of marks) {
    let stamp = stamps.get(kind);
    if (stamp === undefined) {
      stamp = stampOf(kind, ratio);
      stamps.set(kind, stamp);
    }
    blend(picture, stamp, Math.round(x * ratio), Math.round(y * ratio), opacity);
  }
  return picture;
}

/** The pixels that a mark covers, away from its middle, and how much of each, 0 … 1. */
interface Stamp {
  readonly right: Int8Array;
  readonly down: Int8Array;
  readonly cover: Float32Array;
  readonly colour: readonly [red: number, green: number, blue: number];
}

function stampOf(kind: MarkKind, ratio: number): Stamp {
  const middle = Math.ceil(10 * ratio);
  const size = 2 * middle;
  const context = new OffscreenCanvas(size, size).getContext("2d");
  context?.scale(ratio, ratio);
  if (context !== null) drawMark(context, { kind, x: middle / ratio, y: middle / ratio }, 0.9, 1.6);
  const data = context?.getImageData(0, 0, size, size).data ?? new Uint8ClampedArray();
  const covered = Array.from({ length: data.length / 4 }, (_, i) => i).filter(
    (i) => data[4 * i + 3]! > 0,
  );
  // All pixels of a mark have its one colour; the fullest has it most exactly.
  const full = covered.reduce((a, b) => (data[4 * b + 3]! > data[4 * a + 3]! ? b : a), 0);
  return {
    right: Int8Array.from(covered, (i) => (i % size) - middle),
    down: Int8Array.from(covered, (i) => Math.floor(i / size) - middle),
    cover: Float32Array.from(covered, (i) => data[4 * i + 3]! / 255),
    colour: [data[4 * full] ?? 0, data[4 * full + 1] ?? 0, data[4 * full + 2] ?? 0],
  };
}

/** Lays a stamp over a picture ("source over"), its middle at a pixel. */
function blend(
  { data, width, height }: ImageData,
  { right, down, cover, colour: [red, green, blue] }: Stamp,
  x: number,
  y: number,
  opacity: number,
): void {
  for (let i = 0; i < cover.length; i++) {
    const [column, row] = [x + right[i]!, y + down[i]!];
    if (column < 0 || row < 0 || column >= width || row >= height) continue;
    const at = 4 * (row * width + column);
    const above = cover[i]! * opacity;
    const below = (data[at + 3]! / 255) * (1 - above);
    const both = above + below;
    data[at] = (red * above + data[at]! * below) / both;
    data[at + 1] = (green * above + data[at + 1]! * below) / both;
    data[at + 2] = (blue * above + data[at + 2]! * below) / both;
    data[at + 3] = 255 * both;
  }
}
