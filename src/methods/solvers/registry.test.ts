import { expect, test } from "vitest";
import { numbersFrom } from "../../linalg/testing.ts";
import { setFeatures } from "../../training/constraintFeatures.ts";
import { box } from "../constraints/box.ts";
import { holdParams } from "../constraints/held.ts";
import * as solvers from "./registry.ts";
import type { Solver } from "./solver.ts";
import { landscape, run } from "./testing.ts";

/** A set that holds all of the landscape's minima inside: there, methods of sets are methods of functions. */
const wide = setFeatures(holdParams(box(-100, 100), { shapes: [[3]], paths: [""] }));

const needsSet = ({ needs }: Solver): boolean =>
  needs.some((need) => ["project", "bounds", "linear-minimum"].includes(need));

test.for(Object.entries(solvers))("%s keeps the solver contract", ([name, make]) => {
  const solver: Solver = make();
  expect(solver).toMatchObject({ kind: "solver", name });
  expect(solver.needs.length).toBeGreaterThan(0);
  const features = needsSet(solver) ? wide : {};
  const { point, counts, values } = run(solver, landscape(3, numbersFrom(2)), [1, 2, 3], {
    features,
  });
  if (solver.monotone) expect(values).toEqual([...values].sort((a, b) => b - a));
  expect(Math.max(...point.gradient.map(Math.abs))).toBeLessThan(1e-8);
  for (const [kind, count] of Object.entries(counts)) {
    if (count > 0) expect(solver.needs).toContain(kind);
  }
});
