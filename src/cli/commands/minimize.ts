import { NDArray } from "../../array/ndarray.ts";
import type { Tensor } from "../../array/tensor.ts";
import { flatten } from "../../array/tree.ts";
import { isLeaf, type Leaf } from "../../autodiff/variables.ts";
import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import type { VerdictKind } from "../../diagnosis/verdict.ts";
import { isConstraint } from "../../methods/constraints/held.ts";
import type { Run, RunInfo } from "../../runs/run.ts";
import type { SavedTensor } from "../../runs/safetensors.ts";
import type { Setting } from "../../training/defineTraining.ts";
import {
  type MinimizeOptions,
  type MinimizeResult,
  minimize as run,
} from "../../training/minimize.ts";
import {
  type Command,
  type Invocation,
  secondsFlag,
  tagsFlag,
  wholeFlag,
  wordFlag,
} from "../command.ts";
import type { ExitCode } from "../exitCodes.ts";
import { formatCount, formatNumber } from "../format.ts";
import { exportedOptions, type FunctionTarget, findFunction } from "../functionFile.ts";
import { listenForSignals } from "../interrupt.ts";
import { tellEvent } from "../jsonLines.ts";
import { nestSettings, parseSettings } from "../keyValues.ts";
import { methodByName } from "../methodByName.ts";
import { minimaLines } from "../minimaTable.ts";
import type { Output } from "../output.ts";
import { createProgress } from "../progress.ts";
import { circumstances, codeOf, inFile, nameOf, repeatCommand } from "../runInfo.ts";
import { type Continued, noMark, RunRecord } from "../runRecord.ts";
import { reportRun } from "../runReport.ts";
import { boxFor, boxSettings } from "../searchBox.ts";
import { verdictKinds } from "../verdictMark.ts";

/** A minimization as it was asked for: enough to ask for it again. */
interface MinimizeRequest {
  readonly target: string;
  readonly words: readonly string[];
  readonly seed: number | undefined;
  readonly name: string | undefined;
  readonly expect: VerdictKind | undefined;
  readonly time: number | undefined;
  readonly tags?: readonly string[];
  readonly jsonl?: boolean;
  /** The run that this one begins where it ended. */
  readonly origin?: Pick<RunInfo, "parent" | "change">;
}

/** What a word may set beside the method's own options. */
const settable = [...exportedOptions, ...boxSettings, "dimension", "learningRate"];

/** `nadir minimize FILE|NAME [key=value …]`: minimizes a function, and says what kind of point it reached. */
export const minimize: Command = async (invocation) => {
  const { words, flags } = invocation;
  const [target = "", ...rest] = words;
  const name = flags["name"];
  return minimizeRun(invocation, {
    ...{ target, words: rest, name: typeof name === "string" ? name : undefined },
    seed: wholeFlag(flags, "seed"),
    expect: wordFlag(flags, "expect", verdictKinds),
    time: secondsFlag(flags, "time"),
    tags: tagsFlag(flags),
    jsonl: flags["jsonl"] === true,
  });
};

/** Minimizes again what was interrupted: from its start, which leads to the same point. */
export function resumeMinimize(invocation: Invocation, found: Run): Promise<ExitCode> {
  const { flags } = invocation;
  // Written below from values of these very types.
  const { target, words } = found.config as { target: string; words: readonly string[] };
  const request: MinimizeRequest = {
    ...{ target: found.file ?? target, words, name: found.name, seed: found.seed },
    expect: wordFlag(flags, "expect", verdictKinds),
    time: secondsFlag(flags, "time"),
  };
  return minimizeRun(invocation, request, { id: found.id, mark: noMark, seconds: 0 });
}

/** Minimizes with a record and live progress, and tells how it ended. */
export async function minimizeRun(
  { output, store, cwd }: Invocation,
  request: MinimizeRequest,
  continued?: Continued,
): Promise<ExitCode> {
  const settings = nestSettings(parseSettings(request.words));
  using interrupt = listenForSignals(output.note, request.time);
  const { dimension } = settings;
  const target = await interrupt.race(
    findFunction(request.target, cwd, typeof dimension === "number" ? dimension : undefined),
  );
  if (dimension !== undefined && target.path !== undefined) {
    throw new NadirError("settings/unknown", `unknown setting "dimension" for ${target.shown}`, {
      expected: "it for test functions alone",
      hint: "x0=[…], whose length it is",
    });
  }
  const options = optionsOf(target, settings, request.seed);
  await using record = new RunRecord({
    dir: store,
    continued,
    code: () => codeOf(cwd),
    tags: request.tags,
    note: output.note,
    info: ({ kind: _, steps: __, ...setup }) => ({
      name: request.name ?? nameOf(target.shown),
      command: repeatCommand({
        ...{ command: "minimize", target: target.shown, words: request.words },
        flags: { seed: request.seed },
      }),
      file: target.path,
      config: {
        ...{ task: "minimize", ...setup, target: target.shown, words: request.words },
        settings: { ...recordable(options), ...settings },
      },
      seed: request.seed ?? 0,
      ...request.origin,
      ...circumstances(cwd),
    }),
  });
  const progress = await createProgress({ output, title: target.shown });
  let result: MinimizeResult<unknown>;
  try {
    result = await run(target.f as (x: unknown) => Tensor, {
      ...options,
      onReady: record.open,
      onEvent: (event) => {
        record.hear(event);
        progress.listen(event);
        if (request.jsonl === true) tellEvent(output, event);
      },
      signal: interrupt.signal,
    });
  } catch (error) {
    throw inFile(error, target.shown);
  } finally {
    progress.close();
  }
  const { verdict, value, iterations, evaluations, saddlesLeft, cost, x } = result;
  const stopped = interrupt.signal.aborted && verdict.kind === "not-stationary";
  const ended = record.end(
    {
      status: stopped ? "interrupted" : "ended",
      ...{ verdict, loss: value, metrics: {}, steps: iterations },
      seconds: cost.seconds.solve + cost.seconds.verdict,
      cost: { ...cost, evaluations },
    },
    tensorsOf(x),
  );
  return reportRun(output, ended, {
    cwd,
    expect: request.expect,
    interrupted: interrupt.exit,
    details: {
      ...{ x, value, gradientNorm: result.gradientNorm, iterations, evaluations, saddlesLeft },
      ...(result.methodWhy === undefined ? {} : { methodWhy: result.methodWhy }),
      ...(result.search === undefined ? {} : { search: result.search }),
    },
    lines: [
      ["method", result.methodWhy === undefined ? "" : `${result.method}: ${result.methodWhy}`],
      ["x", pointInWords(x, output)],
      ["value", valueInWords(value, target.lowest)],
      ...(result.search === undefined
        ? []
        : minimaLines(result.search, output, (at) => pointInWords(at, output))),
      ["evaluations", evaluationsInWords(evaluations)],
      ["saddles", saddlesLeft === 0 ? "" : `${saddlesLeft} left on the way`],
    ],
  });
}

/**
 * The options of `minimize`: the file's, and what the command line says instead.
 *
 * @throws NadirError `minimize/x0`, `settings/type`, and what the method refuses
 */
function optionsOf(
  target: FunctionTarget,
  settings: Readonly<Record<string, Setting>>,
  seed: number | undefined,
): MinimizeOptions<unknown> {
  const own = Object.fromEntries(
    Object.entries(settings).filter(([key]) => !settable.includes(key) || key === "learningRate"),
  );
  const given = Object.fromEntries(
    exportedOptions.flatMap((key) => (settings[key] === undefined ? [] : [[key, settings[key]]])),
  );
  const { method, ...rest }: Readonly<Record<string, unknown>> = { ...target.options, ...given };
  requireTypes(given);
  if (rest["x0"] === undefined) {
    throw new NadirError("minimize/x0", `${target.shown}: there is no point to start from`, {
      expected: "x0=[…] on the command line, or export const x0 = […]",
    });
  }
  const made =
    method === undefined || method === "auto"
      ? requireNone(own)
      : typeof method === "string"
        ? methodByName(method, own, settable)
        : requireOwn(method, own);
  const box = rest["constraint"] === undefined ? boxFor(made, target, settings) : undefined;
  return {
    outlook: true,
    ...(rest as unknown as MinimizeOptions<unknown>), // minimize itself checks each of them
    method: made,
    ...(box === undefined ? {} : { constraint: box }),
    ...(seed === undefined ? {} : { seed }),
  };
}

/** What the command line must give as a number, a word, or true and false; `minimize` checks their ranges. */
const types = {
  tolerance: "number",
  maxIterations: "number",
  maxEvaluations: "number",
  escapeSaddles: "boolean",
  outlook: "boolean",
  dtype: "string",
  engine: "string",
  method: "string",
} as const;

function requireTypes(given: Readonly<Record<string, Setting>>): void {
  for (const [name, type] of Object.entries(types)) {
    const value = given[name];
    if (value === undefined || typeof value === type) continue;
    throw new NadirError("settings/type", `the setting "${name}" is ${JSON.stringify(value)}`, {
      expected: type === "boolean" ? "true or false" : type === "string" ? "a word" : "a number",
    });
  }
}

/** The method that is chosen takes no options: who sets them knows which method they are for. */
function requireNone(own: Readonly<Record<string, Setting>>): "auto" {
  const [name] = Object.keys(own);
  if (name === undefined) return "auto";
  const near = nearest(name, settable);
  throw new NadirError("settings/unknown", `unknown setting "${name}"`, {
    expected: `one of ${settable.join(", ")}, while the method is chosen by itself`,
    hint: near === undefined ? `method=NAME ${name}=…` : `did you mean ${near}?`,
  });
}

/** A method that the file has made takes no options from the command line. */
function requireOwn(
  method: unknown,
  own: Readonly<Record<string, Setting>>,
): NonNullable<MinimizeOptions<unknown>["method"]> {
  const [name] = Object.keys(own);
  if (name === undefined) return method as NonNullable<MinimizeOptions<unknown>["method"]>; // minimize checks it
  throw new NadirError("settings/unknown", `unknown setting "${name}"`, {
    expected: `one of ${settable.join(", ")}: the file makes its method itself`,
    hint: "method=NAME, to have another made",
  });
}

/** Options as plain data: a method that was made is told by its name. */
const recordable = ({
  method,
  constraint,
  ...options
}: MinimizeOptions<unknown>): Record<string, unknown> => ({
  ...options,
  ...(constraint === undefined ? {} : { constraint: constraintName(constraint) }),
  method: typeof method === "object" ? method.name : method,
});

/** A constraint by its name; functions, and sets by path, by what there is of each. */
function constraintName(constraint: NonNullable<MinimizeOptions<unknown>["constraint"]>): unknown {
  if (constraint.kind === "constraint-functions") {
    const { kind, ...functions } = constraint;
    return `${kind}: ${Object.keys(functions).join(", ")}`;
  }
  if (isConstraint(constraint)) return constraint.name;
  return Object.fromEntries(Object.entries(constraint).map(([path, { name }]) => [path, name]));
}

/** The leaves of a point by their paths, as f64; `x` for a single array. */
function tensorsOf(x: unknown): Record<string, SavedTensor> {
  const { leaves, paths } = flatten(x, isLeaf, "x");
  return Object.fromEntries(
    leaves.map((leaf: Leaf, i) => [paths[i] || "x", NDArray.of(leaf as NDArray)]),
  );
}

/** The point, cut where it does not fit on a line. */
function pointInWords(x: unknown, { columns }: Output): string {
  const text = JSON.stringify(x, (_key, value: unknown) =>
    value instanceof NDArray
      ? value.toArray()
      : ArrayBuffer.isView(value)
        ? [...(value as Float64Array)]
        : typeof value === "number"
          ? Number(value.toPrecision(6))
          : value,
  ).replaceAll(",", ", ");
  const room = Math.max(40, columns - 16);
  return text.length <= room ? text : `${text.slice(0, room - 1)}…`;
}

function valueInWords(value: number, lowest: number | undefined): string {
  const known = lowest === undefined ? "" : `   the lowest known is ${formatNumber(lowest, 6)}`;
  return `${formatNumber(value, 6)}${known}`;
}

const evaluationsInWords = (evaluations: MinimizeResult<unknown>["evaluations"]): string => {
  const names = {
    value: "value",
    gradient: "gradient",
    hvp: "Hessian product",
    hessian: "Hessian",
  };
  return Object.entries(names)
    .flatMap(([key, word]) => {
      const count = evaluations[key as keyof typeof names];
      return count > 0 ? [`${formatCount(count)} ${word}${count === 1 ? "" : "s"}`] : [];
    })
    .join(", ");
};
