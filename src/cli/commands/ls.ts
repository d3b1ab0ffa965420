import { NadirError } from "../../base/errors.ts";
import { requireFilter } from "../../records/filter.ts";
import type { RunSummary } from "../../runs/run.ts";
import { openStore, type Store } from "../../runs/store.ts";
import { type Command, countFlag, wordFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatAge, formatCount, formatNumber, formatSeconds, formatTable } from "../format.ts";
import { filtered } from "../namedRuns.ts";
import { metric } from "../progress.ts";
import { methodOf, paintStatus, verdictKinds } from "../runView.ts";

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
    run.name,
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
  const told = heads.map((_, i) => i).filter((i) => rows.some((row) => row[i] !== ""));
  const right = new Set(["loss", "steps", "time", "age"].map((head) => heads.indexOf(head)));
  const rightTold = new Set([...told.keys()].filter((i) => right.has(told[i] ?? -1)));
  output.result(
    () =>
      formatTable(
        all.map((row) => told.map((i) => row[i] ?? "")),
        rightTold,
      ),
    { schema: "nadir.runs/1", store, runs },
  );
  return exitCode.done;
};

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
