import { signal, useSignalEffect } from "@preact/signals";
import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import type { RunRow } from "../../../src/studio/protocol.ts";
import { endedSince } from "../data/endedSince.ts";
import { runs } from "../data/live.ts";
import { markOf, markWord } from "../parts/verdictMark.tsx";

/** Verdicts are told one by one up to here; of more at once, how many there are. */
const MOST_TOLD = 3;
const SHOWN_MS = 2500;

/** What was just done by a key, for a moment: "link copied". */
const done = signal("");
let timer: ReturnType<typeof setTimeout> | undefined;

export function tellDone(text: string): void {
  clearTimeout(timer);
  done.value = text;
  timer = setTimeout(() => (done.value = ""), SHOWN_MS);
}

export const Done = (): JSX.Element => (
  <span class="quiet" role="status">
    {done.value}
  </span>
);

const inWords = (ended: readonly RunRow[]): string =>
  ended.length > MOST_TOLD
    ? `${ended.length} runs have ended`
    : ended.map((row) => `${row.name} ${row.id}: ${markWord(markOf(row))}`).join("; ");

/** Tells a screen reader of each verdict that is reached while the page is open, on whatever view. */
export function Verdicts(): JSX.Element {
  const place = useRef<HTMLParagraphElement>(null);
  const before = useRef<ReadonlyMap<string, RunRow>>(new Map());
  useSignalEffect(() => {
    const ended = endedSince(before.current, runs.value);
    before.current = runs.value;
    if (ended.length > 0 && place.current !== null) place.current.textContent = inWords(ended);
  });
  return <p ref={place} class="only-read" aria-live="polite" id="verdicts" />;
}
