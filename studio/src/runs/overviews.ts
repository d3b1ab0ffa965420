import { effect, signal } from "@preact/signals";
import { type Overview, unpackOverviews } from "../../../src/records/overview.ts";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { entered, runs } from "../data/live.ts";

/** The loss of every run at a glance, by id. A new map whenever one of them changes. */
export const overviews = signal<ReadonlyMap<string, Overview>>(new Map());
export const overviewError = signal<unknown>(undefined);

/** Between two questions for what changed. */
const REST_MS = 500;

/** Beyond so many, all are asked for: an address has its limits. */
const MOST_NAMED = 500;

/** The rows as they were when their overviews were asked for. */
const asked = new Map<string, RunRow>();
let first = true;
let waiting = false;
let started = false;

/** Asked for when the page's code is there, beside the runs: the picture does not wait for the list. */
const early = entered.then(() => api.overviews());
early.catch(() => undefined);

/** Reads all overviews once, and from then on those of runs that change. To be called by what shows them. */
export function readOverviews(): void {
  if (started) return;
  started = true;
  effect(() => {
    if (runs.value.size > 0) refreshSoon();
  });
}

function refreshSoon(): void {
  if (waiting) return;
  waiting = true;
  setTimeout(refresh, first ? 0 : REST_MS);
}

async function refresh(): Promise<void> {
  const now = runs.peek();
  const changed = [...now.values()].filter((row) => isNews(row, asked.get(row.id)));
  const gone = [...asked.keys()].filter((id) => !now.has(id));
  for (const id of gone) asked.delete(id);
  for (const row of changed) {
    // The early answer may be a moment older than the row of a run that goes on: it is asked for again.
    if (!(first && row.status === "running")) asked.set(row.id, row);
  }
  try {
    if (changed.length > 0) {
      const all = first || changed.length > MOST_NAMED;
      const ids = all ? undefined : changed.map(({ id }) => id);
      const bytes = await (first ? early : api.overviews(ids));
      const next = new Map(overviews.peek());
      for (const [id, overview] of unpackOverviews(new Uint8Array(bytes))) next.set(id, overview);
      for (const id of gone) next.delete(id);
      overviews.value = next;
      first = false;
    }
    overviewError.value = undefined;
  } catch (error) {
    overviewError.value = error;
    first = false;
    for (const row of changed) asked.delete(row.id);
  } finally {
    waiting = false;
  }
  // What changed while this was asked for.
  if (runs.peek() !== now) refreshSoon();
}

/** Whether a run has told more of its loss: a tag or a note is no news here. */
const isNews = (row: RunRow, before: RunRow | undefined): boolean =>
  before === undefined ||
  row.spark !== before.spark ||
  row.steps !== before.steps ||
  row.loss !== before.loss ||
  row.rewound !== before.rewound;
