import type { Listener, RunEvent } from "../training/events.ts";
import {
  formatCount,
  formatNumber,
  formatPercent,
  formatSeconds,
  sparkline,
  widthOf,
  wordsOf,
} from "./format.ts";
import type { Output } from "./output.ts";

/** Shows a run while it goes. Hand it to `fit` or `minimize` as their listener, and `close` it at the end. */
export interface Progress {
  readonly listen: Listener;
  /** Says a line that stays. */
  readonly say: (line: string) => void;
  /** Takes the live line away; whatever is printed next stands where it was. */
  close(): void;
}

export interface ProgressOptions {
  readonly output: Output;
  /** What is run, for the first line: a file's name. */
  readonly title: string;
  /** Milliseconds that never run backwards. Default `performance.now`. */
  readonly clock?: () => number;
}

/** A live line is drawn at most this often, in milliseconds: faster than it can be read is waste. */
const FRAME_MS = 80;
/** Where there is no terminal, one line per this many milliseconds. */
export const PLAIN_MS = 10_000;

/**
 * A listener that draws on stderr: one live line on a terminal; elsewhere plain lines, the first
 * and the last and one each ten seconds. What happens seldom (a rollback, a saddle left, a note)
 * stays as a line of its own.
 */
export async function createProgress(options: ProgressOptions): Promise<Progress> {
  const { output, title, clock = () => performance.now() } = options;
  if (output.quiet) return { listen: () => {}, say: () => {}, close: () => {} };
  const screen = output.live ? await liveScreen(output) : plainScreen(output);
  const state = new RunState();
  let shown = Number.NEGATIVE_INFINITY;
  let latest: "drawn" | "waiting" = "drawn";
  const draw = (): void => {
    shown = clock();
    latest = "drawn";
    screen.draw(state.fields(output.live, output.noteColors), state.frame++);
  };
  return {
    listen: (event) => {
      const line = state.hear(event, title);
      if (line !== undefined) screen.keep(paintLine(event, line, output));
      if (event.kind === "end") {
        if (latest === "waiting" || output.live) draw();
      } else if (event.kind === "progress" || event.kind === "evaluation") {
        latest = "waiting";
        if (clock() - shown >= (output.live ? FRAME_MS : PLAIN_MS)) draw();
      }
    },
    say: screen.keep,
    close: () => screen.close(),
  };
}

/** What has been heard of a run, as the figures of its line. */
export class RunState {
  frame = 0;
  #epochs: number | undefined;
  #steps: number | undefined;
  #progress: Extract<RunEvent, { kind: "progress" }> | undefined;
  #metrics: Readonly<Record<string, number>> = {};
  /** Losses so far, thinned to every 2ᵏ-th, so that a long run takes no more memory than a short one. */
  #losses: number[] = [];
  #stride = 1;
  #heard = 0;

  /** Takes in an event, and tells the line that it deserves for itself, if any. */
  hear(event: RunEvent, title: string): string | undefined {
    switch (event.kind) {
      case "start": {
        this.#epochs = event.epochs;
        this.#steps = event.steps;
        const parts = [`${formatCount(event.parameters)} parameters`, event.method, event.engine];
        return `${title}  ${parts.join(" · ")}`;
      }
      case "progress":
        this.#progress = event;
        this.#remember(event.loss);
        return undefined;
      case "evaluation":
        this.#metrics = event.metrics;
        return undefined;
      case "rollback":
        return `step ${formatCount(event.step)}: ${event.cause}; back to step ${formatCount(event.to)}, steps × ${formatNumber(event.rateScale)}`;
      case "plateau":
        return `step ${formatCount(event.step)}: the loss stays at ${formatNumber(event.metric)}; rates × ${formatNumber(event.rateScale)}${event.noise === 0 ? "" : `, gradients with noise ${formatNumber(event.noise)}`}`;
      case "plateau-detected":
        return `step ${formatCount(event.step)}: the loss is level since step ${formatCount(event.since)} (${event.finding}); ${event.applied === undefined ? event.proposal : `done: ${event.applied}`}`;
      case "label-suspects":
        return `${formatCount(event.count)} of ${formatCount(event.rows)} labels are probably wrong`;
      case "saddle-left":
        return `step ${formatCount(event.step)}: left a saddle (λmin ${formatNumber(event.smallestEigenvalue)}), the loss fell by ${formatNumber(event.decrease)}`;
      case "note":
        return `step ${formatCount(event.step)}: ${event.text}`;
      case "health":
      case "checkpoint":
      case "verdict":
      case "end":
        return undefined;
    }
  }

  #remember(loss: number): void {
    if (this.#heard++ % this.#stride !== 0) return;
    this.#losses.push(loss);
    if (this.#losses.length < 512) return;
    this.#losses = this.#losses.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  /** The line's figures, most important first; with the loss's course where it is drawn over and over. */
  fields(live: boolean, colors: Output["colors"]): readonly string[] {
    const now = this.#progress;
    if (now === undefined) return [];
    const of = (total: number | undefined): string =>
      total === undefined ? "" : `/${formatCount(total)}`;
    const course =
      live && this.#losses.length > 1 ? ` ${colors.cyan(sparkline(this.#losses, 8))}` : "";
    const fields = [
      now.epoch === undefined ? undefined : `epoch ${formatCount(now.epoch)}${of(this.#epochs)}`,
      `step ${formatCount(now.step)}${of(this.#steps)}`,
      `loss ${colors.bold(formatNumber(now.loss))}${course}`,
      ...Object.entries(this.#metrics).map(([name, value]) => metric(name, value)),
      now.learningRate === undefined ? undefined : `rate ${formatNumber(now.learningRate)}`,
      `‖g‖ ${formatNumber(now.gradientNorm)}`,
      now.stepsPerSecond === undefined ? undefined : `${formatCount(now.stepsPerSecond)} steps/s`,
      now.secondsLeft ? `${formatSeconds(now.secondsLeft)} left` : undefined,
    ];
    return fields.filter((field) => field !== undefined);
  }
}

/** A metric by its name: a part of one that is called accuracy is told as per cent. */
export const metric = (name: string, value: number): string =>
  /accuracy$/i.test(name)
    ? `${wordsOf(name)} ${formatPercent(value)}`
    : `${wordsOf(name)} ${formatNumber(value)}`;

function paintLine(event: RunEvent, line: string, { noteColors }: Output): string {
  if (event.kind === "rollback") return noteColors.yellow(line);
  return event.kind === "start" ? line : noteColors.dim(line);
}

interface Screen {
  /** Shows the figures, in place of those shown before where that is possible. */
  draw(fields: readonly string[], frame: number): void;
  /** Shows a line that stays. */
  keep(line: string): void;
  close(): void;
}

function plainScreen(output: Output): Screen {
  return {
    draw: (fields) => output.note(fields.join("  ")),
    keep: (line) => output.note(line),
    close: () => {},
  };
}

const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/** The figures on as many lines as they need, drawn over and over by log-update. */
async function liveScreen(output: Output): Promise<Screen> {
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(output.stderr as NodeJS.WriteStream, { showCursor: true }); // `live` is only true of process.stderr
  return {
    draw: (fields, frame) => {
      if (fields.length === 0) return;
      const lead = output.noteColors.blue(spinner[frame % spinner.length] ?? "");
      update(
        fill(fields, output.noteColumns - 3)
          .map((line, i) => `${i === 0 ? lead : " "} ${line}`)
          .join("\n"),
      );
    },
    keep: (line) => update.persist(line),
    close: () => update.clear(),
  };
}

/** Fields joined into lines of at most `width` columns. */
export function fill(fields: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const field of fields) {
    const last = lines.at(-1);
    const longer = last === undefined ? field : `${last}  ${field}`;
    if (last !== undefined && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(field);
  }
  return lines;
}
