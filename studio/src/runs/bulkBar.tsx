import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useKeys } from "../app/keyboard.ts";
import { isFile } from "../app/router.ts";
import { hello, runs } from "../data/live.ts";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";
import { archive, compareSelected, done, failed, MOST_COMPARED, tag, undo } from "./bulk.ts";
import { DeletePanel } from "./deletePanel.tsx";
import { ExportPanel } from "./exportPanel.tsx";
import { MOST_SELECTED, matching, select, selected } from "./state.ts";

/** What asks for more than a click, below the buttons. */
type Panel = "export" | "delete";

/** What can be done with what is selected. */
export function BulkBar(): JSX.Element | null {
  const open = useSignal<Panel | undefined>(undefined);
  const toggle = (panel: Panel): void => {
    open.value = open.peek() === panel ? undefined : panel;
  };
  const close = { keys: "Escape", does: "close the panel", run: () => (open.value = undefined) };
  useKeys("Selected runs", open.value === undefined ? [] : [close]);
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
          {last.what}
          {last.undo === undefined ? null : (
            <>
              {" · "}
              <button type="button" onClick={() => void undo()}>
                Undo
              </button>
            </>
          )}
        </p>
      )}
      {ids.length === 0 ? null : <Actions ids={ids} open={open.value} toggle={toggle} />}
      {ids.length > 0 && open.value === "export" ? <ExportPanel ids={ids} /> : null}
      {ids.length > 0 && open.value === "delete" ? (
        <DeletePanel key={ids.join()} ids={ids} />
      ) : null}
    </div>
  );
}

interface ActionsProps {
  readonly ids: readonly string[];
  readonly open: Panel | undefined;
  readonly toggle: (panel: Panel) => void;
}

function Actions({ ids, open, toggle }: ActionsProps): JSX.Element {
  const name = useSignal("");
  const write = hello.value?.write === true;
  const why = isFile
    ? "this is a file: nothing in it can be changed"
    : "nadir studio --write allows it";
  const locked = write ? {} : { disabled: true, title: why };
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
      {isFile ? null : (
        <button type="button" aria-expanded={open === "export"} onClick={() => toggle("export")}>
          Export
        </button>
      )}
      <button
        type="button"
        aria-expanded={open === "delete"}
        onClick={() => toggle("delete")}
        {...locked}
      >
        Delete …
      </button>
      <button type="button" onClick={() => select(matching.peek().map(({ id }) => id))}>
        {matching.value.length > MOST_SELECTED ? `Select the first ${MOST_SELECTED}` : "Select all"}
      </button>
      <button type="button" onClick={() => select([])}>
        Clear
      </button>
    </div>
  );
}
