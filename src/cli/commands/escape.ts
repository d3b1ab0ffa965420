import { join } from "node:path";
import { NDArray } from "../../array/ndarray.ts";
import { flatten, unflatten } from "../../array/tree.ts";
import { isLeaf } from "../../autodiff/variables.ts";
import { NadirError } from "../../base/errors.ts";
import { lowerAlong, type Side } from "../../inspection/lowerAlong.ts";
import type { Inspected } from "../../inspection/point.ts";
import type { Vector } from "../../linalg/ask.ts";
import { readTensors } from "../../runs/checkpoint.ts";
import type { Run } from "../../runs/run.ts";
import { openStore } from "../../runs/store.ts";
import type { Snapshot } from "../../training/snapshot.ts";
import { type Command, type Invocation, secondsFlag, wordFlag } from "../command.ts";
import { type ExitCode, exitCode } from "../exitCodes.ts";
import { formatNumber } from "../format.ts";
import { findFunction } from "../functionFile.ts";
import { nestSettings, parseSettings } from "../keyValues.ts";
import { namedRun } from "../namedRuns.ts";
import type { JsonResult, Output } from "../output.ts";
import { inFile } from "../runInfo.ts";
import { directionOf } from "../train/escapeStart.ts";
import { trainingOfRun } from "../train/trainFlags.ts";
import { trainRun } from "../train/trainRun.ts";
import { verdictKinds } from "../verdictMark.ts";
import { compare } from "./compare.ts";
import { minimizeRun } from "./minimize.ts";
import { supervisionFlags } from "./train.ts";

const sides: readonly Side[] = ["along", "against"];

/** `nadir escape RUN`: a new run that begins beside the saddle where a run ended, lower along its direction of descent. */
export const escapeCommand: Command = async (invocation) => {
  const run = await readRun(invocation);
  const direction = directionOf(run);
  const begin = escapeOf(run, direction);
  const side = wordFlag(invocation.flags, "side", sides);
  if (invocation.flags["both"] !== true) return begin(invocation, side);
  if (side !== undefined) {
    throw new NadirError("cli/flag", "--both beside --side", { expected: "one of the two" });
  }
  return escapeBothWays(invocation, run, begin);
};

type Escape = (invocation: Invocation, side: Side | undefined) => Promise<ExitCode>;

function escapeOf(run: Run, direction: Vector): Escape {
  switch (run.config["task"]) {
    case "train":
      return (invocation, side) => escapeTraining(invocation, run, side);
    case "minimize":
      return (invocation, side) => escapeMinimization(invocation, run, direction, side);
    default:
      throw new NadirError("escape/task", `run ${run.id} cannot be begun again`, {
        expected: "a run of nadir train or nadir minimize",
      });
  }
}

/** A run each way, one after the other, and what they came to beside each other. */
async function escapeBothWays(invocation: Invocation, from: Run, begin: Escape): Promise<ExitCode> {
  const { output } = invocation;
  const told: JsonResult[] = [];
  // One object in all: what each part tells is kept for it.
  const listening: Output = {
    ...output,
    result: (text, data) => {
      told.push(data);
      if (!output.json) output.result(text, data);
    },
  };
  const exits: ExitCode[] = [];
  const failed: { side: Side; message: string }[] = [];
  for (const side of sides) {
    output.note(`${side} the direction`);
    try {
      const exit = await begin({ ...invocation, output: listening }, side);
      exits.push(exit);
      if (interruptions.has(exit)) break;
    } catch (error) {
      // To one side the loss may rise at once: the gradient is not quite zero.
      if (!(error instanceof NadirError) || error.code !== "escape/no-descent") throw error;
      output.note(error.summary);
      failed.push({ side, message: error.summary });
    }
  }
  const runs = [...told];
  const ids = runs.map(({ id }) => String(id));
  const exit = exits.find((code) => code !== exitCode.done) ?? exitCode.done;
  if (failed.length === sides.length) {
    throw new NadirError("escape/no-descent", `no point on either side of ${from.id} is lower`, {
      hint: "the curvature along it is too weak for the loss to tell: train on with a smaller tolerance",
    });
  }
  if (ids.length === 2) {
    await compare({ ...invocation, output: listening, words: ids, flags: { quiet: true } });
  }
  if (output.json) {
    const [comparison] = told.slice(runs.length);
    output.result("", { schema: "nadir.escape/1", from: from.id, runs, failed, comparison });
  }
  return exit;
}

const interruptions: ReadonlySet<ExitCode> = new Set([
  ...[exitCode.interrupted, exitCode.terminated, exitCode.hungUp],
]);

async function readRun({ words, store, now }: Invocation): Promise<Run> {
  await using opened = await openStore(store, { readOnly: true });
  return namedRun(opened, words[0] ?? "@", now());
}

const change = (run: Run, side: Side | undefined) => ({
  ...{ setting: "start", from: "its own" },
  to: `beside the saddle of ${run.id}${side === undefined ? "" : `, ${side} its direction`}`,
  why: "along the direction of negative curvature the loss is lower",
});

/** A name of its own: two runs of one name could not be told apart by it. */
const escaped = ({ name }: Run, side: Side | undefined): string =>
  side === undefined ? `${name}-escaped` : `${name}-escaped-${side}`;

async function escapeTraining(
  invocation: Invocation,
  run: Run,
  side: Side | undefined,
): Promise<ExitCode> {
  const { file, training, settings, words, flags } = await trainingOfRun(run, invocation.cwd);
  return trainRun(
    invocation,
    {
      ...{ file, training, settings, words, name: escaped(run, side) },
      flags: { ...flags, seed: run.seed, escape: run.id, side },
      origin: { parent: run.id, change: change(run, side) },
    },
    supervisionFlags(invocation.flags),
  );
}

async function escapeMinimization(
  invocation: Invocation,
  run: Run,
  direction: Vector,
  side: Side | undefined,
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
  const begun = await lowerAlong(found.f as Inspected<unknown>, { at, direction, side }).catch(
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
    ...{ target: word, name: escaped(run, side), seed: run.seed },
    words: [...words.filter((one) => !/^x0[=.]/.test(one)), `x0=${start}`],
    expect: wordFlag(flags, "expect", verdictKinds),
    time: secondsFlag(flags, "time"),
    origin: { parent: run.id, change: change(run, side) },
  });
}
