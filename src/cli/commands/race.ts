import { extname } from "node:path";
import { NadirError } from "../../base/errors.ts";
import { type Command, countFlag, type Invocation, secondsFlag } from "../command.ts";
import { exitCode } from "../exitCodes.ts";
import { formatNumber, formatPercent, formatSeconds, formatTable, wrap } from "../format.ts";
import { findFunction } from "../functionFile.ts";
import { type Interrupt, listenForSignals } from "../interrupt.ts";
import { nestSettings, parseSettings } from "../keyValues.ts";
import { loadUserFile } from "../loadUserFile.ts";
import type { Output } from "../output.ts";
import { type Arena, type Budget, functionArena, measureOf, trainingArena } from "../race/arena.ts";
import { type Entrant, type Field, readField } from "../race/entrants.ts";
import { createLanes } from "../race/lanes.ts";
import { coverage, type Finish, type Middle, type Place, rank } from "../race/ranking.ts";
import { circumstances, codeOf, inFile, nameOf, repeatCommand } from "../runInfo.ts";
import { RunRecord } from "../runRecord.ts";
import { chooseSettings, namesOf } from "../settings.ts";
import { buildProblem, readTraining } from "../train/trainFile.ts";
import { markOf } from "../verdictMark.ts";

/** `nadir race FILE|NAME --methods adam,lbfgs,…`: several methods on one problem, from the same seeds, at the same price. */
export const race: Command = async (invocation) => {
  const { words, flags, output } = invocation;
  const [target = "", ...rest] = words;
  const seeds = countFlag(flags, "seeds") ?? 5;
  const seconds = secondsFlag(flags, "time");
  const given = countFlag(flags, "budget");
  if (seconds !== undefined && given !== undefined) {
    throw new NadirError("race/budget", "nadir race: both --budget and --time are given", {
      expected: "one of them: evaluations, or seconds, for each run",
    });
  }
  const budget = { evaluations: seconds === undefined ? (given ?? 2000) : undefined, seconds };
  using interrupt = listenForSignals(output.note);
  const { arena, field, path } = await interrupt.race(prepare(invocation, target, rest, budget));
  const finishes = await runAll(invocation, { arena, field, path, seeds, budget, interrupt });
  const places = rank(finishes);
  output.result(() => table(places, arena, budget, output), {
    ...{ schema: "nadir.race/1", target: arena.title, measure: arena.measure, seeds, budget },
    places,
  });
  return interrupt.exit ?? exitCode.done;
};

interface Race {
  readonly arena: Arena;
  readonly field: Field;
  /** The file that is raced on. */
  readonly path: string | undefined;
}

/** What is raced on, and by whom: all that can be refused is refused here. */
async function prepare(
  { flags, cwd }: Invocation,
  target: string,
  words: readonly string[],
  budget: Budget,
): Promise<Race> {
  const settings = parseSettings(words);
  const nested = nestSettings(settings);
  const list = flags["methods"];
  const training = await trainingOf(target, cwd);
  if (training === undefined) {
    const field = readField(list, nested);
    const { dimension } = field.rest;
    const found = await findFunction(
      target,
      cwd,
      typeof dimension === "number" ? dimension : undefined,
    );
    return { arena: functionArena(found, field.rest, budget), field, path: found.path };
  }
  const { file, exported } = training;
  const standard = exported.settings["learningRate"];
  const field = readField(list, nested, typeof standard === "number" ? standard : undefined);
  const solver = field.entrants.find(({ gradients }) => gradients === undefined);
  if (solver !== undefined && budget.evaluations !== undefined) {
    throw new NadirError(
      "race/budget",
      `${solver.name} has no fixed price for each iteration on data`,
      {
        expected: "rules for a budget in gradients",
        hint: "--time 10s, which is the same for all",
      },
    );
  }
  const names = namesOf(exported.settings);
  const own = new Map(
    [...settings].filter(
      ([key]) =>
        !field.entrants.some(({ name }) => key.startsWith(`${name}.`)) &&
        (key !== "learningRate" || names.includes(key)),
    ),
  );
  const { values } = chooseSettings(exported.settings, own, file.shown);
  const build = () => buildProblem(exported, values, file.shown);
  const arena = trainingArena(file.shown, build, budget, measureOf(await build()));
  return { arena, field, path: file.path };
}

/** A file's training; undefined for what is none: a function, or a name. */
async function trainingOf(target: string, cwd: string) {
  if (!/^\.[mc]?[jt]sx?$/.test(extname(target))) return undefined;
  const file = await loadUserFile(target, cwd);
  try {
    return { file, exported: readTraining(file) };
  } catch (error) {
    if (error instanceof NadirError && error.code === "user-file/no-training") return undefined;
    throw error;
  }
}

interface Plan extends Race {
  readonly seeds: number;
  readonly budget: Budget;
  readonly interrupt: Interrupt;
}

/** Seed by seed and method by method, one at a time: two that run at once would share the machine. */
async function runAll(invocation: Invocation, plan: Plan): Promise<readonly Finish[]> {
  const { output } = invocation;
  const { arena, field, seeds, interrupt } = plan;
  const names = field.entrants.map(({ name }) => name);
  output.note(`${arena.title}  ${names.join(" · ")}  ${budgetInWords(plan.budget)} for each run`);
  const lanes = await createLanes(names, seeds, arena.measure, output);
  const finishes: Finish[] = [];
  try {
    for (let seed = 0; seed < seeds; seed++) {
      for (const entrant of field.entrants) {
        if (interrupt.signal.aborted) return finishes;
        lanes.begin(entrant.name, seed);
        const finish = await runOne(invocation, plan, entrant, seed, lanes.hear);
        if (interrupt.signal.aborted) return finishes;
        lanes.finish(finish);
        finishes.push(finish);
      }
    }
  } catch (error) {
    throw inFile(error, arena.title);
  } finally {
    lanes.close();
  }
  return finishes;
}

async function runOne(
  { flags, store, cwd, words, output }: Invocation,
  { arena, path, budget, interrupt }: Plan,
  entrant: Entrant,
  seed: number,
  hear: (event: Parameters<RunRecord["hear"]>[0], part: number) => void,
): Promise<Finish> {
  const { name, settings } = entrant;
  const isKept = flags["store"] !== false;
  const [target = "", ...rest] = words;
  await using record = new RunRecord({
    dir: store,
    code: () => codeOf(cwd),
    note: output.note,
    info: ({ kind: _, steps: __, ...setup }) => ({
      name: `${nameOf(arena.title)} ${name} ${seed}`,
      command: repeatCommand({
        ...{ command: "race", target, words: rest },
        flags: {
          methods: String(flags["methods"]),
          seeds: seed + 1,
          ...(budget.evaluations === undefined
            ? { time: `${budget.seconds}s` }
            : { budget: budget.evaluations }),
        },
      }),
      file: path,
      config: { task: "race", ...setup, target: arena.title, method: name, settings, budget },
      seed,
      ...circumstances(cwd),
    }),
  });
  const limit = new AbortController();
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const planned = { steps: undefined as number | undefined };
  const { finish, verdict, steps, cost } = await arena.run(entrant, seed, {
    onReady: async () => {
      if (isKept) await record.open();
      if (budget.seconds !== undefined)
        timer = setTimeout(() => limit.abort(), 1000 * budget.seconds);
    },
    onEvent: (event) => {
      if (isKept) record.hear(event);
      if (event.kind === "start") planned.steps = event.steps;
      if (event.kind !== "progress") return;
      const passed = (performance.now() - began) / 1000;
      const whole = planned.steps ?? budget.evaluations ?? 1;
      hear(
        event,
        budget.seconds === undefined ? Math.min(1, event.step / whole) : passed / budget.seconds,
      );
    },
    signal: AbortSignal.any([interrupt.signal, limit.signal]),
  });
  clearTimeout(timer);
  if (isKept) {
    record.end({
      status: interrupt.signal.aborted ? "interrupted" : "ended",
      ...{ verdict, loss: finish.value, metrics: finish.metrics, steps },
      ...{ seconds: finish.seconds, cost },
    });
  }
  return finish;
}

const budgetInWords = ({ evaluations, seconds }: Budget): string =>
  seconds === undefined ? `${formatNumber(evaluations ?? 0)} evaluations` : formatSeconds(seconds);

function table(
  places: readonly Place[],
  arena: Arena,
  budget: Budget,
  { colors, columns }: Output,
): string {
  const runs = places[0]?.finishes.length ?? 0;
  if (runs === 0) return "no run has ended";
  const range = ({ low, high }: Middle, show: (value: number) => string): string =>
    runs < 2 ? "" : colors.dim(`${show(low)} – ${show(high)}`);
  const short = (value: number): string => formatNumber(value, 3);
  const head = [
    "",
    "method",
    arena.measure,
    "interval",
    "evaluations",
    "time",
    "best of",
    "verdicts",
  ];
  const rows = places.map(({ method, value, evaluations, seconds, wins, verdicts }, i) => [
    `${i + 1}`,
    colors.bold(method),
    short(value.median),
    range(value, short),
    short(Math.round(evaluations.median)),
    formatSeconds(seconds.median),
    `${wins}/${runs}`,
    Object.entries(verdicts)
      .map(([kind, count]) => `${markOf(kind as keyof typeof verdicts).word} ×${count}`) // keys of that record
      .join(", "),
  ]);
  const note =
    `Medians over ${runs} ${runs === 1 ? "seed" : "seeds"}; each seed is ${arena.seeds}. ` +
    `Each run had ${budgetInWords(budget)} (a value ⅓, a gradient 1, a Hessian product 2, a Hessian 2n)${runs < 2 ? "" : `; intervals hold the median with ${formatPercent(coverage(runs))}`}. ` +
    `“best of”: seeds for which no other ended lower. What diverged ranks last.`;
  return [
    formatTable([head.map((word) => colors.dim(word)), ...rows], new Set([0, 2, 4, 5, 6])),
    wrap(note, Math.max(40, columns), "  "),
  ].join("\n");
}
