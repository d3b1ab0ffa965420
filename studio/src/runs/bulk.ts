import { signal } from "@preact/signals";
import { navigate } from "../app/router.ts";
import { api } from "../data/api.ts";
import { runs } from "../data/live.ts";
import { select, selected } from "./state.ts";

/** More curves than this are not told apart. */
export const MOST_COMPARED = 12;
const UNDO_MS = 10_000;

/** Something that was done to several runs, and how it is taken back. */
interface Done {
  readonly what: string;
  /** Undefined for what cannot be. */
  readonly undo: (() => Promise<void>) | undefined;
}

/** The last change, for as long as it can be taken back. */
export const done = signal<Done | undefined>(undefined);
/** Why the last change failed. */
export const failed = signal<unknown>(undefined);

let timer: ReturnType<typeof setTimeout> | undefined;

/** Opens the comparison of what is selected, if that can be compared. */
export function compareSelected(): void {
  const ids = selected.peek();
  if (ids.length >= 2 && ids.length <= MOST_COMPARED) navigate(`/compare?r=${ids.join(",")}`);
}

/** Puts runs away, or takes them back. */
export async function archive(ids: readonly string[], archived: boolean): Promise<void> {
  const own = ids.filter((id) => runs.peek().get(id)?.archived === !archived);
  const change = (to: boolean) => () => api.archive({ runs: own, archived: to });
  await act(
    `${own.length} ${archived ? "put away" : "taken back"}`,
    change(archived),
    change(!archived),
  );
  if (archived) select(selected.peek().filter((id) => !own.includes(id)));
}

/** Tags runs; one whose tag is taken back had it not before. */
export async function tag(ids: readonly string[], name: string): Promise<void> {
  const own = ids.filter((id) => runs.peek().get(id)?.tags.includes(name) === false);
  await act(
    `${own.length} tagged ${name}`,
    () => api.tag({ runs: own, add: [name] }),
    () => api.tag({ runs: own, remove: [name] }),
  );
}

/**
 * Deletes runs, for good.
 *
 * @param count - what the user typed: the server deletes nothing unless it is right
 */
export async function deleteRuns(ids: readonly string[], count: number): Promise<void> {
  const gone = await act(`${ids.length} deleted`, () => api.delete({ runs: ids, count }));
  if (gone) select(selected.peek().filter((id) => !ids.includes(id)));
}

/** @returns whether it was done */
async function act(
  what: string,
  change: () => Promise<void>,
  undo?: () => Promise<void>,
): Promise<boolean> {
  clearTimeout(timer);
  failed.value = undefined;
  try {
    await change();
  } catch (error) {
    failed.value = error;
    return false;
  }
  done.value = { what, undo };
  timer = setTimeout(() => {
    done.value = undefined;
  }, UNDO_MS);
  return true;
}

/** Takes the last change back. */
export async function undo(): Promise<void> {
  const last = done.peek();
  if (last?.undo === undefined) return;
  clearTimeout(timer);
  done.value = undefined;
  try {
    await last.undo();
  } catch (error) {
    failed.value = error;
  }
}
