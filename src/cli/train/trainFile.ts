import { NadirError } from "../../base/errors.ts";
import type { Training, TrainingProblem } from "../../training/defineTraining.ts";
import type { UserFile } from "../loadUserFile.ts";

/** The exports looked at, in this order. */
const names = ["default", "train", "problem"];

/**
 * The training that a user's file exports: made by `defineTraining`, or what `fit` takes as it is, which
 * is a training without settings.
 *
 * @throws NadirError `user-file/no-training`
 */
export function readTraining({ exports, shown }: UserFile): Training {
  const found = names.map((name) => exports[name]).find((value) => value !== undefined);
  const [only] = Object.values(exports).filter(isTraining);
  const value = isTraining(found) || isProblem(found) ? found : only;
  if (value === undefined) throw noTraining(exports, shown);
  return isTraining(value) ? value : { kind: "training", settings: {}, build: () => value };
}

/**
 * The problem that a training made of its settings.
 *
 * @throws NadirError `user-file/no-problem`
 */
export async function buildProblem(
  training: Training,
  settings: Training["settings"],
  shown: string,
): Promise<TrainingProblem> {
  const made: unknown = await training.build(settings);
  if (isProblem(made)) return made;
  throw new NadirError(
    "user-file/no-problem",
    `build of ${shown} returned ${made === undefined ? "nothing" : kindOf(made)}`,
    { expected: "what fit takes", hint: "return problem({ params, loss, data, method })" },
  );
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isTraining = (value: unknown): value is Training =>
  isObject(value) && value["kind"] === "training" && typeof value["build"] === "function";

/** `fit` checks the rest of it. */
const isProblem = (value: unknown): value is TrainingProblem =>
  isObject(value) && typeof value["loss"] === "function" && ("params" in value || "data" in value);

function noTraining(exports: UserFile["exports"], shown: string): NadirError {
  const found = Object.entries(exports).map(([name, value]) => `${name} (${kindOf(value)})`);
  const isFunction = ["default", "f"].some((name) => typeof exports[name] === "function");
  return new NadirError("user-file/no-training", `${shown} exports no training`, {
    expected: `export default defineTraining({ settings, build }); it exports ${found.join(", ")}`,
    hint: isFunction ? `nadir minimize ${shown}, which takes a function` : undefined,
  });
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "null";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
