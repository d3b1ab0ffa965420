import { expect, test } from "vitest";
import { oracle } from "./oracle.ts";
import { recovery } from "./recovery.ts";
import { sparseData } from "./sparse.ts";
import { subset } from "./subset.ts";
import { support } from "./support.ts";

const quiet = (): void => undefined;
const numberIn = (cell: unknown): number => Number(cell);

test("oracle: at low noise SCAD errs less than the lasso, and finds more zeros", async () => {
  const { tables } = await oracle.run({ only: ["lasso", "SCAD"], seeds: 8, peers: false }, quiet);
  expect(tables).toHaveLength(3);
  for (const { rows } of tables.slice(1)) {
    const [lasso, scad, known] = rows;
    expect([lasso![0], scad![0], known![0]]).toEqual(["lasso", "SCAD a = 3.7", "oracle"]);
    expect(numberIn(scad![1])).toBeLessThan(numberIn(lasso![1]));
    expect(numberIn(scad![3])).toBeGreaterThan(numberIn(lasso![3]));
    expect(lasso![6]).toBe("8 global-minimum");
  }
});

test("support: MCP predicts better than the lasso, and finds the true features", async () => {
  const { tables } = await support.run({ only: ["L1", "MCP"], seeds: 1, peers: false }, quiet);
  const [lasso, mcp] = tables[0]!.rows;
  expect(numberIn(mcp![1])).toBeLessThan(numberIn(lasso![1]));
  expect(numberIn(mcp![2])).toBeGreaterThan(numberIn(lasso![2]));
});

test("subset: the best columns are proved to be so", async () => {
  const { tables } = await subset.run({ only: ["p 100"], seeds: 1, peers: false }, quiet);
  expect(tables[0]!.rows[0]).toMatchObject({ 1: "1 of 1", 7: 1 });
});

test("recovery: MCP finds at least what L1 finds", async () => {
  const { tables } = await recovery.run({ only: ["L1", "MCP"], seeds: 1, peers: false }, quiet);
  const [l1, mcp] = tables[0]!.rows;
  l1!.slice(1).forEach((rate, i) => {
    expect(numberIn(mcp![i + 1])).toBeGreaterThanOrEqual(numberIn(rate));
  });
});

test("sparse: columns are correlated, and noise is as strong as asked for", () => {
  const { x, y, truth } = sparseData(400, 60, 6, 0.5, 5, 1);
  const column = (j: number): Float64Array => x.columns.subarray(j * 400, (j + 1) * 400);
  const mean = (a: Float64Array, b: Float64Array): number =>
    a.reduce((sum, value, i) => sum + value * b[i]!, 0) / 400;
  expect(mean(column(10), column(11))).toBeGreaterThan(0.35);
  expect(mean(column(10), column(11))).toBeLessThan(0.65);
  expect(truth.filter((value) => value !== 0)).toHaveLength(6);
  const signal = y.map((_, i) => truth.reduce((sum, b, j) => sum + b * column(j)[i]!, 0));
  const noise = y.map((value, i) => value - signal[i]!);
  expect(Math.sqrt(mean(signal, signal) / mean(noise, noise))).toBeCloseTo(5, 10);
});
