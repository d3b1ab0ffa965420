import { describe, expect, test } from "vitest";
import { coverage, type Finish, middleOf, rank } from "./ranking.ts";

const finish = (
  method: string,
  seed: number,
  value: number,
  more: Partial<Finish> = {},
): Finish => ({
  ...{ method, seed, value, evaluations: 10, seconds: 1, verdict: "local-minimum", metrics: {} },
  ...more,
});

describe("a ranking", () => {
  test("is by the median over seeds, with wins counted seed by seed", () => {
    const places = rank([
      ...[1, 5, 2].map((value, seed) => finish("a", seed, value)),
      ...[3, 0, 4].map((value, seed) => finish("b", seed, value)),
    ]);
    expect(places.map(({ method, value, wins }) => [method, value.median, wins])).toEqual([
      ["a", 2, 2],
      ["b", 3, 1],
    ]);
  });

  test("puts what diverged last, whatever loss it reports", () => {
    const places = rank([
      finish("lucky", 0, 0, { verdict: "diverged" }),
      finish("broken", 0, Number.NaN),
      finish("poor", 0, 1e9),
    ]);
    expect(places[0]).toMatchObject({ method: "poor", wins: 1 });
    expect(places.slice(1).map(({ value }) => value.median)).toEqual([Infinity, Infinity]);
  });

  test("takes values that differ by rounding for one, and lets the price decide", () => {
    const places = rank([
      finish("dear", 0, 1e-28, { evaluations: 500 }),
      finish("cheap", 0, 1e-20, { evaluations: 40 }),
      finish("high", 0, 1e-3, { evaluations: 1 }),
    ]);
    expect(places.map(({ method, wins }) => [method, wins])).toEqual([
      ["cheap", 1],
      ["dear", 1],
      ["high", 0],
    ]);
  });

  test("counts verdicts", () => {
    const [place] = rank([finish("a", 0, 1), finish("a", 1, 1, { verdict: "saddle" })]);
    expect(place?.verdicts).toEqual({ "local-minimum": 1, saddle: 1 });
  });
});

test("intervals of a median are order statistics, by the sign test's table", () => {
  const values = Array.from({ length: 20 }, (_, i) => i + 1);
  // Conover (1999), table A3: of 20 draws the 6th and the 15th hold the median with 95.9 %; the 7th and 14th with 88.5 %.
  expect(middleOf(values)).toEqual({ median: 10.5, low: 6, high: 15 });
  expect(coverage(20)).toBeCloseTo(0.9586, 4);
  expect(middleOf([3, 1, 2, 5, 4])).toEqual({ median: 3, low: 1, high: 5 });
  expect(coverage(5)).toBeCloseTo(0.9375, 12);
  expect(middleOf([7])).toEqual({ median: 7, low: 7, high: 7 });
});
