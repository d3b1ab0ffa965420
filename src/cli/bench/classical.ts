import { mghProblems, testFunctions } from "../../data/testFunctions/registry.ts";
import type { TestFunction } from "../../data/testFunctions/testFunction.ts";
import type { VerdictKind } from "../../diagnosis/verdict.ts";
import { svgCharts } from "../../drawing/chart.ts";
import * as solvers from "../../methods/solvers/registry.ts";
import type { OracleFeature, Solver } from "../../methods/solvers/solver.ts";
import { leastSquares } from "../../training/leastSquares.ts";
import { minimize } from "../../training/minimize.ts";
import type { Experiment, Table } from "./experiment.ts";
import type { SolveRun } from "./measurement.ts";
import { median } from "./median.ts";
import { isSolved, mghMinima } from "./mgh.ts";
import { type Costs, performanceProfiles, staircase } from "./profile.ts";
import { scipyOn } from "./scipyLocal.ts";
import { startScipyTalk } from "./scipyTalk.ts";
import { peers } from "./systems.ts";
import { watchedSolver } from "./watchedSolver.ts";

/** Gradient-equivalents after which a run is ended; and the gradient norm that all of them aim at. */
const limit = 20_000;
const tolerance = 1e-8;

/** A method's runs on a set of problems, ours or a peer's. */
interface Field {
  readonly name: string;
  readonly runs: ReadonlyMap<string, SolveRun & { readonly verdict: VerdictKind }>;
  /** Of all solves together, without compilation and verdicts. */
  readonly milliseconds: number;
}

/** SciPy's method that does what ours does. */
const comparable: readonly (readonly [ours: string, theirs: string])[] = [
  ["bfgs", "BFGS"],
  ["lbfgs", "L-BFGS-B"],
  ["conjugateGradient", "CG"],
  ["newton", "Newton-CG"],
  ["trustRegion", "trust-exact"],
  ["nelderMead", "Nelder-Mead"],
];

const offered = new Set<OracleFeature>([
  ...(["value", "gradient", "hvp", "hessian"] as const),
  ...(["residuals", "jacobian", "gnvp"] as const),
]);

/** Every solver of the registry that asks for what a sum of squares can answer, but searches with a plan of their own. */
function applicable(only: readonly string[] | undefined): ReadonlyMap<string, () => Solver> {
  const all = Object.entries(solvers).map(([name, make]) => [name, make as () => Solver] as const);
  const wanted = all.filter(([name]) => only === undefined || only.includes(name));
  return new Map(
    wanted.filter(([, make]) => {
      const { needs, endsByPlan } = make();
      return endsByPlan !== true && needs.every((need) => offered.has(need));
    }),
  );
}

/** Runs one of our solvers on one problem. */
async function solveOne(
  problem: TestFunction,
  make: () => Solver,
  isTarget: (f: number) => boolean,
) {
  const { solver, watch } = watchedSolver(make(), isTarget, limit);
  const { f, residuals, start } = problem;
  const result = await minimize(residuals === undefined ? f : leastSquares(residuals), {
    x0: [...start],
    method: solver,
    tolerance,
    maxIterations: limit,
  });
  return {
    run: {
      x: result.x,
      value: result.value,
      verdict: result.verdict.kind,
      ...watch,
    },
    milliseconds: 1000 * result.cost.seconds.solve,
  };
}

/** All problems by one of our solvers, thrice: the first round compiles, the faster of the others is the time. */
async function solveAll(
  name: string,
  make: () => Solver,
  problems: readonly TestFunction[],
  targetOf: (problem: TestFunction) => (value: number) => boolean,
): Promise<Field> {
  const runs = new Map<string, SolveRun & { verdict: VerdictKind }>();
  let milliseconds = 0;
  for (const problem of problems) {
    const isTarget = targetOf(problem);
    await solveOne(problem, make, isTarget);
    const once = await solveOne(problem, make, isTarget);
    const again = await solveOne(problem, make, isTarget);
    milliseconds += Math.min(once.milliseconds, again.milliseconds);
    runs.set(problem.key, again.run);
  }
  return { name, runs, milliseconds };
}

/** SciPy's methods, each as it comes and with our tolerance; its end points are judged as ours are. */
async function scipyFields(report: (line: string) => void): Promise<readonly Field[] | string> {
  const scipy = peers().find(({ name }) => name === "SciPy");
  const session = await scipy?.start(1);
  if (session === undefined || typeof session === "string") return session ?? "no SciPy";
  try {
    report("SciPy's methods on the 36 Moré–Garbow–Hillstrom cases");
    const answer = await session.ask({
      case: { kind: "profiles", id: "profiles", title: "profiles", minima: mghMinima },
      files: {},
      budgetMs: 0,
    });
    if ("missing" in answer) return answer.missing;
    const fields: Field[] = [];
    for (const { variant, medianMs, runs = {} } of answer.measurements) {
      const judged = new Map<string, SolveRun & { verdict: VerdictKind }>();
      for (const { key, f } of mghProblems) {
        const run = runs[key];
        if (run === undefined) continue;
        // Without a step: the verdict alone, by the tolerance that the method had.
        const { verdict } = await minimize(f, {
          x0: [...run.x],
          maxIterations: 0,
          tolerance: variant.endsWith(" tight") ? tolerance : 1e-5,
        });
        judged.set(key, { ...run, verdict: verdict.kind });
      }
      fields.push({ name: `SciPy ${variant}`, runs: judged, milliseconds: medianMs });
    }
    return fields;
  } finally {
    await session[Symbol.asyncDispose]();
  }
}

const verdictColumns = ["local-minimum", "degenerate", "saddle", "not-stationary"] as const;

/** One row for each method: what it reached, at what cost, and what kind of point each end is. */
function outcomes(
  title: string,
  fields: readonly Field[],
  isSolvedAt: (key: string, value: number) => boolean,
  note: string,
): Table {
  const rows = fields.map(({ name, runs, milliseconds }) => {
    const all = [...runs.entries()];
    const kinds = all.map(([, { verdict }]) => verdict);
    return [
      name,
      all.filter(([key, { value }]) => isSolvedAt(key, value)).length,
      median(all.map(([, { cost }]) => cost)),
      milliseconds,
      ...verdictColumns.map((kind) => kinds.filter((other) => other === kind).length),
      kinds.filter((kind) => !verdictColumns.some((other) => other === kind)).length,
    ];
  });
  return {
    title,
    columns: [
      ...["method", "solved", "median cost", "all solves, ms"],
      ...["minimum", "degenerate", "saddle", "not stationary", "other"],
    ],
    rows,
    show: (value, column) =>
      column === 2 ? value.toFixed(0) : column === 3 ? value.toPrecision(3) : String(value),
    note,
  };
}

const costsOf = ({ name, runs }: Field, keys: readonly string[]): Costs => ({
  name,
  costs: keys.map((key) => runs.get(key)?.costToTarget ?? Number.POSITIVE_INFINITY),
});

const taus = [1, 2, 4, 10, 100, Number.POSITIVE_INFINITY] as const;

function profileTable(title: string, costs: readonly Costs[]): Table {
  const profiles = performanceProfiles(costs);
  return {
    title,
    columns: ["method", ...taus.map((tau) => (Number.isFinite(tau) ? `τ = ${tau}` : "ever"))],
    rows: [...profiles].map(([name, profile]) => [
      name,
      // An infinite ratio is no solution: "ever" is the limit from below.
      ...taus.map((tau) => profile(Math.min(tau, Number.MAX_VALUE))),
    ]),
    show: (value) => `${(100 * value).toFixed(0)} %`,
    note: "The share of problems brought to the value of a known minimum at no more than τ times the cost of the cheapest method of this table (Dolan & Moré 2002).",
  };
}

/** Ours beside SciPy's of the same kind, over the problems that both bring to a known minimum's value. */
function pairs(fields: readonly Field[], keys: readonly string[]): Table {
  const rows = comparable.flatMap(([ours, theirs]) => {
    const a = fields.find(({ name }) => name === ours);
    const b = fields.find(({ name }) => name === `SciPy ${theirs} tight`);
    if (a === undefined || b === undefined) return [];
    const both = keys.flatMap((key) => {
      const [left, right] = [a.runs.get(key)?.costToTarget, b.runs.get(key)?.costToTarget];
      return typeof left === "number" && typeof right === "number" ? [[left, right] as const] : [];
    });
    const [left, right] = [median(both.map(([x]) => x)), median(both.map(([, y]) => y))];
    const ratio = median(both.map(([x, y]) => x / y));
    const faster = b.milliseconds / a.milliseconds;
    return [[ours, theirs, both.length, left, right, ratio, faster]];
  });
  return {
    title: "nadir's methods beside SciPy's of the same kind",
    columns: [
      ...["nadir", "SciPy", "both solve", "median cost", "SciPy's", "median ratio"],
      "times faster",
    ],
    rows,
    show: (value, column) => (column < 5 ? value.toFixed(0) : value.toFixed(2)),
    note: "Cost until the first point at a known minimum's value, in gradient-equivalents; the ratio is ours over SciPy's problem by problem; times faster is SciPy's total solve time over ours.",
  };
}

/** Programs compiled for each problem. */
const compileRounds = 7;

/** What a call costs until the first gradient is there: tracing, deriving, generating, compiling. */
async function compileTable(): Promise<Table> {
  const times: { readonly key: string; readonly took: number }[] = [];
  const x0Of = ({ start }: TestFunction) => [...start];
  for (const [i, problem] of mghProblems.entries()) {
    // A factor that no function had before makes a program that none was compiled for.
    const timed = async (round: number): Promise<number> => {
      const begin = performance.now();
      await minimize((x) => problem.f(x).mul(1 + (compileRounds * i + round + 1) * 2 ** -40), {
        x0: x0Of(problem),
        maxIterations: 0,
        tolerance: 0,
      });
      return performance.now() - begin;
    };
    const differences: number[] = [];
    for (let round = 0; round < compileRounds; round++) {
      const fresh = await timed(round);
      differences.push(fresh - (await timed(round)));
    }
    times.push({ key: problem.key, took: median(differences) });
  }
  const all = times.map(({ took }) => took);
  const largest = times.reduce((a, b) => (b.took > a.took ? b : a));
  return {
    title: "compilation, ms a problem",
    columns: ["median", "largest", "of", "all 36"],
    rows: [[median(all), largest.took, largest.key, all.reduce((a, b) => a + b, 0)]],
    show: (value) => value.toFixed(2),
    note: `Each problem's is the median of ${compileRounds}, because one collection of garbage takes as long. From the call to the first gradient of a program not seen before, less the same call once it is: in a process that has run for a while. A solver that asks for Hessians has those compiled too, when it first asks.`,
  };
}

/** Whether a value is that of the lowest known minimum, or of any. */
const isAt = (value: number, minimum: number): boolean =>
  Math.abs(value - minimum) <= 1e-8 * (1 + Math.abs(minimum));

/**
 * `nadir bench classical`: every solver that applies on the 36 Moré–Garbow–Hillstrom cases and on the classic
 * multimodal functions, with performance profiles, and SciPy's methods beside them.
 */
export const classical: Experiment = {
  name: "classical",
  async run({ only, peers: withPeers }, report) {
    const makers = applicable(only);
    const fields: Field[] = [];
    for (const [name, make] of makers) {
      report(`${name} on the 36 Moré–Garbow–Hillstrom cases`);
      const targetOf =
        ({ key }: TestFunction) =>
        (value: number) =>
          isSolved(key, value);
      fields.push(await solveAll(name, make, mghProblems, targetOf));
    }
    const scipy = withPeers ? await scipyFields(report) : "left out";
    const all = typeof scipy === "string" ? fields : [...fields, ...scipy];
    const keys = mghProblems.map(({ key }) => key);

    const multimodal = [...testFunctions.values()].filter(({ family }) => family === "classic");
    const smooth = [...makers].filter(([, make]) =>
      make().needs.every((need) => !["residuals", "jacobian", "gnvp"].includes(need)),
    );
    const climbs: Field[] = [];
    for (const [name, make] of smooth) {
      report(`${name} on ${multimodal.length} classic functions`);
      const targetOf = (problem: TestFunction) => (value: number) =>
        isAt(value, problem.minima[0]?.value ?? Number.NaN);
      climbs.push(await solveAll(name, make, multimodal, targetOf));
    }
    if (withPeers) {
      await using talk = await startScipyTalk("scipy_local.py");
      const targetOf = (problem: TestFunction) => (value: number) =>
        isAt(value, problem.minima[0]?.value ?? Number.NaN);
      if (talk !== undefined)
        climbs.push(...(await scipyOn(talk, multimodal, targetOf, limit, report)));
    }
    const lowest = new Map(multimodal.map(({ key, minima }) => [key, minima[0]?.value]));
    const costs = all.map((field) => costsOf(field, keys));
    const close = (only === undefined ? costs : []).filter(
      ({ name }) => !name.startsWith("SciPy") || name.endsWith(" tight"),
    );
    const tables = [
      outcomes(
        "36 Moré–Garbow–Hillstrom cases",
        all,
        isSolved,
        `Solved: f ≤ f* + 1e-8(1 + |f*|) for a known minimum f*. Cost: gradient-equivalents of a whole run to ‖∇f‖ ≤ 1e-8, at most ${limit} (a value ⅓, a gradient with its value 1, a Jacobian n, a product 2, a Hessian 2n). SciPy runs as it comes (gtol 1e-5) and tight (gtol 1e-8); its end points are judged by the same verdict.${typeof scipy === "string" ? ` SciPy: ${scipy}.` : ""}`,
      ),
      ...(typeof scipy === "string" ? [] : [pairs(all, keys)]),
      profileTable("performance profiles, 36 Moré–Garbow–Hillstrom cases", costs),
      outcomes(
        `${multimodal.length} classic functions, most with many minima, from one start each`,
        climbs,
        (key, value) => isAt(value, lowest.get(key) ?? Number.NaN),
        "Solved: at the lowest value known, which a local method does not look for; the verdicts say whether it ended at a minimum at all. SciPy asks this process for values and derivatives; its time is its own, without the functions'.",
      ),
      await compileTable(),
    ];
    const ours = performanceProfiles(close.filter(({ name }) => !name.startsWith("SciPy")));
    const both = new Set(comparable.flatMap(([a, b]) => [a, `SciPy ${b} tight`]));
    const beside = performanceProfiles(close.filter(({ name }) => both.has(name)));
    const chart = (title: string, profiles: ReturnType<typeof performanceProfiles>) => ({
      title,
      x: { label: "τ: cost over the cheapest method's", scale: "log", domain: [1, 1000] } as const,
      y: { label: "share of problems solved", domain: [0, 1] } as const,
      series: [...profiles].map(([name, profile]) => ({
        name: name.replace(/ tight$/, ""),
        points: staircase(profile, 1000),
        as: "steps" as const,
        dashed: name.startsWith("SciPy"),
      })),
    });
    const charts = [
      chart("nadir's solvers on 36 Moré–Garbow–Hillstrom cases", ours),
      ...(typeof scipy === "string" ? [] : [chart("beside SciPy's", beside)]),
    ];
    return {
      tables,
      pictures: close.length > 0 ? { "classical-profiles": svgCharts(charts, 1) } : {},
    };
  },
};
