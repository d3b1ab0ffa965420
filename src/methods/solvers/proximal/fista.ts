import { requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askProx, type Vector } from "../../../linalg/ask.ts";
import { addScaled, distance, dot } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import type { Point, Solver, Step } from "../solver.ts";
import {
  type Composite,
  compositeAt,
  drownedIn,
  firstStep,
  linearModel,
  pointOf,
} from "./composite.ts";

export interface FistaOptions {
  /** Forget the momentum where it points uphill. Default true. */
  readonly restart?: boolean;
}

export interface FistaState {
  at: Composite | undefined;
  /** The point before: the momentum is x − before. */
  before: Vector;
  /** θ of the momentum sequence; 1 after a restart. */
  theta: number;
  stepSize: number;
  /** Times the momentum was forgotten. */
  restarts: number;
}

const trialLimit = 100;

/**
 * FISTA: a proximal gradient step from a point beyond x, y = x + ((θ − 1)/θ⁺)(x − x⁻), with θ⁺ = (1 + √(1 + 4θ²))/2; the
 * step is halved until f lies below its quadratic bound. The momentum is forgotten where (y − x⁺)ᵀ(x⁺ − x) > 0, as then it
 * points uphill.
 *
 * Price: two gradients and one prox an iteration, one gradient after a restart: the second tells where x⁺ is.
 *
 * @throws NadirError `fista/unknown-option`
 * @see Beck & Teboulle (2009), A fast iterative shrinkage-thresholding algorithm, eqs. (4.1)–(4.3); O'Donoghue & Candès
 *   (2015), Adaptive restart for accelerated gradient schemes, eq. (13)
 */
export const fista = described(
  {
    name: "fista",
    kind: "solver",
    summary: "Proximal gradient with momentum that is forgotten where it points uphill.",
    guarantee:
      "On convex sums the value is within 2L‖x₀ − x*‖²/(k + 1)² of the minimum without restarts (Beck & Teboulle, theorem 4.4), and linear in practice with them. It is not monotone.",
    price: { iteration: "two gradients, one prox", memory: "6 vectors" },
    source:
      "Beck & Teboulle (2009), A fast iterative shrinkage-thresholding algorithm, eqs. (4.1)–(4.3); O'Donoghue & Candès (2015), eq. (13)",
  },
  (options: FistaOptions = {}): Solver<FistaState> => {
    requireKnownOptions("fista", options, ["restart"]);
    const { restart = true } = options;
    return {
      kind: "solver",
      name: "fista",
      needs: ["gradient", "penalty", "prox", "projected-gradient"],
      monotone: false,
      convexSetsOnly: true,
      init: ({ x }) => ({ at: undefined, before: x, theta: 1, stepSize: 0, restarts: 0 }),
      step: (point, state) => momentumStep(point, state, restart),
    };
  },
);

function* momentumStep(point: Point, state: FistaState, restart: boolean): Ask<Step<FistaState>> {
  const at = state.at ?? (yield* compositeAt(point.x));
  const theta = (1 + Math.sqrt(1 + 4 * state.theta ** 2)) / 2;
  const momentum = (state.theta - 1) / theta;
  let from = at;
  if (momentum > 0 && distance(at.x, state.before) > 0) {
    const y = new Float64Array(at.x.length);
    addScaled(
      y,
      at.x,
      momentum,
      at.x.map((xi, i) => xi - state.before[i]!),
    );
    from = yield* compositeAt(y);
  }
  // A step that was refused once may be fine here: it grows back slowly.
  let t = 1.1 * state.stepSize || firstStep(at.gradient);
  for (let trial = 0; trial < trialLimit; trial++) {
    const moved = from.x.map((xi, i) => xi - t * from.gradient[i]!);
    const x = (yield* askProx(moved, t)).slice();
    const next = yield* compositeAt(x);
    const stepSize = distance(x, from.x);
    const bound = linearModel(from, x) + stepSize ** 2 / (2 * t) + drownedIn(from.smooth);
    if (next.smooth <= bound) {
      let uphill = 0;
      for (let i = 0; i < x.length; i++) uphill += (from.x[i]! - x[i]!) * (x[i]! - at.x[i]!);
      const forgets = restart && momentum > 0 && uphill > 0;
      if (forgets) state.restarts++;
      state.theta = forgets ? 1 : theta;
      state.before = at.x;
      state.at = next;
      state.stepSize = t;
      const isStill = stepSize === 0 && distance(x, at.x) === 0;
      const stalled = isStill ? "rounding" : undefined;
      return { point: yield* pointOf(next), state, stepSize: distance(x, at.x), stalled };
    }
    t /= 2;
  }
  const stalled =
    dot(from.gradient, from.gradient) * t < drownedIn(at.value) ? "rounding" : "line-search";
  return { point, state, stepSize: 0, stalled };
}
