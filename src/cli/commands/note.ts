import { NadirError } from "../../base/errors.ts";
import type { Note } from "../../runs/notes.ts";
import { openStore } from "../../runs/store.ts";
import { type Command, countFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatAge, formatTable } from "../format.ts";
import { namedRun } from "../namedRuns.ts";

/** `nadir note RUN TEXT`: writes a note on a run or one of its steps; without a text, tells its notes. */
export const note: Command = async ({ words, flags, output, store, now }) => {
  const [reference = "@", ...text] = words;
  const remove = countFlag(flags, "remove");
  const step = stepFlag(flags["step"]);
  await using opened = await openStore(store, {
    readOnly: text.length === 0 && remove === undefined,
  });
  const { id, name } = namedRun(opened, reference, now());
  if (remove !== undefined) {
    if (!opened.notes.list(id).some((found) => found.id === remove)) {
      throw new NadirError("store/unknown-note", `run ${id} has no note ${remove}`, {
        hint: `nadir note ${id}, which lists them with their numbers`,
      });
    }
    opened.notes.remove(remove);
  } else if (text.length > 0) opened.notes.add(id, text.join(" "), { step });
  const notes = opened.notes.list(id);
  const { colors } = output;
  const row = (note: Note): string[] => [
    colors.bold(String(note.id)),
    note.step === undefined ? "" : `step ${note.step}`,
    note.text,
    colors.dim(formatAge(now() - note.created)),
  ];
  output.result(
    () => (notes.length === 0 ? `no notes on ${name} (${id})` : formatTable(notes.map(row))),
    { schema: "nadir.notes/1", run: id, notes },
  );
  return exitCode.done;
};

function stepFlag(value: string | boolean | undefined): number | undefined {
  if (value === undefined) return undefined;
  const step = Number(value);
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(step)) return step;
  throw new NadirError("cli/flag", `--step is "${value}"`, { expected: "a number" });
}
