import { NadirError } from "../base/errors.ts";
import { nearest } from "../base/require.ts";
import * as rules from "../methods/rules/registry.ts";
import type { Rule } from "../methods/rules/rule.ts";
import * as solvers from "../methods/solvers/registry.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import type { Setting } from "../training/defineTraining.ts";

type Make = (settings: Readonly<Record<string, Setting>>) => Solver | Rule;
type MakeSolver = (options: object) => Solver;
type MakeRule = (learningRate: Setting | undefined, options: object) => Rule;

// Every solver takes its options, every rule a learning rate and its options: the casts let settings of
// any kind in, and the functions themselves refuse what they cannot take.
const makers: ReadonlyMap<string, Make> = new Map([
  ...Object.entries(solvers).map(([name, make]): [string, Make] => [name, make as MakeSolver]),
  ...Object.entries(rules).flatMap(([name, make]): [string, Make][] => {
    const makeRule = make as MakeRule;
    const takesRate: Make = ({ learningRate, ...options }) => makeRule(learningRate, options);
    return make.info.kind === "rule" ? [[name, takesRate]] : [];
  }),
]);

/**
 * A method from its name and settings, as a command line gives them: `lbfgs` with `memory=5`, `adam` with
 * `learningRate=0.01`.
 *
 * @param others - what else may be set, to propose for a misspelt setting
 * @throws NadirError `minimize/method`, `settings/unknown`, `minimize/learningRate`, and what the
 *   method itself refuses
 */
export function methodByName(
  name: string,
  settings: Readonly<Record<string, Setting>>,
  others: readonly string[],
): Solver | Rule {
  const make = makers.get(name);
  try {
    if (make !== undefined) return make(settings);
  } catch (error) {
    throw explained(error, name, settings, others);
  }
  const known = [...makers.keys()];
  const near = nearest(name, known);
  throw new NadirError("minimize/method", `there is no method "${name}"`, {
    expected: `one of ${known.join(", ")}`,
    hint: near === undefined ? "nadir methods" : `did you mean ${near}?`,
  });
}

/** A method's refusal in the words of the command line. */
function explained(
  error: unknown,
  name: string,
  settings: Readonly<Record<string, Setting>>,
  others: readonly string[],
): unknown {
  if (!(error instanceof NadirError)) return error;
  if (error.code === "rules/learningRate" && settings["learningRate"] === undefined) {
    return new NadirError("minimize/learningRate", `${name} needs a learning rate`, {
      hint: "learningRate=0.01, or method=trustRegion, which needs none",
    });
  }
  const unknown = /unknown option "(.*)"/.exec(error.summary)?.[1];
  if (unknown === undefined) return error;
  const own = error.advice.expected?.replace(/^one of /, "").split(", ") ?? [];
  const known = [...others, ...own];
  const near = nearest(unknown, known);
  return new NadirError("settings/unknown", `unknown setting "${unknown}" for ${name}`, {
    expected: `one of ${known.join(", ")}`,
    hint: near === undefined ? `nadir methods ${name}` : `did you mean ${near}?`,
  });
}
