import { NadirError } from "../../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import { type Ask, askGradient } from "../../../linalg/ask.ts";
import { randomInBall } from "../../../linalg/randomDirection.ts";
import { addScaled, allFinite, dot, norm, normInf } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { lbfgs } from "../quasiNewton/lbfgs.ts";
import type { OracleFeature, Point, Solver, Step } from "../solver.ts";
import {
  type CurvatureWatch,
  isDue,
  isNegative,
  look,
  newWatch,
  type WatchSettings,
} from "./curvatureWatch.ts";
import { stepAlong } from "./negativeCurvatureStep.ts";

export interface CurvatureFeedbackOptions {
  /** What steps where curvature is of no concern. Default `lbfgs()`. */
  readonly descent?: Solver;
  /** η: such steps are x ← x − ηg, with this η, above 0. In place of `descent`. */
  readonly stepSize?: number;
  /** ε, at least 0: curvature above −ε counts as positive. Default a millionth of the largest curvature seen. */
  readonly negative?: number;
  /** ‖g‖₂ at and below which curvature is looked at, above 0. Default a tenth of the largest since the last look. */
  readonly gradientNorm?: number;
  /** Gradient-equivalents a gradient that looks elsewhere may cost at first, at least 0. Default 0.15. */
  readonly budget?: number;
  /** Hessian-vector products of one look at most, a count. Default 20. */
  readonly products?: number;
  /** ν, at least 0: noise has a radius of ν√(|λ|/Λ) gradient steps of length ‖g‖/Λ. Default 0.1; 0 for none. */
  readonly noise?: number;
  /** Seed of noise and of the starts of looks. Default 0. */
  readonly seed?: number;
}

/** What the method remembers, and has done. */
export interface CurvatureFeedbackState {
  /** The memory of the method that makes the steps. */
  descent: unknown;
  readonly watch: CurvatureWatch;
  /** How far the last step along negative curvature went: how far the next is tried. 0 before the first. */
  reach: number;
  /** Steps along negative curvature. */
  escapes: number;
  /** Radius of the noise that was added at the last look; 0 where it found no negative curvature. */
  noise: number;
  /** Times noise was added. */
  noises: number;
}

/**
 * Descent with feedback from the curvature. Where the gradient has become small, and elsewhere as often
 * as a budget allows, the smallest eigenvalue λ of the Hessian is estimated: a few exact products,
 * Lanczos from the direction that was found last, stopped as soon as the sign is clear. Then
 * - λ ≥ −ε: no noise, and the step is that of `descent`, untouched;
 * - λ < −ε, and along its direction v the model promises more than a gradient step does, |gᵀv|t + |λ|t²/2
 *   > ‖g‖²/2Λ at the distance t that served last: a step along v, as far as the value falls;
 * - λ < −ε otherwise: noise uniform in a ball of radius ν√(|λ|/Λ)·‖g‖/Λ, its half where gᵀξ ≤ 0,
 *   then the step of `descent`. Noise that would raise the value is not taken.
 *
 * Guarantee: never raises the value if `descent` does not; what `descent` guarantees, it does. From a
 * strict saddle whose negative curvature `products` products reveal it leaves in one step.
 * Price: that of `descent`, 2 gradient-equivalents a product, ⅓ a value: away from small gradients at
 * most 1 + `budget` a gradient, less with each look in vain, which doubles the wait for the next, up to 16 times. A look at a small
 * gradient is owed, and paid back before the budget pays again.
 *
 * @throws NadirError `curvatureFeedback/…` for an option out of range, or both `descent` and `stepSize`
 * @see Jin, Ge, Netrapalli, Kakade & Jordan (2017) (noise at small gradients); Carmon, Duchi, Hinder &
 * Sidford (2018), Accelerated methods for nonconvex optimization, algorithm 2 (steps along negative
 * curvature found by Lanczos); the feedback between them is nadir's own
 */
export const curvatureFeedback = described(
  {
    name: "curvatureFeedback",
    kind: "solver",
    summary:
      "Descent that watches the smallest curvature: no noise where it is positive, a step along it where that promises more than the gradient.",
    guarantee:
      "No step raises the value if those of the method inside do not, and what that method guarantees holds; from a strict saddle whose negative curvature a look reveals it leaves in one step. A look is a Lanczos run of at most 20 products from a partly random start: weak curvature in many unknowns can be missed.",
    price: {
      iteration:
        "that of the method inside (L-BFGS: usually one gradient), at most 0.15 gradients more away from small gradients, 0.01 after a few looks in vain; each time the gradient has become small up to 20 Hessian-vector products; a step along negative curvature 3 to 10 values",
      memory: "that of the method inside, and up to 22 vectors during a look",
    },
    source:
      "Jin et al. (2017), How to escape saddle points efficiently; Carmon, Duchi, Hinder & Sidford (2018), Accelerated methods for nonconvex optimization, algorithm 2; the feedback is nadir's own",
  },
  (options: CurvatureFeedbackOptions = {}): Solver<CurvatureFeedbackState> => {
    const { descent, settings } = readOptions(options);
    return {
      kind: "solver",
      name: "curvatureFeedback",
      needs: [...new Set<OracleFeature>([...descent.needs, "gradient", "hvp", "value"])],
      monotone: descent.monotone,
      init: (start) => ({
        descent: descent.init(start),
        watch: newWatch(settings.seed),
        reach: 0,
        escapes: 0,
        noise: 0,
        noises: 0,
      }),
      step: (point, state) => feedbackStep(point, state, descent, settings),
    };
  },
);

interface Settings extends WatchSettings {
  readonly stepSize: number | undefined;
  readonly noise: number;
  readonly seed: number;
}

function readOptions(options: CurvatureFeedbackOptions): { descent: Solver; settings: Settings } {
  const known = ["descent", "stepSize", "negative", "gradientNorm", "budget", "products", "noise"];
  requireKnownOptions("curvatureFeedback", options, [...known, "seed"]);
  const { stepSize, negative, gradientNorm } = options;
  if (stepSize !== undefined && options.descent !== undefined) {
    throw new NadirError(
      "curvatureFeedback/descent",
      "both descent and stepSize say how to step down",
      { expected: "descent: a solver, or stepSize: the η of gradient steps" },
    );
  }
  const infinity = Number.POSITIVE_INFINITY;
  const least = (name: string, value: number, open = false): number =>
    requireInRange(`curvatureFeedback/${name}`, value, [0, infinity], { open });
  if (negative !== undefined) least("negative", negative);
  if (gradientNorm !== undefined) least("gradientNorm", gradientNorm, true);
  // The states of all solvers are their own: whatever it is, it goes back to the solver that made it.
  const descent: Solver =
    stepSize === undefined
      ? (options.descent ?? (lbfgs() as Solver))
      : gradientSteps(least("stepSize", stepSize, true));
  return {
    descent,
    settings: {
      stepSize,
      negative,
      gradientNorm,
      budget: least("budget", options.budget ?? 0.15),
      products: requireCount("curvatureFeedback/products", options.products ?? 20),
      noise: least("noise", options.noise ?? 0.1),
      seed: requireCount("curvatureFeedback/seed", options.seed ?? 0, 0),
    },
  };
}

/** x ← x − ηg. */
const gradientSteps = (stepSize: number): Solver => ({
  kind: "solver",
  name: "gradientDescent",
  needs: ["gradient"],
  monotone: false,
  init: () => undefined,
  *step({ x, gradient }) {
    const next = new Float64Array(x.length);
    addScaled(next, x, -stepSize, gradient);
    const found = yield* askGradient(next);
    return { point: { x: next, ...found }, state: undefined, stepSize: stepSize * norm(gradient) };
  },
});

function* feedbackStep(
  point: Point,
  state: CurvatureFeedbackState,
  descent: Solver,
  settings: Settings,
): Ask<Step<CurvatureFeedbackState>> {
  const due = isDue(point, state.watch, settings);
  if (due) {
    const escaped = yield* lookAndEscape(point, state, descent, settings, false);
    if (escaped !== undefined) return escaped;
  }
  const from = due ? yield* withNoise(point, state, settings) : point;
  const step = yield* paying(descent.step(from, state.descent), state.watch, settings.budget);
  state.descent = step.state;
  if (step.stalled !== undefined && !due) {
    const escaped = yield* lookAndEscape(point, state, descent, settings, true);
    if (escaped !== undefined) return escaped;
  }
  return { ...step, state };
}

/** Looks at the curvature; where it is negative and worth it, a step along it. */
function* lookAndEscape(
  point: Point,
  state: CurvatureFeedbackState,
  descent: Solver,
  settings: Settings,
  stalled: boolean,
): Ask<Step<CurvatureFeedbackState> | undefined> {
  const { watch } = state;
  yield* look(point, watch, settings);
  if (!isNegative(watch, settings) || watch.direction === undefined) return undefined;
  const size = norm(point.gradient);
  const first = Math.max(
    state.reach || 1e-2 * (1 + normInf(point.x)),
    watch.largest > 0 ? size / watch.largest : 0,
  );
  const slope = Math.abs(dot(point.gradient, watch.direction));
  const promised = slope * first + 0.5 * -watch.smallest * first * first;
  const byGradient = 0.5 * size * size * (settings.stepSize ?? 1 / watch.largest);
  if (promised <= byGradient && !stalled) {
    // The gradient is the better guide here; once it has halved that may have changed.
    watch.armed = true;
    watch.peak = size;
    return undefined;
  }
  const found = yield* stepAlong(point, watch.direction, first);
  if (found === undefined) return undefined;
  // The decrease has paid for the look. The gradients on the way were of this size.
  watch.credit = Math.max(watch.credit, 0);
  watch.wait = 1;
  watch.armed = true;
  watch.peak = -watch.smallest * found.distance;
  state.descent = descent.init(found.point);
  state.reach = found.distance;
  state.escapes++;
  state.noise = 0;
  return { point: found.point, state, stepSize: found.distance };
}

/** The point with noise as the curvature asks for it; the point itself where the noise would raise the value. */
function* withNoise(point: Point, state: CurvatureFeedbackState, settings: Settings): Ask<Point> {
  const { watch } = state;
  const { x, gradient } = point;
  const radius = isNegative(watch, settings)
    ? (settings.noise * Math.sqrt(-watch.smallest / watch.largest) * norm(gradient)) / watch.largest
    : 0;
  state.noise = radius;
  if (radius === 0) return point;
  const noise = randomInBall(x.length, watch.seed++);
  const moved = new Float64Array(x.length);
  addScaled(moved, x, dot(gradient, noise) > 0 ? -radius : radius, noise);
  const found = yield* askGradient(moved);
  if (!(found.value <= point.value) || !allFinite(found.gradient)) return point;
  state.noises++;
  return { x: moved, ...found };
}

/** Runs a step, and puts aside what looks may cost for each gradient that it takes. */
function* paying<T>(asking: Ask<T>, watch: CurvatureWatch, budget: number): Ask<T> {
  let turn = asking.next();
  while (!turn.done) {
    if (turn.value.kind === "gradient") watch.credit += budget;
    turn = asking.next(yield turn.value);
  }
  return turn.value;
}
