import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { hello, runs } from "../data/live.ts";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";
import { archive, compareSelected, done, failed, MOST_COMPARED, tag, undo } from "./bulk.ts";
import { matching, select, selected } from "./state.ts";

/** What can be done with what is selected. */
export function BulkBar(): JSX.Element | null {
  const ids = selected.value;
  const last = done.value;
  if (ids.length === 0 && last === undefined && failed.value === undefined) return null;
  return (
    <div class="bulk">
      {failed.value === undefined ? null : (
        <ProblemBox problem={problemOf(failed.value)} place="the change" />
      )}
      {last === undefined ? null : (
        <p role="status">
          {last.what} ·{" "}
          <button type="button" onClick={() => void undo()}>
            Undo
          </button>
        </p>
      )}
      {ids.length === 0 ? null : <Actions ids={ids} />}
    </div>
  );
}

function Actions({ ids }: { ids: readonly string[] }): JSX.Element {
  const name = useSignal("");
  const write = hello.value?.write === true;
  const locked = write ? {} : { disabled: true, title: "nadir studio --write allows it" };
  const away = ids.every((id) => runs.value.get(id)?.archived === true);
  const many = ids.length > MOST_COMPARED;
  return (
    <div class="bulk-actions">
      <span>{ids.length} selected</span>
      <button
        type="button"
        class="main"
        disabled={ids.length < 2 || many}
        title={many ? `at most ${MOST_COMPARED}` : "C"}
        onClick={compareSelected}
      >
        Compare
      </button>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const given = name.peek().trim();
          if (given !== "") void tag(ids, given);
          name.value = "";
        }}
      >
        <input
          type="text"
          aria-label="Tag"
          placeholder="tag"
          size={8}
          value={name.value}
          onInput={({ currentTarget }) => (name.value = currentTarget.value)}
          {...locked}
        />
        <button type="submit" {...locked}>
          Tag
        </button>
      </form>
      <button type="button" onClick={() => void archive(ids, !away)} {...locked}>
        {away ? "Take back" : "Archive"}
      </button>
      <button type="button" onClick={() => select(matching.peek().map(({ id }) => id))}>
        Select all
      </button>
      <button type="button" onClick={() => select([])}>
        Clear
      </button>
    </div>
  );
}
