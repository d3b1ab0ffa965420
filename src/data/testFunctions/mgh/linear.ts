import { mul, sub } from "../../../array/operations/elementwise.ts";
import { pad } from "../../../array/operations/shaping.ts";
import { adjustable, type LeastSquares, range, repeated } from "../testFunction.ts";
import { problem } from "./problem.ts";

/** The shortest x with Σ j·xⱼ = total over j = first … last; the others are 0. */
function shortest(n: number, first: number, last: number, total: number): number[] {
  const inside = (j: number): boolean => j >= first && j <= last;
  const squares = range(first, last).reduce((sum, j) => sum + j * j, 0);
  return range(1, n).map((j) => (inside(j) ? (j * total) / squares : 0));
}

/** Twice as many residuals as unknowns, as in the tables that are usually quoted. */
const residualsOf = (n: number): number => 2 * n;

const fullRank = (n: number): LeastSquares => {
  const m = residualsOf(n);
  return problem(32, {
    key: "linfun_fr",
    name: "Linear, full rank",
    start: repeated(n, 1),
    residuals: (x) =>
      pad(x, [[0, m - n]])
        .sub(x.sum().mul(2 / m))
        .sub(1),
    minima: [{ value: m - n, x: repeated(n, -1) }],
  });
};

const rankOne = (n: number): LeastSquares => {
  const m = residualsOf(n);
  return problem(33, {
    key: "linfun_r1",
    name: "Linear, rank 1",
    start: repeated(n, 1),
    residuals: (x) => mul(range(1, m), x.mul(range(1, n)).sum()).sub(1),
    minima: [
      {
        value: (m * (m - 1)) / (2 * (2 * m + 1)),
        x: shortest(n, 1, n, 3 / (2 * m + 1)),
        note: "one of a plane",
      },
    ],
  });
};

const rankOneWithZeros = (n: number): LeastSquares => {
  const m = residualsOf(n);
  const rows = [0, ...range(1, m - 2), 0];
  const columns = [0, ...range(2, n - 1), 0];
  return problem(34, {
    key: "linfun_r1z",
    name: "Linear, rank 1 with zero columns and rows",
    start: repeated(n, 1),
    residuals: (x) => sub(mul(rows, x.mul(columns).sum()), 1),
    minima: [
      {
        value: (m * m + 3 * m - 6) / (2 * (2 * m - 3)),
        x: shortest(n, 2, n - 1, 3 / (2 * m - 3)),
        note: "one of a plane",
      },
    ],
  });
};

/** Linear least squares, of full and of deficient rank. */
export const linear: readonly LeastSquares[] = [
  adjustable(fullRank, 5),
  adjustable(rankOne, 5),
  adjustable(rankOneWithZeros, 5, { least: 3 }),
];
