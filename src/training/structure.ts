import type { Tensor } from "../array/tensor.ts";
import { close, type Traced } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { type LowerBound, sumOfSquaresBound } from "../diagnosis/bound.ts";
import type { Features } from "../linalg/ask.ts";
import { type ConstraintOption, type HeldSet, holdParams } from "../methods/constraints/held.ts";
import { holdPenalty, type PenaltyOption } from "../methods/penalties/held.ts";
import { setFeatures } from "./constraintFeatures.ts";
import {
  type ConstraintFunctions,
  compileConstraints,
  functionFeatures,
} from "./constraintFunctions.ts";
import { type DifferenceOfConvex, differenceFeatures } from "./differenceOfConvex.ts";
import type { FiniteDifferences } from "./finiteDifferences.ts";
import { type FiniteSum, SumObjective } from "./finiteSum.ts";
import { functionSet } from "./functionSet.ts";
import { type LeastSquares, leastSquaresFeatures, sumOfSquares } from "./leastSquares.ts";
import { penaltyFeatures, penaltySet } from "./penaltySet.ts";
import type { Start } from "./start.ts";

/** What `minimize` takes: a function, or a problem whose structure solvers may use. */
export type Objective<X> =
  | ((x: Traced<X>) => Tensor)
  | LeastSquares<X>
  | FiniteSum<X>
  | FiniteDifferences<X>
  | DifferenceOfConvex<X>;

/** A problem taken apart: its loss as a function of leaves, and what may be asked about its structure. */
export interface Structured {
  readonly loss: (leaves: readonly Tensor[]) => unknown;
  readonly features: Features;
  /** The finite sum, where it is one: it answers for itself. */
  readonly sum?: SumObjective | undefined;
  /** The function that is not traced, where it is one. */
  readonly differences?: FiniteDifferences<unknown> | undefined;
  /** What the loss cannot be below, where its form says so. */
  readonly bound?: LowerBound | undefined;
  /** The set that `constraint` means. */
  readonly set?: HeldSet | undefined;
}

/**
 * Reads what was given to `minimize`: one branch for each kind of structure.
 *
 * @throws NadirError `minimize/objective`
 */
export function readObjective<X>(
  given: Objective<X>,
  start: Start,
  dtype: "f32" | "f64",
  { constraint, penalty, tolerance, seed = 0 }: ReadOptions<X> = {},
): Structured {
  const problem = readLoss(given, start, dtype, seed);
  const shapes = start.arrays.map(({ shape }) => shape);
  if (penalty !== undefined) {
    if (constraint !== undefined) throw bothGiven();
    const held = holdPenalty(penalty, { shapes, paths: start.paths });
    const features = { ...problem.features, ...penaltyFeatures(held) };
    return { ...problem, features, set: penaltySet(held) };
  }
  if (constraint === undefined) return problem;
  if (constraint?.kind === "constraint-functions") {
    // The kind tells it from sets by path, which have constraints as values.
    const own = compileConstraints(
      onLeaves(constraint as ConstraintFunctions<X>, start),
      { shapes, dtype },
      start.x.length,
    );
    const slack = Math.max(1e-6, 10 * (tolerance ?? 0));
    const set = {
      ...functionSet(own, slack),
      ...{ name: "the constraints", isConvex: false, isBounded: false },
    };
    return { ...problem, features: { ...problem.features, ...functionFeatures(own) }, set };
  }
  const set = holdParams(constraint as ConstraintOption, { shapes, paths: start.paths });
  return { ...problem, features: { ...problem.features, ...setFeatures(set) }, set };
}

const bothGiven = (): NadirError =>
  new NadirError("minimize/penalty", "minimize: both a penalty and a constraint are given", {
    expected: "one of them: no method here minimizes under both",
    hint: "write what is smooth of the penalty into the function",
  });

/** What `readObjective` reads of the options. */
interface ReadOptions<X> {
  readonly penalty?: PenaltyOption | undefined;
  readonly constraint?: ConstraintOption | ConstraintFunctions<X> | undefined;
  readonly tolerance?: number | undefined;
  readonly seed?: number | undefined;
}

/** Constraint functions of the user's tree as functions of its leaves. */
function onLeaves<X>({ equalities, inequalities }: ConstraintFunctions<X>, start: Start) {
  const on = (f: ((x: Traced<X>) => unknown) | undefined) =>
    f && ((leaves: readonly Tensor[]): unknown => f(close<Traced<X>>(start.structure, leaves)));
  return { equalities: on(equalities), inequalities: on(inequalities) };
}

function readLoss<X>(
  given: Objective<X>,
  start: Start,
  dtype: "f32" | "f64",
  seed: number,
): Structured {
  const shapes = start.arrays.map(({ shape }) => shape);
  const tree = (leaves: readonly Tensor[]): Traced<X> => close<Traced<X>>(start.structure, leaves);
  if (typeof given === "function") return { loss: (leaves) => given(tree(leaves)), features: {} };
  if (given?.kind === "least-squares") {
    const residuals = (leaves: readonly Tensor[]): unknown => given.residuals(tree(leaves));
    return {
      loss: sumOfSquares(residuals),
      features: leastSquaresFeatures(residuals, { shapes, dtype }, start.x.length),
      bound: sumOfSquaresBound,
    };
  }
  if (given?.kind === "difference-of-convex") {
    const parts = {
      convex: (leaves: readonly Tensor[]): Tensor => given.convex(tree(leaves)),
      subtracted: (leaves: readonly Tensor[]): Tensor => given.subtracted(tree(leaves)),
    };
    return {
      loss: (leaves) => parts.convex(leaves).sub(parts.subtracted(leaves)),
      features: differenceFeatures(parts, { shapes, dtype }, start.x.length),
    };
  }
  if (given?.kind === "finite-sum") {
    const sum = new SumObjective(given as FiniteSum<unknown>, start, dtype, seed);
    return { loss: () => undefined, features: {}, sum };
  }
  if (given?.kind === "finite-differences")
    return {
      loss: () => undefined,
      features: {},
      differences: given as FiniteDifferences<unknown>,
    };
  throw new NadirError("minimize/objective", "minimize: there is no function to minimize", {
    expected: "a function of x, leastSquares((x) => residuals), or finiteSum(loss, data)",
  });
}
