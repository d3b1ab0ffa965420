import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { place, setSearch } from "../app/router.ts";
import { runs } from "../data/live.ts";
import { chooseColumns, type SettingColumns } from "./columns.ts";
import { filterRows } from "./filter.ts";
import { groupRuns, type ListItem } from "./groups.ts";
import { isOrder, type Order, sortRows } from "./order.ts";
import { overviews } from "./overviews.ts";

// What the Runs page shows: derived from the runs and from its own URL, which a link carries.

const param = (name: string): ReadonlySignal<string> =>
  computed(() => (place.value.path === "/" ? (place.value.search.get(name) ?? "") : ""));

/** The filter as it was typed. */
export const query = param("q");
const orderText = param("sort");
const reachText = param("reach");
const selectedText = param("s");
const archivedText = param("archived");

export const order: ReadonlySignal<Order> = computed(() =>
  isOrder(orderText.value) ? orderText.value : "newest",
);

/** Whether what was put away is shown as well. */
export const withArchived = computed(() => archivedText.value === "1");

/** All runs that may be shown, newest first. */
export const candidates: ReadonlySignal<readonly RunRow[]> = computed(() => {
  const all = [...runs.value.values()].reverse();
  return withArchived.value ? all : all.filter(({ archived }) => !archived);
});

const filtered = computed(() => filterRows(candidates.value, query.value, Date.now()));

/** The runs that match, in their order. */
export const matching: ReadonlySignal<readonly RunRow[]> = computed(() =>
  order.value === "newest"
    ? filtered.value.rows
    : sortRows(filtered.value.rows, order.value, overviews.value, reach.value),
);

/** What is wrong with the filter, if anything is. */
export const filterProblem = computed(() => filtered.value.problem);

/** The loss that "steps to reach" speaks of: what was typed, or ten per cent above the best of all. */
export const reach: ReadonlySignal<number> = computed(() => {
  const given = Number(reachText.value);
  if (reachText.value !== "" && Number.isFinite(given)) return given;
  let best = Number.POSITIVE_INFINITY;
  for (const row of filtered.value.rows) if ((row.best ?? best) < best) best = row.best ?? best;
  return best > 0 ? 1.1 * best : best + 0.1 * Math.abs(best);
});

export const columns: ReadonlySignal<SettingColumns> = computed(() =>
  chooseColumns(matching.value),
);

/** Groups that were unfolded, by their key. */
const unfolded = signal<ReadonlySet<string>>(new Set());

export function fold(key: string, open: boolean): void {
  const next = new Set(unfolded.peek());
  if (open) next.add(key);
  else next.delete(key);
  unfolded.value = next;
}

/** A line of the list. */
export type Line =
  | { readonly kind: "run"; readonly row: RunRow; readonly indent: boolean }
  | (Extract<ListItem, { kind: "group" }> & { readonly open: boolean });

export const lines: ReadonlySignal<readonly Line[]> = computed(() =>
  groupRuns(matching.value).flatMap((item): Line[] => {
    if (item.kind === "run") return [lineOf(item.row, false)];
    const open = unfolded.value.has(item.key);
    const members = open ? item.rows.map((row) => lineOf(row, true)) : [];
    return [{ ...item, open }, ...members];
  }),
);

/** Lines that were made before: a run that has not changed keeps its line, which is then not drawn again. */
const made = new WeakMap<RunRow, Line>();

function lineOf(row: RunRow, indent: boolean): Line {
  const known = made.get(row);
  if (known?.kind === "run" && known.indent === indent) return known;
  const line: Line = { kind: "run", row, indent };
  made.set(row, line);
  return line;
}

/** The ids that a line stands for. */
export const idsOf = (line: Line): readonly string[] =>
  line.kind === "run" ? [line.row.id] : line.rows.map(({ id }) => id);

/** What is selected, in the order in which it was. */
export const selected: ReadonlySignal<readonly string[]> = computed(() =>
  selectedText.value === "" ? [] : selectedText.value.split(","),
);

/** Links stay short: more are selected by a filter. */
export const MOST_SELECTED = 200;

export function select(ids: readonly string[]): void {
  setSearch({ s: [...new Set(ids)].slice(0, MOST_SELECTED).join(",") });
}

/** Selects what is not, and the other way round; a line of several goes as one. */
export function toggle(ids: readonly string[]): void {
  const now = selected.peek();
  const all = ids.every((id) => now.includes(id));
  select(all ? now.filter((id) => !ids.includes(id)) : [...now, ...ids]);
}

/** The run under the pointer, in the list or in a picture. */
export const hovered = signal<string | undefined>(undefined);
/** The line that the keyboard is at. */
export const cursor = signal(0);
