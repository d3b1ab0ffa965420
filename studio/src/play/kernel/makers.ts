import * as nadir from "nadir";
import { type MethodInfo, NadirError, type Rule, type Solver } from "nadir";
import { isRule, methodNames, type rules, settingsWith, type solvers } from "../methods.ts";
import type { MethodFacts, Racer } from "./protocol.ts";

type Make = ((...given: never[]) => Rule | Solver) & { readonly info: MethodInfo };

// Named one by one, so that a bundler leaves out what does not race.
const makers: Readonly<Record<keyof typeof rules | keyof typeof solvers, Make>> = {
  gradientDescent: nadir.gradientDescent,
  sgd: nadir.sgd,
  momentum: nadir.momentum,
  heavyBall: nadir.heavyBall,
  nesterov: nadir.nesterov,
  perturbedGradientDescent: nadir.perturbedGradientDescent,
  adagrad: nadir.adagrad,
  rmsprop: nadir.rmsprop,
  adadelta: nadir.adadelta,
  adam: nadir.adam,
  amsgrad: nadir.amsgrad,
  adamax: nadir.adamax,
  adamW: nadir.adamW,
  nadam: nadir.nadam,
  radam: nadir.radam,
  adaBelief: nadir.adaBelief,
  lion: nadir.lion,
  rprop: nadir.rprop,
  prodigy: nadir.prodigy,
  scheduleFreeSgd: nadir.scheduleFreeSgd,
  steepestDescent: nadir.steepestDescent,
  barzilaiBorwein: nadir.barzilaiBorwein,
  conjugateGradient: nadir.conjugateGradient,
  cgDescent: nadir.cgDescent,
  lbfgs: nadir.lbfgs,
  bfgs: nadir.bfgs,
  dfp: nadir.dfp,
  sr1: nadir.sr1,
  newton: nadir.newton,
  newtonCG: nadir.newtonCG,
  trustRegion: nadir.trustRegion,
  cubicRegularization: nadir.cubicRegularization,
  saddleFreeNewton: nadir.saddleFreeNewton,
  curvatureFeedback: nadir.curvatureFeedback,
  nelderMead: nadir.nelderMead,
  cmaes: nadir.cmaes,
  basinHopping: nadir.basinHopping,
  multiStart: nadir.multiStart,
};

const byName: ReadonlyMap<string, Make> = new Map(Object.entries(makers));

/**
 * A method by its name. Rules get every setting, for a learning rate has no default; solvers those that were set.
 *
 * @throws NadirError `play/method`, and what the method refuses
 */
export function makeMethod({ method, settings }: Racer): Rule | Solver {
  const make = byName.get(method);
  if (make === undefined) {
    throw new NadirError("play/method", `there is no method "${method}" here`, {
      expected: `one of ${methodNames.join(", ")}`,
    });
  }
  // Each of the table takes options, rules a rate before them: what they cannot take they refuse themselves.
  if (!isRule(method)) return (make as unknown as (options: object) => Solver)(settings);
  const { learningRate, ...options } = settingsWith(method, settings);
  return (make as unknown as (rate: unknown, options: object) => Rule)(learningRate, options);
}

/** A rule whose rate is a tensor, so that one program serves many rates. @throws as the rule does */
export function makeRuleAt(
  method: string,
  settings: Readonly<Record<string, number>>,
  rate: nadir.Schedule,
): Rule {
  const { learningRate: _, ...options } = settingsWith(method, settings);
  const make = byName.get(method) as unknown as (rate: unknown, options: object) => Rule; // as in makeMethod
  return make(rate, options);
}

/** What there is to race, by the registry. */
export const methodFacts = (): MethodFacts[] =>
  Object.values(makers).map(({ info }) => {
    const { name, summary, guarantee, source } = info;
    const kind = isRule(name) ? "rule" : "solver";
    return { name, kind, summary, guarantee, source, price: priceOf(info) };
  });

function priceOf(info: MethodInfo): string {
  if (info.kind === "solver") return info.price.iteration;
  if (info.kind !== "rule") return "";
  const { gradients, state } = info.price;
  return `${gradients} gradient${gradients === 1 ? "" : "s"} a step, ${state}× the unknowns in memory`;
}
