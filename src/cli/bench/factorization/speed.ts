import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { matrixFactorization } from "../../../estimators/factorization/matrixFactorization.ts";
import type { FactorizationOptions } from "../../../estimators/factorization/options.ts";
import { formatNumber } from "../../format.ts";
import type { Table } from "../experiment.ts";
import { median } from "../median.ts";
import { outputOf } from "../python.ts";
import { type Columns, type Planted, plantedRatings, rootMeanSquare } from "./planted.ts";

const rank = 32;
const trueRank = 8;
const strength = 0.05;
const iterations = 6;

const kinds: Readonly<Record<string, FactorizationOptions>> = {
  "explicit, exact": { strength },
  "explicit, CG-3": { strength, solver: "cg" },
  "explicit, nonnegative": { strength, nonnegative: true },
  "implicit, exact": { feedback: "implicit", strength: 0.1, confidence: 1 },
  "implicit, CG-3": { feedback: "implicit", strength: 0.1, confidence: 1, solver: "cg" },
};

/** Seconds of an iteration of alternating least squares, by one thread and two, NumPy beside. */
export async function speed(withPeers: boolean, report: (line: string) => void): Promise<Table> {
  const rows: (string | number | null)[][] = [];
  const notes: string[] = [];
  for (const [users, items, count] of [
    [2000, 1000, 100_000],
    [20_000, 10_000, 2_000_000],
  ] as const) {
    report(`planting ${count} ratings`);
    const planted = plantedRatings({
      ...{ users, items, count, rank: trueRank, noise: 0.5, heldOut: 0.1, seed: 7 },
    });
    for (const [name, kind] of Object.entries(kinds)) {
      for (const threads of [1, 2]) {
        report(`${count} ratings, ${name}, ${threads} threads`);
        const { seconds, rmse } = timed(planted, { ...kind, threads });
        rows.push([`${count / 1000}k`, name, "nadir", threads, seconds, rmse]);
      }
    }
    if (!withPeers) continue;
    report(`${count} ratings, NumPy`);
    const peer = await numpy(planted);
    if (typeof peer === "string") notes.push(` NumPy: ${peer}.`);
    else
      for (const { name, seconds, rmse } of peer)
        rows.push([`${count / 1000}k`, "explicit, exact", name, 1, seconds, rmse]);
  }
  return {
    title: `alternating least squares: seconds an iteration at rank ${rank}`,
    columns: ["ratings", "method", "by", "threads", "seconds an iteration", "RMSE held out"],
    rows,
    show: (value, column) => (column === 3 ? String(value) : formatNumber(value, 3)),
    note: `Ratings of a planted matrix of rank ${trueRank}, entries of variance 1, noise 0.5; a tenth held out; after ${iterations} iterations. An iteration is both half steps, nadir's with the objective after each; reading the ratings and the first iteration are not counted. Implicit: the same entries as counts |r|, α = 1.${notes.join("")}`,
  };
}

function timed({ train, held }: Planted, kind: FactorizationOptions) {
  const implicit = kind.feedback === "implicit";
  const data = implicit ? { ...train, values: train.values.map(Math.abs) } : train;
  const run = (count: number) => {
    const began = performance.now();
    const fitted = matrixFactorization({ rank, iterations: count, tolerance: 0, ...kind }).fit(
      data,
    );
    return { fitted, seconds: (performance.now() - began) / 1000 };
  };
  const { fitted } = run(iterations); // compiles the kernel, too
  // What reading, starting threads and the last measurements take drops out of a difference, if enough is left beside it.
  const many = train.values.length < 1e6 ? 60 : iterations;
  const seconds = median([0, 1, 2].map(() => (run(many).seconds - run(1).seconds) / (many - 1)));
  const rmse = implicit ? null : rootMeanSquare(fitted.predict(held.users, held.items), held);
  return { seconds, rmse };
}

interface PeerRow {
  readonly name: string;
  readonly seconds: number;
  readonly rmse: number;
}

/** The same by NumPy, or why not. */
async function numpy({ train, held }: Planted): Promise<readonly PeerRow[] | string> {
  const folder = await mkdtemp(join(tmpdir(), "nadir-als-"));
  const bytes = ({ buffer, byteOffset, byteLength }: Int32Array | Float64Array) =>
    new Uint8Array(buffer, byteOffset, byteLength);
  const columns = (prefix: string, { users, items, values }: Columns) => [
    writeFile(join(folder, `${prefix === "" ? "users" : `${prefix}Users`}.i32`), bytes(users)),
    writeFile(join(folder, `${prefix === "" ? "items" : `${prefix}Items`}.i32`), bytes(items)),
    writeFile(join(folder, `${prefix === "" ? "values" : `${prefix}Values`}.f64`), bytes(values)),
  ];
  try {
    await Promise.all([
      ...columns("", train),
      ...columns("held", held),
      writeFile(join(folder, "meta.json"), JSON.stringify({ rank, strength, iterations })),
    ]);
    const answer = await outputOf("als_peer.py", "numpy and scipy", [folder]);
    // als_peer.py prints these.
    return "missing" in answer ? answer.missing : (JSON.parse(answer.output) as PeerRow[]);
  } finally {
    await rm(folder, { recursive: true });
  }
}
