import type { Ask, Evaluation, Vector } from "../../linalg/ask.ts";
import { norm } from "../../linalg/vector.ts";
import type { Point, Solver } from "./solver.ts";

/**
 * Minimizes another function than the problem's by a solver that asks for values and gradients alone, from a start,
 * until its gradient is within the tolerance.
 */
export function* minimizeInner(
  inner: Solver,
  evaluate: (x: Vector) => Ask<Evaluation>,
  start: Vector,
  tolerance: number,
  iterations: number,
): Ask<Vector> {
  let point: Point = { x: start, ...(yield* evaluate(start)) };
  let state = inner.init(point);
  for (let k = 0; k < iterations && norm(point.gradient) > tolerance; k++) {
    const asking = inner.step(point, state);
    let turn = asking.next();
    while (!turn.done) {
      // Whoever takes an inner solver has seen by `requireInner` that it asks for nothing else.
      const request = turn.value as { readonly kind: "value" | "gradient"; readonly x: Vector };
      const found = yield* evaluate(request.x);
      turn = asking.next(request.kind === "value" ? found.value : found);
    }
    ({ point, state } = turn.value);
    if (turn.value.stalled !== undefined) break;
  }
  return point.x;
}
