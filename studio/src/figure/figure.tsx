import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Panel } from "../../../src/drawing/chart.ts";
import type { Scene } from "../../../src/drawing/scene.ts";
import { paper, paperWidth, plain, type Style } from "../../../src/drawing/style.ts";
import { useKeys } from "../app/keyboard.ts";
import { DataTable, type Table } from "./dataTable.tsx";
import { ExportMenu } from "./exportMenu.tsx";
import { screenStyle } from "./look.ts";
import { paintOn } from "./paint.ts";

/** A picture as it was drawn, and where its data lie on it. */
export interface Drawn {
  readonly scene: Scene;
  readonly panels: readonly Panel[];
}

export interface FigureProps {
  /** Of the files it is saved as, without an ending. */
  readonly name: string;
  /** What it is a picture of. */
  readonly title: string;
  /** What it shows, in one sentence: for those who cannot see it, and for those who can. */
  readonly summary: string;
  readonly draw: (style: Style, width: number) => Drawn;
  readonly table: () => Table;
  readonly csv: () => string;
  /** The command that draws it again, where there is one. */
  readonly command?: string;
  /** Else the command that writes what it is drawn from. */
  readonly source?: string;
  /** What lies over the picture: a cursor. It is given the drawn picture. */
  readonly overlay?: (drawn: Drawn) => ComponentChildren;
  /** Keys that the picture takes while it has the focus. */
  readonly onKey?: (event: KeyboardEvent, drawn: Drawn) => void;
  readonly children?: ComponentChildren;
}

/**
 * A picture with what every picture has: a summary in words, its data as a table (`T`), and files of it (`e`). It is
 * reached by Tab; the arrow keys are its own.
 */
export function Figure(props: FigureProps) {
  const { name, title, summary, draw, table, csv, command, source, overlay, onKey, children } =
    props;
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const [asTable, setAsTable] = useState(false);
  const [exporting, setExporting] = useState(false);
  const style = screenStyle.value;
  const drawn = useMemo(() => (width > 0 ? draw(style, width) : undefined), [draw, style, width]);
  useEffect(() => {
    const place = canvas.current;
    if (drawn === undefined || place === null) return;
    place.style.width = `${drawn.scene.width}px`;
    place.style.height = `${drawn.scene.height}px`;
    paintOn(place, drawn.scene, Math.max(1, devicePixelRatio));
  }, [drawn, asTable]);
  const hearKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && (exporting || asTable)) {
      setExporting(false);
      setAsTable(false);
    } else {
      if (drawn !== undefined) onKey?.(event, drawn);
      return;
    }
    event.preventDefault();
  };
  const figure = useRef<HTMLElement>(null);
  // The one with the focus, else the one under the pointer.
  const isMeant = (): boolean => {
    const focused = document.activeElement?.closest(".figure");
    return focused == null
      ? figure.current?.matches(":hover") === true
      : focused === figure.current;
  };
  useKeys("The picture with the focus, or under the pointer", [
    { keys: "e", does: "its files", when: isMeant, run: () => setExporting(!exporting) },
    { keys: "T", does: "its data as a table", when: isMeant, run: () => setAsTable(!asTable) },
    ...(onKey === undefined
      ? []
      : [{ keys: "ArrowLeft ArrowRight", does: "walk over it, while it has the focus" }]),
  ]);
  const scenes = {
    wide: () => draw(plain, 720).scene,
    paper: () => draw(paper, paperWidth).scene,
  };
  return (
    <figure class="figure" ref={figure} aria-label={title} onKeyDown={hearKey}>
      <div class="figure-bar">
        <figcaption class="figure-summary">{summary}</figcaption>
        <button type="button" aria-pressed={asTable} onClick={() => setAsTable(!asTable)}>
          Table
        </button>
        <button
          type="button"
          aria-expanded={exporting}
          onClick={() => setExporting(!exporting)}
          aria-label={`Export: ${title}`}
        >
          Export
        </button>
      </div>
      {exporting && <ExportMenu {...{ name, csv, command, source, scenes }} />}
      {children}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its arrow keys walk over the data */}
      <div class="figure-picture" ref={holder} role="img" aria-label={summary} tabIndex={0}>
        {asTable ? undefined : <canvas ref={canvas} />}
        {asTable || drawn === undefined ? undefined : overlay?.(drawn)}
      </div>
      {asTable && <DataTable caption={title} table={table()} />}
    </figure>
  );
}

/** The width of an element on the screen, 0 before it is known. */
function useWidth(holder: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return;
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.floor(entry.contentRect.width));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [holder]);
  return width;
}
