import { expect, test } from "vitest";
import { answer } from "../../linalg/ask.ts";
import { bfgs } from "../../methods/solvers/quasiNewton/bfgs.ts";
import { oracleOf, quadratic } from "../../methods/solvers/testing.ts";
import { classical } from "./classical.ts";
import { watchedSolver } from "./watchedSolver.ts";

test("the classical experiment says what a solver reaches, at what price, and what its ends are", async () => {
  const options = { only: ["trustRegion"], seeds: undefined, peers: false };
  const { tables, pictures } = await classical.run(options, () => undefined);
  const [outcomes, profile] = tables;
  const [name, solved, cost, , minimum, degenerate, ...others] = outcomes?.rows[0] ?? [];
  // The last column holds the global minima that residuals of zero certify.
  const [saddles, unfinished, certified] = others;
  expect([name, solved]).toEqual(["trustRegion", 36]);
  expect(cost).toBeGreaterThan(10);
  expect(Number(minimum) + Number(degenerate) + Number(certified)).toBe(36);
  expect([saddles, unfinished]).toEqual([0, 0]);
  expect(certified).toBeGreaterThan(10);
  // Alone it is the cheapest on each.
  expect(profile?.rows[0]?.slice(1)).toEqual([1, 1, 1, 1, 1, 1]);
  expect(pictures).toEqual({}); // of all methods only
});

test("a watched solver takes the same steps, counts what it asks for, and ends at its limit", () => {
  const f = quadratic(Float64Array.of(2, 0, 0, 8), Float64Array.of(1, 1));
  const plain = bfgs();
  const { solver, watch } = watchedSolver(plain, (value) => value <= -0.3, 6);
  const { oracle, counts } = oracleOf(f);
  const x = Float64Array.of(3, -2);
  const start = { x, ...f.gradient(x) };
  let [point, state] = [start as Parameters<typeof plain.step>[0], plain.init(start)];
  let stalled: string | undefined;
  while (stalled === undefined) {
    const expected = answer(plain.step(point, structuredClone(state)), oracleOf(f).oracle);
    const step = answer(solver.step(point, state), oracle);
    stalled = step.stalled;
    if (stalled === undefined) expect(step.point).toEqual(expected.point);
    ({ point, state } = step);
  }
  expect(stalled).toBe("exhausted");
  expect(watch.cost).toBe(1 + counts.gradient);
  expect(watch.cost).toBe(6);
  expect(watch.costToTarget).not.toBe(null);
});
