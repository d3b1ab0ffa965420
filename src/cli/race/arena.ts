import type { Tensor } from "../../array/tensor.ts";
import { NadirError } from "../../base/errors.ts";
import type { Verdict } from "../../diagnosis/verdict.ts";
import { gaussian, randomStream, uniform } from "../../linalg/random.ts";
import type { Setting, TrainingProblem } from "../../training/defineTraining.ts";
import type { Listener } from "../../training/events.ts";
import { fit } from "../../training/fit.ts";
import { type MinimizeOptions, minimize } from "../../training/minimize.ts";
import { readStart, writeLike } from "../../training/start.ts";
import { untyped } from "../../training/untyped.ts";
import { exportedOptions, type FunctionTarget } from "../functionFile.ts";
import { boxFor, boxSettings } from "../searchBox.ts";
import type { Entrant } from "./entrants.ts";
import type { Finish } from "./ranking.ts";

/** What each run may spend: one of them is given. */
export interface Budget {
  /** In units of one gradient. */
  readonly evaluations: number | undefined;
  readonly seconds: number | undefined;
}

/** How one run is watched. */
export interface Watch {
  readonly onReady: () => Promise<void>;
  readonly onEvent: Listener;
  readonly signal: AbortSignal;
}

/** What methods race on: runs one of them from one seed, at the same price as all others. */
export interface Arena {
  readonly title: string;
  /** What is ranked by. */
  readonly measure: string;
  /** What the seeds change, in words. */
  readonly seeds: string;
  run(entrant: Entrant, seed: number, watch: Watch): Promise<Ran>;
}

/** A run that has ended: its figures for the race, and what its record keeps. */
export interface Ran {
  readonly finish: Finish;
  readonly verdict: Verdict;
  readonly steps: number;
  readonly cost: object;
}

/** What a word may set of a function. */
const ofFunction = [...exportedOptions, ...boxSettings, "dimension", "spread"];

/** A race on a function: seeds change the start, which is the same for all methods, and the search. */
export function functionArena(
  target: FunctionTarget,
  settings: Readonly<Record<string, Setting>>,
  budget: Budget,
): Arena {
  const { learningRate: _, method: __, ...rest } = settings;
  const unknown = Object.keys(rest).find((key) => !ofFunction.includes(key));
  if (unknown !== undefined || settings["method"] !== undefined) {
    const name = unknown ?? "method";
    throw new NadirError("settings/unknown", `unknown setting "${name}" for ${target.shown}`, {
      expected: `one of ${ofFunction.join(", ")}, or an option of a method: adam.beta1=0.8`,
      hint: name === "method" ? "--methods adam,lbfgs" : undefined,
    });
  }
  const { method: ___, ...exported } = target.options;
  const own: Record<string, unknown> = { ...exported };
  for (const name of exportedOptions) if (settings[name] !== undefined) own[name] = settings[name];
  const { x0 } = own;
  if (x0 === undefined) {
    throw new NadirError("minimize/x0", `${target.shown}: there is no point to start from`, {
      expected: "x0=[…] on the command line, or export const x0 = […]",
    });
  }
  const { spread = 0.5 } = settings;
  if (typeof spread !== "number" || !(spread > 0)) {
    throw new NadirError("settings/type", `the setting "spread" is ${JSON.stringify(spread)}`, {
      expected: "a number above 0",
    });
  }
  const inDomain = target.domain !== undefined && settings["x0"] === undefined;
  const startFor = (seed: number): unknown => {
    const start = readStart(x0, "f64");
    const random = randomStream(seed, 1);
    const unit = spread * Math.max(1, ...start.x.map(Math.abs));
    const x = start.x.map((xi, i) => {
      if (!inDomain) return xi + unit * gaussian(random);
      const [low, high] = target.domain?.[i] ?? [xi, xi];
      return low + (high - low) * uniform(random);
    });
    return writeLike(x0, x, start);
  };
  return {
    title: target.shown,
    measure: "value",
    seeds: inDomain
      ? "another start, uniform in the domain, the same for all methods"
      : `another start, normal about x0 with deviation ${spread}·max(1, |x0|), the same for all methods`,
    run: async ({ name, method, gradients }, seed, watch) => {
      const box = own["constraint"] === undefined ? boxFor(method, target, settings) : undefined;
      const steps = gradients === undefined ? 1e9 : (budget.evaluations ?? 1e9) / gradients;
      const result = await minimize(target.f as (x: unknown) => Tensor, {
        maxIterations: Math.max(1, Math.floor(steps)),
        ...(own as unknown as MinimizeOptions<unknown>), // minimize itself checks each of them
        ...{ x0: startFor(seed), method, seed, ...watch },
        ...(box === undefined ? {} : { constraint: box }),
        ...(budget.evaluations === undefined ? {} : { maxEvaluations: budget.evaluations }),
      });
      const { verdict, value, cost, evaluations, iterations } = result;
      return {
        finish: {
          ...{ method: name, seed, value, metrics: {}, verdict: verdict.kind },
          // What the verdict asks for is no part of the race.
          evaluations: cost.gradientEquivalents - cost.verdictEquivalents,
          seconds: cost.seconds.solve,
        },
        ...{ verdict, steps: iterations, cost: { ...cost, evaluations } },
      };
    },
  };
}

/** A race on a training: seeds change the initial params and the order of the data. Held-out loss decides, where there is one. */
export function trainingArena(
  title: string,
  build: () => Promise<TrainingProblem>,
  budget: Budget,
  measure: string,
): Arena {
  return {
    title,
    measure,
    seeds: "other initial params and another order of the data, the same for all methods",
    run: async ({ name, method, gradients }, seed, watch) => {
      const { epochs, steps, ...built } = await build();
      const problem = method.kind === "rule" ? built : withoutBatches(built);
      const limit = budget.evaluations;
      // By the clock, a rule runs as long as the file plans, because its schedule does; a solver until it is stopped.
      const length =
        limit !== undefined
          ? { steps: Math.max(1, Math.floor(limit / (gradients ?? 1))) }
          : method.kind === "solver"
            ? { steps: 1_000_000 }
            : {
                ...(epochs === undefined ? {} : { epochs }),
                ...(steps === undefined ? {} : { steps }),
              };
      const result = await fit<unknown, unknown, unknown>({
        ...untyped(problem),
        ...{ ...length, method, seed, ...watch },
      });
      const key = heldOut.find((held) => result.metrics[held] !== undefined);
      const { verdict, metrics, loss, seconds, steps: done, cost } = result;
      return {
        finish: {
          ...{ method: name, seed, metrics, seconds, verdict: verdict.kind },
          value: key === undefined ? loss : (metrics[key] ?? Number.NaN),
          evaluations: cost.gradients,
        },
        ...{ verdict, steps: done, cost },
      };
    },
  };
}

/** A training as a solver takes it: on all rows, or on batches of its own. */
const withoutBatches = ({
  batchSize: _,
  shuffle: __,
  onPlateau: ___,
  maxRollbacks: ____,
  ...rest
}: Omit<TrainingProblem, "epochs" | "steps">): Omit<TrainingProblem, "epochs" | "steps"> => rest;

/** Which loss decides: the first of these that is measured. */
const heldOut = ["validationLoss", "testLoss"] as const;

/** What a training is ranked by. */
export const measureOf = ({ validation, test }: TrainingProblem): string =>
  validation !== undefined ? "validation loss" : test !== undefined ? "test loss" : "loss";
