import { join } from "node:path";
import { NDArray } from "../../array/ndarray.ts";
import { flatten, unflatten } from "../../array/tree.ts";
import { isLeaf } from "../../autodiff/variables.ts";
import { NadirError } from "../../base/errors.ts";
import { lowerAlong } from "../../inspection/lowerAlong.ts";
import type { Inspected } from "../../inspection/point.ts";
import type { Vector } from "../../linalg/ask.ts";
import { readTensors } from "../../runs/checkpoint.ts";
import type { Run } from "../../runs/run.ts";
import { openStore } from "../../runs/store.ts";
import type { Snapshot } from "../../training/snapshot.ts";
import { type Command, type Invocation, secondsFlag, wordFlag } from "../command.ts";
import { directionOf } from "../escapeStart.ts";
import type { ExitCode } from "../exitCodes.ts";
import { formatNumber } from "../format.ts";
import { findFunction } from "../functionFile.ts";
import { nestSettings, parseSettings } from "../keyValues.ts";
import { namedRun } from "../namedRuns.ts";
import { inFile } from "../runInfo.ts";
import { verdictKinds } from "../runView.ts";
import { trainingOfRun } from "../trainFlags.ts";
import { trainRun } from "../trainRun.ts";
import { minimizeRun } from "./minimize.ts";
import { supervisionFlags } from "./train.ts";

/** `nadir escape RUN`: a new run that begins beside the saddle where a run ended, lower along its direction of descent. */
export const escapeCommand: Command = async (invocation) => {
  const run = await readRun(invocation);
  const direction = directionOf(run);
  switch (run.config["task"]) {
    case "train":
      return escapeTraining(invocation, run);
    case "minimize":
      return escapeMinimization(invocation, run, direction);
    default:
      throw new NadirError("escape/task", `run ${run.id} cannot be begun again`, {
        expected: "a run of nadir train or nadir minimize",
      });
  }
};

async function readRun({ words, store, now }: Invocation): Promise<Run> {
  await using opened = await openStore(store, { readOnly: true });
  return namedRun(opened, words[0] ?? "@", now());
}

const change = (run: Run) => ({
  ...{ setting: "start", from: "its own", to: `beside the saddle of ${run.id}` },
  why: "along the direction of negative curvature the loss is lower",
});

/** A name of its own: two runs of one name could not be told apart by it. */
const escaped = ({ name }: Run): string => `${name}-escaped`;

async function escapeTraining(invocation: Invocation, run: Run): Promise<ExitCode> {
  const { file, training, settings, words, flags } = await trainingOfRun(run, invocation.cwd);
  return trainRun(
    invocation,
    {
      ...{ file, training, settings, words, name: escaped(run) },
      flags: { ...flags, seed: run.seed, escape: run.id },
      origin: { parent: run.id, change: change(run) },
    },
    supervisionFlags(invocation.flags),
  );
}

async function escapeMinimization(
  invocation: Invocation,
  run: Run,
  direction: Vector,
): Promise<ExitCode> {
  const { cwd, flags, output } = invocation;
  // Written by nadir minimize from values of these very types.
  const { target, words } = run.config as { target: string; words: readonly string[] };
  const { dimension, lower, upper, x0 } = nestSettings(parseSettings(words));
  const word = run.file ?? target;
  const found = await findFunction(
    word,
    cwd,
    typeof dimension === "number" ? dimension : undefined,
  );
  if (found.options["constraint"] !== undefined || lower !== undefined || upper !== undefined) {
    throw new NadirError("escape/constrained", `run ${run.id} is held by constraints`, {
      expected: "a run without: a step along the direction may leave the set",
      hint: `a method that leaves saddles by itself: ${run.command} escapeSaddles=true`,
    });
  }
  // As nadir minimize saved them: f64.
  const tensors = readTensors(join(run.dir, "params.safetensors")).tensors as Snapshot["tensors"];
  const { paths, structure } = flatten(x0 ?? found.options["x0"], isLeaf, "x0");
  const at = unflatten(
    structure,
    paths.map((path) => {
      const saved = tensors[path || "x"];
      if (saved !== undefined) return new NDArray(saved.data, saved.shape, saved.dtype);
      throw new NadirError("inspect/run", `${path} is not among what the run saved`, {
        hint: "the file has changed since the run: put it back, or minimize again",
      });
    }),
  );
  const begun = await lowerAlong(found.f as Inspected<unknown>, { at, direction }).catch(
    (error: unknown) => {
      throw inFile(error, found.shown);
    },
  );
  output.note(
    `${formatNumber(Math.abs(begun.distance), 3)} along the direction the value is ${formatNumber(begun.loss, 4)}, not ${formatNumber(begun.from, 4)}`,
  );
  const start = JSON.stringify(begun.at, (_key, value: unknown) =>
    value instanceof NDArray ? value.toArray() : value,
  );
  return minimizeRun(invocation, {
    ...{ target: word, name: escaped(run), seed: run.seed },
    words: [...words.filter((one) => !/^x0[=.]/.test(one)), `x0=${start}`],
    expect: wordFlag(flags, "expect", verdictKinds),
    time: secondsFlag(flags, "time"),
    origin: { parent: run.id, change: change(run) },
  });
}
