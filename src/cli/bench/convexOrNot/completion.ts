import { svgCharts } from "../../../drawing/chart.ts";
import {
  type Factorization,
  matrixFactorization,
} from "../../../estimators/factorization/matrixFactorization.ts";
import type { Ratings } from "../../../estimators/factorization/ratings.ts";
import { type Completion, softImpute } from "../../../estimators/factorization/softImpute.ts";
import { singularValueDecomposition } from "../../../linalg/svd.ts";
import { formatNumber } from "../../format.ts";
import { normals, uniform } from "../random.ts";
import type { Part } from "./convexOrNot.ts";
import { distinct, excesses } from "./ends.ts";

const [rows, columns, trueRank, noise, seen] = [40, 30, 3, 0.3, 0.4];
const strengths = [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2];
const ranks = [trueRank, columns];
const seeds = 20;
/** Where starts are compared. */
const compared = 0.4;

/**
 * A matrix of rank 3 of which 40 % of the entries are seen, with noise: the nuclear norm, and factors in its place. Since
 * ‖Z‖_* is the least ½(‖U‖² + ‖V‖²) of all UVᵀ = Z, they are the same question where the factors are wide enough.
 *
 * @see Srebro, Rennie & Jaakkola (2004), Maximum-margin matrix factorization
 */
export const completion: Part = (report) => {
  const { ratings, hidden } = drawn();
  const errorOf = (value: (user: number, item: number) => number): number =>
    Math.sqrt(
      hidden.reduce((sum, [i, j, truth]) => sum + (value(i, j) - truth) ** 2, 0) / hidden.length,
    );
  report("completing by the nuclear norm");
  const convex = strengths.map((strength) => {
    const made = softImpute({ strength, tolerance: 1e-9, iterations: 5000 }).fit(ratings);
    return { strength, made, error: errorOf((i, j) => entryOf(made, i, j)) };
  });
  const factored = ranks.map((rank) => {
    report(`completing by factors of rank ${rank}`);
    return {
      rank,
      fits: strengths.map((strength) => {
        const made = factors(ratings, rank, strength, 0);
        return { strength, made, error: errorOf((i, j) => made.predict([i], [j])[0]!) };
      }),
      objectives: Array.from({ length: seeds }, (_, seed) =>
        objectiveOf(factors(ratings, rank, compared, seed)),
      ),
    };
  });
  const lowest = <T extends { readonly error: number }>(fits: readonly T[]): T =>
    fits.reduce((a, b) => (b.error < a.error ? b : a));
  const shown = convex.find(({ strength }) => strength === compared)!.made.verdict;
  if (shown.kind !== "global-minimum") throw new Error("soft-impute ended without a certificate");
  const bestConvex = lowest(convex);
  return {
    tables: [
      {
        title: `nuclear norm or factors: a ${rows} × ${columns} matrix of rank ${trueRank}, ${100 * seen} % of it seen, noise ${noise}`,
        columns: ["by", "strength", "held-out RMSE", "rank", "verdict", "gap"],
        rows: [
          [
            "nuclear norm",
            bestConvex.strength,
            bestConvex.error,
            bestConvex.made.singularValues.length,
            ...verdictCells(bestConvex.made.verdict),
          ],
          ...factored.map(({ rank, fits }) => {
            const { strength, error, made } = lowest(fits);
            return [
              `factors of rank ${rank}`,
              ...[strength, error, rankOf(made)],
              ...verdictCells(made.verdict),
            ];
          }),
        ],
        show: (value) => formatNumber(value, 3),
        note: `At the strength with the least error on the ${hidden.length} entries that were not seen, against their values without noise.`,
      },
      {
        title: `where alternating least squares ends from ${seeds} seeds, strength ${compared}`,
        columns: [
          "by",
          "different ends",
          "lowest objective",
          "highest above it",
          "above the nuclear norm's bound",
        ],
        rows: [
          ["nuclear norm", 1, shown.primal, 0, shown.gap / shown.primal],
          ...factored.map(({ rank, objectives }) => {
            const least = Math.min(...objectives);
            return [
              `factors of rank ${rank}`,
              ...[distinct(objectives), least, (Math.max(...objectives) - least) / least],
              (least - shown.dual) / least,
            ];
          }),
        ],
        show: (value, column) => (column === 2 ? value.toPrecision(8) : formatNumber(value, 3)),
        note: "½Σ(r − z)² + λ‖Z‖_*, or with ½(‖U‖² + ‖V‖²) in its place. Ends are different whose objectives differ by more than a millionth; the last two columns are relative.",
      },
    ],
    pictures: {
      "nuclear-factors": svgCharts(
        [
          {
            title: "Error on entries that were not seen",
            x: { label: "strength λ", scale: "log" },
            y: { label: "root of the mean squared error" },
            series: [
              {
                name: "nuclear norm",
                points: convex.map(({ strength, error }) => [strength, error]),
              },
              ...factored.map(({ rank, fits }) => ({
                name: `factors of rank ${rank}`,
                points: fits.map(({ strength, error }) => [strength, error] as const),
                dashed: rank > trueRank,
              })),
            ],
          },
          {
            title: `Objectives that ${seeds} seeds end at, sorted, λ = ${compared}`,
            x: { label: "seed" },
            y: { label: "above the nuclear norm's lower bound, relative" },
            series: factored.map(({ rank, objectives }) => ({
              name: `factors of rank ${rank}`,
              points: excesses(objectives, shown.dual).map((excess, k) => [k + 1, excess] as const),
              as: "steps" as const,
            })),
          },
        ],
        1,
      ),
    },
  };
};

function drawn(): {
  readonly ratings: Ratings;
  readonly hidden: readonly (readonly [number, number, number])[];
} {
  const [next, pick] = [normals(3), uniform(4)];
  const left = Array.from({ length: rows }, () => Array.from({ length: trueRank }, next));
  const right = Array.from({ length: columns }, () => Array.from({ length: trueRank }, next));
  const [users, items, values]: number[][] = [[], [], []];
  const hidden: [number, number, number][] = [];
  left.forEach((u, i) => {
    right.forEach((v, j) => {
      const truth = u.reduce((sum, uk, k) => sum + uk * v[k]!, 0);
      if (pick() < seen) {
        users!.push(i);
        items!.push(j);
        values!.push(truth + noise * next());
      } else hidden.push([i, j, truth]);
    });
  });
  return { ratings: { users: users!, items: items!, values: values! }, hidden };
}

const factors = (ratings: Ratings, rank: number, strength: number, seed: number): Factorization =>
  matrixFactorization({
    ...{ rank, strength, seed, weighted: false, threads: 1 },
    ...{ iterations: 5000, tolerance: 1e-12 },
  }).fit(ratings);

/** In the units of the nuclear norm's question. */
const objectiveOf = ({ history }: Factorization): number => 0.5 * history.at(-1)!;

const entryOf = ({ matrix, userIds, itemIds }: Completion, user: number, item: number): number =>
  matrix[userIds.indexOf(user) * itemIds.length + itemIds.indexOf(item)]!;

/** Of the product of the factors, as far as it is more than what is left of the iterations. */
function rankOf({ users, items, rank }: Factorization): number {
  const [m, n] = [users.length / rank, items.length / rank];
  const product = Float64Array.from({ length: m * n }, (_, e) => {
    const [i, j] = [Math.floor(e / n), e % n];
    let sum = 0;
    for (let k = 0; k < rank; k++) sum += users[i * rank + k]! * items[j * rank + k]!;
    return sum;
  });
  const { values } = singularValueDecomposition(product, m, n);
  return values.filter((value) => value > 1e-4 * values[0]!).length;
}

const verdictCells = (verdict: Completion["verdict"]): [string, number | null] => [
  verdict.kind,
  verdict.kind === "global-minimum" ? verdict.gap : null,
];
