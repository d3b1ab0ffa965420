import type { Verdict } from "../../diagnosis/verdict.ts";
import { earlierVerdicts } from "../../records/earlierVerdicts.ts";
import type { Note } from "../../runs/notes.ts";
import type { Run, SettingChange } from "../../runs/run.ts";
import { openStore } from "../../runs/store.ts";
import type { Command } from "../command.ts";
import { costInWords } from "../costWords.ts";
import { exitCode } from "../exitCodes.ts";
import { formatCount, formatNumber, formatSeconds, formatTable, sparkline } from "../format.ts";
import { healthTable } from "../healthTable.ts";
import { namedRun } from "../namedRuns.ts";
import type { Output } from "../output.ts";
import { metric } from "../progress.ts";
import { paintStatus, runJson, verdictJson } from "../runView.ts";
import { paintMark, renderVerdict, verdictFigures } from "../verdictMark.ts";

/** `nadir show RUN`: one run's verdict with its evidence, its figures, and what ran. */
export const show: Command = async ({ words, output, store, now }) => {
  await using opened = await openStore(store, { readOnly: true });
  const run = namedRun(opened, words[0] ?? "@", now());
  const losses = opened.seriesNames(run.id).includes("loss")
    ? opened.series(run.id, "loss").values
    : [];
  const notes = opened.notes.list(run.id);
  const events = opened.events(run.id);
  const earlier = earlierVerdicts(events);
  const looks = events.flatMap(({ event }) => (event.kind === "health" ? [event.layers] : []));
  output.result(
    () => {
      const text = render(run, losses, { notes, earlier }, output);
      return looks.length === 0 ? text : `${text}\n\n${healthTable(looks, output.colors)}`;
    },
    {
      ...runJson(run),
      notes,
      ...(earlier.length > 0 && { earlierVerdicts: earlier.map(verdictJson) }),
    },
  );
  return exitCode.done;
};

function render(
  run: Run,
  losses: ArrayLike<number>,
  { notes, earlier }: { readonly notes: readonly Note[]; readonly earlier: readonly Verdict[] },
  { colors, columns }: Output,
): string {
  const head = [
    colors.bold(run.id),
    run.name,
    ...(run.verdict === undefined ? [paintStatus(run, colors)] : []),
    colors.dim(new Date(run.created).toISOString().replace("T", " ").slice(0, 16)),
  ];
  const figures = [
    ...(run.loss === undefined ? [] : [`loss ${formatNumber(run.loss, 4)}`]),
    ...(losses.length > 1 ? [colors.cyan(sparkline(Array.from(losses), 24))] : []),
    ...Object.entries(run.metrics ?? {}).map(([name, value]) => metric(name, value)),
    ...(run.steps === undefined ? [] : [`${formatCount(run.steps)} steps`]),
    ...(run.seconds === undefined ? [] : [formatSeconds(run.seconds)]),
  ];
  const details: [string, string][] = [
    ...rowsOf("settings", settingsOf(run)),
    ["cost", costInWords(run.cost ?? {})],
    ["seed", run.seed === undefined ? "" : String(run.seed)],
    ["machine", `${run.machine.cpu} · ${run.machine.cores} cores · ${run.machine.platform}`],
    [
      "versions",
      Object.entries(run.versions)
        .map((pair) => pair.join(" "))
        .join(" · "),
    ],
    ["revision", run.revision ?? ""],
    ["continues", run.parent ?? ""],
    ["changes", run.change === undefined ? "" : changeOf(run.change)],
    ["sweep", run.sweep ?? ""],
    ...earlier.map((verdict, i): [string, string] => [
      i === 0 ? "judged before" : "",
      `${paintMark(verdict.kind, colors)}  ${verdictFigures(verdict).join("  ")}`,
    ]),
    ["tags", run.tags.join(" ")],
    ...notes.map(({ step, text }, i): [string, string] => [
      i === 0 ? "notes" : "",
      step === undefined ? text : `step ${step}: ${text}`,
    ]),
    ["folder", run.dir],
    ["repeat", run.command],
  ];
  return [
    head.join("  "),
    ...(run.verdict === undefined ? [] : [renderVerdict(run.verdict, colors, columns)]),
    figures.join("   "),
    "",
    formatTable(
      details.filter(([, value]) => value !== "").map(([name, value]) => [colors.dim(name), value]),
    ),
  ].join("\n");
}

/** The user's own settings first, then what they came to. What only repeats them is left out. */
function settingsOf({ config }: Run): object {
  const { settings, words: _, flags: __, task: ___, ...setup } = config;
  return { ...(typeof settings === "object" ? settings : {}), ...setup };
}

/** An object's entries as rows of a table, the title beside the first. */
function rowsOf(title: string, values: object): [string, string][] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value], i) => [i === 0 ? title : "", `${name} ${shown(value)}`]);
}

const changeOf = ({ setting, from, to, why }: SettingChange): string =>
  `${setting} ${shown(from)} → ${shown(to)}${why === undefined ? "" : `: ${why}`}`;

const shown = (value: unknown): string =>
  typeof value === "number"
    ? formatNumber(value, 4)
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
