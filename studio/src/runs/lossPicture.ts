import { tickLabel } from "../../../src/drawing/labels.ts";
import type { Overview } from "../../../src/records/overview.ts";
import { lineStyle } from "../app/colours.ts";
import { assetUrl } from "../app/router.ts";
import { token } from "../app/theme.ts";
import { type Trace, trace, type View } from "./raster.ts";
import type { RasterReply, RasterRequest } from "./raster.worker.ts";
import { sameAxes, ticksOf } from "./view.ts";

/** Room for the axes' numbers, in CSS pixels. */
export const margin = { left: 56, right: 28, top: 10, bottom: 26 } as const;
/** Up to so many runs are drawn as lines of their own; more as a density. */
const MOST_LINES = 24;
/** How long a view must rest before the density is drawn for it; until then the last one is stretched. */
const REST_MS = 120;
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

/**
 * The losses of many runs: a density of all, drawn by a worker and kept as a picture, and over it the
 * lines of those that are selected or hovered. Moving the view stretches the kept picture; a finer one
 * follows when it rests.
 */
export class LossPicture {
  readonly #base: HTMLCanvasElement;
  readonly #over: HTMLCanvasElement;
  readonly #worker = new Worker(assetUrl("raster.js"), { type: "module" });
  #runs: ReadonlyMap<string, Overview> = new Map();
  #shown: readonly string[] = [];
  #sent = new Map<string, Overview>();
  #view: View = { x0: 0, x1: 1, y0: 0, y1: 1, logX: false, logY: false };
  #size: Size = { across: 1, down: 1 };
  #kept: RasterReply | undefined;
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
    this.#runs = runs;
    this.#shown = shown;
    const set = [...runs].filter(([id, overview]) => this.#sent.get(id) !== overview);
    const drop = [...this.#sent.keys()].filter((id) => !runs.has(id));
    if (set.length + drop.length > 0) this.#tell({ kind: "runs", set, drop });
    this.#sent = new Map(runs);
    this.#askSoon(0);
    this.draw();
  }

  setView(view: View): void {
    if (!sameAxes(view, this.#view)) {
      this.#kept?.bitmap.close();
      this.#kept = undefined;
    }
    this.#view = view;
    this.#askSoon(this.#kept === undefined ? 0 : REST_MS);
    this.draw();
  }

  setLines(selected: readonly string[], hovered: string | undefined, band: Band | undefined): void {
    this.#selected = selected;
    this.#hovered = hovered;
    this.#band = band;
    this.drawLines();
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
    this.#askSoon(0);
    this.draw();
  }

  /** The colours have changed. */
  recolour(): void {
    this.#askSoon(0);
    this.draw();
  }

  draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      if (document.hidden) return;
      this.#drawBase();
      this.drawLines();
    });
  }

  /** The selected and hovered lines alone: what lies below stays. */
  drawLines(): void {
    const context = this.#over.getContext("2d");
    if (context === null) return;
    context.clearRect(0, 0, this.#over.width, this.#over.height);
    context.save();
    context.beginPath();
    context.rect(margin.left, margin.top, this.#size.across, this.#size.down);
    context.clip();
    context.translate(margin.left, margin.top);
    if (this.#band !== undefined) this.#drawBand(context, this.#band);
    const lines = this.fewRuns ? this.#shown : this.#selected;
    const faded = this.fewRuns && this.#selected.length > 0;
    for (const id of lines) {
      const dim = faded && !this.#selected.includes(id);
      this.#drawLine(context, id, dim ? 0.35 : 1, this.#selected.includes(id) ? 2 : 1.5);
    }
    if (this.#hovered !== undefined) {
      const path = this.#pathOf(this.#hovered);
      context.strokeStyle = token("text");
      context.lineWidth = 2.25;
      context.setLineDash([]);
      context.stroke(path);
    }
    context.restore();
  }

  /** The run whose line is nearest to a point of the picture, if one is near enough. */
  nearest(x: number, y: number): string | undefined {
    let found: string | undefined;
    let distance = REACH;
    for (const id of this.#shown) {
      const range = this.#rangeAt(id, x);
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
        const range = this.#rangeAt(id, x);
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

  #askSoon(milliseconds: number): void {
    clearTimeout(this.#timer);
    if (this.fewRuns) {
      this.#kept?.bitmap.close();
      this.#kept = undefined;
      return;
    }
    this.#timer = setTimeout(() => this.#ask(), milliseconds);
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

  #tell(message: RasterRequest): void {
    this.#worker.postMessage(message);
  }

  #drawBase(): void {
    const context = this.#base.getContext("2d");
    if (context === null) return;
    const { across, down } = this.#size;
    context.clearRect(0, 0, this.#base.width, this.#base.height);
    this.#drawAxes(context);
    const kept = this.#kept;
    if (kept === undefined) return;
    const { view: old, bitmap } = kept;
    const { x0, x1, y0, y1 } = this.#view;
    const [scaleX, scaleY] = [across / (x1 - x0), down / (y1 - y0)];
    context.save();
    context.beginPath();
    context.rect(margin.left, margin.top, across, down);
    context.clip();
    context.drawImage(
      bitmap,
      margin.left + (old.x0 - x0) * scaleX,
      margin.top + (y1 - old.y1) * scaleY,
      (old.x1 - old.x0) * scaleX,
      (old.y1 - old.y0) * scaleY,
    );
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

  #drawLine(context: CanvasRenderingContext2D, id: string, alpha: number, width: number): void {
    const { colour, dash } = lineStyle(id);
    const stroke = token(`series-${colour}`);
    const traced = this.#traceOf(id);
    if (traced === undefined) return;
    context.globalAlpha = 0.16 * alpha;
    context.fillStyle = stroke;
    context.fill(reachOf(traced));
    context.globalAlpha = alpha;
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.setLineDash([...dash]);
    context.stroke(lineOf(traced));
    for (const x of traced.broken) context.fillRect(x - 1, 0, 2.5, 6);
    context.globalAlpha = 1;
  }

  /** Median and percentiles over repetitions, at the columns of the picture. */
  #drawBand(context: CanvasRenderingContext2D, { runs }: Band): void {
    const { across } = this.#size;
    const middle = new Path2D();
    const [upper, lower]: [[number, number][], [number, number][]] = [[], []];
    for (let x = 0; x < across; x += 3) {
      const rows = runs
        .map((id) => this.#rangeAt(id, x))
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

  #traces = new WeakMap<
    Overview,
    { readonly view: View; readonly size: Size; readonly trace: Trace }
  >();

  #traceOf(id: string): Trace | undefined {
    const overview = this.#runs.get(id);
    if (overview === undefined) return undefined;
    const kept = this.#traces.get(overview);
    if (kept?.view === this.#view && kept.size === this.#size) return kept.trace;
    const made = trace(overview, this.#view, this.#size.across, this.#size.down);
    this.#traces.set(overview, { view: this.#view, size: this.#size, trace: made });
    return made;
  }

  #pathOf(id: string): Path2D {
    const traced = this.#traceOf(id);
    return traced === undefined ? new Path2D() : lineOf(traced);
  }

  /** Where a run's line is at a column, from top to bottom. */
  #rangeAt(id: string, column: number): readonly [top: number, bottom: number] | undefined {
    const traced = this.#traceOf(id);
    if (traced === undefined) return undefined;
    const { x, top, bottom } = traced;
    const last = x.length - 1;
    if (last < 0 || column < x[0]! - 3 || column > x[last]! + 3) return undefined;
    let [low, high] = [0, last];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (x[middle]! <= column) low = middle;
      else high = middle;
    }
    const span = x[high]! - x[low]!;
    const part = span > 0 ? Math.min(1, Math.max(0, (column - x[low]!) / span)) : 0;
    const upper = top[low]! + part * (top[high]! - top[low]!);
    const lower = bottom[low]! + part * (bottom[high]! - bottom[low]!);
    return Number.isNaN(lower) ? undefined : [upper, lower];
  }
}

/** Through the middle of each bucket's reach. */
function lineOf({ x, top, bottom }: Trace): Path2D {
  const path = new Path2D();
  let drawing = false;
  for (let i = 0; i < x.length; i++) {
    const y = (top[i]! + bottom[i]!) / 2;
    if (Number.isNaN(y)) drawing = false;
    else if (drawing) path.lineTo(x[i]!, y);
    else {
      path.moveTo(x[i]!, y);
      drawing = true;
    }
  }
  return path;
}

/** The area between the lowest and the highest of each bucket. */
function reachOf({ x, top, bottom }: Trace): Path2D {
  const path = new Path2D();
  const known = Array.from(x.keys()).filter((i) => !Number.isNaN(bottom[i]!));
  // The first lineTo of a path is a moveTo.
  for (const i of known) path.lineTo(x[i]!, top[i]!);
  for (const i of known.reverse()) path.lineTo(x[i]!, bottom[i]!);
  path.closePath();
  return path;
}

/** A colour of the tokens, `#0b5cad`, as numbers. */
function rgb(text: string): [number, number, number] {
  const digits = Number.parseInt(text.slice(1), 16);
  return [digits >> 16, (digits >> 8) & 255, digits & 255];
}
