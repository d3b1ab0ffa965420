import { tickLabel } from "../../../src/drawing/labels.ts";
import type { Overview } from "../../../src/records/overview.ts";
import { lineStyle } from "../app/colours.ts";
import { openWorker } from "../app/openWorker.ts";
import { token } from "../app/theme.ts";
import { type LossPaths, PathCache } from "./lossPaths.ts";
import { reachAt, type View } from "./raster.ts";
import type { RasterReply, RasterRequest } from "./raster.worker.ts";
import { packRuns } from "./runTransfer.ts";
import { sameAxes, ticksOf } from "./view.ts";

/** Room for the axes' numbers, in CSS pixels. */
export const margin = { left: 56, right: 28, top: 10, bottom: 26 } as const;
/** Up to so many runs are drawn as lines of their own; more as a density. */
const MOST_LINES = 24;
/** How long a view must rest before the density is drawn for it; until then the last one is stretched. */
const REST_MS = 120;
/** How long after other runs their view comes, at most. */
const VIEW_MS = 60;
/** Lines that are drawn anew at each frame of a moving view; more are stretched as the density is. */
const DIRECT_LINES = 6;
/** How near to a line, in pixels, the pointer counts as on it. */
const REACH = 10;

interface Size {
  readonly across: number;
  readonly down: number;
}

/** A band over repetitions: the median and the 10th and 90th percentile. */
export interface Band {
  readonly key: string;
  readonly runs: readonly string[];
}

const startWorker = (): Worker => openWorker("raster");
/** Started with the code of the page: it is ready when the first runs are. */
let early: Worker | undefined = startWorker();

function takeWorker(): Worker {
  const worker = early ?? startWorker();
  early = undefined;
  return worker;
}

/** Lines as they were drawn for a view, to be stretched while it moves. */
interface LineLayer {
  readonly canvas: OffscreenCanvas;
  readonly view: View;
}

/**
 * The losses of many runs: a density of all, drawn by a worker and kept as a picture, with the lines of those that
 * are selected; and on a canvas above, the one that is hovered. Moving the view stretches the kept pictures; finer
 * ones follow when it rests. What is hovered draws nothing anew but itself.
 */
export class LossPicture {
  readonly #base: HTMLCanvasElement;
  readonly #over: HTMLCanvasElement;
  readonly #worker = takeWorker();
  #runs: ReadonlyMap<string, Overview> = new Map();
  #shown: readonly string[] = [];
  #view: View = { x0: 0, x1: 1, y0: 0, y1: 1, logX: false, logY: false };
  #size: Size = { across: 1, down: 1 };
  #kept: RasterReply | undefined;
  #lines: LineLayer | undefined;
  readonly #paths = new PathCache();
  #selected: readonly string[] = [];
  #hovered: string | undefined;
  #band: Band | undefined;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the first density was drawn, and the newest: for the measurements of bench/. */
  onDrawn: (() => void) | undefined;

  constructor(base: HTMLCanvasElement, over: HTMLCanvasElement) {
    this.#base = base;
    this.#over = over;
    this.#worker.onmessage = ({ data }: MessageEvent<RasterReply>) => {
      // What was asked for when there were more.
      if (this.fewRuns) return data.bitmap.close();
      this.#kept?.bitmap.close();
      this.#kept = data;
      this.draw();
      this.onDrawn?.();
    };
  }

  get view(): View {
    return this.#view;
  }

  get size(): Size {
    return this.#size;
  }

  /** Whether single lines are drawn instead of a density. */
  get fewRuns(): boolean {
    return this.#shown.length <= MOST_LINES;
  }

  setRuns(runs: ReadonlyMap<string, Overview>, shown: readonly string[]): void {
    // A filter chooses among the runs that the worker has.
    if (runs !== this.#runs) this.#send(runs);
    this.#runs = runs;
    this.#shown = shown;
    this.#lines = undefined;
    // The view that fits them is set within a frame or two: until then the density would be drawn for the last one.
    this.#refineSoon(VIEW_MS);
    this.draw();
  }

  setView(view: View): void {
    if (!sameAxes(view, this.#view)) {
      this.#forgetKept();
      this.#lines = undefined;
    }
    this.#view = view;
    this.#refineSoon(this.#kept === undefined && this.#lines === undefined ? 0 : REST_MS);
    this.draw();
  }

  setLines(selected: readonly string[], hovered: string | undefined, band: Band | undefined): void {
    const same = selected.join() === this.#selected.join();
    this.#selected = selected;
    this.#hovered = hovered;
    this.#band = band;
    if (!same) {
      this.#lines = undefined;
      this.draw();
    }
    this.#drawAbove();
  }

  /** Fits the canvases to their place. */
  resize(): void {
    const { clientWidth, clientHeight } = this.#base;
    const ratio = Math.min(2, devicePixelRatio);
    for (const canvas of [this.#base, this.#over]) {
      canvas.width = Math.round(clientWidth * ratio);
      canvas.height = Math.round(clientHeight * ratio);
      canvas.getContext("2d")?.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.#size = {
      across: Math.max(1, clientWidth - margin.left - margin.right),
      down: Math.max(1, clientHeight - margin.top - margin.bottom),
    };
    this.#refresh();
  }

  /** The colours have changed. */
  recolour(): void {
    this.#refresh();
  }

  draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      if (document.hidden) return;
      this.#drawBase();
      this.#drawAbove();
    });
  }

  /** The run whose line is nearest to a point of the picture, if one is near enough. */
  nearest(x: number, y: number): string | undefined {
    let found: string | undefined;
    let distance = REACH;
    for (const id of this.#shown) {
      const range = this.#reachAt(id, x);
      if (range === undefined) continue;
      const [top, bottom] = range;
      // Inside its own noise a line is as near as its middle.
      const away =
        y < top ? top - y : y > bottom ? y - bottom : Math.abs(y - (top + bottom) / 2) / 4;
      if (away < distance) [found, distance] = [id, away];
    }
    return found;
  }

  /** The runs that pass through a box of the picture. */
  passing(left: number, top: number, right: number, bottom: number): string[] {
    const steps = Array.from({ length: 9 }, (_, i) => left + (i * (right - left)) / 8);
    return this.#shown.filter((id) =>
      steps.some((x) => {
        const range = this.#reachAt(id, x);
        return range !== undefined && range[1] >= top && range[0] <= bottom;
      }),
    );
  }

  close(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#worker.terminate();
    this.#kept?.bitmap.close();
  }

  /** What is drawn is no longer so: all of it is drawn anew. */
  #refresh(): void {
    this.#lines = undefined;
    this.#refineSoon(0);
    this.draw();
  }

  #forgetKept(): void {
    this.#kept?.bitmap.close();
    this.#kept = undefined;
  }

  /** Draws for the view as it is what was stretched until then. */
  #refineSoon(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.fewRuns) this.#forgetKept();
    this.#timer = setTimeout(() => {
      if (!this.fewRuns) this.#ask();
      if (this.#lines !== undefined && this.#lines.view !== this.#view) {
        this.#lines = undefined;
        this.draw();
      }
    }, milliseconds);
  }

  #ask(): void {
    const ratio = Math.min(2, devicePixelRatio);
    const { across, down } = this.#size;
    if (across <= 1 || document.hidden) return;
    this.#tell({
      ...{ kind: "draw", view: this.#view, colour: rgb(token("accent")) },
      ...{ across: Math.round(across * ratio), down: Math.round(down * ratio) },
      only: this.#shown.length === this.#runs.size ? undefined : this.#shown,
    });
  }

  #send(runs: ReadonlyMap<string, Overview>): void {
    const set = [...runs].filter(([id, overview]) => this.#runs.get(id) !== overview);
    const drop = [...this.#runs.keys()].filter((id) => !runs.has(id));
    if (set.length + drop.length === 0) return;
    const packed = packRuns(set);
    this.#tell({ kind: "runs", set: packed, drop }, [packed.values.buffer]);
  }

  #tell(message: RasterRequest, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #drawBase(): void {
    const context = this.#base.getContext("2d");
    if (context === null) return;
    const { across, down } = this.#size;
    context.clearRect(0, 0, this.#base.width, this.#base.height);
    this.#drawAxes(context);
    context.save();
    context.beginPath();
    context.rect(margin.left, margin.top, across, down);
    context.clip();
    context.translate(margin.left, margin.top);
    if (this.#kept !== undefined) this.#stretch(context, this.#kept.bitmap, this.#kept.view);
    this.#drawLines(context);
    context.restore();
  }

  /** A picture of another view, where it lies in this one. */
  #stretch(
    context: CanvasRenderingContext2D,
    picture: CanvasImageSource,
    { x0: left, x1: right, y0: bottom, y1: top }: View,
  ): void {
    const { across, down } = this.#size;
    const { x0, x1, y0, y1 } = this.#view;
    const [scaleX, scaleY] = [across / (x1 - x0), down / (y1 - y0)];
    context.drawImage(
      picture,
      (left - x0) * scaleX,
      (y1 - top) * scaleY,
      (right - left) * scaleX,
      (top - bottom) * scaleY,
    );
  }

  /** The lines of few runs, or of those that are selected among many. */
  #drawLines(context: CanvasRenderingContext2D): void {
    const ids = this.fewRuns ? this.#shown : this.#selected;
    if (ids.length <= DIRECT_LINES) {
      for (const id of ids) this.#drawLine(context, id);
      return;
    }
    this.#lines ??= this.#layerOf(ids);
    if (this.#lines !== undefined) this.#stretch(context, this.#lines.canvas, this.#lines.view);
  }

  #layerOf(ids: readonly string[]): LineLayer | undefined {
    const ratio = Math.min(2, devicePixelRatio);
    const { across, down } = this.#size;
    const canvas = new OffscreenCanvas(Math.round(across * ratio), Math.round(down * ratio));
    const context = canvas.getContext("2d");
    if (context === null) return undefined;
    context.scale(ratio, ratio);
    for (const id of ids) this.#drawLine(context, id);
    return { canvas, view: this.#view };
  }

  /** The hovered line and the band of repetitions: all that follows the pointer. */
  #drawAbove(): void {
    const context = this.#over.getContext("2d");
    if (context === null) return;
    context.clearRect(0, 0, this.#over.width, this.#over.height);
    if (this.#band === undefined && this.#hovered === undefined) return;
    context.save();
    context.beginPath();
    context.rect(margin.left, margin.top, this.#size.across, this.#size.down);
    context.clip();
    context.translate(margin.left, margin.top);
    if (this.#band !== undefined) this.#drawBand(context, this.#band);
    const paths = this.#hovered === undefined ? undefined : this.#pathsOf(this.#hovered);
    if (paths !== undefined) {
      context.strokeStyle = token("text");
      context.lineWidth = 2.25;
      context.setLineDash([]);
      context.stroke(paths.line);
    }
    context.restore();
  }

  #drawAxes(context: CanvasRenderingContext2D): void {
    const { across, down } = this.#size;
    const { x0, x1, y0, y1, logX, logY } = this.#view;
    context.font = `12px ${token("font")}`;
    context.fillStyle = token("quiet");
    context.strokeStyle = token("line");
    context.lineWidth = 1;
    context.textBaseline = "middle";
    context.textAlign = "right";
    for (const { at, value } of ticksOf(y0, y1, logY)) {
      const y = margin.top + Math.round((1 - at) * down) + 0.5;
      context.beginPath();
      context.moveTo(margin.left, y);
      context.lineTo(margin.left + across, y);
      context.stroke();
      context.fillText(tickLabel(value), margin.left - 6, y);
    }
    context.textAlign = "center";
    context.textBaseline = "top";
    for (const { at, value } of ticksOf(x0, x1, logX)) {
      const x = margin.left + at * across;
      context.fillText(tickLabel(value), x, margin.top + down + 7);
    }
  }

  #drawLine(
    context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
    id: string,
  ): void {
    const paths = this.#pathsOf(id);
    if (paths === undefined) return;
    const chosen = this.#selected.includes(id);
    const alpha = this.fewRuns && this.#selected.length > 0 && !chosen ? 0.35 : 1;
    const { colour, dash } = lineStyle(id);
    const stroke = token(`series-${colour}`);
    context.globalAlpha = 0.16 * alpha;
    context.fillStyle = stroke;
    context.fill(paths.reach);
    context.globalAlpha = alpha;
    context.strokeStyle = stroke;
    context.lineWidth = chosen ? 2 : 1.5;
    context.setLineDash([...dash]);
    context.stroke(paths.line);
    for (const x of paths.broken) context.fillRect(x - 1, 0, 2.5, 6);
    context.globalAlpha = 1;
  }

  /** Median and percentiles over repetitions, at the columns of the picture. */
  #drawBand(context: CanvasRenderingContext2D, { runs }: Band): void {
    const { across } = this.#size;
    const middle = new Path2D();
    const [upper, lower]: [[number, number][], [number, number][]] = [[], []];
    for (let x = 0; x < across; x += 3) {
      const rows = runs
        .map((id) => this.#reachAt(id, x))
        .filter((range) => range !== undefined)
        .map(([top, bottom]) => (top + bottom) / 2)
        .sort((a, b) => a - b);
      if (rows.length === 0) continue;
      const at = (part: number): number => rows[Math.round(part * (rows.length - 1))] ?? 0;
      if (upper.length === 0) middle.moveTo(x, at(0.5));
      else middle.lineTo(x, at(0.5));
      upper.push([x, at(0.1)]);
      lower.unshift([x, at(0.9)]);
    }
    const area = new Path2D();
    for (const [x, y] of [...upper, ...lower]) area.lineTo(x, y);
    area.closePath();
    context.globalAlpha = 0.2;
    context.fillStyle = token("text");
    context.fill(area);
    context.globalAlpha = 1;
    context.strokeStyle = token("text");
    context.lineWidth = 2;
    context.setLineDash([]);
    context.stroke(middle);
  }

  #pathsOf(id: string): LossPaths | undefined {
    const overview = this.#runs.get(id);
    const { across, down } = this.#size;
    return overview && this.#paths.get(overview, this.#view, across, down);
  }

  #reachAt(id: string, column: number): readonly [top: number, bottom: number] | undefined {
    const overview = this.#runs.get(id);
    const { across, down } = this.#size;
    return overview && reachAt(overview, this.#view, across, down, column);
  }
}

/** A colour of the tokens, `#0b5cad`, as numbers. */
function rgb(text: string): [number, number, number] {
  const digits = Number.parseInt(text.slice(1), 16);
  return [digits >> 16, (digits >> 8) & 255, digits & 255];
}
