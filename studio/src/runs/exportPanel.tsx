import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { RunExportForm, RunExportTable } from "../../../src/studio/protocol.ts";
import { api } from "../data/api.ts";
import { CopyLine } from "../figure/copyButton.tsx";
import { save } from "../figure/save.ts";
import { ProblemBox, problemOf } from "../parts/problemBox.tsx";

const forms: Readonly<Record<RunExportForm, string>> = {
  csv: "CSV",
  jsonl: "JSON Lines",
  parquet: "Parquet",
};
const tables: Readonly<Record<RunExportTable, string>> = {
  series: "curves, a row for each step",
  runs: "a row for each run",
};

/** Runs as a file to keep, or the command that writes it: reading is all it takes. */
export function ExportPanel({ ids }: { readonly ids: readonly string[] }): JSX.Element {
  const form = useSignal<RunExportForm>("csv");
  const table = useSignal<RunExportTable>("series");
  const busy = useSignal(false);
  const failed = useSignal<unknown>(undefined);
  const download = async (): Promise<void> => {
    busy.value = true;
    failed.value = undefined;
    try {
      save(...(await api.export(ids, form.peek(), table.peek())));
    } catch (error) {
      failed.value = error;
    }
    busy.value = false;
  };
  const as = form.value;
  const words = [
    `nadir export ${ids.join(" ")}`,
    ...(table.value === "runs" ? ["--table runs"] : []),
    `--as ${as} --out runs.${as}`,
  ];
  return (
    <form
      class="bulk-panel"
      aria-label="Export"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy.peek()) void download();
      }}
    >
      <Choice
        label="What"
        names={tables}
        chosen={table.value}
        choose={(to) => (table.value = to)}
      />
      <Choice label="As" names={forms} chosen={as} choose={(to) => (form.value = to)} />
      <button type="submit" class="main" disabled={busy.value}>
        {busy.value ? "Writing …" : "Download"}
      </button>
      {failed.value === undefined ? null : (
        <ProblemBox problem={problemOf(failed.value)} place="the export" />
      )}
      <CopyLine text={words.join(" ")} label="from a terminal:" />
    </form>
  );
}

interface ChoiceProps<Name extends string> {
  readonly label: string;
  readonly names: Readonly<Record<Name, string>>;
  readonly chosen: Name;
  readonly choose: (name: Name) => void;
}

function Choice<Name extends string>({
  label,
  names,
  chosen,
  choose,
}: ChoiceProps<Name>): JSX.Element {
  return (
    <label>
      {label}{" "}
      <select
        value={chosen}
        onChange={({ currentTarget: { value } }) => {
          if (Object.hasOwn(names, value)) choose(value as Name); // a key of names, by the test
        }}
      >
        {Object.entries<string>(names).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
