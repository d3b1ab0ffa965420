import type { RunEvent } from "../../training/events.ts";
import { formatNumber, formatSeconds } from "../format.ts";
import type { Output } from "../output.ts";
import { paintMark } from "../verdictMark.ts";
import type { Finish } from "./ranking.ts";

/** Shows a race while it goes: one live line for each method on a terminal, elsewhere one line for each run that has ended. */
export interface Lanes {
  /** A run begins. */
  begin(method: string, seed: number): void;
  hear(event: RunEvent, part: number): void;
  finish(finish: Finish): void;
  close(): void;
}

interface Lane {
  done: number;
  part: number;
  best: number;
  now: number | undefined;
  marks: string;
}

const frameMs = 80;
const width = 20;

export async function createLanes(
  methods: readonly string[],
  seeds: number,
  measure: string,
  output: Output,
): Promise<Lanes> {
  const { noteColors } = output;
  const wide = Math.max(...methods.map((name) => name.length));
  if (!output.live) return plainLanes(wide, measure, output);
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(output.stderr as NodeJS.WriteStream, { showCursor: true }); // `live` is only true of process.stderr
  const lanes = new Map<string, Lane>(
    methods.map((name) => [
      name,
      { done: 0, part: 0, best: Number.POSITIVE_INFINITY, now: undefined, marks: "" },
    ]),
  );
  let running = "";
  let drawn = 0;
  const draw = (): void => {
    drawn = performance.now();
    update([...lanes].map(([name, lane]) => lineOf(name, lane)).join("\n"));
  };
  const lineOf = (name: string, { done, part, best, now, marks }: Lane): string => {
    const filled = Math.round((width * Math.min(seeds, done + part)) / seeds);
    const bar = noteColors.cyan("█".repeat(filled)) + noteColors.dim("░".repeat(width - filled));
    const value = now === undefined ? "" : `${measure} ${formatNumber(now)}`;
    const lowest = Number.isFinite(best) ? `best ${formatNumber(best)}` : "";
    const lead = name === running ? noteColors.blue("▸") : " ";
    return `${lead} ${name.padEnd(wide)}  ${bar}  ${done}/${seeds}  ${marks}  ${lowest}  ${noteColors.dim(value)}`.trimEnd();
  };
  return {
    begin: (method) => {
      running = method;
      draw();
    },
    hear: (event, part) => {
      const lane = lanes.get(running);
      if (lane === undefined || event.kind !== "progress") return;
      [lane.part, lane.now] = [part, event.loss];
      if (performance.now() - drawn >= frameMs) draw();
    },
    finish: ({ method, value, verdict }) => {
      const lane = lanes.get(method);
      if (lane === undefined) return;
      lane.done++;
      [lane.part, lane.now] = [0, undefined];
      if (value < lane.best) lane.best = value;
      lane.marks += (paintMark(verdict, noteColors).split(" ")[0] ?? "") + noteColors.reset("");
      draw();
    },
    close: () => update.clear(),
  };
}

const plainLanes = (wide: number, measure: string, output: Output): Lanes => ({
  begin: () => {},
  hear: () => {},
  finish: ({ method, seed, value, evaluations, seconds, verdict }) =>
    output.note(
      [
        `${method.padEnd(wide)}  seed ${seed}`,
        `${measure} ${formatNumber(value)}`,
        `${formatNumber(Math.round(evaluations))} evaluations`,
        formatSeconds(seconds),
        paintMark(verdict, output.noteColors),
      ].join("  "),
    ),
  close: () => {},
});
