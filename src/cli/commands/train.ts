import { parseRemedy } from "../../diagnosis/advice/remedyText.ts";
import { openStore } from "../../runs/store.ts";
import type { Command, Invocation } from "../command.ts";
import { countFlag, secondsFlag, shareFlag, tagsFlag, wholeFlag, wordFlag } from "../command.ts";
import { parseSettings } from "../keyValues.ts";
import { loadUserFile } from "../loadUserFile.ts";
import { namedRun } from "../namedRuns.ts";
import { nameOf } from "../runInfo.ts";
import { untilKinds } from "../runView.ts";
import { chooseSettings } from "../settings.ts";
import { loadConfig } from "../train/config.ts";
import { dryRun } from "../train/dryRun.ts";
import { readTraining } from "../train/trainFile.ts";
import type { TrainFlags } from "../train/trainFlags.ts";
import { type Supervision, type TrainRequest, trainRun } from "../train/trainRun.ts";
import { trainUntil } from "../train/trainUntil.ts";
import { verdictKinds } from "../verdictMark.ts";

/** `nadir train FILE [key=value …]`: trains what a file exports, and says what kind of point it reached. */
export const train: Command = async (invocation) => {
  const { words, flags } = invocation;
  const [target = "", ...overrides] = words;
  const settings = parseSettings(overrides);
  const chosen = trainFlags(flags);
  const supervision = supervisionFlags(flags);
  const until = wordFlag(flags, "until", untilKinds);
  const config = await loadConfig(invocation.cwd);
  const file = await loadUserFile(target, invocation.cwd);
  const training = readTraining(file);
  const merged = chooseSettings(training.settings, settings, file.shown);
  const given = flags["name"];
  const begun = await beginFlag(invocation);
  const request: TrainRequest = {
    ...{ file, training, settings: merged.values, words: overrides },
    flags: {
      ...chosen,
      ...begun?.flags,
      ...(config === undefined ? {} : { config: config.training }),
    },
    name: typeof given === "string" ? given : nameOf(file.shown),
    ...(begun === undefined ? {} : { origin: begun.origin }),
  };
  const watched: Supervision = {
    ...supervision,
    open: flags["open"] === true,
    checkpoint: supervision.checkpoint ?? config?.checkpoint,
    tags: [...new Set([...(config?.tags ?? []), ...(supervision.tags ?? [])])],
  };
  if (flags["dryRun"] === true)
    return dryRun(invocation, request, merged, { config, supervision: watched });
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
