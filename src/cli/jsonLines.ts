import type { RunEvent } from "../training/events.ts";
import type { Output } from "./output.ts";

/** `--jsonl`: what happens in a run, a line of JSON each, as it happens. How it ended is the result, which follows. */
export function tellEvent(output: Output, event: RunEvent): void {
  if (event.kind !== "end") output.result("", { schema: "nadir.event/1", ...event });
}
