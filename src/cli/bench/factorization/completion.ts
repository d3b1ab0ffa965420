import type { Verdict } from "../../../diagnosis/verdict.ts";
import { matrixFactorization } from "../../../estimators/factorization/matrixFactorization.ts";
import { softImpute } from "../../../estimators/factorization/softImpute.ts";
import { formatNumber } from "../../format.ts";
import type { Table } from "../experiment.ts";
import { type Columns, plantedRatings, rootMeanSquare } from "./planted.ts";

const [users, items, trueRank] = [120, 80, 4];

/** A completed matrix, and what is proven of it. */
interface Completed {
  readonly strength: number;
  readonly rank: number;
  readonly observed: number;
  readonly held: number;
  readonly seconds: number;
  readonly verdict: Verdict;
  /** How far, of itself, the objective can be above the minimum over all matrices, by what is proven. */
  readonly above: number | null;
}

/**
 * The same entries completed convexly and not: the nuclear norm by soft-impute, and factorizations of several ranks, at several
 * levels of noise; each with the strength, of nine, that is best on entries set aside for that.
 */
export function completion(report: (line: string) => void): Table {
  const rows: (string | number | null)[][] = [];
  for (const noise of [0.1, 0.5, 1]) {
    const { train, held: aside } = plantedRatings({
      ...{ users, items, count: 4000, rank: trueRank, noise, heldOut: 0.3, seed: 11 },
    });
    const [choose, held] = halves(aside);
    const fits: Readonly<Record<string, (strength: number) => Completed>> = {
      "nuclear norm, soft-impute": (strength) => byNuclearNorm(train, held, strength),
      ...Object.fromEntries(
        [40, trueRank, 2 * trueRank, trueRank / 2].map((rank) => [
          `factors, rank ${rank}`,
          (strength: number) => byFactors(train, held, strength, rank),
        ]),
      ),
    };
    for (const [name, fit] of Object.entries(fits)) {
      report(`noise ${noise}: ${name}`);
      const chosen = bestStrength(name, train, choose);
      const { strength, rank, observed, held: error, seconds, verdict, above } = fit(chosen);
      rows.push([noise, name, strength, rank, observed, error, seconds, verdict.kind, above]);
    }
  }
  return {
    title: `the same entries completed convexly and not: ${users} × ${items}, true rank ${trueRank}, 2,800 entries of 9,600`,
    columns: [
      ...["noise", "method", "λ", "rank", "RMSE observed", "RMSE held out", "seconds"],
      ...["verdict", "at most above the minimum"],
    ],
    rows,
    show: (value, column) =>
      column === 3 ? String(value) : column === 8 ? percent(value) : formatNumber(value, 3),
    note: "Entries have variance 1 and noise is added; λ is the best of nine on 600 entries set aside, errors are of another 600. The last column is proven: by the duality gap, or for a stationary point by the bound that the nuclear norm's dual gives for factors of any rank.",
  };
}

const percent = (value: number): string => `${formatNumber(100 * value, 2)} %`;

function byNuclearNorm(train: Columns, held: Columns, strength: number): Completed {
  const began = performance.now();
  const { singularValues, verdict, predict } = softImpute({ strength }).fit(train);
  const seconds = (performance.now() - began) / 1000;
  const error = (columns: Columns) =>
    rootMeanSquare(predict(columns.users, columns.items), columns);
  return {
    ...{ strength, rank: singularValues.length, seconds, verdict },
    above: verdict.kind === "global-minimum" ? verdict.gap / verdict.primal : null,
    observed: error(train),
    held: error(held),
  };
}

function byFactors(train: Columns, held: Columns, strength: number, rank: number): Completed {
  const began = performance.now();
  const { predict, verdict, history, lowerBound } = matrixFactorization({
    ...{ rank, strength, weighted: false, iterations: 5000, tolerance: 1e-10, seed: 1 },
  }).fit(train);
  const seconds = (performance.now() - began) / 1000;
  const error = (columns: Columns) =>
    rootMeanSquare(predict(columns.users, columns.items), columns);
  const value = history.at(-1)!; // the start's, at least
  const above = lowerBound === undefined ? null : Math.max(0, value - lowerBound) / value;
  return { strength, rank, seconds, verdict, above, observed: error(train), held: error(held) };
}

/** By factors of rank 40 for the nuclear norm, too: the minimum is the same. */
function bestStrength(name: string, train: Columns, choose: Columns): number {
  const rank = Number(/rank (\d+)/.exec(name)?.[1] ?? 40);
  let best = { strength: Number.NaN, error: Number.POSITIVE_INFINITY };
  for (let k = 0; k < 9; k++) {
    const strength = 16 * 0.55 ** k;
    const { predict } = matrixFactorization({
      ...{ rank, strength, weighted: false, iterations: 500, tolerance: 1e-7, seed: 1 },
    }).fit(train);
    const error = rootMeanSquare(predict(choose.users, choose.items), choose);
    if (error < best.error) best = { strength, error };
  }
  return best.strength;
}

function halves({ users: who, items: what, values }: Columns): readonly [Columns, Columns] {
  const half = (which: 0 | 1): Columns => ({
    users: who.filter((_, e) => e % 2 === which),
    items: what.filter((_, e) => e % 2 === which),
    values: values.filter((_, e) => e % 2 === which),
  });
  return [half(0), half(1)];
}
