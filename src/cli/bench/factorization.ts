import { matrixFactorization } from "../../estimators/factorization/matrixFactorization.ts";
import type { FactorizationOptions } from "../../estimators/factorization/options.ts";
import type { Ratings } from "../../estimators/factorization/ratings.ts";
import { formatNumber } from "../format.ts";
import type { Experiment } from "./experiment.ts";
import { uniform } from "./random.ts";

/** Ratings of a planted matrix of low rank with noise, a tenth of them held out. */
interface Planted {
  readonly train: Ratings;
  readonly held: Ratings;
}

const rank = 32;

/** Seconds of an iteration of alternating least squares and the error on held-out ratings, at two sizes. */
export const factorization: Experiment = {
  name: "factorization",
  run: async (_options, report) => {
    const rows: (string | number | null)[][] = [];
    for (const [users, items, count] of [
      [2000, 1000, 100_000],
      [20_000, 10_000, 2_000_000],
    ] as const) {
      const { train, held } = plant(users, items, count);
      const kinds: Readonly<Record<string, FactorizationOptions>> = {
        "explicit, exact": { strength: 0.05 },
        "explicit, CG-3": { strength: 0.05, solver: "cg" },
        "implicit, exact": { feedback: "implicit", strength: 0.1, confidence: 1 },
        "implicit, CG-3": { feedback: "implicit", strength: 0.1, confidence: 1, solver: "cg" },
      };
      for (const [name, kind] of Object.entries(kinds)) {
        report(`${name}, ${count} ratings`);
        const implicit = kind.feedback === "implicit";
        const data = implicit
          ? { ...train, values: Float64Array.from(train.values, Math.abs) }
          : train;
        const timed = (iterations: number) => {
          const began = performance.now();
          const fitted = matrixFactorization(data, { rank, iterations, tolerance: 0, ...kind });
          return { fitted, seconds: (performance.now() - began) / 1000 };
        };
        // What reading and the last measurements take drops out of the difference.
        const [few, more] = [timed(1), timed(5)];
        const rmse = implicit
          ? null
          : rootMeanSquare(more.fitted.predict(held.users, held.items), held);
        rows.push([`${count / 1000}k`, name, (more.seconds - few.seconds) / 4, rmse]);
      }
    }
    return {
      tables: [
        {
          title: `Matrix factorization, rank ${rank}, one thread`,
          columns: ["ratings", "method", "seconds an iteration", "RMSE held out"],
          rows,
          show: (value, column) => formatNumber(value, column === 2 ? 3 : 4),
          note: "Ratings of a planted matrix of rank 32 and noise of standard deviation 0.5; after 5 iterations; an iteration is both half steps and the objective after each.",
        },
      ],
    };
  },
};

function rootMeanSquare(scores: Float64Array, { values }: Ratings): number {
  let square = 0;
  scores.forEach((score, i) => {
    square += (score - values[i]!) ** 2;
  });
  return Math.sqrt(square / scores.length);
}

function plant(users: number, items: number, count: number): Planted {
  const next = uniform(7);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  const draw = (size: number): Float64Array =>
    Float64Array.from({ length: size }, () => normal() / Math.sqrt(rank) ** 0.5);
  const [u, v] = [draw(users * rank), draw(items * rank)];
  const taken = new Set<number>();
  const columns = { users: [] as number[], items: [] as number[], values: [] as number[] };
  while (taken.size < count) {
    const [i, j] = [Math.floor(next() * users), Math.floor(next() * items)];
    if (taken.has(i * items + j)) continue;
    taken.add(i * items + j);
    let value = 0.5 * normal();
    for (let k = 0; k < rank; k++) value += u[i * rank + k]! * v[j * rank + k]!;
    columns.users.push(i);
    columns.items.push(j);
    columns.values.push(value);
  }
  const seen = Math.floor(0.9 * count);
  const part = (from: number, to: number): Ratings => ({
    users: columns.users.slice(from, to),
    items: columns.items.slice(from, to),
    values: columns.values.slice(from, to),
  });
  const train = part(0, seen);
  const [who, what] = [new Set(train.users as number[]), new Set(train.items as number[])];
  const rest = part(seen, count);
  const kept = Array.from({ length: count - seen }, (_, e) => e).filter(
    (e) => who.has(rest.users[e] as number) && what.has(rest.items[e] as number),
  );
  const held = {
    users: kept.map((e) => rest.users[e]!),
    items: kept.map((e) => rest.items[e]!),
    values: kept.map((e) => rest.values[e]!),
  };
  return { train, held };
}
