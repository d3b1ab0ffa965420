import { expect, test } from "vitest";
import type { Features } from "../../linalg/ask.ts";
import { numbersFrom } from "../../linalg/testing.ts";
import { dot } from "../../linalg/vector.ts";
import { setFeatures } from "../../training/constraintFeatures.ts";
import { penaltyFeatures } from "../../training/penaltySet.ts";
import { box } from "../constraints/box.ts";
import { holdParams } from "../constraints/held.ts";
import { holdPenalty } from "../penalties/held.ts";
import { l1 } from "../penalties/l1.ts";
import { classical } from "./classical/testing.ts";
import * as solvers from "./registry.ts";
import type { Solver } from "./solver.ts";
import { derivatives, residualFeatures } from "./sumOfSquares/testing.ts";
import { landscape, run, type Smooth } from "./testing.ts";

/** A set that holds all of the landscape's minima inside: there, methods of sets are methods of functions. */
const set = holdParams(box(-100, 100), { shapes: [[3]], paths: [""] });
const wide = setFeatures(set);

const needsSet = ({ needs }: Solver): boolean =>
  needs.some((need) => ["project", "bounds", "linear-minimum"].includes(need));

const needsRows = ({ needs }: Solver): boolean => needs.includes("rows");

/** Features of a smooth function as the mean of 40 terms that are all itself. */
const ofEqualTerms = (f: Smooth): Features => ({
  "row-count": () => 40,
  rows: ({ x }) => f.gradient(x),
});

/** Constraint functions that hold everywhere. */
const lax: Features = {
  constraints: () => ({ equalities: new Float64Array(0), inequalities: Float64Array.of(-1) }),
  "constraint-pullback": ({ x }) => new Float64Array(x.length),
};

const needsFunctions = ({ needs }: Solver): boolean => needs.includes("constraints");

const needsResiduals = ({ needs }: Solver): boolean =>
  needs.includes("residuals") || needs.includes("gnvp");

/** A sum of squares, for methods that are for nothing else. */
const squares = classical.find(({ key }) => key === "bard")!;

/** A penalty of strength 0. */
const free = penaltyFeatures(holdPenalty(l1(0), { shapes: [[3]], paths: [""] }));

const needsProx = ({ needs }: Solver): boolean => needs.includes("penalty");

const needsParts = ({ needs }: Solver): boolean => needs.includes("convex-part");

/** f = (f + 5‖x‖²) − 5‖x‖²: both convex. */
const split = (f: Smooth): Features => ({
  "convex-part": ({ x }) => {
    const { value, gradient } = f.gradient(x);
    return { value: value + 5 * dot(x, x), gradient: gradient.map((gi, i) => gi + 10 * x[i]!) };
  },
  "subtracted-part": ({ x }) => ({ value: 5 * dot(x, x), gradient: x.map((xi) => 10 * xi) }),
});

test.for(Object.entries(solvers))("%s keeps the solver contract", ([name, make]) => {
  const solver: Solver = make();
  expect(solver).toMatchObject({ kind: "solver", name });
  expect(solver.needs.length).toBeGreaterThan(0);
  const isForSquares = needsResiduals(solver);
  const f = isForSquares ? derivatives(squares) : landscape(3, numbersFrom(2));
  const features = isForSquares
    ? residualFeatures(squares)
    : needsSet(solver)
      ? wide
      : needsRows(solver)
        ? ofEqualTerms(f)
        : needsFunctions(solver)
          ? lax
          : needsProx(solver)
            ? free
            : needsParts(solver)
              ? split(f)
              : {};
  const context = needsSet(solver) ? { bounds: set.bounds } : {};
  const { point, counts, values } = run(solver, f, [1, 2, 3], {
    features,
    context,
  });
  if (solver.monotone) expect(values).toEqual([...values].sort((a, b) => b - a));
  // A gap, a majorant's gain and a comparison are seen to rounding in the value only, and this set is 200 wide.
  const byValue =
    solver.needs.some((need) => need === "linear-minimum" || need === "convex-part") ||
    !solver.needs.includes("gradient");
  const { gradient } = point.gradient.length > 0 ? point : f.gradient(point.x);
  expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(byValue ? 1e-6 : 1e-8);
  counts.gradient--; // the driver's own, at the start
  for (const [kind, count] of Object.entries(counts)) {
    if (count > 0) expect(solver.needs).toContain(kind);
  }
});
