import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { runs } from "../data/live.ts";
import { deleteRuns } from "./bulk.ts";

/** Names that are told; of more, how many. */
const MOST_NAMED = 6;

/** Asks for the count before runs are deleted, and says what goes with them. */
export function DeletePanel({ ids }: { readonly ids: readonly string[] }): JSX.Element {
  const typed = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  const rows = ids.map((id) => runs.value.get(id)).filter((row) => row !== undefined);
  const going = rows.filter(({ status }) => status === "running");
  const right = typed.value.trim() === String(ids.length);
  const named = rows.slice(0, MOST_NAMED).map(({ name, id }) => `${name} ${id}`);
  const more = ids.length - named.length;
  const many = ids.length === 1 ? "1 run" : `${ids.length} runs`;
  return (
    <form
      class="bulk-panel bulk-delete"
      aria-label="Delete"
      onSubmit={(event) => {
        event.preventDefault();
        if (right && going.length === 0) void deleteRuns(ids, Number(typed.peek().trim()));
      }}
    >
      <p>
        Deletes <strong>{many}</strong> with all they hold: curves, checkpoints, measurements,
        files, tags and notes. Nothing takes that back.{" "}
        <span class="quiet">{named.join(", ")}</span>
        {more > 0 ? <span class="quiet"> and {more} more</span> : null}
      </p>
      {going.length === 0 ? (
        <label>
          Type {ids.length} to delete{" "}
          <input
            ref={field}
            type="text"
            inputMode="numeric"
            autocomplete="off"
            size={5}
            value={typed.value}
            onInput={({ currentTarget }) => (typed.value = currentTarget.value)}
          />
        </label>
      ) : (
        <p>Still running, and first to be stopped: {going.map(({ id }) => id).join(", ")}</p>
      )}
      <button type="submit" class="danger" disabled={!right || going.length > 0}>
        Delete {many}
      </button>
    </form>
  );
}
