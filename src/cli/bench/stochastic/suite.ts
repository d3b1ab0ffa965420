import { mnist } from "../../../data/mnist.ts";
import { type Chart, type Series, svgCharts } from "../../../drawing/chart.ts";
import { formatNumber } from "../../format.ts";
import type { Experiment, Table } from "../experiment.ts";
import { median } from "../median.ts";
import { logistic, network, type SumProblem } from "./problems.ts";
import { type Contender, contenders, runOf, type Stand, takesPart, tune } from "./race.ts";

/** A method's runs on one problem. */
interface Runs {
  readonly name: string;
  readonly rate: number | undefined;
  readonly courses: readonly (readonly Stand[])[];
}

/** Errors below this are rounding, and no part of a rate. */
const roundingError = 1e-13;

/** Finite sums: what each method reaches for its gradients and its time. */
export const stochastic: Experiment = {
  name: "stochastic",
  async run({ only, seeds = 3 }, report) {
    const digits = (await mnist()).train;
    const chosen = contenders.filter(({ name }) => only === undefined || only.includes(name));
    const tables: Table[] = [];
    const pictures: Record<string, string> = {};
    for (const problem of [await logistic(digits), network(digits)]) {
      const runs: Runs[] = [];
      for (const contender of chosen) {
        if (!takesPart(contender, problem)) continue;
        report(`${contender.name} on ${problem.name}`);
        runs.push(await runsOf(contender, problem, seeds));
      }
      tables.push(tableOf(problem, runs, seeds));
      pictures[`stochastic-${problem.name}`] = pictureOf(problem, runs);
    }
    return { tables, pictures };
  },
};

async function runsOf(contender: Contender, problem: SumProblem, seeds: number): Promise<Runs> {
  const rate = await tune(contender, problem);
  const courses: (readonly Stand[])[] = [];
  for (let seed = 0; seed < seeds; seed++)
    courses.push(await runOf(contender, problem, rate, seed));
  return { name: contender.name, rate, courses };
}

/** What a loss is told as: its distance to the least one where that is known. */
const errorOf = ({ least }: SumProblem, { loss }: Stand): number =>
  least === undefined ? loss : Math.max(loss - least, roundingError);

function tableOf(problem: SumProblem, runs: readonly Runs[], seeds: number): Table {
  const known = problem.least !== undefined;
  const marks = known ? [1e-2, 1e-4, 1e-8] : [0.3, 0.1, 0.03];
  const rows = runs.map(({ name, rate, courses }) => {
    const ends = courses.map((course) => errorOf(problem, course.at(-1)!));
    const reached = marks.map((mark) => {
      const passes = courses.map((course) => course.find((at) => errorOf(problem, at) <= mark));
      return passes.every((at) => at !== undefined) ? median(passes.map((at) => at.passes)) : null;
    });
    return [
      ...[name, rate ?? null, ...reached],
      ...[median(ends), Math.min(...ends), Math.max(...ends)],
      ...(known ? [median(courses.map((course) => rateOf(problem, course)))] : []),
      median(courses.map((course) => course.at(-1)!.seconds)),
    ];
  });
  const what = known ? "f − f*" : "loss";
  const columns = [
    ...["method", "rate", ...marks.map((mark) => `passes to ${mark}`)],
    ...[`${what} at the end`, "least", "most"],
    ...(known ? ["decades a pass"] : []),
    "seconds",
  ];
  return {
    title: `Stochastic: ${problem.title}`,
    columns,
    rows,
    show: (value) => formatNumber(value),
    note: `Medians over ${seeds} seeds. A pass is as many gradients of rows as there are rows; each method has ${problem.passes}, in batches of ${problem.batchSize}. ${Object.keys(problem.rates).join(", ")} have the best of the constant rates ${Object.entries(
      problem.rates,
    )
      .map(([name, rates]) => `${rates.join(", ")} (${name})`)
      .join("; ")}, by a run of its own; the others measure their step sizes.`,
  };
}

/** Decades of error lost in a pass: the least-squares slope of log₁₀(f − f*) over the passes. */
function rateOf(problem: SumProblem, course: readonly Stand[]): number {
  const points = course
    .map((at) => [at.passes, errorOf(problem, at)] as const)
    .filter(([, error]) => error > 10 * roundingError);
  const mean = (of: (point: readonly [number, number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [x, y] = [mean(([passes]) => passes), mean(([, error]) => Math.log10(error))];
  const xy = mean(([passes, error]) => (passes - x) * (Math.log10(error) - y));
  return -xy / mean(([passes]) => (passes - x) ** 2);
}

function pictureOf(problem: SumProblem, runs: readonly Runs[]): string {
  const what = problem.least === undefined ? "loss" : "f − f*";
  const chart = (key: "passes" | "seconds", label: string): Chart => ({
    title: `${problem.name}: ${what} against ${label}`,
    x: { label },
    y: { label: what, scale: "log" },
    series: runs.map((each) => seriesOf(problem, each, key)),
  });
  return svgCharts(
    [chart("passes", "gradient evaluations, in passes"), chart("seconds", "seconds")],
    1,
  );
}

/** The median over seeds at each stand, with the range as a band where all seeds stand alike. */
function seriesOf(problem: SumProblem, { name, courses }: Runs, key: "passes" | "seconds"): Series {
  const length = Math.min(...courses.map((course) => course.length));
  const stands = Array.from({ length }, (_, i) => courses.map((course) => course[i]!));
  const points = stands.map((at) => {
    const errors = at.map((stand) => errorOf(problem, stand));
    return {
      x: median(at.map((stand) => stand[key])),
      y: median(errors),
      ...{ low: Math.min(...errors), high: Math.max(...errors) },
    };
  });
  return {
    name,
    points: points.map(({ x, y }) => [x, y]),
    band: points.map(({ x, low, high }) => [x, low, high]),
  };
}
