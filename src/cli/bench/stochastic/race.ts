import { adam, kfac, sgd, storm } from "../../../methods/rules/registry.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import { saga, spider, svrg } from "../../../methods/solvers/registry.ts";
import type { Solver } from "../../../methods/solvers/solver.ts";
import { fit } from "../../../training/fit.ts";
import type { SumProblem } from "./problems.ts";

/** A method of the comparison. */
export interface Contender {
  readonly name: string;
  /** Gradients of a batch that a step of it takes, for rules. */
  readonly gradients: number;
  /** Makes it: with a rate for rules, which are tuned, without for solvers, which measure their own. */
  make(rate: number | undefined, problem: SumProblem, seed: number): Rule | Solver;
  /** What rates are tried. */
  readonly rates: keyof SumProblem["rates"] | undefined;
}

const byRate = (
  name: keyof SumProblem["rates"],
  gradients: number,
  rule: (rate: number) => Rule,
): Contender => ({ name, gradients, rates: name, make: (rate) => rule(rate ?? 0.1) });

const byRows = (
  name: string,
  solver: (options: { batchSize: number; seed: number }) => Solver,
): Contender => ({
  ...{ name, gradients: 1, rates: undefined },
  make: (_, { batchSize }, seed) => solver({ batchSize, seed }),
});

export const contenders: readonly Contender[] = [
  byRate("sgd", 1, (rate) => sgd(rate)),
  byRate("adam", 1, (rate) => adam(rate)),
  byRate("storm", 2, (rate) => storm(rate)),
  // Inverses of 785² numbers are its price here: they are made anew once in an epoch, no oftener.
  byRate("kfac", 1.25, (rate) => kfac(rate, { damping: 1e-3, klClip: 1e-3, every: 62 }) as Rule),
  // The states of solvers are their own: `fit` only hands them back to the solver that made them.
  byRows("svrg", (options) => svrg(options) as Solver),
  byRows("saga", (options) => saga(options) as Solver),
  byRows("spider", (options) => spider(options) as Solver),
];

/** Whether a method has a part in a problem: K-FAC asks for layers. */
export const takesPart = ({ rates }: Contender, problem: SumProblem): boolean =>
  rates === undefined || problem.rates[rates] !== undefined;

/** Where a run stood: after how many passes and seconds of training, at which loss over all rows. */
export interface Stand {
  readonly passes: number;
  readonly seconds: number;
  readonly loss: number;
}

/** The course of one run. The loss over all rows is measured after each epoch of a rule, and not counted. */
export async function runOf(
  contender: Contender,
  problem: SumProblem,
  rate: number | undefined,
  seed: number,
): Promise<readonly Stand[]> {
  const method = contender.make(rate, problem, seed);
  const { posed, passes, batchSize } = problem;
  const course: Stand[] = [];
  let [seconds, since] = [0, 0];
  const stand = (epoch: number, loss: number): void => {
    course.push({ passes: epoch * contender.gradients, seconds, loss });
  };
  await fit({
    ...{ ...posed, method, tolerance: 0 },
    ...(method.kind === "rule"
      ? { batchSize, seed, epochs: passes / contender.gradients, validation: posed.data }
      : { epochs: passes }),
    onEvent: (event) => {
      const now = performance.now();
      if (event.kind === "progress") seconds += (now - since) / 1000;
      if (event.kind === "progress" && method.kind === "solver")
        stand(event.epoch ?? 0, event.loss);
      const { validationLoss } = event.kind === "evaluation" ? event.metrics : {};
      if (event.kind === "evaluation" && validationLoss !== undefined)
        stand(event.epoch ?? 0, validationLoss);
      since = performance.now();
    },
  });
  return course;
}

/** The rate that leads lowest, with a seed of its own. */
export async function tune(contender: Contender, problem: SumProblem): Promise<number | undefined> {
  if (contender.rates === undefined) return undefined;
  let [best, least]: [number | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
  for (const rate of problem.rates[contender.rates] ?? []) {
    const loss = (await runOf(contender, problem, rate, 1000)).at(-1)?.loss ?? Number.NaN;
    if (loss < least) [best, least] = [rate, loss];
  }
  return best;
}
