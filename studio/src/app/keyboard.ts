import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** A key, or two after each other: `g r`. */
export type Keys = string;

export interface Shortcut {
  readonly keys: Keys;
  /** What it does, for the help: "open the run". */
  readonly does: string;
  /** Left out: the part hears the key itself, while it has the focus. */
  readonly run?: (event: KeyboardEvent) => void;
  /** Whether it is meant, where several on a page have the same key. Default: always. */
  readonly when?: () => boolean;
}

interface Binding {
  readonly group: string;
  all: readonly Shortcut[];
}

/** What is bound now: the shell's, then those of the page and its parts that are shown. */
const bindings: Binding[] = [];

/** All shortcuts that work now, by the group that bound them; what several pictures have stands once. */
export function boundNow(): readonly (readonly [group: string, all: readonly Shortcut[]])[] {
  const groups = new Map<string, Map<Keys, Shortcut>>();
  for (const { group, all } of bindings) {
    const known = groups.get(group) ?? new Map<Keys, Shortcut>();
    for (const one of all) known.set(one.keys, one);
    if (known.size > 0) groups.set(group, known);
  }
  return [...groups].map(([group, known]) => [group, [...known.values()]]);
}

const STORED = "nadir.shortcuts";
/** Single-key shortcuts may be in the way of a screen reader or of speech: they can be switched off. */
export const shortcutsOn = signal(localStorage.getItem(STORED) !== "off");

export function switchShortcuts(on: boolean): void {
  shortcutsOn.value = on;
  localStorage.setItem(STORED, on ? "on" : "off");
}

/**
 * Binds keys while a component is shown. Those bound later come first, so a part's own `j` wins over its page's.
 *
 * @param group - the heading in the help
 * @param shortcuts - made anew at each drawing, or not: the newest are used
 */
export function useKeys(group: string, shortcuts: readonly Shortcut[]): void {
  const own = useRef<Binding>({ group, all: shortcuts });
  own.current.all = shortcuts;
  useEffect(() => {
    const binding = own.current;
    bindings.push(binding);
    return () => void bindings.splice(bindings.indexOf(binding), 1);
  }, []);
}

const FOLLOWS_MS = 1000;
let first: { readonly key: string; readonly at: number } | undefined;

/** Hears a key for the whole page. */
export function hearKey(event: KeyboardEvent): void {
  if (!shortcutsOn.peek() && event.key !== "Escape") return;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (isTyping(event) && event.key !== "Escape") return;
  // Under an open dialog nothing moves; the help's own keys close it.
  const inDialog = document.querySelector("dialog[open]") !== null;
  if (inDialog && event.key !== "Escape" && event.key !== "?") return;
  const pair = first !== undefined && event.timeStamp - first.at < FOLLOWS_MS ? first.key : "";
  first = { key: event.key, at: event.timeStamp };
  for (const { all } of bindings.toReversed()) {
    const meant = (wanted: Keys): Shortcut | undefined =>
      all.find(({ keys, when }) => keys === wanted && when?.() !== false);
    const found = (pair === "" ? undefined : meant(`${pair} ${event.key}`)) ?? meant(event.key);
    if (found?.run === undefined) continue;
    first = undefined;
    event.preventDefault();
    found.run(event);
    return;
  }
}

/** Keys belong to a field while it is typed in, and to a widget that has its own use for them. */
function isTyping({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.closest("textarea, select, [data-keys=own]") !== null) {
    return true;
  }
  if (target instanceof HTMLInputElement) {
    return !["checkbox", "radio", "button", "range"].includes(target.type);
  }
  // Enter and Space press a button or follow a link.
  return (key === "Enter" || key === " ") && target.closest("button, a, summary") !== null;
}
