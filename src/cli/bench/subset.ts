import { bestSubset } from "../../estimators/subset/bestSubset.ts";
import type { Experiment, ExperimentReport } from "./experiment.ts";
import { sparseData, supportF1 } from "./sparse.ts";

interface Case {
  readonly samples: number;
  readonly features: number;
  readonly size: number;
  readonly correlation: number;
  readonly signalToNoise: number;
  readonly ridge: number;
}

const cases: readonly Case[] = [
  { samples: 100, features: 20, size: 5, correlation: 0.5, signalToNoise: 1, ridge: 0 },
  { samples: 100, features: 30, size: 6, correlation: 0.9, signalToNoise: 2, ridge: 0 },
  { samples: 200, features: 50, size: 8, correlation: 0.5, signalToNoise: 2, ridge: 0 },
  { samples: 500, features: 100, size: 10, correlation: 0.5, signalToNoise: 5, ridge: 0 },
  { samples: 150, features: 200, size: 5, correlation: 0.5, signalToNoise: 5, ridge: 0.3 },
  { samples: 100, features: 200, size: 5, correlation: 0.5, signalToNoise: 5, ridge: 0.01 },
];
const timeLimit = 30;

async function run(
  {
    only,
    seeds = 3,
  }: { readonly only: readonly string[] | undefined; readonly seeds: number | undefined },
  report: (line: string) => void,
): Promise<ExperimentReport> {
  const rows: (string | number)[][] = [];
  for (const one of cases) {
    const { samples, features, size, correlation, signalToNoise, ridge } = one;
    const name = `n ${samples}, p ${features}, k ${size}, ρ ${correlation}, SNR ${signalToNoise}`;
    if (only !== undefined && !only.some((word) => name.includes(word))) continue;
    report(name);
    let [proved, seconds, programs, cuts, f1, excess, gap] = [0, 0, 0, 0, 0, 0, 0];
    for (let seed = 0; seed < seeds; seed++) {
      const { x, y, truth } = sparseData(samples, features, size, correlation, signalToNoise, seed);
      const options = { ridge, intercept: false, standardize: false, timeLimit } as const;
      const begin = performance.now();
      const fit = await bestSubset({ ...options, size }).fit(x, y);
      seconds += (performance.now() - begin) / 1000 / seeds;
      proved += fit.verdict.kind === "global-minimum" ? 1 : 0;
      programs += fit.work.programs / seeds;
      cuts += fit.work.cuts / seeds;
      f1 += supportF1(fit, truth) / seeds;
      excess += (100 * (fit.first - fit.objective)) / fit.objective / seeds;
      gap = Math.max(gap, fit.gap);
    }
    const label = ridge > 0 ? `${name}, ridge ${ridge}` : name;
    rows.push([label, `${proved} of ${seeds}`, gap, seconds, programs, cuts, excess, f1]);
  }
  const columns = [
    ...["data", "proved", "worst gap", "seconds", "programs", "cuts"],
    ...["first support above, %", "F1"],
  ];
  const digits = [0, 0, 2, 3, 3, 3, 3, 3];
  return {
    tables: [
      {
        title: `best subsets, ${timeLimit} s at most each`,
        columns,
        rows,
        show: (value, column) => Number(value.toPrecision(digits[column] || 3)).toString(),
        note: `Means of ${seeds} samples. Coefficients ±1. “First support above”: the objective of the support by forward selection and hard thresholding, over the best. Proved: no k columns fit better (gap at most 1e-6). F1: against the true columns, which with much noise are not the ones that fit best.`,
      },
    ],
  };
}

/** How far best subsets can be proved, and what the heuristics before miss. */
export const subset: Experiment = { name: "subset", run };
