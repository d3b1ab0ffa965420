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
  const stamps = new Map<MarkKind, ImageData>();
  for (const { kind, x, y } of marks) {
    let stamp = stamps.get(kind);
    if (stamp === undefined) {
      stamp = stampOf(kind, ratio);
      stamps.set(kind, stamp);
    }
    const middle = stamp.width / 2;
    blend(picture, stamp, Math.round(x * ratio) - middle, Math.round(y * ratio) - middle, opacity);
  }
  return picture;
}

/** A mark of a kind, in the middle of a square. */
function stampOf(kind: MarkKind, ratio: number): ImageData {
  const middle = Math.ceil(10 * ratio);
  const canvas = new OffscreenCanvas(2 * middle, 2 * middle);
  const context = canvas.getContext("2d");
  if (context === null) return new ImageData(2 * middle, 2 * middle);
  context.scale(ratio, ratio);
  drawMark(context, { kind, x: middle / ratio, y: middle / ratio }, 0.9, 1.6);
  return context.getImageData(0, 0, 2 * middle, 2 * middle);
}

/** Lays a stamp over a picture ("source over"), with its left upper corner at a pixel. */
function blend(
  { data, width, height }: ImageData,
  stamp: ImageData,
  left: number,
  top: number,
  opacity: number,
): void {
  for (let row = Math.max(0, -top); row < Math.min(stamp.height, height - top); row++) {
    for (let column = Math.max(0, -left); column < Math.min(stamp.width, width - left); column++) {
      const from = 4 * (row * stamp.width + column);
      const above = (stamp.data[from + 3]! / 255) * opacity;
      if (above === 0) continue;
      const at = 4 * ((top + row) * width + left + column);
      const below = (data[at + 3]! / 255) * (1 - above);
      const both = above + below;
      for (let c = 0; c < 3; c++) {
        data[at + c] = (stamp.data[from + c]! * above + data[at + c]! * below) / both;
      }
      data[at + 3] = 255 * both;
    }
  }
}
