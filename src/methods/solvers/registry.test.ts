import { expect, test } from "vitest";
import { numbersFrom } from "../../linalg/testing.ts";
import * as solvers from "./registry.ts";
import type { Solver } from "./solver.ts";
import { landscape, run } from "./testing.ts";

test.for(Object.entries(solvers))("%s keeps the solver contract", ([name, make]) => {
  const solver: Solver = make();
  expect(solver).toMatchObject({ kind: "solver", name, monotone: true });
  expect(solver.needs.length).toBeGreaterThan(0);
  const { point, counts } = run(solver, landscape(3, numbersFrom(2)), [1, 2, 3]);
  expect(Math.max(...point.gradient.map(Math.abs))).toBeLessThan(1e-8);
  for (const [kind, count] of Object.entries(counts)) {
    if (count > 0) expect(solver.needs).toContain(kind);
  }
});
