import { expect, test } from "vitest";
import { courses, Referee, startOf } from "./course.ts";
import { global } from "./global.ts";
import { ownMethods, searchOwn } from "./own.ts";
import { scipyMethods, startScipy } from "./scipy.ts";

const branin = courses[2]!();

test("the courses have their known minima as targets, and starts inside their domains", () => {
  expect(new Set(courses.map((make) => make().name)).size).toBe(courses.length);
  for (const make of courses) {
    const course = make();
    expect(Number.isFinite(course.target), course.name).toBe(true);
    const start = startOf(course, 3);
    expect(start).toEqual(startOf(course, 3));
    for (const [i, xi] of start.entries()) {
      expect(xi).toBeGreaterThanOrEqual(course.bounds.lower[i]!);
      expect(xi).toBeLessThanOrEqual(course.bounds.upper[i]!);
    }
  }
});

test("a referee charges a third for a value, one for a gradient, and one for both at a point", () => {
  const referee = new Referee(branin, 3);
  const x = Float64Array.of(1, 2);
  referee.answer({ kind: "value", x });
  expect(referee.spent).toBeCloseTo(1 / 3, 12);
  referee.answer({ kind: "gradient", x });
  expect(referee.spent).toBeCloseTo(1, 12);
  referee.answer({ kind: "gradient", x });
  expect(referee.spent).toBeCloseTo(2, 12);
  expect([referee.met, referee.isOver]).toEqual([undefined, false]);
  referee.answer({ kind: "gradient", x: Float64Array.of(Math.PI, 2.275) });
  expect(referee.met).toBeCloseTo(3, 12);
  expect(referee.isOver).toBe(true);
});

test("a minimum outside the domain is not met", () => {
  const referee = new Referee({ ...branin, target: 1e9 }, 10);
  referee.answer({ kind: "value", x: Float64Array.of(100, 0) });
  expect(referee.met).toBeUndefined();
});

test("a search ends where the minimum is met, or the budget is spent", () => {
  const make = ownMethods.get("multiStart")!;
  expect(searchOwn(make, branin, 0, 500)).toBeLessThan(500);
  expect(searchOwn(make, { ...branin, target: -1 }, 0, 50)).toBeUndefined();
});

const scipy = await startScipy();

test.runIf(scipy !== undefined)(
  "SciPy's searches are refereed like ours, one after the other in one process",
  async () => {
    for (const method of scipyMethods) {
      // Each asks at least once, and its course and seed alone decide what it asks.
      const price = await scipy!.search(method, branin, 0, 2000);
      expect(price, method).toBeGreaterThan(0);
      expect(price, method).toBeLessThanOrEqual(2000);
      expect(await scipy!.search(method, branin, 0, 2000), method).toBe(price);
      expect(await scipy!.search(method, { ...branin, target: -1 }, 0, 20), method).toBeUndefined();
    }
    await scipy![Symbol.asyncDispose]();
  },
);

test("the experiment tells shares with intervals, functions one by one, and draws a picture", async () => {
  const options = { only: ["dualAnnealing"], seeds: 1, peers: false };
  const { tables, pictures } = await global.run(options, () => {});
  const [summary, byFunction] = tables;
  const [name, met, low, high] = summary!.rows[0]!;
  expect(name).toBe("dualAnnealing");
  expect(low).toBeLessThan(Number(met));
  expect(high).toBeGreaterThan(Number(met));
  const found = byFunction!.rows.reduce((sum, row) => sum + Number(row[1]), 0);
  expect(found / courses.length).toBeCloseTo(Number(met), 12);
  expect(pictures?.["global-search"]).toMatch(/^<svg/);
});

test("the experiment refuses a method that it does not know", async () => {
  const options = { only: ["annealing"], seeds: 1, peers: false };
  await expect(global.run(options, () => {})).rejects.toThrow(/no method "annealing"/);
});
