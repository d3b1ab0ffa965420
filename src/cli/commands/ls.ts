import { NadirError } from "../../base/errors.ts";
import { requireFilter } from "../../records/filter.ts";
import type { RunSummary } from "../../runs/run.ts";
import { openStore, type Store } from "../../runs/store.ts";
import { type Command, countFlag, wordFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import {
  formatAge,
  formatCount,
  formatNumber,
  formatSeconds,
  formatTable,
  widthOf,
} from "../format.ts";
import { filtered } from "../namedRuns.ts";
import { metric } from "../progress.ts";
import { methodOf, paintStatus } from "../runView.ts";
import { verdictKinds } from "../verdictMark.ts";

/** `nadir ls FILTER…`: the runs in the store, or those that a filter finds, newest first, one line each. */
export const ls: Command = async ({ words, flags, output, store, now }) => {
  const limit = countFlag(flags, "limit") ?? 20;
  const verdict = wordFlag(flags, "verdict", verdictKinds);
  const none = { schema: "nadir.runs/1", store, runs: [] } as const;
  await using opened = await openIfThere(store);
  if (opened === undefined) {
    output.result(`no runs yet in ${store}\n  try: nadir train FILE`, none);
    return exitCode.done;
  }
  const matching = found(opened, words.join(" "), flags["all"] === true, now());
  const wanted = matching.filter((run) => verdict === undefined || run.verdictKind === verdict);
  const runs = wanted.slice(0, limit);
  if (runs.length === 0) {
    output.result(
      verdict === undefined ? `no runs in ${store}` : `no run ended as ${verdict}`,
      none,
    );
    return exitCode.done;
  }
  const { colors } = output;
  const rows = runs.map((run) => [
    colors.bold(run.id),
    paintStatus(run, colors),
    shortened(run.name, output.room),
    run.loss === undefined ? "" : formatNumber(run.loss),
    Object.entries(run.metrics ?? {})
      .map(([name, value]) => metric(name, value))
      .join("  "),
    methodOf(run),
    run.steps === undefined ? "" : formatCount(run.steps),
    run.seconds === undefined ? "" : formatSeconds(run.seconds),
    [...run.tags, ...(run.archived === undefined ? [] : ["(archived)"])].join(" "),
    colors.dim(formatAge(now() - run.created)),
  ]);
  const heads = [
    ...["run", "verdict", "name", "loss", "metrics", "method", "steps", "time", "tags", "age"],
  ];
  const all = [heads.map((head) => colors.dim(head)), ...rows];
  // A column that is empty in every run says nothing.
  const told = heads.filter((_, i) => rows.some((row) => row[i] !== ""));
  const shown = fitting(all, heads, told, output.room);
  const right = new Set(["loss", "steps", "time", "age"]);
  const rightShown = new Set([...shown.keys()].filter((i) => right.has(shown[i] ?? "")));
  output.result(
    () =>
      formatTable(
        all.map((row) => shown.map((head) => row[heads.indexOf(head)] ?? "")),
        rightShown,
      ),
    { schema: "nadir.runs/1", store, runs },
  );
  if (!output.json && shown.length < told.length) {
    const left = told.filter((head) => !shown.includes(head));
    output.note(
      output.noteColors.dim(`  left out, for this width: ${left.join(", ")} (nadir show RUN)`),
    );
  }
  return exitCode.done;
};

/** A name in a table on a terminal: half of its line at most. */
const shortened = (name: string, room: number): string =>
  name.length > Math.max(12, room / 2)
    ? `${name.slice(0, Math.max(11, Math.floor(room / 2) - 1))}…`
    : name;

/** What may be left out of a line that is too long, the least needed first. */
const spare = ["time", "steps", "method", "tags", "metrics"];

/** The columns that fit into `room`. */
function fitting(
  rows: readonly (readonly string[])[],
  heads: readonly string[],
  told: readonly string[],
  room: number,
): readonly string[] {
  const widthOfColumn = (head: string): number =>
    Math.max(...rows.map((row) => widthOf(row[heads.indexOf(head)] ?? "")));
  let shown = told;
  const width = (): number => shown.reduce((sum, head) => sum + widthOfColumn(head) + 2, -2);
  for (const head of spare) {
    if (width() <= room) break;
    shown = shown.filter((other) => other !== head);
  }
  return shown;
}

/** The runs that a filter finds; all that are not archived, or all there are, without one. */
function found(store: Store, text: string, all: boolean, now: number): RunSummary[] {
  if (text.trim() === "") return store.runs(all ? {} : { archived: false });
  return filtered(store, requireFilter(text, now), all);
}

/** The store to read; undefined where no run has made one yet. */
async function openIfThere(dir: string): Promise<Store | undefined> {
  try {
    return await openStore(dir, { readOnly: true });
  } catch (error) {
    if (error instanceof NadirError && error.code === "store/missing") return undefined;
    throw error;
  }
}
