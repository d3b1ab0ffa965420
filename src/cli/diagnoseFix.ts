import type { Finding, Remedy } from "../diagnosis/advice/finding.ts";
import { remedyText } from "../diagnosis/advice/remedyText.ts";
import type { Run, SettingChange } from "../runs/run.ts";
import type { Setting, SettingDefaults } from "../training/defineTraining.ts";
import { formatNumber, formatTable } from "./format.ts";
import type { Colors } from "./output.ts";
import { namesOf, settingAt } from "./settings.ts";
import type { RecordedTraining, TrainFlags } from "./train/trainFlags.ts";

/** What settings for a change are usually called, by its kind. */
const settingNames: Readonly<Partial<Record<Remedy["kind"], readonly string[]>>> = {
  rate: ["learningRate", "rate", "peak", "stepSize", "lr"],
  "warm-up": ["warmup", "warmUp"],
  "batch-size": ["batchSize"],
  decay: ["weightDecay", "decay"],
  clip: ["clip", "clipNorm", "maxNorm"],
};

/** A run to make: the recorded one with one thing changed. */
export interface Fix {
  readonly finding: Finding;
  readonly change: SettingChange;
  readonly settings: SettingDefaults;
  readonly words: readonly string[];
  readonly flags: TrainFlags;
}

/**
 * The one change that the first finding proposes: a setting of the file where it has one for that, else a change of
 * what the file says. Undefined where nothing can be changed from here.
 */
export function fixOf(findings: readonly Finding[], recorded: RecordedTraining): Fix | undefined {
  const { settings, words, flags } = recorded;
  // The first alone: what stands behind a cause that only the file can change is mostly its effect.
  for (const finding of findings.filter(({ severity }) => severity !== "note").slice(0, 1)) {
    const { remedy, advice: why } = finding;
    const setting = settingFor(remedy, settings);
    if (setting !== undefined) {
      const { name, from, to } = setting;
      const others = words.filter((word) => !word.startsWith(`${name}=`));
      return {
        finding,
        change: { setting: name, from, to, why },
        settings: withSetting(settings, name.split("."), to),
        words: [...others, `${name}=${to}`],
        flags,
      };
    }
    const text = remedyText(remedy);
    if (text === undefined || flags.change !== undefined) continue;
    const [kind = "", amount] = text.split(":");
    return {
      ...{ finding, settings, words },
      change: { setting: kind, from: undefined, to: amount ?? true, why },
      flags: { ...flags, change: text },
    };
  }
  return undefined;
}

/** A setting that stands for what is to be changed, and the value it is to have. */
function settingFor(
  remedy: Remedy,
  settings: SettingDefaults,
): { readonly name: string; readonly from: number; readonly to: number } | undefined {
  const wanted = remedy.kind === "told" ? remedy.setting : settingNames[remedy.kind];
  const name = namesOf(settings).find((one) => wanted?.includes(one.split(".").at(-1)!) ?? false);
  const from = name === undefined ? undefined : settingAt(settings, name);
  if (name === undefined || typeof from !== "number") return undefined;
  const to = newValue(remedy, from);
  return to === undefined || to === from
    ? undefined
    : { name, from, to: Number(to.toPrecision(6)) };
}

function newValue(remedy: Remedy, from: number): number | undefined {
  switch (remedy.kind) {
    case "rate":
    case "decay":
      return from * remedy.factor;
    case "told":
      return remedy.factor === undefined ? undefined : from * remedy.factor;
    case "batch-size":
      return remedy.size;
    case "warm-up":
      return from > 1 ? undefined : remedy.part;
    case "clip":
      return remedy.norm;
    default:
      return undefined;
  }
}

function withSetting(
  settings: SettingDefaults,
  [key = "", ...rest]: readonly string[],
  value: Setting,
): SettingDefaults {
  if (rest.length === 0) return { ...settings, [key]: value };
  // A dotted name was found by way of records.
  return { ...settings, [key]: withSetting(settings[key] as SettingDefaults, rest, value) };
}

/** A change of this part of the value is one that shows. */
const shows = 0.02;

/** What is compared, by how much it says: held-out figures first. */
const measures: readonly (readonly [name: string, better: "higher" | "lower"])[] = [
  ["validationAccuracy", "higher"],
  ["testAccuracy", "higher"],
  ["validationLoss", "lower"],
  ["testLoss", "lower"],
  ["loss", "lower"],
];

/** Whether the change helped, by the first measure in which the two runs differ. */
export interface FixOutcome {
  readonly helped: boolean;
  /** One sentence. */
  readonly words: string;
  readonly rows: readonly {
    readonly name: string;
    readonly before: number | undefined;
    readonly after: number | undefined;
  }[];
}

/** A run's figure by name; a loss of a run that diverged is none. */
function figureOf(run: Run, name: string): number | undefined {
  const value = name === "loss" ? run.loss : run.metrics?.[name];
  return value !== undefined && Number.isFinite(value) && run.verdictKind !== "diverged"
    ? value
    : undefined;
}

export function outcomeOf(before: Run, after: Run): FixOutcome {
  const rows = measures
    .map(([name]) => ({ name, before: figureOf(before, name), after: figureOf(after, name) }))
    .filter((row) => row.before !== undefined || row.after !== undefined);
  for (const [name, better] of measures) {
    const row = rows.find((one) => one.name === name);
    if (row === undefined) continue;
    const { before: old, after: now } = row;
    if (old === undefined && now !== undefined)
      return {
        rows,
        helped: true,
        words: `helped: ${before.id} came to nothing, ${after.id} to a ${inWords(name)} of ${formatNumber(now, 4)}`,
      };
    if (old === undefined || now === undefined)
      return { rows, helped: false, words: `did not help: ${after.id} came to nothing` };
    const size = better === "higher" ? 1 : Math.max(Math.abs(old), Math.abs(now));
    const gain = (better === "higher" ? now - old : old - now) / (size || 1);
    if (Math.abs(gain) < shows) continue;
    return {
      ...{ rows, helped: gain > 0 },
      words: `${gain > 0 ? "helped" : "did not help"}: ${inWords(name)} ${formatNumber(old, 4)} → ${formatNumber(now, 4)}`,
    };
  }
  return { rows, helped: false, words: "did not help: no figure changed by as much as 2 %" };
}

/** `testLoss` as `test loss`. */
const inWords = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** Both runs side by side. */
export function outcomeTable(
  { rows }: FixOutcome,
  [before, after]: readonly [Run, Run],
  colors: Colors,
): string {
  const show = (value: number | undefined): string =>
    value === undefined ? "–" : formatNumber(value, 4);
  return formatTable(
    [
      ["", before.id, after.id],
      ["verdict", before.verdictKind ?? before.status, after.verdictKind ?? after.status],
      ...rows.map((row) => [colors.dim(inWords(row.name)), show(row.before), show(row.after)]),
    ],
    new Set([1, 2]),
  );
}
