import { describe, expect, test } from "vitest";
import { loadHighs } from "../../programs/highs.ts";
import { bestSubset } from "./bestSubset.ts";
import { candidateAt, forwardSelection } from "./firstSupport.ts";
import { searchSubset } from "./searchSubset.ts";
import { type Quadratic, shareCost } from "./subsetObjective.ts";

/** Draws of a seed, near enough to normal: sums of twelve uniform numbers (Mulberry32). */
function normals(seed: number): () => number {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return () => Array.from({ length: 12 }, next).reduce((a, b) => a + b, -6);
}

interface Data {
  readonly x: readonly (readonly number[])[];
  readonly y: readonly number[];
}

/** Columns with correlation 0.6^|j−k|, coefficients of ±1 at every third. */
function draw(n: number, p: number, noise: number, seed: number): Data {
  const next = normals(seed);
  const x = Array.from({ length: n }, () => {
    const row = [next()];
    for (let j = 1; j < p; j++) row.push(0.6 * row[j - 1]! + 0.8 * next());
    return row;
  });
  const y = x.map((row) =>
    row.reduce((sum, v, j) => (j % 3 === 0 ? sum + (j % 2 === 0 ? v : -v) : sum), noise * next()),
  );
  return { x, y };
}

/** H and b of ‖y − Xw‖²/(2n) + λ/2‖w‖², columns as they are. */
function quadraticOf({ x, y }: Data, ridge: number): Quadratic {
  const [n, p] = [x.length, x[0]!.length];
  const h = new Float64Array(p * p);
  const b = new Float64Array(p);
  x.forEach((row, i) => {
    for (let j = 0; j < p; j++) {
      b[j] = b[j]! + (row[j]! * y[i]!) / n;
      for (let k = 0; k < p; k++) h[j * p + k] = h[j * p + k]! + (row[j]! * row[k]!) / n;
    }
  });
  for (let j = 0; j < p; j++) h[j * p + j] = h[j * p + j]! + ridge;
  return { size: p, h, b, constant: y.reduce((sum, v) => sum + v * v, 0) / (2 * n) };
}

/** All sets of at most k of p columns. */
function* subsets(p: number, k: number): Generator<number[]> {
  for (let set = 0; set < 2 ** p; set++) {
    const columns = Array.from({ length: p }, (_, j) => j).filter((j) => (set >> j) & 1);
    if (columns.length <= k) yield columns;
  }
}

function bruteForce(data: Data, k: number, ridge = 0): number {
  const quadratic = quadraticOf(data, ridge);
  let least = Number.POSITIVE_INFINITY;
  for (const columns of subsets(quadratic.size, k)) {
    least = Math.min(least, candidateAt(quadratic, columns)?.value ?? least);
  }
  return least;
}

const plain = { intercept: false, standardize: false } as const;

describe("the best subset, against all subsets", () => {
  const cases = [
    { n: 30, p: 8, k: 3, noise: 1, ridge: 0 },
    { n: 30, p: 10, k: 4, noise: 3, ridge: 0 },
    { n: 20, p: 10, k: 3, noise: 0.5, ridge: 0 },
    { n: 25, p: 12, k: 5, noise: 6, ridge: 0.1 },
    { n: 8, p: 12, k: 3, noise: 1, ridge: 0.05 },
  ];
  test.for(cases)(
    "n $n, p $p, k $k, noise $noise, ridge $ridge",
    async ({ n, p, k, noise, ridge }) => {
      const data = draw(n, p, noise, 1);
      const least = bruteForce(data, k, ridge);
      const { objective, bound, gap, support, verdict } = await bestSubset({
        ...{ size: k, ridge },
        ...plain,
      }).fit(data.x, data.y);
      expect(support.length).toBeLessThanOrEqual(k);
      expect(objective).toBeLessThanOrEqual(least * (1 + 1e-6));
      expect(bound).toBeLessThanOrEqual(least * (1 + 1e-9));
      expect(gap).toBeLessThanOrEqual(1.1e-6);
      expect(verdict).toMatchObject({ kind: "global-minimum", primal: objective, dual: bound });
    },
  );

  test("an intercept is free, and coefficients are those of the columns as given", async () => {
    const { x, y } = draw(40, 6, 0.5, 5);
    const shifted = x.map((row) => row.map((v, j) => 10 ** j * v + j));
    const { coefficients, intercept, predict, loss } = await bestSubset({ size: 2 }).fit(
      shifted,
      y.map((v) => v + 100),
    );
    const fitted = predict(shifted);
    const by = shifted.map((row) => row.reduce((s, v, j) => s + v * coefficients[j]!, intercept));
    by.forEach((value, i) => {
      expect(fitted[i]).toBeCloseTo(value, 9);
    });
    const errors = by.map((value, i) => y[i]! + 100 - value);
    expect(errors.reduce((s, e) => s + e, 0)).toBeCloseTo(0, 8);
    expect(errors.reduce((s, e) => s + e * e, 0) / 80).toBeCloseTo(loss, 10);
  });

  test("a path has each size's best, and BIC finds the true columns", async () => {
    const data = draw(80, 7, 0.4, 9);
    const { fits, best } = await bestSubset({ size: 7, ...plain }).path(data.x, data.y);
    fits.forEach(({ objective, size }) => {
      expect(objective).toBeCloseTo(bruteForce(data, size), 9);
    });
    expect(best.support).toEqual([0, 3, 6]);
  });
});

describe("the cost of shares", () => {
  test("its tangents, at shares of any kind, lie below every subset", () => {
    const quadratic = quadraticOf(draw(20, 7, 2, 3), 0);
    const cost = shareCost(quadratic)!;
    const next = normals(4);
    const all = [...subsets(7, 7)].map((columns) => ({
      columns,
      value: candidateAt(quadratic, columns)!.value,
    }));
    for (let trial = 0; trial < 40; trial++) {
      const shares = Float64Array.from({ length: 7 }, () =>
        trial % 2 === 0 ? Math.min(1, Math.abs(next())) : Number(next() > 0),
      );
      const { at, value, slopes } = cost.cut(shares);
      for (const { columns, value: least } of all) {
        const there = slopes.reduce(
          (sum, slope, j) => sum + slope * ((columns.includes(j) ? 1 : 0) - at[j]!),
          value,
        );
        expect(there).toBeLessThanOrEqual(least + 1e-10 * quadratic.constant);
      }
    }
  });

  test("at whole shares it is least squares on them", () => {
    const quadratic = quadraticOf(draw(20, 6, 2, 3), 0);
    const cost = shareCost(quadratic)!;
    for (const columns of subsets(6, 6)) {
      const shares = Float64Array.from({ length: 6 }, (_, j) => Number(columns.includes(j)));
      expect(cost.cut(shares).value).toBeCloseTo(candidateAt(quadratic, columns)!.value, 10);
    }
  });
});

/** y is the difference of two columns that look alike, and a third column looks like y: forward selection takes the third. */
function decoy(seed: number, p: number): Data {
  const next = normals(seed);
  const x: number[][] = [];
  const y: number[] = [];
  for (let i = 0; i < 60; i++) {
    const row = Array.from({ length: p }, next);
    const common = 4 * row[0]!;
    const target = row[1]!;
    row[0] = common + 0.5 * target;
    row[1] = common - 0.5 * target;
    row[2] = target + 0.7 * row[2]!;
    x.push(row);
    y.push(target + 0.05 * next());
  }
  return { x, y };
}

test("local branching leaves the subset that forward selection ends in", async () => {
  const data = decoy(1, 12);
  const quadratic = quadraticOf(data, 0);
  const greedy = forwardSelection(quadratic, 3);
  const least = bruteForce(data, 3);
  expect(greedy.value).toBeGreaterThan(1.5 * least);
  const found = searchSubset(await loadHighs(), shareCost(quadratic)!, greedy, {
    ...{ size: 3, tolerance: 1e-6, radius: 2, timeLimit: 60 },
  });
  expect(found.best.value).toBeCloseTo(least, 9);
  expect(found.best.support).toEqual(expect.arrayContaining([0, 1]));
  expect(found.work.improvements).toBeGreaterThan(0);
});

test("when the time is over, the bound is told and the best so far returned", async () => {
  const data = draw(60, 40, 12, 2);
  const { objective, bound, gap, verdict } = await bestSubset({ size: 10, timeLimit: 0.05 }).fit(
    data.x,
    data.y,
  );
  expect(verdict).toMatchObject({ kind: "not-stationary", why: "budget" });
  expect(bound).toBeGreaterThan(0);
  expect(bound).toBeLessThan(objective);
  expect(gap).toBeCloseTo((objective - bound) / objective, 12);
});

describe("what cannot be", () => {
  const { x, y } = draw(10, 4, 1, 1);
  test.for([
    ["more columns than there are", { size: 5 }, /size is 5\n {2}expected: at most 4/],
    ["half a column", { size: 1.5 }, /a whole number/],
    ["a ridge below zero", { size: 1, ridge: -1 }, /ridge is -1/],
  ] as const)("%s", async ([, options, message]) => {
    await expect(async () => bestSubset(options).fit(x, y)).rejects.toThrow(message);
  });

  test("dependent columns without a ridge", async () => {
    const wide = draw(5, 9, 1, 1);
    await expect(bestSubset({ size: 2 }).fit(wide.x, wide.y)).rejects.toThrow(
      /9 columns for 5 samples, and no ridge\n {2}expected: columns that are linearly independent/,
    );
    const twice = x.map((row) => [...row, row[0]!]);
    await expect(bestSubset({ size: 2 }).fit(twice, y)).rejects.toThrow(/combination of others/);
  });
});
