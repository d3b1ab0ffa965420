import { token } from "../app/theme.ts";
import { type MarkKind, markShape } from "../parts/verdictMark.tsx";

/** A mark's middle, in pixels of the page. */
export interface PlacedMark {
  readonly kind: MarkKind;
  readonly x: number;
  readonly y: number;
}

/** Marks drawn before the page has its turn again: some milliseconds of work. */
const AT_ONCE = 1500;
/** The opacity of a mark among many. */
const OPACITY = 0.6;
/** Marks of a kind on one pixel that are drawn: the fifth would change it by less than a hundredth. */
const MOST_ON_A_PIXEL = 5;

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
 * Many marks as one picture. Each kind is drawn once and stamped where it is needed; of thousands, some in each frame,
 * so that the page answers meanwhile.
 *
 * @param done - hears the picture when all of it is there
 * @returns the function that gives it up
 */
export function drawMarks(
  marks: readonly PlacedMark[],
  {
    across,
    down,
    ratio,
  }: { readonly across: number; readonly down: number; readonly ratio: number },
  done: (picture: OffscreenCanvas) => void,
): () => void {
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(across * ratio)),
    Math.max(1, Math.round(down * ratio)),
  );
  const context = canvas.getContext("2d");
  const stamps = new Map<MarkKind, Stamp>();
  const stampFor = (kind: MarkKind): Stamp => {
    const stamp = stamps.get(kind) ?? stampOf(kind, ratio, canvas.width * canvas.height);
    stamps.set(kind, stamp);
    return stamp;
  };
  let [at, frame] = [0, 0];
  if (context !== null) context.globalAlpha = marks.length < 60 ? 1 : OPACITY;
  const goOn = (): void => {
    const end = Math.min(marks.length, at + AT_ONCE);
    for (; at < end; at++) {
      const { kind, x, y } = marks[at]!;
      const { picture, middle, drawn } = stampFor(kind);
      const [column, row] = [Math.round(x * ratio), Math.round(y * ratio)];
      const pixel = row * canvas.width + column;
      if (drawn[pixel]! >= MOST_ON_A_PIXEL) continue;
      drawn[pixel]!++;
      context?.drawImage(picture, column - middle, row - middle);
    }
    if (at < marks.length) frame = requestAnimationFrame(goOn);
    else done(canvas);
  };
  goOn();
  return () => cancelAnimationFrame(frame);
}

interface Stamp {
  readonly picture: ImageBitmap;
  /** Pixels from its edge to the mark's middle. */
  readonly middle: number;
  /** How often it was drawn at each pixel of the picture. */
  readonly drawn: Uint8Array;
}

function stampOf(kind: MarkKind, ratio: number, pixels: number): Stamp {
  const middle = Math.ceil(11 * ratio);
  const canvas = new OffscreenCanvas(2 * middle, 2 * middle);
  const context = canvas.getContext("2d");
  if (context !== null) {
    context.scale(ratio, ratio);
    drawMark(context, { kind, x: middle / ratio, y: middle / ratio }, 0.9, 1.6);
  }
  return { picture: canvas.transferToImageBitmap(), middle, drawn: new Uint8Array(pixels) };
}
