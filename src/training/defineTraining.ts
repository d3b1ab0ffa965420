import type { Tensor } from "../array/tensor.ts";
import { NadirError } from "../base/errors.ts";
import { requireKnownOptions } from "../base/require.ts";
import type { FitOptions } from "./fit.ts";
import type { LossContext, LossReport } from "./problem.ts";

/** A value that a command line can set: plain data. */
export type Setting =
  | number
  | boolean
  | string
  | null
  | readonly Setting[]
  | { readonly [key: string]: Setting };

/** Settings by name, with the values they have unless they are overridden. */
export type SettingDefaults = { readonly [key: string]: Setting };

/** What only who runs a training can give. */
type HostOption = "onReady" | "onEvent" | "signal" | "checkpoints" | "resume";

/** What `fit` takes, for params, batches and state of whatever type: see `problem`. */
export interface TrainingProblem
  extends Omit<
    FitOptions<unknown, unknown, unknown>,
    HostOption | "params" | "loss" | "state" | "data" | "validation" | "test"
  > {
  readonly params: unknown;
  readonly loss: (
    params: never,
    batch: never,
    context: LossContext<never>,
  ) => Tensor | LossReport<unknown>;
  readonly state?: unknown;
  readonly data: { readonly arrays: unknown; readonly size: number };
  readonly validation?: { readonly arrays: unknown; readonly size: number };
  readonly test?: { readonly arrays: unknown; readonly size: number };
}

/** A training that a file exports, for `nadir train FILE`. Made by `defineTraining`. */
export interface Training<V extends SettingDefaults = SettingDefaults> {
  readonly kind: "training";
  readonly settings: V;
  build(settings: V): TrainingProblem | Promise<TrainingProblem>;
}

/** What `defineTraining` is given. */
export interface TrainingDefinition<V extends SettingDefaults> {
  /** What a command line may override, as `learningRate=1e-3`: an override has its default's type. */
  readonly settings?: V;
  /** Makes the problem from the settings as they are in this run. May load data. */
  build(settings: V): TrainingProblem | Promise<TrainingProblem>;
}

/**
 * A training for a file to export: settings with their defaults, and a function that makes the problem
 * from them.
 *
 * @example
 * export default defineTraining({
 *   settings: { learningRate: 1e-3, epochs: 10 },
 *   build: async ({ learningRate, epochs }) => {
 *     const { train, test } = await mnist();
 *     return problem({ params, loss, data: train, test, method: adam(learningRate), epochs });
 *   },
 * });
 *
 * @throws NadirError `training/definition`
 */
export function defineTraining<V extends SettingDefaults>(
  definition: TrainingDefinition<V>,
): Training<V> {
  requireKnownOptions("defineTraining", definition, ["settings", "build"]);
  const { build, settings = {} } = definition;
  if (typeof build !== "function") {
    throw new NadirError("training/definition", "defineTraining: build is not a function", {
      expected: "a function from the settings to the problem",
      hint: "build: (settings) => problem({ params, loss, data, method })",
    });
  }
  // Without settings V is the empty record, which `{}` is.
  return { kind: "training", settings: settings as V, build };
}

/**
 * What `fit` takes, checked by its types where it is written and returned as it is: for `build`, and
 * for a file without settings to export.
 */
export const problem = <P, B, S = undefined>(
  options: Omit<FitOptions<P, B, S>, HostOption>,
): Omit<FitOptions<P, B, S>, HostOption> => options;
