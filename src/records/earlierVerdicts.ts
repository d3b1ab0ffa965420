import type { Verdict } from "../diagnosis/verdict.ts";
import type { RunEvent } from "../training/events.ts";

/** The verdicts that a run's end was given before the one that holds, oldest first: none where it was judged once. */
export function earlierVerdicts(events: readonly { readonly event: RunEvent }[]): Verdict[] {
  const end = events.findLastIndex(({ event }) => event.kind === "end");
  return events
    .slice(Math.max(0, end))
    .flatMap(({ event }) =>
      event.kind === "end" || event.kind === "verdict" ? [event.verdict] : [],
    )
    .slice(0, -1);
}
