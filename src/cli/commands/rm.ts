import { openStore } from "../../runs/store.ts";
import type { Command } from "../command.ts";
import { confirm } from "../confirm.ts";
import { exitCode } from "../exitCodes.ts";
import { formatTable } from "../format.ts";
import { namedRuns } from "../namedRuns.ts";
import { paintStatus } from "../runView.ts";

/** `nadir rm RUN…`: deletes runs, after asking; or puts them away, which can be taken back. */
export const rm: Command = async ({ words, flags, output, store, now }) => {
  await using opened = await openStore(store);
  const runs = namedRuns(opened, words, now());
  const ids = runs.map(({ id }) => id);
  const count = `${runs.length} run${runs.length === 1 ? "" : "s"}`;
  if (flags["archive"] === true || flags["restore"] === true) {
    const away = flags["restore"] !== true;
    for (const id of ids) {
      if (away) opened.archive(id);
      else opened.unarchive(id);
    }
    const hint = away ? `\n  nadir rm --restore ${ids.join(" ")} takes that back` : "";
    const done = away ? "archived" : "restored";
    output.result(`${done} ${count}: ${ids.join(" ")}${hint}`, {
      schema: "nadir.removal/1",
      [done]: ids,
    });
    return exitCode.done;
  }
  if (flags["yes"] !== true) {
    const { noteColors } = output;
    const rows = runs.map((run) => [
      noteColors.bold(run.id),
      paintStatus(run, noteColors),
      run.name,
    ]);
    output.note(formatTable(rows));
    await confirm(
      `delete ${count} with all files? type ${runs.length} to confirm: `,
      `${runs.length}`,
    );
  }
  const deleted = opened.deleteRuns(ids);
  output.result(`deleted ${count}: ${deleted.join(" ")}`, { schema: "nadir.removal/1", deleted });
  return exitCode.done;
};
