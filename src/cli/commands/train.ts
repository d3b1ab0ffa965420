import { parseRemedy } from "../../diagnosis/advice/remedyText.ts";
import { openStore } from "../../runs/store.ts";
import type { Command, Invocation } from "../command.ts";
import { countFlag, secondsFlag, shareFlag, tagsFlag, wholeFlag, wordFlag } from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { formatTable } from "../format.ts";
import { parseSettings } from "../keyValues.ts";
import { loadUserFile } from "../loadUserFile.ts";
import { namedRun } from "../namedRuns.ts";
import { nameOf } from "../runInfo.ts";
import { untilKinds, verdictKinds } from "../runView.ts";
import { type ChosenSettings, chooseSettings, namesOf, settingAt } from "../settings.ts";
import { readTraining } from "../trainFile.ts";
import type { TrainFlags } from "../trainFlags.ts";
import { type Supervision, type TrainRequest, trainRun } from "../trainRun.ts";
import { trainUntil } from "../trainUntil.ts";

/** `nadir train FILE [key=value …]`: trains what a file exports, and says what kind of point it reached. */
export const train: Command = async (invocation) => {
  const { words, flags } = invocation;
  const [target = "", ...overrides] = words;
  const settings = parseSettings(overrides);
  const chosen = trainFlags(flags);
  const supervision = supervisionFlags(flags);
  const until = wordFlag(flags, "until", untilKinds);
  const file = await loadUserFile(target, invocation.cwd);
  const training = readTraining(file);
  const merged = chooseSettings(training.settings, settings, file.shown);
  const given = flags["name"];
  const begun = await beginFlag(invocation);
  const request: TrainRequest = {
    ...{ file, training, settings: merged.values, words: overrides },
    flags: { ...chosen, ...begun?.flags },
    name: typeof given === "string" ? given : nameOf(file.shown),
    ...(begun === undefined ? {} : { origin: begun.origin }),
  };
  if (flags["dryRun"] === true) return dryRun(invocation, request, merged);
  const watched: Supervision = { ...supervision, open: flags["open"] === true };
  if (until === undefined) return trainRun(invocation, request, watched);
  // Of all the trainings together, and not of each.
  const { steps, ...others } = request.flags;
  return trainUntil(invocation, { ...request, flags: others }, { kind: until, steps }, watched);
};

/** The run with whose params this one is to begin, by its id, and how the record tells that. */
async function beginFlag({
  flags,
  store,
  now,
}: Invocation): Promise<Pick<Required<TrainRequest>, "flags" | "origin"> | undefined> {
  const word = flags["begin"];
  if (typeof word !== "string") return undefined;
  await using opened = await openStore(store, { readOnly: true });
  const { id } = namedRun(opened, word, now());
  const change = { setting: "start", from: "its own", to: `where ${id} ended` };
  return { flags: { begin: id }, origin: { parent: id, change } };
}

/** The flags that change what a training computes. */
const trainFlags = (flags: Invocation["flags"]): TrainFlags => ({
  seed: wholeFlag(flags, "seed"),
  steps: countFlag(flags, "steps"),
  engine: wordFlag(flags, "engine", ["js", "onnx"]),
  threads: countFlag(flags, "threads"),
  change: changeFlag(flags),
});

/** One change to what the file says, as `nadir diagnose` proposes it. */
function changeFlag({ change }: Invocation["flags"]): string | undefined {
  if (typeof change !== "string") return undefined;
  parseRemedy(change);
  return change;
}

/** The flags that say how a run is watched over. */
export const supervisionFlags = (flags: Invocation["flags"]): Supervision => ({
  time: secondsFlag(flags, "time"),
  checkpoint: secondsFlag(flags, "checkpoint"),
  expect: wordFlag(flags, "expect", verdictKinds),
  pause: shareFlag(flags, "pause"),
  tags: tagsFlag(flags),
  jsonl: flags["jsonl"] === true,
});

/** Says what would run, and where each setting comes from. */
function dryRun(
  { output }: Invocation,
  { file, settings, flags }: TrainRequest,
  { overridden }: ChosenSettings,
): ExitCode {
  const isGiven = (name: string): boolean =>
    [...overridden].some((key) => name === key || name.startsWith(`${key}.`));
  const rows = namesOf(settings).map((name) => ({
    name,
    value: settingAt(settings, name),
    from: isGiven(name) ? "command line" : file.shown,
  }));
  const flagRows = Object.entries(flags)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name: `--${name}`, value, from: "command line" }));
  const all = [...rows, ...flagRows];
  const { colors } = output;
  const text = (): string =>
    all.length === 0
      ? `${file.shown} has no settings`
      : formatTable(
          all.map(({ name, value, from }) => [
            colors.bold(name),
            typeof value === "string" ? value : JSON.stringify(value),
            colors.dim(from),
          ]),
        );
  output.result(text, { schema: "nadir.settings/1", file: file.path, settings: all });
  return exitCode.done;
}
