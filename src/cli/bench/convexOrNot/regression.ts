import { svgCharts } from "../../../drawing/chart.ts";
import { type DenseColumns, readDesign } from "../../../estimators/linear/design.ts";
import type { LinearFit } from "../../../estimators/linear/fits.ts";
import { linearModel } from "../../../estimators/linear/linearModel.ts";
import { blocksFor, readTargets, taskOf } from "../../../estimators/linear/task.ts";
import type { Penalty } from "../../../methods/penalties/penalty.ts";
import { l1, mcp } from "../../../methods/penalties/registry.ts";
import { formatNumber } from "../../format.ts";
import { normals } from "../random.ts";
import { sparseData } from "../sparse.ts";
import type { Part } from "./convexOrNot.ts";
import { distinct, excesses } from "./ends.ts";

const [train, held, features, nonzeros] = [100, 1000, 200, 8];
const starts = 50;
const plain = { intercept: false, standardize: false } as const;
const questions: readonly (readonly [string, Penalty])[] = [
  ["lasso", l1(1)],
  ["MCP γ = 3", mcp(1, { gamma: 3 })],
];
/** Of the smallest strength that makes all zero: where random starts are compared. */
const shares = [0.3, 0.05];

/** 100 samples of 200 correlated features of which 8 matter: the lasso, and MCP in its place. */
export const regression: Part = (report) => {
  const all = sparseData(train + held, features, nonzeros, 0.5, 3, 7);
  const [x, y] = [rowsOf(all.x, 0, train), all.y.slice(0, train)];
  const [beyond, truths] = [rowsOf(all.x, train, held), all.y.slice(train)];
  const errorOf = (predicted: Float64Array): number =>
    truths.reduce((sum, truth, i) => sum + (truth - predicted[i]!) ** 2, 0) / held;
  const relevant = [...all.truth.keys()].filter((j) => all.truth[j] !== 0);
  const oracle = errorOf(
    linearModel(plain).fit(columnsOf(x, relevant), y).linear(columnsOf(beyond, relevant)),
  );
  const best: (string | number | null)[][] = [];
  const random: (string | number | null)[][] = [];
  const curves = questions.map(([name, penalty]) => {
    report(`fitting ${name}`);
    const path = linearModel({ ...plain, penalty }).path(x, y, { count: 50, ratio: 0.02 });
    const errors = path.fits.map((fit) => errorOf(fit.linear(beyond)));
    const at = errors.indexOf(Math.min(...errors));
    const first = path.strengths[0]!;
    best.push([
      name,
      path.strengths[at]! / first,
      errors[at]!,
      ...supportCells(path.fits[at]!, relevant),
      path.locallyConvexDownTo === undefined ? null : path.locallyConvexDownTo / first,
      ...verdictCells(path.fits[at]!),
    ]);
    const ends = shares.map((share) => {
      const objectives = fromRandomStarts(x, y, penalty.withStrength(share * first));
      const lowest = Math.min(...objectives);
      const highest = Math.max(...objectives);
      random.push([name, share, distinct(objectives), lowest, (highest - lowest) / lowest]);
      return { share, excesses: excesses(objectives, lowest) };
    });
    return {
      name,
      ends,
      points: errors.map((error, k) => [path.strengths[k]! / first, error] as const),
    };
  });
  return {
    tables: [
      {
        title: `lasso or MCP: ${train} samples, ${features} features, ${nonzeros} that matter, correlation 0.5, signal-to-noise 3`,
        columns: [
          ...["penalty", "strength", "held-out error", "nonzeros", "true", "false", "mean |true|"],
          ...["locally convex down to", "verdict", "gap"],
        ],
        rows: best,
        show: (value) => formatNumber(value, 3),
        note: `At the strength, of the smallest that makes all zero, with the least mean squared error on ${held} held-out samples. Least squares on the ${nonzeros} features that matter, which nobody knows: ${formatNumber(oracle, 3)}. All true coefficients are ±1.`,
      },
      {
        title: `where coordinate descent ends from ${starts} random starts`,
        columns: ["penalty", "strength", "different ends", "lowest objective", "highest above it"],
        rows: random,
        show: (value, column) => (column === 3 ? value.toPrecision(8) : formatNumber(value, 3)),
        note: "Ends are different whose objectives differ by more than a millionth; “highest above it” is relative.",
      },
    ],
    pictures: {
      "lasso-mcp": svgCharts(
        [
          {
            title: "Error on held-out samples along the path",
            x: { label: "strength over the smallest that makes all zero", scale: "log" },
            y: { label: "mean squared error" },
            series: [
              ...curves.map(({ name, points }) => ({ name, points })),
              {
                name: "least squares on the true features",
                points: [
                  [0.02, oracle],
                  [1, oracle],
                ],
                dashed: true,
              },
            ],
          },
          {
            title: `Objectives that ${starts} random starts end at, sorted`,
            x: { label: "start" },
            y: { label: "above the lowest, relative" },
            series: curves.flatMap(({ name, ends }) =>
              ends.map(({ share, excesses: sorted }) => ({
                name: `${name}, strength ${share}`,
                points: sorted.map((excess, k) => [k + 1, excess] as const),
                as: "steps" as const,
              })),
            ),
          },
        ],
        1,
      ),
    },
  };
};

/** Objectives at fixed points of coordinate descent from Gaussian coefficients. */
function fromRandomStarts(x: DenseColumns, y: Float64Array, penalty: Penalty): readonly number[] {
  const next = normals(11);
  const task = taskOf(readDesign(x), readTargets("squared", y), { ...plain, loss: "squared" });
  const blocks = blocksFor(task, penalty);
  return Array.from({ length: starts }, () => {
    const start = Float64Array.from({ length: features }, () => next());
    task.fitter.start(start, 0);
    task.fitter.solve(blocks, { tolerance: 1e-10, maxSweeps: 100_000 });
    return task.fitter.loss + penalty.value(task.fitter.w);
  });
}

function supportCells({ support, coefficients }: LinearFit, relevant: readonly number[]): number[] {
  const hits = support.filter((j) => relevant.includes(j));
  const size = hits.reduce((sum, j) => sum + Math.abs(coefficients[j]!), 0) / hits.length;
  return [support.length, hits.length, support.length - hits.length, size];
}

const verdictCells = ({ verdict }: LinearFit): [string, number | null] => [
  verdict.kind,
  verdict.kind === "global-minimum" ? verdict.gap : null,
];

function rowsOf(x: DenseColumns, from: number, count: number): DenseColumns {
  const columns = new Float64Array(count * x.features);
  for (let j = 0; j < x.features; j++) {
    const begin = j * x.samples + from;
    columns.set(x.columns.subarray(begin, begin + count), j * count);
  }
  return { samples: count, features: x.features, columns };
}

function columnsOf({ samples, columns }: DenseColumns, chosen: readonly number[]): DenseColumns {
  const part = new Float64Array(samples * chosen.length);
  chosen.forEach((j, k) => {
    part.set(columns.subarray(j * samples, (j + 1) * samples), k * samples);
  });
  return { samples, features: chosen.length, columns: part };
}
