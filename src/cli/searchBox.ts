import { NadirError } from "../base/errors.ts";
import { box } from "../methods/constraints/box.ts";
import type { Constraint } from "../methods/constraints/constraint.ts";
import type { Setting } from "../training/defineTraining.ts";
import type { MinimizeOptions } from "../training/minimize.ts";
import type { FunctionTarget } from "./functionFile.ts";

/** What a command line may set of a box: numbers for all unknowns, or lists with one for each. */
export const boxSettings = ["lower", "upper"] as const;

/**
 * The box to stay in: of `lower` and `upper` where they are set; else, for methods that ask for bounds, a test function's
 * customary domain.
 *
 * @throws NadirError `settings/type`, and what `box` refuses
 */
export function boxFor(
  method: MinimizeOptions<unknown>["method"],
  { domain }: FunctionTarget,
  settings: Readonly<Record<string, Setting>>,
): Constraint | undefined {
  const [lower, upper] = boxSettings.map((name) => bound(name, settings[name]));
  if (lower !== undefined || upper !== undefined)
    return box(lower ?? Number.NEGATIVE_INFINITY, upper ?? Number.POSITIVE_INFINITY);
  if (domain === undefined || typeof method !== "object" || method.kind !== "solver")
    return undefined;
  const asks = [...method.needs, ...(method.uses ?? [])];
  if (!asks.includes("bounds")) return undefined;
  return box(
    domain.map(([low]) => low),
    domain.map(([, high]) => high),
  );
}

function bound(name: string, value: Setting | undefined): number | number[] | undefined {
  if (value === undefined || typeof value === "number") return value;
  if (Array.isArray(value) && value.every((entry) => typeof entry === "number"))
    return value as number[]; // just found to be numbers
  throw new NadirError("settings/type", `the setting "${name}" is ${JSON.stringify(value)}`, {
    expected: "a number for all unknowns, or a list with one for each",
    hint: `${name}=-5, or ${name}=[-5,0]`,
  });
}
