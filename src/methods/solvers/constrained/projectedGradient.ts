import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import {
  type Ask,
  askGradient,
  askProject,
  askProjectedGradient,
  type Vector,
} from "../../../linalg/ask.ts";
import { norm, normInf } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { Point, Solver, Step } from "../solver.ts";

export interface ProjectedGradientOptions {
  /** M: a step may raise the value, but not above the largest of the last M. 1: monotone. Default 10. */
  readonly memory?: number;
  /** γ of the sufficient decrease, in (0, 1). Default 1e-4. */
  readonly decrease?: number;
}

export interface ProjectedGradientState {
  /** The last values, at most M. */
  readonly values: number[];
  /** The spectral step length sᵀs / sᵀy of the last step. */
  stepSize: number;
}

/** Step lengths are kept between these. */
const smallestStep = 1e-30;
const largestStep = 1e30;
/** Trials of a line search at most. */
const trialLimit = 60;

/**
 * Spectral projected gradient: x⁺ = P(x − tλ∇f) with λ = sᵀs/sᵀy of the last step, and t from a line search along
 * the projection arc that compares with the largest of the last M values.
 *
 * Works on non-convex sets too (spheres, ranks), as long as P is a nearest point.
 * Price: one gradient and one projection an iteration, one more of both for each trial that is refused.
 *
 * @throws NadirError `projectedGradient/memory` unless a whole number of at least 1; `projectedGradient/decrease`
 *   outside (0, 1); `projectedGradient/unknown-option`
 * @see Birgin, Martínez & Raydan (2000), Nonmonotone spectral projected gradient methods on convex sets, algorithm 2.1 (SPG1)
 */
export const projectedGradient = described(
  {
    name: "projectedGradient",
    kind: "solver",
    summary:
      "Steps along the gradient and back onto the set, of the length that the last step's curvature suggests.",
    guarantee:
      "On convex closed sets every limit point of a smooth function is stationary (theorem 2.2). No value above the largest of the last M. It does not look for negative curvature.",
    price: {
      iteration: "one gradient, one projection; more where a trial is refused",
      memory: "3 vectors",
    },
    source:
      "Birgin, Martínez & Raydan (2000), Nonmonotone spectral projected gradient methods on convex sets, algorithm 2.1 (SPG1)",
  },
  (options: ProjectedGradientOptions = {}): Solver<ProjectedGradientState> => {
    requireKnownOptions("projectedGradient", options, ["memory", "decrease"]);
    const memory = requireCount("projectedGradient/memory", options.memory ?? 10);
    const decrease = requireInRange(
      "projectedGradient/decrease",
      options.decrease ?? 1e-4,
      [0, 1],
      { open: true },
    );
    return {
      kind: "solver",
      name: "projectedGradient",
      needs: ["gradient", "project", "projected-gradient"],
      monotone: memory === 1,
      init: ({ value }) => ({ values: [value], stepSize: 0 }),
      step: (point, state) => projectedStep(point, state, memory, decrease),
    };
  },
);

function* projectedStep(
  point: Point,
  state: ProjectedGradientState,
  memory: number,
  decrease: number,
): Ask<Step<ProjectedGradientState>> {
  const { x, gradient } = point;
  const highest = Math.max(...state.values);
  let length = state.stepSize || firstStep(gradient);
  let expected = 0;
  for (let trial = 0; trial < trialLimit; trial++) {
    const next = yield* askProject(x.map((xi, i) => xi - length * gradient[i]!));
    const step = next.map((xi, i) => xi - x[i]!);
    let slope = 0;
    for (let i = 0; i < step.length; i++) slope += gradient[i]! * step[i]!;
    if (trial === 0) expected = -slope;
    const stepSize = norm(step);
    if (stepSize === 0) break;
    const found = yield* askGradient(next);
    if (found.value <= highest + decrease * slope) {
      state.stepSize = spectralStep(step, gradient, found.gradient);
      state.values.push(found.value);
      if (state.values.length > memory) state.values.shift();
      const residual = norm(yield* askProjectedGradient(next, found.gradient));
      return { point: { x: next, ...found, residual }, state, stepSize };
    }
    // The minimum of the parabola through f, its slope and the trial, kept within [0.1, 0.5] of the step.
    const model = -slope / (2 * (found.value - point.value - slope));
    length *= Number.isFinite(model) ? Math.min(0.5, Math.max(0.1, model)) : 0.1;
  }
  const drowned = expected <= 1e-10 * Math.abs(point.value);
  return { point, state, stepSize: 0, stalled: drowned ? "rounding" : "line-search" };
}

/** Without curvature the gradient's length says nothing of the step's: one unit in the largest element at most. */
const firstStep = (gradient: Vector): number => 1 / Math.max(1, normInf(gradient));

function spectralStep(step: Vector, before: Vector, after: Vector): number {
  let ss = 0;
  let sy = 0;
  for (let i = 0; i < step.length; i++) {
    ss += step[i]! ** 2;
    sy += step[i]! * (after[i]! - before[i]!);
  }
  if (sy <= 0) return firstStep(after);
  return Math.min(largestStep, Math.max(smallestStep, ss / sy));
}
