import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { Overview } from "../../../src/records/overview.ts";
import { useKeys } from "../app/keyboard.ts";
import { navigate, place, setSearch } from "../app/router.ts";
import { dark } from "../app/theme.ts";
import { runs } from "../data/live.ts";
import { shortCount, shortNumber } from "../parts/format.ts";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";
import { markOf, markWord } from "../parts/verdictMark.tsx";
import { ChartExport } from "./chartExport.tsx";
import { LossPicture, margin } from "./lossPicture.ts";
import { overviewError, overviews } from "./overviews.ts";
import { pictured } from "./pictured.ts";
import type { View } from "./raster.ts";
import { hovered, lines, select, selected, toggle } from "./state.ts";
import { viewOfAll } from "./view.ts";

/** How long the wheel must rest before the address has the zoom. */
const REST_MS = 200;

interface Drag {
  readonly kind: "zoom" | "lasso";
  readonly x: number;
  readonly y: number;
  readonly toX: number;
  readonly toY: number;
}

/** The losses of all runs that match: a line is a button, a drag zooms, Shift and a drag selects what passes. */
export function LossChart(): JSX.Element {
  const [base, over] = [useRef<HTMLCanvasElement>(null), useRef<HTMLCanvasElement>(null)];
  const picture = useRef<LossPicture | undefined>(undefined);
  const drag = useSignal<Drag | undefined>(undefined);
  const table = useSignal(false);
  const exporting = useSignal(false);
  const search = place.value.search;
  const [xText, yText, shownPart] = ["x", "y", "z"].map((name) => search.get(name) ?? "");

  const shown = useComputed(() =>
    pictured.value.filter(({ id }) => overviews.value.has(id)).map(({ id }) => id),
  );
  // Not at each drawing: it looks at every bucket of every run, and a hover draws.
  const whole = useMemo(
    () => viewOf(shown.value, overviews.value, xText === "log", yText),
    [shown.value, overviews.value, xText, yText],
  );
  const view = zoomed(whole, shownPart ?? "");

  useEffect(() => {
    if (base.current === null || over.current === null) return;
    const made = new LossPicture(base.current, over.current);
    picture.current = made;
    made.onDrawn = () => performance.mark("nadir-raster");
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(base.current);
    made.setRuns(overviews.peek(), shown.peek());
    const woken = (): void => made.resize();
    document.addEventListener("visibilitychange", woken);
    return () => {
      document.removeEventListener("visibilitychange", woken);
      observer.disconnect();
      made.close();
      picture.current = undefined;
    };
  }, [shown]);
  useEffect(() => picture.current?.setView(view), [JSON.stringify(view)]);
  const resting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(resting.current), []);
  useSignalEffect(() => picture.current?.setRuns(overviews.value, shown.value));
  useSignalEffect(() => {
    const id = hovered.value;
    const group = lines.value.find(
      (line) =>
        line.kind === "group" && line.sweep === undefined && line.rows.some((row) => row.id === id),
    );
    const band =
      group?.kind === "group" && !group.open
        ? { key: group.key, runs: group.rows.map((row) => row.id) }
        : undefined;
    picture.current?.setLines(selected.value, band === undefined ? id : undefined, band);
  });
  useSignalEffect(() => {
    dark.value;
    picture.current?.recolour();
  });
  useKeys("Losses", [
    {
      keys: "x",
      does: "logarithmic steps, or not",
      run: () => setSearch({ x: xText === "log" ? "" : "log", z: "" }),
    },
    {
      keys: "y",
      does: "logarithmic loss, or not",
      run: () => setSearch({ y: view.logY ? "linear" : "log", z: "" }),
    },
    { keys: "0", does: "show all of the curves", run: () => setSearch({ z: "" }) },
    {
      keys: "e",
      does: "files of the pictures",
      run: () => (exporting.value = !exporting.peek()),
    },
    { keys: "T", does: "the curves as a table", run: () => (table.value = !table.peek()) },
  ]);

  const at = (event: MouseEvent): [number, number] => {
    const box = over.current?.getBoundingClientRect();
    return [
      event.clientX - (box?.left ?? 0) - margin.left,
      event.clientY - (box?.top ?? 0) - margin.top,
    ];
  };
  const onMove = (event: PointerEvent): void => {
    const [x, y] = at(event);
    const now = drag.peek();
    if (now !== undefined) drag.value = { ...now, toX: x, toY: y };
    else hovered.value = picture.current?.nearest(x, y);
  };
  const onDown = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const [x, y] = at(event);
    over.current?.setPointerCapture(event.pointerId);
    drag.value = { kind: event.shiftKey ? "lasso" : "zoom", x, y, toX: x, toY: y };
  };
  const onUp = (event: PointerEvent): void => {
    const now = drag.peek();
    drag.value = undefined;
    if (now === undefined || picture.current === undefined) return;
    const [x, y] = at(event);
    const [left, right] = [Math.min(now.x, x), Math.max(now.x, x)];
    const [top, bottom] = [Math.min(now.y, y), Math.max(now.y, y)];
    if (right - left < 5 && bottom - top < 5) {
      const found = picture.current.nearest(x, y);
      if (found !== undefined) toggle([found]);
      return;
    }
    if (now.kind === "lasso") {
      select([...selected.peek(), ...picture.current.passing(left, top, right, bottom)]);
      return;
    }
    const { across, down } = picture.current.size;
    const part = [left / across, right / across, 1 - bottom / down, 1 - top / down] as const;
    setSearch({ z: zoomText(picture.current.view, part) });
  };
  const onDouble = (event: MouseEvent): void => {
    const [x, y] = at(event);
    const found = picture.current?.nearest(x, y);
    if (found !== undefined) navigate(`/run/${found}`);
    else setSearch({ z: "" });
  };
  const onWheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey && Math.abs(event.deltaY) < Math.abs(event.deltaX)) return;
    event.preventDefault();
    const drawn = picture.current;
    if (drawn === undefined) return;
    const { size } = drawn;
    const [x, y] = at(event);
    const factor = 1.0015 ** event.deltaY;
    const [px, py] = [x / size.across, 1 - y / size.down];
    const bounds = zoomText(drawn.view, [
      px - px * factor,
      px + (1 - px) * factor,
      py - py * factor,
      py + (1 - py) * factor,
    ]);
    // The picture follows at once; the address, and what hangs on it, when the wheel rests.
    drawn.setView(zoomed(whole, bounds));
    clearTimeout(resting.current);
    resting.current = setTimeout(() => setSearch({ z: bounds }), REST_MS);
  };
  useEffect(() => {
    const element = over.current;
    element?.addEventListener("wheel", onWheel, { passive: false });
    return () => element?.removeEventListener("wheel", onWheel);
  });

  return (
    <figure class="chart">
      <figcaption class="chart-head">
        <h2>Loss by step</h2>
        <Caption count={shown.value.length} />
        <span class="bar-gap" />
        <button
          type="button"
          class="plain"
          aria-pressed={view.logY}
          onClick={() => setSearch({ y: view.logY ? "linear" : "log", z: "" })}
          title="Logarithmic loss (y)"
        >
          log y
        </button>
        <button
          type="button"
          class="plain"
          aria-pressed={view.logX}
          onClick={() => setSearch({ x: view.logX ? "" : "log", z: "" })}
          title="Logarithmic steps (x)"
        >
          log x
        </button>
        <button
          type="button"
          class="plain"
          aria-pressed={table.value}
          onClick={() => (table.value = !table.peek())}
          title="The curves as a table (T)"
        >
          table
        </button>
        <button
          type="button"
          class="plain"
          aria-expanded={exporting.value}
          onClick={() => (exporting.value = !exporting.peek())}
          title="Files of the pictures (e)"
        >
          save
        </button>
      </figcaption>
      {overviewError.value === undefined ? null : (
        <ProblemBox problem={problemOf(overviewError.value)} place="the losses" />
      )}
      {exporting.value ? <ChartExport view={view} /> : null}
      <p class="quiet chart-hint">
        Click a line to select its run, double-click to open it. Drag to zoom, Shift and drag to
        select what passes.
      </p>
      <div class="chart-place">
        <canvas ref={base} class="chart-canvas" />
        <canvas
          ref={over}
          class="chart-canvas chart-over"
          role="img"
          aria-label={`Losses by step. ${summary(shown.value.length)}`}
          onPointerMove={onMove}
          onPointerDown={onDown}
          onPointerUp={onUp}
          onPointerLeave={() => (hovered.value = undefined)}
          onDblClick={onDouble}
        />
        {drag.value === undefined ? null : <DragBox drag={drag.value} />}
      </div>
      {table.value ? <LossTable /> : null}
    </figure>
  );
}

/** What is hovered, else the picture in words: a component of its own, as it alone is drawn anew at a hover. */
function Caption({ count }: { count: number }): JSX.Element {
  const row = runs.value.get(hovered.value ?? "");
  return (
    <span class="quiet cut">
      {row === undefined
        ? summary(count)
        : `${row.name} · ${row.id} · ${markWord(markOf(row))} · best ${shortNumber(row.best)} · last ${shortNumber(row.loss)}`}
    </span>
  );
}

function DragBox({ drag: { kind, x, y, toX, toY } }: { drag: Drag }): JSX.Element {
  const style = {
    left: `${margin.left + Math.min(x, toX)}px`,
    top: `${margin.top + Math.min(y, toY)}px`,
    width: `${Math.abs(toX - x)}px`,
    height: `${Math.abs(toY - y)}px`,
  };
  return <div class={`chart-drag chart-${kind}`} style={style} />;
}

/** The picture in words. */
function summary(count: number): string {
  if (count === 0) return "no curves";
  const rows = pictured.value;
  let [least, best] = [Number.POSITIVE_INFINITY, ""];
  for (const row of rows)
    if ((row.best ?? least) < least) [least, best] = [row.best ?? least, row.id];
  return `${count} ${count === 1 ? "run" : "runs"}${best === "" ? "" : `; the lowest loss is ${shortNumber(least)}, of ${best}`}`;
}

const TABLE_ROWS = 50;

const LossTable = (): JSX.Element => (
  <section class="chart-table" aria-label="The curves as a table">
    <table>
      <thead>
        <tr>
          <th scope="col">run</th>
          <th scope="col">verdict</th>
          <th scope="col">steps</th>
          <th scope="col">best</th>
          <th scope="col">last</th>
        </tr>
      </thead>
      <tbody>
        {pictured.value.slice(0, TABLE_ROWS).map((row) => (
          <tr key={row.id}>
            <td>
              {row.name} {row.id}
            </td>
            <td>{markWord(markOf(row))}</td>
            <td>{shortCount(row.steps)}</td>
            <td>{shortNumber(row.best)}</td>
            <td>{shortNumber(row.loss)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

function viewOf(
  shown: readonly string[],
  all: ReadonlyMap<string, Overview>,
  logX: boolean,
  y: string | undefined,
): View {
  const known = shown.map((id) => all.get(id)).filter((overview) => overview !== undefined);
  return viewOfAll(known, { logX, logY: y === "log" ? true : y === "linear" ? false : undefined });
}

/** The part of the whole view that the URL's `z` names: bounds as they are on the axes. */
function zoomed(whole: View, text: string): View {
  const [x0, x1, y0, y1] = text.split(",").map(Number);
  const known = [x0, x1, y0, y1].every((bound) => Number.isFinite(bound));
  if (!known || !(x0! < x1!) || !(y0! < y1!)) return whole;
  return { ...whole, x0: x0!, x1: x1!, y0: y0!, y1: y1! };
}

/** A part of a view, from 0 to 1 along each axis, as the URL's `z` has it. */
function zoomText(
  { x0, x1, y0, y1 }: View,
  [left, right, bottom, top]: readonly [number, number, number, number],
): string {
  const bounds = [
    x0 + left * (x1 - x0),
    x0 + right * (x1 - x0),
    y0 + bottom * (y1 - y0),
    y0 + top * (y1 - y0),
  ];
  return bounds.map((bound) => Number(bound.toPrecision(7))).join(",");
}
