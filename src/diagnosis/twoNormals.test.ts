import { expect, test } from "vitest";
import { gaussian, randomStream } from "../linalg/random.ts";
import { splitInTwo } from "./twoNormals.ts";

const random = randomStream(5);
const normals = (count: number, mean: number, deviation: number): number[] =>
  Array.from({ length: count }, () => mean + deviation * gaussian(random));

test("two parts that stand apart are told, with the share of the lower", () => {
  const { isSplit, lowerShare, lowerChance } = splitInTwo(
    Float64Array.from([...normals(100, 0, 0.5), ...normals(300, 5, 1)]),
  );
  expect(isSplit).toBe(true);
  expect(lowerShare).toBeCloseTo(0.25, 1);
  expect(lowerChance(0)).toBeGreaterThan(0.99);
  expect(lowerChance(5)).toBeLessThan(0.01);
});

test("what lies below the lower part belongs to it, though the upper one is wider", () => {
  const { isSplit, lowerChance } = splitInTwo(
    Float64Array.from([...normals(200, 0, 0.1), ...normals(200, 8, 2)]),
  );
  expect(isSplit).toBe(true);
  for (const value of [-1, -10, -1e3]) expect(lowerChance(value)).toBeGreaterThan(0.9);
});

test("two parts that overlap are one, however many numbers there are: D = 1.5 is below 2", () => {
  const values = [...normals(5000, 0, 1), ...normals(5000, 1.5, 1)];
  expect(splitInTwo(Float64Array.from(values)).isSplit).toBe(false);
});

test("numbers of one normal distribution are one part, though some halves of few stand apart", () => {
  const samples = Array.from({ length: 100 }, () =>
    splitInTwo(Float64Array.from(normals(60, 0, 1))),
  );
  expect(samples.filter(({ isSplit }) => isSplit).length).toBeLessThanOrEqual(2);
});

test("nothing is told of fewer than 20 numbers, or of equal ones", () => {
  const apart = [...normals(9, 0, 0.1), ...normals(10, 9, 0.1)];
  expect(splitInTwo(Float64Array.from(apart)).isSplit).toBe(false);
  expect(splitInTwo(Float64Array.from([...apart, 9])).isSplit).toBe(true);
  expect(splitInTwo(new Float64Array(50).fill(3)).isSplit).toBe(false);
});
