import { NadirError } from "../../base/errors.ts";
import * as rules from "../../methods/rules/registry.ts";
import type { Rule } from "../../methods/rules/rule.ts";
import type { Solver } from "../../methods/solvers/solver.ts";
import type { Setting } from "../../training/defineTraining.ts";
import { methodByName } from "../methodByName.ts";

/** A method in a race. */
export interface Entrant {
  readonly name: string;
  readonly method: Solver | Rule;
  /** Gradients a step of a rule; undefined for solvers, whose iterations have no one price. */
  readonly gradients: number | undefined;
  /** What was set of it. */
  readonly settings: Readonly<Record<string, Setting>>;
}

/** The methods that race, and what is left of the settings for what they race on. */
export interface Field {
  readonly entrants: readonly Entrant[];
  readonly rest: Readonly<Record<string, Setting>>;
}

const infos = new Map(Object.entries(rules).map(([name, { info }]) => [name, info]));

/**
 * Reads who races: `adam,lbfgs`, with `adam.learningRate=0.01` for one of them and `learningRate=0.1` for
 * every rule that has none of its own.
 *
 * @param settings - nested, as the command line gives them
 * @param rate - the rate of rules that are given none, where the problem has one
 * @throws NadirError `race/methods` for none or one twice; `minimize/method` with the nearest name; what a method refuses
 */
export function readField(
  list: string | boolean | undefined,
  settings: Readonly<Record<string, Setting>>,
  rate?: number,
): Field {
  const names = typeof list === "string" ? list.split(",").map((name) => name.trim()) : [];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (names.length === 0 || names.includes("") || twice !== undefined) {
    throw new NadirError(
      "race/methods",
      twice === undefined
        ? "nadir race: no methods are named"
        : `nadir race: ${twice} is named twice`,
      { expected: "names separated by commas", hint: "--methods adam,lbfgs,trustRegion" },
    );
  }
  const rest = { ...settings };
  const common = rest["learningRate"] ?? rate;
  const entrants = names.map((name): Entrant => {
    const own = asRecord(rest[name]);
    delete rest[name];
    const info = infos.get(name);
    const isRule = info?.kind === "rule";
    const given = isRule && common !== undefined ? { learningRate: common, ...own } : own;
    return {
      name,
      method: methodByName(name, given, []),
      gradients: isRule ? info.price.gradients : undefined,
      settings: given,
    };
  });
  return { entrants, rest };
}

/** What `adam.learningRate=…` was nested to. */
function asRecord(value: Setting | undefined): Readonly<Record<string, Setting>> {
  if (value === undefined) return {};
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, Setting>>; // no list and not null: a record
  throw new NadirError("settings/type", `a method is set to ${JSON.stringify(value)}`, {
    expected: "one of its options: adam.learningRate=0.01",
  });
}
