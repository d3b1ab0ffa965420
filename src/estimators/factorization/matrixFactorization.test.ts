import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { numbersFrom } from "../../linalg/testing.ts";
import { mcp } from "../../methods/penalties/mcp.ts";
import golden from "./factorization.golden.json" with { type: "json" };
import { type Factorization, matrixFactorization } from "./matrixFactorization.ts";
import { readRatings } from "./ratings.ts";
import { descendOne } from "./sgd.ts";
import { softImpute } from "./softImpute.ts";

const { full, observed, U0, V0, rank } = golden;
const [rowCount, columnCount] = golden.shape as [number, number];
const entries = observed as [number, number][];
const ratings = {
  users: entries.map(([i]) => i),
  items: entries.map(([, j]) => j),
  values: entries.map(([i, j]) => full[i]![j]!),
};
const whole = {
  users: Array.from({ length: rowCount * columnCount }, (_, e) => Math.floor(e / columnCount)),
  items: Array.from({ length: rowCount * columnCount }, (_, e) => e % columnCount),
  values: full.flat(),
};
/** Rows in the order in which nadir numbers the ids. */
const inOrder = (rows: readonly (readonly number[])[], ids: readonly (number | string)[]) =>
  Float64Array.from(ids.flatMap((id) => rows[Number(id)]!));
const table = readRatings(ratings);
const start = { users: inOrder(U0, table.userIds), items: inOrder(V0, table.itemIds) };
const relative = (got: number, want: number) => Math.abs(got - want) / Math.max(1, Math.abs(want));

describe("alternating least squares", () => {
  test.for(golden.alsWR)(
    "follows the reference half step by half step (λ = $lam, weighted: $weighted)",
    (reference) => {
      const { history, users, userIds } = matrixFactorization({
        ...{ rank, strength: reference.lam, weighted: reference.weighted, start },
        ...{ iterations: reference.afterU.length, tolerance: 0 },
      }).fit(ratings);
      expect(relative(history[0]!, reference.startObjective)).toBeLessThan(1e-9);
      reference.afterU.forEach((value, k) => {
        expect(relative(history[2 * k + 1]!, value)).toBeLessThan(1e-9);
        expect(relative(history[2 * k + 2]!, reference.afterUV[k]!)).toBeLessThan(1e-9);
      });
      const row = userIds.indexOf(0) * rank;
      reference.firstRowsU[0]!.forEach((value, i) => {
        expect(users[row + i]).toBeCloseTo(value, 8);
      });
    },
  );

  test("by conjugate gradients reaches the same objective, never rising", () => {
    const options = { rank, strength: 0.05, start, iterations: 100, tolerance: 1e-10 };
    const exact = matrixFactorization(options).fit(ratings);
    const { history } = matrixFactorization({ ...options, solver: "cg" }).fit(ratings);
    history.forEach((value, i) => {
      if (i > 0) expect(value).toBeLessThanOrEqual(history[i - 1]! * (1 + 1e-12));
    });
    expect(relative(history.at(-1)!, exact.history.at(-1)!)).toBeLessThan(1e-3);
  });

  test.for(golden.fullyObserved.ridge)(
    "certifies the global minimum of a matrix observed whole (rank $rank, λ = $lam)",
    (reference) => {
      const { verdict } = matrixFactorization({
        ...{
          rank: reference.rank,
          strength: reference.lam,
          weighted: false,
          iterations: 3000,
          tolerance: 1e-14,
        },
      }).fit(whole);
      if (verdict.kind !== "global-minimum") throw new Error(JSON.stringify(verdict));
      expect(relative(verdict.dual, 2 * reference.minValue)).toBeLessThan(1e-9); // the reference halves the objective
      expect(verdict.gap).toBeLessThan(1e-5 * verdict.primal);
    },
  );

  test.for(golden.fullyObserved.unregularized)(
    "reaches Eckart and Young's bound at rank $rank",
    ({ rank: k, minHalfSquaredError }) => {
      const { verdict } = matrixFactorization({
        rank: k,
        strength: 0,
        iterations: 3000,
        tolerance: 1e-13,
      }).fit(whole);
      expect(verdict).toMatchObject({ kind: "global-minimum" });
      if (verdict.kind === "global-minimum")
        expect(relative(verdict.primal, 2 * minHalfSquaredError)).toBeLessThan(1e-6);
    },
  );

  property.prop([
    fc.integer({ min: 0, max: 1e6 }),
    fc.constantFrom("exact", "cg", "nonnegative", "penalty", "biases", "implicit"),
  ])("never raises the objective in a half step", (seed, kind) => {
    const next = numbersFrom(seed);
    const pairs = Array.from(
      { length: 40 },
      (_, e) => [Math.floor(e / 5), (3 * e + seed) % 11] as const,
    ).filter(([i, j], e, all) => all.findIndex(([a, b]) => a === i && b === j) === e);
    const data = {
      users: pairs.map(([i]) => i),
      items: pairs.map(([, j]) => `item ${j}`),
      values: pairs.map(() => (kind === "implicit" ? Math.abs(next()) : next())),
    };
    const { history } = matrixFactorization({
      ...{ rank: 3, strength: 0.1, seed, iterations: 8 },
      ...(kind === "cg" ? { solver: "cg" as const } : {}),
      ...(kind === "nonnegative" ? { nonnegative: true } : {}),
      ...(kind === "penalty" ? { penalty: mcp(0.2, { gamma: 3 }) } : {}),
      ...(kind === "biases" ? { biases: true } : {}),
      ...(kind === "implicit" ? { feedback: "implicit" as const } : {}),
    }).fit(data);
    expect(history.length).toBeGreaterThan(2);
    history.forEach((value, i) => {
      if (i > 0)
        expect(value).toBeLessThanOrEqual(history[i - 1]! + 1e-9 * Math.abs(history[i - 1]!));
    });
  });

  test("keeps nonnegative factors nonnegative, and biases near what each user adds", () => {
    const { users, items } = matrixFactorization({ rank: 3, nonnegative: true }).fit({
      ...ratings,
      values: ratings.values.map(Math.abs),
    });
    expect(Math.min(...users, ...items)).toBeGreaterThanOrEqual(0);
    const tendencies = [3, -2, 0];
    const additive = {
      users: Array.from({ length: 60 }, (_, e) => e % 3),
      items: Array.from({ length: 60 }, (_, e) => Math.floor(e / 3)),
      values: Array.from({ length: 60 }, (_, e) => 5 + tendencies[e % 3]!),
    };
    const { userBiases, mean } = matrixFactorization({
      rank: 1,
      strength: 1e-3,
      biases: true,
      iterations: 100,
    }).fit(additive);
    expect(userBiases[0]! - userBiases[1]!).toBeCloseTo(5, 0);
    expect(mean).toBeCloseTo(5 + 1 / 3, 10);
  });
});

/** Values and gradients by the formula, of factors in rows of `rank` numbers. */
function byFormula(
  {
    users,
    items,
    values,
  }: { users: readonly number[]; items: readonly number[]; values: readonly number[] },
  fitted: Factorization,
  { strength, confidence }: { strength: number; confidence?: number },
) {
  const { rank: k, users: u, items: v, userBiases: b, itemBiases: c, mean } = fitted;
  const [m, n] = [fitted.userIds.length, fitted.itemIds.length];
  const observed = new Map(
    values.map((value, e) => [
      fitted.userIds.indexOf(users[e]!) * n + fitted.itemIds.indexOf(items[e]!),
      value,
    ]),
  );
  const counts = { u: new Float64Array(m), v: new Float64Array(n) };
  for (const at of observed.keys()) {
    counts.u[Math.floor(at / n)]!++;
    counts.v[at % n]!++;
  }
  const slopes = {
    u: new Float64Array(u.length),
    v: new Float64Array(v.length),
    b: new Float64Array(m),
    c: new Float64Array(n),
  };
  let value = 0;
  const penalize = (x: Float64Array, slope: Float64Array, width: number, count: Float64Array) =>
    x.forEach((entry, i) => {
      const weight = confidence === undefined ? strength * count[Math.floor(i / width)]! : strength;
      value += weight * entry * entry;
      slope[i]! += 2 * weight * entry;
    });
  penalize(u, slopes.u, k, counts.u);
  penalize(v, slopes.v, k, counts.v);
  if (mean !== 0) {
    penalize(b, slopes.b, 1, counts.u);
    penalize(c, slopes.c, 1, counts.v);
  }
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      const rating = observed.get(i * n + j);
      if (rating === undefined && confidence === undefined) continue;
      let score = mean + b[i]! + c[j]!;
      for (let l = 0; l < k; l++) score += u[i * k + l]! * v[j * k + l]!;
      const weight = confidence === undefined ? 1 : 1 + confidence * (rating ?? 0);
      const target = confidence === undefined ? rating! : rating === undefined ? 0 : 1;
      value += weight * (target - score) ** 2;
      const slope = -2 * weight * (target - score);
      for (let l = 0; l < k; l++) {
        slopes.u[i * k + l]! += slope * v[j * k + l]!;
        slopes.v[j * k + l]! += slope * u[i * k + l]!;
      }
      slopes.b[i]! += slope;
      slopes.c[j]! += slope;
    }
  }
  const all = [slopes.u, slopes.v, ...(mean === 0 ? [] : [slopes.b, slopes.c])];
  return {
    value,
    gradientNorm: Math.sqrt(all.flatMap((slope) => [...slope]).reduce((sum, x) => sum + x * x, 0)),
  };
}

describe("what a fit states", () => {
  const positive = { ...ratings, values: ratings.values.map(Math.abs) };
  test.for([
    ["explicit", ratings, { strength: 0.3 }],
    ["biases", ratings, { strength: 0.3, biases: true }],
    ["conjugate gradients with biases", ratings, { strength: 0.3, biases: true, solver: "cg" }],
    ["implicit", positive, { strength: 0.3, feedback: "implicit", confidence: 2 }],
    [
      "implicit by conjugate gradients",
      positive,
      { strength: 0.3, feedback: "implicit", confidence: 2, solver: "cg" },
    ],
  ] as const)("is the objective and its gradient by the formula: %s", ([, data, options]) => {
    const fitted = matrixFactorization({ rank: 5, iterations: 3, tolerance: 0, ...options }).fit(
      data,
    );
    const { value, gradientNorm } = byFormula(data, fitted, options);
    expect(gradientNorm).toBeGreaterThan(1e-3);
    expect(relative(fitted.history.at(-1)!, value)).toBeLessThan(1e-12);
    expect(relative(fitted.verdict.gradientNorm, gradientNorm)).toBeLessThan(1e-10);
  });

  test.for([
    { rank: 5, biases: true },
    { rank: 4, solver: "cg" },
    { rank: 6, feedback: "implicit", nonnegative: true },
  ] as const)("is the same to the bit with any number of threads: %j", (options) => {
    const [one, ...others] = [1, 2, 3].map((threads) =>
      matrixFactorization({ ...options, threads, iterations: 4, tolerance: 0 }).fit(positive),
    );
    for (const other of others) {
      expect(other.users).toEqual(one!.users);
      expect(other.items).toEqual(one!.items);
      expect(other.history).toEqual(one!.history);
    }
  });
});

describe("stochastic gradient descent", () => {
  test.for(golden.sgd.cases)(
    "follows the reference through one pass (rate $lr)",
    ({ lr, lam, halfSquaredError, checksumU }) => {
      const factors = {
        ...{ rank, mean: 0 },
        users: { factors: start.users.slice(), biases: new Float64Array(rowCount) },
        items: { factors: start.items.slice(), biases: new Float64Array(columnCount) },
      };
      for (const entry of golden.sgd.order)
        descendOne(factors, table, entry, { learningRate: lr, strength: lam, biases: false });
      let half = 0;
      ratings.values.forEach((value, e) => {
        let score = 0;
        for (let i = 0; i < rank; i++)
          score +=
            factors.users.factors[table.users[e]! * rank + i]! *
            factors.items.factors[table.items[e]! * rank + i]!;
        half += 0.5 * (value - score) ** 2;
      });
      expect(relative(half, halfSquaredError)).toBeLessThan(1e-9);
      expect(factors.users.factors.reduce((sum, value) => sum + value, 0)).toBeCloseTo(
        checksumU,
        8,
      );
    },
  );

  test("lowers the objective, the same way for the same seed", () => {
    const options = {
      rank,
      method: "sgd",
      strength: 0.02,
      learningRate: 0.02,
      iterations: 40,
      seed: 3,
    } as const;
    const { history, users } = matrixFactorization(options).fit(ratings);
    expect(history.at(-1)).toBeLessThan(0.5 * history[0]!);
    expect(matrixFactorization(options).fit(ratings).users).toEqual(users);
  });
});

describe("softImpute", () => {
  test.for(golden.softImpute)(
    "reaches the reference's minimum with a dual value (λ = $lam)",
    (reference) => {
      const { verdict, matrix, singularValues, userIds, itemIds } = softImpute({
        strength: reference.lam,
      }).fit(ratings);
      if (verdict.kind !== "global-minimum") throw new Error(JSON.stringify(verdict));
      expect(relative(verdict.primal, reference.objective)).toBeLessThan(1e-7);
      expect(verdict.gap).toBeLessThan(1e-6 * verdict.primal);
      expect(singularValues).toHaveLength(reference.rank);
      for (const [i, j, z] of reference.sampleEntries as [number, number, number][]) {
        expect(matrix[userIds.indexOf(i) * columnCount + itemIds.indexOf(j)]).toBeCloseTo(z, 3);
      }
    },
  );
});

describe("a fitted factorization", () => {
  const fitted = matrixFactorization({ rank: 1, strength: 0.01 }).fit({
    users: ["ann", "ann", "bob"],
    items: ["x", "y", "y"],
    values: [5, 1, 4],
  });

  test("recommends what is not rated yet, best first", () => {
    expect(fitted.recommend("bob").map(({ item }) => item)).toEqual(["x"]);
    const all = fitted.recommend("ann", { includeRated: true });
    expect(all.map(({ score }) => score)).toEqual(
      [...all.map(({ score }) => score)].sort((a, b) => b - a),
    );
    expect(fitted.predict(["ann"], ["x"])[0]).toBeCloseTo(5, 0);
  });

  test("refuses users and items that it has not seen, and ratings that cannot be", () => {
    expect(() => fitted.predict(["eve"], ["x"])).toThrow(
      /no user "eve" among the ratings[\s\S]*most popular/,
    );
    expect(() => fitted.recommend("eve")).toThrow(/no user "eve"/);
    const twice = { users: [1, 1], items: [2, 2], values: [3, 4] };
    expect(() => matrixFactorization().fit(twice)).toThrow(/user 1 rates item 2 twice/);
    expect(() =>
      matrixFactorization().fit({ users: [1], items: [2], values: [Number.NaN] }),
    ).toThrow(/row 0 holds NaN/);
    expect(() => matrixFactorization().fit({ users: [1], items: [2, 3], values: [1] })).toThrow(
      /1 users, 2 items/,
    );
    expect(() =>
      matrixFactorization({ feedback: "implicit" }).fit({ users: [1], items: [2], values: [-1] }),
    ).toThrow(/holds -1/);
    expect(() =>
      matrixFactorization({ feedback: "implicit", biases: true }).fit({
        users: [1],
        items: [2],
        values: [1],
      }),
    ).toThrow(/explicit ratings alone/);
  });
});
