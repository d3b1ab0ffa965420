import { relative } from "node:path";
import type { Garbage } from "../../runs/garbage.ts";
import { openStore } from "../../runs/store.ts";
import type { Command } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatBytes, formatCount, formatTable } from "../format.ts";

/** What each kind is, one and many of it. */
const kinds = {
  checkpoint: [
    "earlier checkpoint",
    "earlier checkpoints",
    "of runs that have ended; their last one stays",
  ],
  temporary: ["temporary file", "temporary files", "of writers that were killed"],
  folder: ["folder", "folders", "of no run"],
  pages: ["database", "databases", "has free pages since runs were deleted"],
} as const satisfies Record<Garbage["kind"], readonly [string, string, string]>;

/** `nadir gc`: what the store holds and nothing needs; with --yes it is removed. */
export const gc: Command = async ({ flags, output, store }) => {
  const yes = flags["yes"] === true;
  await using opened = await openStore(store, { readOnly: !yes });
  const options = { checkpoints: flags["checkpoints"] === true };
  const found = yes ? opened.collectGarbage(options) : opened.garbage(options);
  const bytes = bytesOf(found);
  const { colors } = output;
  const text = (): string => {
    if (found.length === 0) return `${store} holds nothing that is not needed`;
    const rows = (Object.keys(kinds) as (keyof typeof kinds)[]).flatMap((kind) => {
      const ofKind = found.filter((one) => one.kind === kind);
      const [one, many, what] = kinds[kind];
      if (ofKind.length === 0) return [];
      const size = formatBytes(bytesOf(ofKind));
      return [
        [size, formatCount(ofKind.length), ofKind.length === 1 ? one : many, colors.dim(what)],
      ];
    });
    const sum = yes
      ? `${formatBytes(bytes)} freed`
      : `${formatBytes(bytes)} can be freed   ${colors.dim(`nadir gc${options.checkpoints ? " --checkpoints" : ""} --yes`)}`;
    return `${formatTable(rows, new Set([0, 1]))}\n${sum}`;
  };
  output.result(text, {
    ...{ schema: "nadir.gc/1", store, removed: yes, bytes },
    found: found.map(({ path, ...one }) => ({ ...one, path: relative(store, path) })),
  });
  return exitCode.done;
};

const bytesOf = (found: readonly Garbage[]): number =>
  found.reduce((sum, { bytes }) => sum + bytes, 0);
