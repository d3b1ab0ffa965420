import type { JSX } from "preact";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { hrefTo } from "../app/router.ts";
import "./verdictMark.css";

/** What a run's mark can say: its verdict, or how far it has come. */
export type MarkKind =
  | NonNullable<RunRow["verdict"]>
  | "running"
  | "crashed"
  | "interrupted"
  | "ended";

interface Shape {
  readonly word: string;
  readonly colour: "blue" | "green" | "teal" | "orange" | "grey" | "red";
  /** On a field of 16 by 16; lines, unless `filled`. */
  readonly path: string;
  readonly filled?: boolean;
}

/** The glyphs of the terminal (cli/verdictMark.ts) as shapes: the shape carries the meaning, the colour only helps. */
const shapes: Readonly<Record<MarkKind, Shape>> = {
  running: {
    word: "running",
    colour: "blue",
    path: "M8 3a5 5 0 1 1 0 10a5 5 0 1 1 0-10z",
    filled: true,
  },
  "global-minimum": {
    word: "global",
    colour: "green",
    path: "M2 3v5a6 6 0 0 0 12 0V3M5.2 3v5a2.8 2.8 0 0 0 5.6 0V3",
  },
  "local-minimum": { word: "minimum", colour: "green", path: "M3 3v5a5 5 0 0 0 10 0V3" },
  degenerate: { word: "degenerate", colour: "teal", path: "M3 3v10h10V3" },
  saddle: {
    word: "saddle",
    colour: "orange",
    path: "M1.5 10.5V8a2.9 2.9 0 0 1 5.8 0a2.9 2.9 0 0 0 5.8 0V3.5M11 6l2.1-2.6L15.2 6",
  },
  stationary: { word: "stationary", colour: "teal", path: "M3 3v10M3 8h10" },
  plateau: { word: "plateau", colour: "grey", path: "M2 8h12" },
  "noise-floor": {
    word: "noise floor",
    colour: "grey",
    path: "M2 6.5c2-2.5 4-2.5 6 0s4 2.5 6 0M2 11c2-2.5 4-2.5 6 0s4 2.5 6 0",
  },
  "not-stationary": {
    word: "not yet",
    colour: "grey",
    path: "M2.6 8m-1.8 0a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0M8 8m-1.8 0a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0M13.4 8m-1.8 0a1.8 1.8 0 1 0 3.6 0a1.8 1.8 0 1 0-3.6 0",
    filled: true,
  },
  unbounded: { word: "unbounded", colour: "red", path: "M8 2v2M8 6v2M8 10v3M4 9.5l4 4l4-4" },
  infeasible: {
    word: "infeasible",
    colour: "red",
    path: "M8 3a5 5 0 1 1 0 10a5 5 0 1 1 0-10zM3 13L13 3",
  },
  diverged: { word: "diverged", colour: "red", path: "M3 13L13 3M6.5 3H13v6.5" },
  crashed: { word: "crashed", colour: "red", path: "M3.5 3.5l9 9M12.5 3.5l-9 9" },
  interrupted: { word: "interrupted", colour: "grey", path: "M5.5 3v10M10.5 3v10" },
  ended: {
    word: "ended",
    colour: "grey",
    path: "M8 6.6a1.4 1.4 0 1 1 0 2.8a1.4 1.4 0 1 1 0-2.8z",
    filled: true,
  },
};

/** The mark that stands for a run now. */
export const markOf = ({ status, verdict }: Pick<RunRow, "status" | "verdict">): MarkKind =>
  status === "running" || status === "crashed" ? status : (verdict ?? status);

/** The short word beside the mark. */
export const markWord = (kind: MarkKind): string => shapes[kind].word;

/** The path of a mark's shape on a field of 16 by 16, for pictures that draw marks of their own. */
export const markShape = (kind: MarkKind): Pick<Shape, "path" | "colour"> & { filled: boolean } => {
  const { path, colour, filled = false } = shapes[kind];
  return { path, colour, filled };
};

export interface VerdictMarkProps {
  readonly kind: MarkKind;
  /** Pixels: 16 in a row, 96 on a run's page. */
  readonly size?: number;
  /** Whether its word stands beside it; else it is told to a screen reader alone. */
  readonly word?: boolean;
  /** The run whose evidence a click opens. */
  readonly run?: string;
}

/** The one symbol of the product: what kind of point a run reached. A click opens the evidence. */
export function VerdictMark({ kind, size = 16, word = false, run }: VerdictMarkProps): JSX.Element {
  const { path, colour, filled = false, word: name } = shapes[kind];
  const shape = <path d={path} class={filled ? "mark-filled" : "mark-line"} />;
  const field = { width: size, height: size, viewBox: "0 0 16 16", class: "mark-shape" };
  const mark = (
    <span class={`mark mark-${colour}`}>
      {word ? (
        <svg aria-hidden="true" {...field}>
          {shape}
        </svg>
      ) : (
        <svg role="img" aria-label={name} {...field}>
          {shape}
        </svg>
      )}
      {word ? <span class="mark-word">{name}</span> : null}
    </span>
  );
  if (run === undefined) return mark;
  return (
    <a class="mark-link" href={hrefTo(`/run/${run}#evidence`)} title={`${name}: the evidence`}>
      {mark}
    </a>
  );
}
