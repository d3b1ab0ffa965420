import { resolve } from "node:path";
import { NadirError } from "../../base/errors.ts";
import { defineConfig, type NadirConfig } from "../../training/defineConfig.ts";
import type { TrainingProblem } from "../../training/defineTraining.ts";
import { loadUserFile } from "../loadUserFile.ts";
import { inFile } from "../runInfo.ts";
import { configFile, storeOfConfig } from "./storeOfConfig.ts";

/** What a configuration says of trainings themselves: it is kept in their records, and holds again when one is resumed. */
export type TrainingDefaults = Omit<NadirConfig, "store" | "checkpoint" | "tags">;

/** A folder's configuration, run. */
export interface LoadedConfig {
  /** As the user would write it. */
  readonly shown: string;
  readonly training: TrainingDefaults;
  readonly checkpoint: number | undefined;
  readonly tags: readonly string[];
  readonly store: string | undefined;
}

/**
 * Runs the configuration of the folder that a command is given in, by the loader of trainings. For commands that run
 * the user's code anyway.
 *
 * @returns undefined where there is none
 * @throws NadirError `config/default`, `config/store`, what `defineConfig` and loading a file throw, and whatever it throws itself
 */
export async function loadConfig(cwd: string): Promise<LoadedConfig | undefined> {
  const path = configFile(cwd);
  if (path === undefined) return undefined;
  const { exports, shown } = await loadUserFile(path, cwd);
  const given = exports["default"];
  if (typeof given !== "object" || given === null) {
    throw new NadirError("config/default", `${shown} exports no configuration`, {
      expected: "export default defineConfig({ … })",
    });
  }
  let config: NadirConfig;
  try {
    config = defineConfig(given);
  } catch (error) {
    throw inFile(error, shown);
  }
  const { store, checkpoint, tags = [], ...training } = config;
  if (store !== undefined && storeOfConfig(cwd) !== resolve(cwd, store)) {
    throw new NadirError("config/store", `${shown}: store is "${store}", and is not written so`, {
      expected: `store: "${store}", a text as it stands in export default defineConfig({ … })`,
      hint: "commands that only look at runs read it without running the file; --store DIR says another",
    });
  }
  return { shown, training, checkpoint, tags, store };
}

/** A problem with what a configuration says where the problem itself says nothing. */
export function withDefaults(
  problem: TrainingProblem,
  { batchSize, epochs, ...defaults }: TrainingDefaults,
): TrainingProblem {
  return {
    ...defaults,
    // A solver takes all rows.
    ...(batchSize === undefined || problem.method?.kind === "solver" ? {} : { batchSize }),
    ...(epochs === undefined || problem.steps !== undefined ? {} : { epochs }),
    ...stated(problem),
  };
}

/** Without what is undefined, which would stand over a default. */
const stated = (problem: TrainingProblem): TrainingProblem =>
  // What is left out was undefined, as it is then.
  Object.fromEntries(
    Object.entries(problem).filter(([, value]) => value !== undefined),
  ) as unknown as TrainingProblem;
