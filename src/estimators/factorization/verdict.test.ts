import { describe, expect, test } from "vitest";
import { l1 } from "../../methods/penalties/l1.ts";
import { mcp } from "../../methods/penalties/mcp.ts";
import { lHalf } from "../../methods/penalties/registry.ts";
import golden from "./factorization.golden.json" with { type: "json" };
import { matrixFactorization } from "./matrixFactorization.ts";

const { full, observed } = golden;
const entries = observed as [number, number][];
const ratings = {
  users: entries.map(([i]) => i),
  items: entries.map(([, j]) => j),
  values: entries.map(([i, j]) => full[i]![j]!),
};
const counts = { ...ratings, values: ratings.values.map(Math.abs) };
const [rows, columns] = golden.shape as [number, number];
const tight = { iterations: 5000, tolerance: 1e-13 } as const;

describe("the verdict on a matrix observed in part", () => {
  test.for(golden.softImpute)(
    "is a global minimum where the rank is enough, at the value of the convex problem (λ = $lam)",
    ({ lam, objective, rank }) => {
      const fitted = matrixFactorization({
        ...{ rank: rank + 1, strength: lam, weighted: false, ...tight },
      }).fit(ratings);
      const { verdict } = fitted;
      if (verdict.kind !== "global-minimum") throw new Error(JSON.stringify(verdict));
      expect(Math.abs(verdict.primal / (2 * objective) - 1)).toBeLessThan(1e-6); // the reference halves it
      expect(verdict.dual).toBeLessThanOrEqual(2 * objective * (1 + 1e-9));
      expect(verdict.evidence.join()).toMatch(/no factors of any rank reach below/);
    },
  );

  test.for([
    ["weighted strengths", ratings, { strength: 0.4 }],
    ["biases", ratings, { strength: 0.2, biases: true }],
    ["implicit feedback", counts, { strength: 8, feedback: "implicit", confidence: 1 }],
  ] as const)("is a global minimum with %s, from any seed", ([, data, options]) => {
    const fits = [1, 2].map((seed) =>
      matrixFactorization({ ...options, rank: 12, seed, ...tight }).fit(data),
    );
    for (const { verdict } of fits) expect(verdict.kind).toBe("global-minimum");
    const [one, other] = fits.map(({ history }) => history.at(-1)!);
    expect(Math.abs(one! / other! - 1)).toBeLessThan(1e-6);
    // Another point is not below what was proven.
    const rough = matrixFactorization({ ...options, rank: 3, iterations: 2, seed: 5 }).fit(data);
    const [{ verdict }] = fits as [(typeof fits)[0]];
    if (verdict.kind === "global-minimum")
      expect(rough.history.at(-1)).toBeGreaterThan(verdict.dual);
  });

  test("is a stationary point where the rank is too low, with a bound below it", () => {
    const { verdict, history, lowerBound } = matrixFactorization({
      ...{ rank: 2, strength: 0.5, weighted: false, ...tight },
    }).fit(ratings);
    expect(verdict.kind).toBe("stationary");
    expect(verdict.gradientNorm).toBeLessThan(verdict.tolerance);
    expect(lowerBound).toBeGreaterThan(0);
    expect(lowerBound).toBeLessThan(history.at(-1)!);
    expect(verdict.evidence.join()).toMatch(/no factors of any rank reach below/);
  });

  test.for([
    ["explicit", ratings, { strength: 0.05 }],
    ["implicit", counts, { strength: 1, feedback: "implicit", confidence: 1 }],
  ] as const)("is a saddle at zero factors, with a way out: %s", ([, data, options]) => {
    const rank = 3;
    const zero = {
      users: new Float64Array(rows * rank),
      items: new Float64Array(columns * rank),
    };
    const { verdict, history } = matrixFactorization({ ...options, rank, start: zero }).fit(data);
    if (verdict.kind !== "saddle") throw new Error(JSON.stringify(verdict));
    expect(verdict.gradientNorm).toBe(0);
    expect(verdict.smallestEigenvalue).toBeLessThan(-verdict.eigenvalueError);
    const { direction, smallestEigenvalue, predictedDecrease } = verdict;
    expect(direction.reduce((sum, x) => sum + x * x, 0)).toBeCloseTo(1, 10);
    // The step of the formula: s² = 4·decrease/−eigenvalue.
    const step = Math.sqrt((4 * predictedDecrease) / -smallestEigenvalue);
    const moved = direction.map((x) => step * x);
    const split = zero.users.length;
    const start = { users: moved.slice(0, split), items: moved.slice(split) };
    const after = matrixFactorization({ ...options, rank, start }).fit(data);
    expect(history[0]! - after.history[0]!).toBeCloseTo(predictedDecrease, 6);
    expect(after.history.at(-1)).toBeLessThan(after.history[0]!);
  });

  test("is a global minimum at zero factors where the penalty is so strong that nothing pays", () => {
    const { verdict, users } = matrixFactorization({
      ...{ rank: 3, strength: 1000, weighted: false, ...tight },
    }).fit(ratings);
    expect(Math.max(...users.map(Math.abs))).toBeLessThan(1e-6);
    expect(verdict.kind).toBe("global-minimum");
  });

  test.for([
    ["nonnegative", { nonnegative: true, strength: 0.1 }],
    ["L½", { penalty: lHalf(0.3) }],
    ["L1 with biases", { penalty: l1(0.3), biases: true }],
  ] as const)("gives the distance from a fixed point: %s", ([, options]) => {
    const fit = (iterations: number) =>
      matrixFactorization({ ...options, rank: 3, iterations, tolerance: 1e-8 }).fit(ratings)
        .verdict;
    const [early, late] = [fit(2), fit(2000)];
    expect(early).toMatchObject({ kind: "not-stationary", why: "budget" });
    expect(late.kind).toBe("stationary");
    expect(late.gradientNorm).toBeLessThan(1e-2 * early.gradientNorm);
  });
});

test("descent with too large a rate has diverged", () => {
  const { verdict, history } = matrixFactorization({
    ...{ method: "sgd", rank: 3, learningRate: 5, iterations: 100 },
  }).fit(ratings);
  expect(verdict).toMatchObject({ kind: "diverged", advice: ["a smaller learningRate"] });
  expect(history.length).toBeLessThan(100);
});

test("a penalty that is flat for large factors is said to have no minimum to settle in", () => {
  const { verdict } = matrixFactorization({
    ...{ rank: 3, penalty: mcp(0.3, { gamma: 3 }), iterations: 50 },
  }).fit(ratings);
  expect(verdict.kind).toBe("not-stationary");
  expect(verdict.advice.join()).toMatch(/flat for large factors/);
});

describe("options and ratings that cannot be", () => {
  const small = { users: [1, 1, 2], items: [1, 2, 2], values: [1, 2, 3] };
  test.for([
    [{ rank: 3 }, /rank 3 for 2 users and 2 items[\s\S]*at most 2/],
    [{ rank: 0 }, /rank is 0/],
    [{ feedback: "explict" as "explicit" }, /did you mean explicit/],
    [{ confidence: 2 }, /confidence is for implicit feedback alone/],
    [{ learningRate: 2 }, /learningRate is for method: "sgd" alone/],
    [{ solver: "cg", nonnegative: true }, /without bounds alone/],
    [{ threads: 0 }, /threads is 0/],
    [{ ranks: 3 } as object, /did you mean rank/],
    [{ strength: -1 }, /strength is -1/],
    [
      { rank: 1, start: { users: Float64Array.of(1, Number.NaN), items: new Float64Array(2) } },
      /number 1 is NaN/,
    ],
  ] as const)("%j", ([options, message]) => {
    expect(() => matrixFactorization(options).fit(small)).toThrow(message);
  });

  test("ratings that are none", () => {
    expect(() => matrixFactorization().fit({ users: [], items: [], values: [] })).toThrow(
      /there are none/,
    );
    for (const none of [[], { rank: 2 }, undefined]) {
      expect(() => matrixFactorization().fit(none as never)).toThrow(/these are no ratings/);
    }
  });

  test("pairs that were not fitted are NaN if asked to", () => {
    const fitted = matrixFactorization({ rank: 1 }).fit(small);
    const scores = fitted.predict([1, 9, 2], [1, 1, 9], { unseen: "nan" });
    expect(scores[0]).toBeGreaterThan(0);
    expect([...scores].slice(1)).toEqual([Number.NaN, Number.NaN]);
    expect(() => fitted.predict([9], [1])).toThrow(/no user 9[\s\S]*unseen: "nan"/);
  });
});
