import { formatCount, formatNumber } from "../../../src/cli/format.ts";
import type { StoredEvent } from "../../../src/runs/run.ts";
import type { NoteInfo } from "../../../src/studio/protocol.ts";

/** Something that happened to a run at a step, in words. */
export interface Happening {
  readonly step: number;
  readonly kind: "checkpoint" | "rollback" | "plateau" | "saddle-left" | "note" | "end";
  readonly text: string;
}

/** What happened to a run, by its log and its notes, in order. */
export function happenings(
  events: readonly StoredEvent[],
  notes: readonly NoteInfo[],
): Happening[] {
  const found = events.flatMap(({ event }): Happening[] => {
    switch (event.kind) {
      case "checkpoint":
        return [{ step: event.step, kind: "checkpoint", text: "checkpoint" }];
      case "rollback":
        return [
          {
            ...{ step: event.step, kind: "rollback" },
            text: `rolled back to step ${formatCount(event.to)}: ${event.cause}`,
          },
        ];
      case "plateau":
        return [
          {
            ...{ step: event.step, kind: "plateau" },
            text: `plateau at ${formatNumber(event.metric)}: rate × ${formatNumber(event.rateScale)}`,
          },
        ];
      case "saddle-left":
        return [
          {
            ...{ step: event.step, kind: "saddle-left" },
            text: `left a saddle of curvature ${formatNumber(event.smallestEigenvalue)}`,
          },
        ];
      case "note":
        return [{ step: event.step, kind: "note", text: event.text }];
      default:
        return [];
    }
  });
  const written = notes.flatMap(({ step, text }): Happening[] =>
    step === undefined ? [] : [{ step, kind: "note", text }],
  );
  return [...found, ...written].sort((a, b) => a.step - b.step);
}
