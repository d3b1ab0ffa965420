import { NadirError } from "../../../base/errors.ts";
import {
  type Ask,
  askConstraintPullback,
  askConstraints,
  askGradient,
  type ConstraintValues,
  type Evaluation,
  type Vector,
} from "../../../linalg/ask.ts";
import { norm } from "../../../linalg/vector.ts";
import type { Point, Solver } from "../solver.ts";

/** A point with the objective and the constraint functions there. */
export interface Constrained {
  readonly x: Vector;
  /** f and ∇f. */
  readonly objective: Evaluation;
  readonly values: ConstraintValues;
}

/** A function of f and the constraints that an inner solver minimizes in their place: its value, and the multipliers m for which its gradient is ∇f + Jᵀm. */
export type Merit = (at: Constrained) => { readonly value: number; readonly multipliers: Vector };

/** Where an inner solver ended. */
export interface InnerEnd extends Constrained {
  /** Of the merit function. */
  readonly gradient: Vector;
  readonly multipliers: Vector;
}

/** Inner solvers may ask for values and gradients: those are what a merit function has. */
export function requireInner(area: string, inner: Solver): Solver {
  const other = inner.needs.find((need) => need !== "value" && need !== "gradient");
  if (other === undefined) return inner;
  throw new NadirError(
    `${area}/inner`,
    `${area}: its inner solver ${inner.name} needs "${other}"`,
    {
      expected: "a solver that asks for values and gradients alone, such as lbfgs()",
    },
  );
}

/** f, ∇f, c and d at a point. */
export function* constrainedAt(x: Vector): Ask<Constrained> {
  const objective = yield* askGradient(x);
  const { equalities, inequalities } = yield* askConstraints(x);
  return {
    x,
    objective,
    values: { equalities: equalities.slice(), inequalities: inequalities.slice() },
  };
}

/** Minimizes a merit function from a point by an inner solver, until its gradient is within the tolerance. */
export function* minimizeMerit(
  inner: Solver,
  merit: Merit,
  start: Constrained,
  tolerance: number,
  iterations: number,
): Ask<InnerEnd> {
  /** What the merit function was last evaluated on: line searches end at a point they have seen. */
  let last: InnerEnd | undefined;
  const evaluate = function* (at: Constrained): Ask<InnerEnd & { readonly value: number }> {
    const { value, multipliers } = merit(at);
    const pulled = yield* askConstraintPullback(at.x, multipliers);
    const gradient = at.objective.gradient.map((gi, i) => gi + pulled[i]!);
    last = { ...at, x: at.x.slice(), gradient, multipliers };
    return { ...last, value };
  };
  const first = yield* evaluate(start);
  let point: Point = { x: first.x, value: first.value, gradient: first.gradient };
  let state = inner.init(point);
  for (let k = 0; k < iterations && norm(point.gradient) > tolerance; k++) {
    const asking = inner.step(point, state);
    let turn = asking.next();
    while (!turn.done) {
      const { kind } = turn.value;
      if (kind === "gradient" || kind === "value") {
        const found = yield* evaluate(yield* constrainedAt(turn.value.x));
        turn = asking.next(kind === "value" ? found.value : found);
      } else {
        turn = asking.next(yield turn.value);
      }
    }
    ({ point, state } = turn.value);
    if (turn.value.stalled !== undefined || !Number.isFinite(point.value)) break;
  }
  const { x } = point;
  if (last?.x.every((xi, i) => xi === x[i])) return last;
  return yield* evaluate(yield* constrainedAt(x));
}

/** The largest violation: |cᵢ| and dⱼ above 0. */
export function violationOf({ equalities, inequalities }: ConstraintValues): number {
  let most = 0;
  for (const c of equalities) most = Math.max(most, Math.abs(c));
  for (const d of inequalities) most = Math.max(most, d);
  return most;
}
