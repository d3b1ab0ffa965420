import { requireCount, requireKnownOptions } from "../../../base/require.ts";
import {
  type Ask,
  askConvexPart,
  askGradient,
  askSubtractedPart,
  type Evaluation,
  type Vector,
} from "../../../linalg/ask.ts";
import { distance, dot, norm } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { requireInner } from "../constrained/merit.ts";
import { minimizeInner } from "../inner.ts";
import { lbfgs } from "../quasiNewton/lbfgs.ts";
import type { Point, Solver, Step } from "../solver.ts";

export interface DcaOptions {
  /** What minimizes each convex majorant: a solver that asks for values and gradients. Default `lbfgs()`. */
  readonly inner?: Solver;
  /** Iterations of the inner solver at most, for each majorant. Default 1,000. */
  readonly innerIterations?: number;
}

/**
 * The convex–concave procedure for f = g − h with g and h convex: each step minimizes g(y) − ⟨∇h(x), y⟩ by an inner
 * solver, which lies above f but for a constant and touches it at x. For `minimize(differenceOfConvex(g, h), …)`.
 *
 * @throws NadirError `dca/inner`, `dca/innerIterations`, `dca/unknown-option`
 * @see Tao & An (1997), Convex analysis approach to d.c. programming; Yuille & Rangarajan (2003), The concave-convex
 *   procedure, theorem 2
 */
export const dca = described(
  {
    name: "dca",
    kind: "solver",
    summary:
      "Differences of convex functions: linearizes what is subtracted, and minimizes the rest.",
    guarantee:
      "No step raises the value, and limit points are stationary (theorem 2), where both parts are convex and each majorant has a minimum.",
    price: {
      iteration:
        "one inner minimization, each of its evaluations one gradient of g; one gradient of h",
      memory: "the inner solver's",
    },
    source: "Yuille & Rangarajan (2003), The concave-convex procedure, theorem 2",
  },
  (options: DcaOptions = {}): Solver<null> => {
    requireKnownOptions("dca", options, ["inner", "innerIterations"]);
    const inner = requireInner("dca", options.inner ?? (lbfgs() as Solver));
    const iterations = requireCount("dca/innerIterations", options.innerIterations ?? 1000);
    return {
      kind: "solver",
      name: "dca",
      needs: ["gradient", "convex-part", "subtracted-part"],
      monotone: true,
      init: () => null,
      step: (point) => majorantStep(point, inner, iterations),
    };
  },
);

function* majorantStep(point: Point, inner: Solver, iterations: number): Ask<Step<null>> {
  const { gradient: slope } = yield* askSubtractedPart(point.x);
  const held = slope.slice();
  const majorant = function* (y: Vector): Ask<Evaluation> {
    const { value, gradient } = yield* askConvexPart(y);
    return {
      value: value - dot(held, y),
      gradient: gradient.map((gi, i) => gi - held[i]!),
    };
  };
  const tolerance = Math.max(1e-12, 1e-2 * norm(point.gradient));
  const x = yield* minimizeInner(inner, majorant, point.x, tolerance, iterations);
  const found = yield* askGradient(x);
  const isLess =
    found.value < point.value ||
    (found.value === point.value && norm(found.gradient) < norm(point.gradient));
  if (!isLess) {
    const still = found.value - point.value <= 1e-12 * Math.max(1, Math.abs(point.value));
    return { point, state: null, stepSize: 0, stalled: still ? "rounding" : "line-search" };
  }
  return { point: { x, ...found }, state: null, stepSize: distance(x, point.x) };
}
