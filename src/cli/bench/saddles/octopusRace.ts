import { octopus } from "../../../data/testFunctions/saddles/octopus.ts";
import { svgCharts } from "../../../drawing/chart.ts";
import type { Table } from "../experiment.ts";
import { uniform } from "../random.ts";
import { type Contender, type Instance, oracleFor, race } from "./race.ts";
import { type Summary, summarize, summaryText } from "./statistics.ts";

const tau = Math.E;
const dimensions = [5, 10] as const;
const steepness = [1, 1.5, 2, 3] as const;

/** What perturbed gradient descent needed in an independent program (NumPy, 10 seeds), d = 5 and then d = 10. */
export const referenceSteps: readonly (readonly number[])[] = [
  [108, 143, 174, 225],
  [241, 305, 376, 503],
];

/** The octopus of Du et al. (2017) from a point uniform in [−1, 1]ᵈ, with τ = e, γ = 1, η = 1/4L. */
export function octopusFrom(dimension: number, l: number, seed: number): Instance {
  const made = octopus({ steepness: l });
  const { f, minima } = made.resize?.(dimension) ?? made;
  const next = uniform(1000 * dimension + seed);
  const start = Array.from({ length: dimension }, () => 2 * next() - 1);
  const depth = -(minima[0]?.value ?? 0) / dimension;
  return {
    f,
    start,
    left: ({ x }) => x.every((xi) => Math.abs(xi) >= 2 * tau),
    reached: ({ x }) => x.every((xi) => Math.abs(Math.abs(xi) - 4 * tau) < 0.01),
    settings: { stepSize: 1 / (4 * l), gradientNorm: tau / 100, radius: tau / 100, depth },
  };
}

/** Gradient-equivalents to the minimum past all d saddles in a row, for each method, d and L. */
export function octopusRace(
  contenders: readonly Contender[],
  seeds: number,
  report: (line: string) => void,
): { tables: readonly Table[]; picture: string } {
  const cells = dimensions.flatMap((d) => steepness.map((l) => ({ d, l })));
  const found = contenders.map((contender) => {
    const { name } = contender;
    report(`octopus: ${name}`);
    const summaries = cells.map(({ d, l }) => {
      const oracle = oracleFor(octopusFrom(d, l, 0).f, d);
      const prices = Array.from({ length: seeds }, (_, seed) => {
        const limits = { maxSteps: 20_000, maxPrice: 20_000, seed };
        return race(octopusFrom(d, l, seed), contender, oracle, limits).reached;
      });
      return summarize(prices);
    });
    return { name, summaries };
  });
  const columns = cells.map(({ d, l }) => `d=${d} L=${l}`);
  return {
    tables: [
      {
        title: `Octopus: gradient-equivalents to the minimum, median (quartiles) of ${seeds} starts`,
        columns: ["method", ...columns],
        rows: [
          ...found.map(({ name, summaries }) => [name, ...summaries.map(summaryText)]),
          [
            "perturbed descent in NumPy, 10 starts",
            ...referenceSteps.flat().map((count) => `${count}`),
          ],
        ],
        note: "Du et al. (2017): τ = e, γ = 1, η = 1/4L, start uniform in [−1, 1]ᵈ, noise at ‖g‖ ≤ γe/100 of radius e/100. Done when each |xᵢ| is within 0.01 of 4τ; 20,000 steps at most. `k of n`: only so many got there.",
      },
    ],
    picture: svgCharts(
      dimensions.map((d) => ({
        title: `Octopus, ${d} saddles in a row`,
        x: { label: "steepness L" },
        y: { label: "gradient-equivalents to the minimum", scale: "log" as const },
        series: found
          .filter(({ summaries }) => summaries.some(({ solved }) => solved > 0))
          .map(({ name, summaries }) => seriesOf(name, summaries.slice(d === 5 ? 0 : 4))),
      })),
      1,
    ),
  };
}

function seriesOf(name: string, summaries: readonly Summary[]) {
  return {
    name,
    points: steepness.map((l, i) => [l, summaries[i]?.median ?? Number.NaN] as const),
    band: steepness.map(
      (l, i) => [l, summaries[i]?.low ?? Number.NaN, summaries[i]?.high ?? Number.NaN] as const,
    ),
  };
}
