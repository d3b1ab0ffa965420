import { computed, type Signal, useComputed, useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { wordsOf } from "../../../src/cli/format.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { lineStyle } from "../app/colours.ts";
import { hrefTo } from "../app/router.ts";
import { shortAge, shortNumber, shortSetting } from "../parts/format.ts";
import { Sparkline } from "../parts/sparkline.tsx";
import { markOf, VerdictMark } from "../parts/verdictMark.tsx";
import { median } from "./groups.ts";
import { Places } from "./places.ts";
import {
  columns,
  cursor,
  filterProblem,
  fold,
  hovered,
  idsOf,
  type Line,
  lines,
  matching,
  query,
  selected,
  toggle,
} from "./state.ts";

const ROW = 30;
/** Rows drawn beyond what is seen, so that scrolling shows no gap. */
const BEYOND = 8;
/** Scrolling draws anew when it has gone so many lines further. */
const STRIDE = 4;
/** Width, in pixels, of the list from which on there is room: for the loss at a glance, the method, a second setting. */
const ROOM = { setting: 400, spark: 460, method: 560, two: 640 } as const;

/**
 * Roles that the elements have anyway. Rows are grids of their own, each laid out by itself, and some browsers take a
 * table that is not laid out as one for none.
 */
const as = {
  table: { role: "table" },
  rowgroup: { role: "rowgroup" },
  row: { role: "row" },
  columnheader: { role: "columnheader" },
  cell: { role: "cell" },
} as const;

/** The runs, one line each: only the lines that are seen are drawn, however many there are. */
export function RunList(): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(600);
  const width = useSignal(0);
  useEffect(() => {
    const element = scroller.current;
    return element === null ? undefined : listen(element, top, height, width);
  }, [top, height, width]);
  const at = cursor.value;
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    // The head of the table covers the first line.
    const [from, to] = [at * ROW, (at + 2) * ROW];
    if (from < element.scrollTop) element.scrollTop = from;
    else if (to > element.scrollTop + element.clientHeight) {
      element.scrollTop = to - element.clientHeight;
    }
  }, [at]);
  const all = lines.value;
  const begin = useComputed(() => STRIDE * Math.floor(top.value / ROW / STRIDE)).value;
  const first = Math.max(0, begin - BEYOND);
  const last = Math.min(all.length, begin + STRIDE + Math.ceil(height.value / ROW) + BEYOND);
  const room = width.value;
  const most = room < ROOM.setting ? 0 : room < ROOM.two ? 1 : 2;
  const names = columns.value.differing.slice(0, most).join("\n");
  const settings = useMemo(() => names.split("\n").filter((name) => name !== ""), [names]);
  const methods = useComputed(() => new Set(matching.value.map(({ method }) => method)).size > 1);
  // As any setting, the method is told where it differs.
  const shown: Shown = {
    spark: room >= ROOM.spark,
    method: room >= ROOM.method && methods.value,
    settings,
  };
  const drawn = all.slice(first, last);
  const places = useMemo(() => new Places(), []).of(drawn.map(keyOf));
  return (
    <div class="list" ref={scroller}>
      <table
        {...as.table}
        class="list-table"
        aria-label="Runs"
        aria-rowcount={all.length + 1}
        style={{ "--columns": columnsOf(shown), height: `${(all.length + 1) * ROW}px` }}
      >
        <Head {...shown} />
        <tbody {...as.rowgroup} style={{ transform: `translateY(${first * ROW}px)` }}>
          {drawn.map((line, i) => (
            <LineView key={places[i]} line={line} at={first + i} {...shown} />
          ))}
        </tbody>
      </table>
      {all.length === 0 ? (
        <p class="list-none">
          No run matches <Struck />.
        </p>
      ) : null}
      <SameInAll />
    </div>
  );
}

/** The filter, with the word struck that no run has. */
function Struck(): JSX.Element {
  const text = query.value;
  const { start, end } = filterProblem.value ?? { start: text.length, end: text.length };
  return (
    <code>
      {text.slice(0, start)}
      {start < end ? <s>{text.slice(start, end)}</s> : null}
      {text.slice(end)}
    </code>
  );
}

/** One listener for all lines, as they come and go. */
function listen(
  element: HTMLElement,
  top: Signal<number>,
  height: Signal<number>,
  width: Signal<number>,
): () => void {
  const lineAt = (event: Event): number | undefined => {
    const row = event.target instanceof Element ? event.target.closest("tr[data-line]") : null;
    return row instanceof HTMLElement ? Number(row.dataset["line"]) : undefined;
  };
  const onMove = (event: Event): void => {
    const line = lines.peek()[lineAt(event) ?? -1];
    hovered.value = line === undefined ? undefined : idsOf(line)[0];
  };
  const onClick = (event: Event): void => {
    const at = lineAt(event);
    const line = lines.peek()[at ?? -1];
    if (at === undefined || line === undefined) return;
    cursor.value = at;
    const own = event.target instanceof Element && event.target.closest("a, button") !== null;
    if (!own) toggle(idsOf(line));
  };
  const onScroll = (): void => {
    top.value = element.scrollTop;
  };
  const onLeave = (): void => {
    hovered.value = undefined;
  };
  const heard = { mouseover: onMove, click: onClick, scroll: onScroll, mouseleave: onLeave };
  for (const [name, hear] of Object.entries(heard)) element.addEventListener(name, hear);
  const observer = new ResizeObserver(() => {
    height.value = element.clientHeight;
    width.value = element.clientWidth;
  });
  observer.observe(element);
  return () => {
    observer.disconnect();
    for (const [name, hear] of Object.entries(heard)) element.removeEventListener(name, hear);
  };
}

/** What there is room for beside the verdict, the name, the figures and the age. */
interface Shown {
  readonly spark: boolean;
  readonly method: boolean;
  readonly settings: readonly string[];
}

/** The widths of the columns, each in its order. */
function columnsOf({ spark, method, settings }: Shown): string {
  return [
    "34px minmax(0, 1fr)",
    spark ? "72px" : "",
    "64px 64px",
    method ? "68px" : "",
    ...settings.map(() => "80px"),
    "44px",
  ].join(" ");
}

const Head = ({ spark, method, settings }: Shown): JSX.Element => (
  <thead {...as.rowgroup}>
    <tr {...as.row} aria-rowindex={1}>
      <ColumnHead>
        <span class="only-read">verdict</span>
      </ColumnHead>
      <ColumnHead>run</ColumnHead>
      {spark ? <ColumnHead>loss</ColumnHead> : null}
      <ColumnHead right>best</ColumnHead>
      <ColumnHead right>last</ColumnHead>
      {method ? <ColumnHead>method</ColumnHead> : null}
      {settings.map((name) => (
        <ColumnHead key={name} title={name} right>
          {wordsOf(name.split(".").at(-1) ?? name)}
        </ColumnHead>
      ))}
      <ColumnHead right>age</ColumnHead>
    </tr>
  </thead>
);

interface ColumnHeadProps {
  readonly right?: boolean;
  readonly title?: string;
  readonly children: ComponentChildren;
}

const ColumnHead = ({ right = false, title, children }: ColumnHeadProps): JSX.Element => (
  <th {...as.columnheader} scope="col" class={right ? "right" : ""} title={title}>
    {children}
  </th>
);

/** Settings that do not differ are told once. */
function SameInAll(): JSX.Element | null {
  const { same } = columns.value;
  if (same.length === 0 || matching.value.length < 2) return null;
  return (
    <details class="list-same">
      <summary>+{same.length} same</summary>
      <dl>
        {same.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{shortSetting(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

const keyOf = (line: Line): string => (line.kind === "run" ? line.row.id : `group ${line.key}`);

function classesOf(line: Line, at: number): string {
  const ids = idsOf(line);
  const classes = [
    ids.every((id) => selected.value.includes(id)) ? "list-chosen" : "",
    hovered.value !== undefined && ids.includes(hovered.value) ? "list-lifted" : "",
    cursor.value === at ? "list-cursor" : "",
    line.kind === "run" && line.indent ? "list-indent" : "",
    (line.kind === "run" ? line.row : line.rows[0])?.archived === true ? "list-archived" : "",
  ];
  return classes.filter(Boolean).join(" ");
}

interface LineProps extends Shown {
  readonly line: Line;
  readonly at: number;
}

function LineView({ line, at, spark, method, settings }: LineProps): JSX.Element | null {
  const rows = line.kind === "run" ? [line.row] : line.rows;
  const [row] = rows;
  // Computed, so that a hover draws the two lines anew that it changes.
  const classes = useMemo(() => computed(() => classesOf(line, at)), [line, at]);
  const element = useRef<HTMLTableRowElement>(null);
  // What was in focus here was another run's.
  useLayoutEffect(() => () => letGo(element.current), [keyOf(line)]);
  if (row === undefined) return null;
  const chosen = classes.value.includes("list-chosen");
  const ofSweep = line.kind === "group" && line.sweep !== undefined;
  // Repetitions are told by their middle, a sweep by its best.
  const one = ofSweep ? bestOf(rows) : row;
  return (
    <tr
      {...as.row}
      ref={element}
      data-line={at}
      aria-rowindex={at + 2}
      aria-selected={chosen}
      class={classes.value}
    >
      <td {...as.cell}>
        {line.kind === "run" ? (
          <VerdictMark kind={markOf(row)} run={row.id} />
        ) : (
          <VerdictMark kind={ofSweep ? markOf(one) : commonest(rows)} />
        )}
      </td>
      <td {...as.cell}>
        <div class="list-name">
          {line.kind === "run" ? <RunName row={row} chosen={chosen} /> : <GroupName line={line} />}
        </div>
      </td>
      {spark ? (
        <td {...as.cell}>
          <Sparkline spark={one.spark} />
        </td>
      ) : null}
      <td {...as.cell} class="right number">
        {shortNumber(ofSweep ? one.best : median(rows.map(({ best }) => best)), 2)}
      </td>
      <td {...as.cell} class="right number">
        {shortNumber(ofSweep ? one.loss : median(rows.map(({ loss }) => loss)), 2)}
      </td>
      {method ? (
        <td {...as.cell} class="cut" title={one.method}>
          {one.method}
        </td>
      ) : null}
      {settings.map((name) => {
        const value = one.settings[name];
        return (
          <td
            {...as.cell}
            class="right number cut"
            key={name}
            title={value === undefined ? "" : String(value)}
          >
            {typeof value === "number" ? shortNumber(value, 2) : shortSetting(value)}
          </td>
        );
      })}
      <td {...as.cell} class="right quiet">
        {shortAge(Date.now() - row.created)}
      </td>
    </tr>
  );
}

function letGo(row: HTMLElement | null): void {
  const active = document.activeElement;
  if (active instanceof HTMLElement && row?.contains(active) === true) active.blur();
}

function RunName({ row, chosen }: { row: RunRow; chosen: boolean }): JSX.Element {
  const { id, name, tags } = row;
  return (
    <>
      {chosen ? <span class={`list-colour series-${lineStyle(id).colour}`}>■</span> : null}
      <a href={hrefTo(`/run/${id}`)} title={`${name} ${id}, ${row.method}`}>
        {name}
      </a>
      <span class="quiet list-id">{id}</span>
      {tags.map((tag) => (
        <span class="list-tag" key={tag}>
          {tag}
        </span>
      ))}
    </>
  );
}

function GroupName({ line }: { line: Extract<Line, { kind: "group" }> }): JSX.Element {
  const { rows, open, key, sweep } = line;
  return (
    <>
      <button
        type="button"
        class="plain list-fold"
        aria-expanded={open}
        onClick={() => fold(key, !open)}
        title={
          sweep === undefined
            ? "Repetitions that differ in the seed alone; the figures are their medians (→)"
            : "The trials of a sweep; the figures are of the one of lowest loss (→)"
        }
      >
        {open ? "▾" : "▸"} {rows[0]?.name}{" "}
        {sweep === undefined && <span class="quiet">× {rows.length} seeds</span>}
      </button>
      {sweep === undefined ? null : (
        <a href={hrefTo(`/sweep/${sweep}`)} title={`The page of sweep ${sweep}`}>
          sweep of {rows.length}
        </a>
      )}
    </>
  );
}

/** The one of lowest loss at its end; the first where none has told any. */
function bestOf(rows: readonly RunRow[]): RunRow {
  const loss = ({ loss: told }: RunRow): number =>
    told === undefined || Number.isNaN(told) ? Number.POSITIVE_INFINITY : told;
  return rows.reduce((best, row) => (loss(row) < loss(best) ? row : best));
}

/** What most of the repetitions reached. */
function commonest(rows: readonly RunRow[]): ReturnType<typeof markOf> {
  const counts = new Map<ReturnType<typeof markOf>, number>();
  for (const row of rows) counts.set(markOf(row), (counts.get(markOf(row)) ?? 0) + 1);
  const [found] = [...counts].toSorted(([, a], [, b]) => b - a);
  return found?.[0] ?? "ended";
}
