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
  readonly undo: () => Promise<void>;
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

async function act(
  what: string,
  change: () => Promise<void>,
  undo: () => Promise<void>,
): Promise<void> {
  clearTimeout(timer);
  failed.value = undefined;
  try {
    await change();
  } catch (error) {
    failed.value = error;
    return;
  }
  done.value = { what, undo };
  timer = setTimeout(() => {
    done.value = undefined;
  }, UNDO_MS);
}

/** Takes the last change back. */
export async function undo(): Promise<void> {
  const last = done.peek();
  if (last === undefined) return;
  clearTimeout(timer);
  done.value = undefined;
  try {
    await last.undo();
  } catch (error) {
    failed.value = error;
  }
}
