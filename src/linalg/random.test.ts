import { describe, expect, test } from "vitest";
import { below, gaussian, randomStream, shuffled, threefry2x32, uniform } from "./random.ts";

const hex = (words: readonly number[]): string[] => words.map((word) => (word >>> 0).toString(16));

describe("threefry2x32", () => {
  // The known answers of the Random123 library, version 1.14: kat_vectors, threefry 2 32 20.
  test.for([
    [
      [0, 0],
      [0, 0],
      ["6b200159", "99ba4efe"],
    ],
    [
      [-1, -1],
      [-1, -1],
      ["1cb996fc", "bb002be7"],
    ],
    [
      [0x13198a2e, 0x03707344],
      [0x243f6a88, 0x85a308d3],
      ["c4923a9c", "483df7a0"],
    ],
  ] as const)("of key %j and counter %j", ([key, counter, expected]) => {
    expect(hex(threefry2x32(key, counter))).toEqual(expected);
  });
});

describe("a random stream", () => {
  const draw = (n: number, next: () => number): number[] => Array.from({ length: n }, next);

  test("goes on from its saved state with the same bits, and other seeds and streams give others", () => {
    const random = randomStream(7);
    draw(10, () => uniform(random));
    const saved = structuredClone(random);
    const rest = draw(5, () => gaussian(random));
    expect(draw(5, () => gaussian(saved))).toEqual(rest);
    const firsts = [randomStream(7), randomStream(8), randomStream(7, 1), randomStream(-7)];
    expect(new Set(firsts.map(uniform)).size).toBe(4);
  });

  test("is uniform in mean, variance and tenths, and serially uncorrelated", () => {
    const random = randomStream(1);
    const n = 20_000;
    const values = draw(n, () => uniform(random));
    const mean = values.reduce((sum, v) => sum + v, 0) / n;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 / Math.sqrt(12 * n));
    const counts = new Array<number>(10).fill(0);
    for (const v of values) counts[Math.floor(10 * v)]!++;
    const chiSquare = counts.reduce((sum, c) => sum + (c - n / 10) ** 2 / (n / 10), 0);
    expect(chiSquare).toBeLessThan(27.9); // 9 degrees of freedom, 0.999
    let serial = 0;
    for (let i = 1; i < n; i++) serial += (values[i]! - 0.5) * (values[i - 1]! - 0.5);
    expect(Math.abs((12 * serial) / n)).toBeLessThan(4 / Math.sqrt(n));
  });

  test("is standard normal in its first four moments", () => {
    const random = randomStream(2);
    const n = 20_000;
    const values = draw(n, () => gaussian(random));
    const moment = (k: number): number => values.reduce((sum, v) => sum + v ** k, 0) / n;
    expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  });

  test("draws whole numbers below a bound, and orders that hold each once", () => {
    const random = randomStream(3);
    expect(new Set(draw(200, () => below(random, 6)))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    const order = shuffled(random, 50);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    expect([...order]).not.toEqual(Array.from({ length: 50 }, (_, i) => i));
  });
});
