import { openStore } from "../../runs/store.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatTable } from "../format.ts";
import { namedRuns } from "../namedRuns.ts";

/** `nadir tag RUN TAG…`: gives runs tags, or takes them; without a tag, tells what they carry. */
export const tag: Command = async ({ words, flags, output, store, now }) => {
  const [word = "@", ...tags] = words;
  await using opened = await openStore(store, { readOnly: tags.length === 0 });
  const ids = namedRuns(opened, [word], now()).map(({ id }) => id);
  for (const id of tags.length === 0 ? [] : ids) {
    if (flags["remove"] === true) opened.tags.remove(id, tags);
    else opened.tags.add(id, tags);
  }
  const runs = ids.map((id) => opened.run(id)).map(({ id, name, tags }) => ({ id, name, tags }));
  const rows = runs.map(({ id, name, tags }) => [
    output.colors.bold(id),
    name,
    tags.length === 0 ? output.colors.dim("no tags") : tags.join(" "),
  ]);
  output.result(() => formatTable(rows), { schema: "nadir.tags/1", runs });
  return exitCode.done;
};
