import { requireCount, requireKnownOptions } from "../../../base/require.ts";
import type { Ask, Bounds, Reply, Vector } from "../../../linalg/ask.ts";
import { askBounds } from "../../../linalg/ask.ts";
import { distance, dot, norm } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { stallOf } from "../lineSearches/lineSearch.ts";
import { strongWolfe } from "../lineSearches/wolfe.ts";
import type { Point, Solver, Step } from "../solver.ts";
import { cauchyPoint, subspaceMinimizer } from "./boundedModel.ts";
import {
  type CompactHessian,
  clearCompact,
  compactHessian,
  updateCompact,
} from "./compactHessian.ts";

export interface LbfgsbOptions {
  /** Curvature pairs kept. Default 10. */
  readonly memory?: number;
}

export interface LbfgsbState {
  readonly hessian: CompactHessian;
  /** Pairs left out because sᵀy was not above rounding. */
  skippedPairs: number;
  /** Times the memory was cleared because its direction led nowhere. */
  resets: number;
}

/** c₁ and c₂ of the line search, as in the authors' code. */
const wolfeConstants = { decrease: 1e-3, curvature: 0.9 };

/**
 * L-BFGS-B: limited-memory BFGS under bounds. Each step finds the generalized Cauchy point of the quadratic
 * model, the first minimizer along the projected gradient path, then minimizes the model over the unknowns that
 * are free there, and searches along the line to that point.
 *
 * Guarantee: every iterate lies within the bounds; no step raises the value; on smooth functions the projected
 * gradient is small in the limit in practice (no proof is known for the method as it is). Unknowns at a bound
 * are there exactly. It does not look for negative curvature.
 * Price: usually one gradient an iteration, O(n log n) and at most 20·memory·n multiplications while few unknowns are
 * at bounds; 2·memory + 6 vectors.
 *
 * @throws NadirError `lbfgsb/memory` unless a whole number of at least 1; `lbfgsb/unknown-option`; from `minimize`
 * `minimize/needs` without bounds
 * @see Byrd, Lu, Nocedal & Zhu (1995), A limited memory algorithm for bound constrained optimization; Morales &
 * Nocedal (2011), Remark on algorithm 778: L-BFGS-B
 */
export const lbfgsb = described(
  {
    name: "lbfgsb",
    kind: "solver",
    summary:
      "Limited-memory BFGS under bounds: the Cauchy point of the projected path, then the free unknowns.",
    guarantee:
      "Every iterate lies within the bounds and no step raises the value; that the projected gradient tends to 0 is seen in practice, not proved. It does not look for negative curvature.",
    price: {
      iteration: "usually one gradient an iteration, about 20·memory·n multiplications and a sort",
      memory: "2·memory + 6 vectors (26 by default)",
    },
    source:
      "Byrd, Lu, Nocedal & Zhu (1995), A limited memory algorithm for bound constrained optimization, algorithm CP and §5.1; Morales & Nocedal (2011), Remark on algorithm 778",
  },
  (options: LbfgsbOptions = {}): Solver<LbfgsbState> => {
    requireKnownOptions("lbfgsb", options, ["memory"]);
    const memory = requireCount("lbfgsb/memory", options.memory ?? 10);
    return {
      kind: "solver",
      name: "lbfgsb",
      needs: ["gradient", "bounds"],
      monotone: true,
      init: ({ x }) => ({
        hessian: compactHessian(memory, x.length),
        skippedPairs: 0,
        resets: 0,
      }),
      step: boundedStep,
    };
  },
);

function* boundedStep(point: Point, state: LbfgsbState): Ask<Step<LbfgsbState>> {
  const { hessian } = state;
  const bounds = yield* askBounds();
  const { x, gradient, value } = point;
  const size = residual(x, gradient, bounds);
  if (size === 0) return { point: { ...point, residual: 0 }, state, stepSize: 0 };
  for (;;) {
    const fresh = hessian.pairs.count === 0;
    const target = modelMinimizer(point, bounds, hessian);
    const direction = target.map((ti, i) => ti - x[i]!);
    const slope = dot(gradient, direction);
    if (slope < 0) {
      // Without curvature the gradient's length says nothing of the step's: at most one unit is tried.
      const first = fresh ? Math.min(1, 1 / norm(direction)) : 1;
      const furthest = reach(x, direction, bounds);
      const options = { ...wolfeConstants, furthest };
      const searching = strongWolfe(point, direction, slope, Math.min(first, furthest), options);
      const found = yield* within(bounds, searching);
      if (found.point !== undefined) {
        const next = found.point;
        clip(next.x, bounds);
        if (!updateCompact(hessian, x, gradient, next.x, next.gradient)) state.skippedPairs++;
        return {
          point: { ...next, residual: residual(next.x, next.gradient, bounds) },
          state,
          stepSize: distance(next.x, x),
        };
      }
    }
    if (fresh) return { point, state, stepSize: 0, stalled: stallOf(slope, value) };
    clearCompact(hessian);
    state.resets++;
  }
}

/** The point that the quadratic model proposes. */
function modelMinimizer({ x, gradient }: Point, bounds: Bounds, b: CompactHessian): Vector {
  const cauchy = cauchyPoint(x, gradient, bounds, b);
  return b.pairs.count === 0 ? cauchy.x : subspaceMinimizer(x, gradient, bounds, b, cauchy);
}

/** ‖x − P(x − ∇f)‖₂. */
function residual(x: Vector, gradient: Vector, { lower, upper }: Bounds): number {
  return norm(x.map((xi, i) => xi - Math.min(Math.max(xi - gradient[i]!, lower[i]!), upper[i]!)));
}

/** How far along d all unknowns stay within their bounds: at least 1, where d leads. */
function reach(x: Vector, direction: Vector, { lower, upper }: Bounds): number {
  let furthest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const d = direction[i]!;
    if (d === 0) continue;
    furthest = Math.min(furthest, ((d > 0 ? upper[i]! : lower[i]!) - x[i]!) / d);
  }
  return Math.max(1, furthest);
}

function clip(x: Vector, { lower, upper }: Bounds): void {
  for (let i = 0; i < x.length; i++) x[i] = Math.min(Math.max(x[i]!, lower[i]!), upper[i]!);
}

/** A search whose trials are brought to the bounds that they miss by rounding, before they are evaluated. */
function* within<T>(bounds: Bounds, searching: Ask<T>): Ask<T> {
  let turn = searching.next();
  while (!turn.done) {
    const request = turn.value;
    if (request.kind === "gradient") clip(request.x, bounds);
    const reply: Reply = yield request;
    turn = searching.next(reply);
  }
  return turn.value;
}
