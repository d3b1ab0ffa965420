import type { Ask, Reply, Request } from "../../linalg/ask.ts";
import type { Solver, Step } from "../../methods/solvers/solver.ts";

/** What a watched run took, and when it came to a target. */
export interface Watch {
  /** Gradient-equivalents so far: a value or residuals ⅓, a gradient 1, a Jacobian n, a product 2, a Hessian 2n. */
  cost: number;
  /** The cost at the first evaluation whose value was at the target; null before. */
  costToTarget: number | null;
}

/** The price of an answer in gradients, for n unknowns. */
function priceOf(kind: Request["kind"], n: number): number {
  switch (kind) {
    case "value":
    case "residuals":
      return 1 / 3;
    case "jacobian":
      return n;
    case "hvp":
    case "gnvp":
      return 2;
    case "hessian":
      return 2 * n;
    default:
      return 1;
  }
}

/**
 * A solver whose requests are counted on their way, and which ends with `exhausted` once they have cost
 * `limit` gradients. Its steps are the solver's own.
 *
 * @param isTarget - whether a value is at the target
 */
export function watchedSolver<S>(
  solver: Solver<S>,
  isTarget: (value: number) => boolean,
  limit: number,
): { readonly solver: Solver<S>; readonly watch: Watch } {
  const watch: Watch = { cost: 1, costToTarget: null }; // the gradient at the start is asked for by `minimize`
  const look = (value: number): void => {
    if (watch.costToTarget === null && isTarget(value)) watch.costToTarget = watch.cost;
  };
  function* step(...given: Parameters<Solver<S>["step"]>): Ask<Step<S>> {
    const [point, state] = given;
    look(point.value);
    const asking = solver.step(point, state);
    let turn = asking.next();
    while (!turn.done) {
      if (watch.cost >= limit) return { point, state, stepSize: 0, stalled: "exhausted" };
      const { kind } = turn.value;
      const reply: Reply = yield turn.value;
      watch.cost += priceOf(kind, point.x.length);
      if (kind === "value") look(reply as number); // the protocol's contract: a value is a number
      if (kind === "gradient") look((reply as { value: number }).value);
      turn = asking.next(reply);
    }
    look(turn.value.point.value);
    return turn.value;
  }
  return { solver: { ...solver, step }, watch };
}
