import { availableParallelism } from "node:os";
import { NadirError } from "../../base/errors.ts";
import type { RunEnd } from "../../runs/run.ts";
import { openStore, type Store } from "../../runs/store.ts";
import { stoppingBad } from "../../search/sweep/medianStopping.ts";
import { readSweepRequest, readSweepTrials } from "../../search/sweep/readSweep.ts";
import { strategyFor, strategyNames } from "../../search/sweep/strategies.ts";
import type { SweepRequest, SweepTrial } from "../../search/sweep/sweepRecord.ts";
import {
  type Command,
  countFlag,
  type Invocation,
  positiveFlag,
  secondsFlag,
  shareFlag,
  wholeFlag,
  wordFlag,
} from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { listenForSignals } from "../interrupt.ts";
import { parseSettings } from "../keyValues.ts";
import { loadUserFile } from "../loadUserFile.ts";
import { nameOf, repeatCommand } from "../runInfo.ts";
import { chooseSettings } from "../settings.ts";
import { runSweep, written } from "../sweep/runSweep.ts";
import { readSpace } from "../sweep/spaceWords.ts";
import { createSweepProgress, renderSweep, sweepJson } from "../sweep/sweepReport.ts";
import { readTraining } from "../train/trainFile.ts";

/** `nadir sweep FILE key=a,b,c key=log:1e-4..1e-1`: many trainings of one file, each in a process of its own. */
export const sweep: Command = async (invocation) => {
  const { flags, words } = invocation;
  const given = flags["resume"];
  if (given === undefined || given === false) {
    const request = await readRequest(invocation);
    await using store = await openStore(invocation.store);
    const made = store.sweeps.create({
      name: typeof flags["name"] === "string" ? flags["name"] : nameOf(request.shown),
      file: request.path,
      command: commandOf(words, request),
      space: { dimensions: request.space },
      settings: { ...request },
    });
    return await carryOut(invocation, store, made.id, request, []);
  }
  if (words.length > 0) {
    throw new NadirError(
      "sweep/resume",
      "a sweep that is gone on with takes no file and no settings",
      {
        expected: "nadir sweep --resume [ID]",
      },
    );
  }
  await requireReadable(invocation, given === true ? "@" : given);
  await using store = await openStore(invocation.store);
  const found = store.sweeps.resume(given === true ? "@" : given);
  const request = readSweepRequest(found.settings);
  const before = readSweepTrials(store.sweeps.trials(found.id));
  return await carryOut(invocation, store, found.id, request, before);
};

/** The command line that repeats a sweep, whatever the machine. */
function commandOf([, ...words]: readonly string[], request: SweepRequest): string {
  const { shown, strategy, trials, levels, eta, smallest, seed, steps, metric, goal } = request;
  const command = repeatCommand({
    ...{ command: "sweep", target: shown, words },
    flags: { strategy, trials, levels, eta, smallest, seed, steps, metric, goal },
  });
  return request.stopBad === true ? `${command} --stop-bad` : command;
}

/**
 * To be written, a store is made where there is none: only one that has the sweep is opened so. And a
 * sweep whose record cannot be read is not taken over.
 */
async function requireReadable({ store: dir }: Invocation, reference: string): Promise<void> {
  await using store = await openStore(dir, { readOnly: true });
  const { id, settings } = store.sweeps.get(reference);
  readSweepRequest(settings);
  readSweepTrials(store.sweeps.trials(id));
}

async function carryOut(
  invocation: Invocation,
  store: Store,
  id: string,
  request: SweepRequest,
  before: readonly SweepTrial[],
): Promise<ExitCode> {
  const { output } = invocation;
  using interrupt = listenForSignals(output.note);
  const beat = setInterval(() => store.sweeps.update(id), 30_000);
  beat.unref();
  let status: RunEnd["status"] = "crashed";
  const progress = createSweepProgress(invocation, request, id);
  try {
    const result = await runSweep(invocation, store, { id, request, before }, interrupt, progress);
    status = result.interrupted ? "interrupted" : "ended";
    output.result(() => renderSweep(result, request, output), sweepJson(result, request));
    if (interrupt.exit !== undefined) return interrupt.exit;
    return result.trials.some(({ measured }) => measured.length > 0)
      ? exitCode.done
      : exitCode.lost;
  } finally {
    clearInterval(beat);
    store.sweeps.update(id, { status });
  }
}

/** What is asked for: all that can be refused is refused here, before anything is kept or trained. */
async function readRequest({ words, flags, cwd }: Invocation): Promise<SweepRequest> {
  const [target, ...rest] = words;
  if (target === undefined) {
    throw new NadirError("sweep/file", "no file is named", {
      expected: "nadir sweep FILE key=a,b,c, or nadir sweep --resume",
    });
  }
  const { space, fixed } = readSpace(rest);
  const cores = availableParallelism();
  const workers = countFlag(flags, "workers") ?? cores;
  const strategy = wordFlag(flags, "strategy", strategyNames) ?? "random";
  const smallest = shareFlag(flags, "smallest");
  const options = {
    ...{ trials: countFlag(flags, "trials"), levels: countFlag(flags, "levels") },
    ...{ eta: positiveFlag(flags, "eta"), seed: wholeFlag(flags, "seed") ?? 0, smallest },
  };
  const stopBad = flags["stopBad"] === true;
  const plain = strategyFor(strategy, space, options);
  const first = (stopBad ? stoppingBad(plain, strategy) : plain).propose([]);
  const file = await loadUserFile(target, cwd);
  if (first.kind === "start") {
    // Names and types of settings are those of the file.
    const settings = Object.entries(first.settings).map(
      ([name, value]) => `${name}=${written(value)}`,
    );
    chooseSettings(readTraining(file).settings, parseSettings([...fixed, ...settings]), file.shown);
  }
  return {
    ...{ shown: file.shown, path: file.path, space, fixed, strategy, ...options },
    steps: countFlag(flags, "steps"),
    metric: typeof flags["metric"] === "string" ? flags["metric"] : undefined,
    goal: wordFlag(flags, "goal", ["min", "max"]),
    workers,
    threads: countFlag(flags, "threads") ?? Math.max(1, Math.floor(cores / workers)),
    patience: secondsFlag(flags, "patience"),
    ...(stopBad ? { stopBad } : {}),
  };
}
