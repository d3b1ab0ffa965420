import type { Tensor } from "../../../array/tensor.ts";
import { classify } from "../../../diagnosis/classify.ts";
import { answer, type Evaluation, type Oracle, type Vector } from "../../../linalg/ask.ts";
import type { Point, Solver } from "../../../methods/solvers/solver.ts";
import { TracedObjective } from "../../../training/objective.ts";

/** A function with a saddle to leave and a minimum to reach. */
export interface Instance {
  /** x `[n]` to one number. */
  readonly f: (x: Tensor) => Tensor;
  readonly start: readonly number[];
  /** Whether the saddle is behind. */
  left(point: Point): boolean;
  /** Whether the minimum is reached. */
  reached(point: Point): boolean;
  /** What the first-order methods are given. */
  readonly settings: Settings;
}

/** One choice for an instance, of which all first-order methods make their hyper-parameters. */
export interface Settings {
  /** η of gradient steps. */
  readonly stepSize: number;
  /** The gradient norm at which perturbed descent adds noise, … */
  readonly gradientNorm: number;
  /** … and the radius of that noise. */
  readonly radius: number;
  /** How much lower the minimum is than the saddle. */
  readonly depth: number;
}

/** A method that takes part, and how it is made for an instance and a seed. */
export interface Contender {
  readonly name: string;
  /** True if it draws nothing at random: at rest once, it is at rest for ever. */
  readonly deterministic?: boolean;
  /** @param spend - told of gradient-equivalents that are taken inside of the method, which the oracle does not see */
  make(instance: Instance, seed: number, spend: (gradients: number) => void): Solver;
}

/** What a run took: gradient-equivalents and steps; undefined where it never came so far. */
export interface Outcome {
  readonly left: number | undefined;
  readonly reached: number | undefined;
  readonly steps: number | undefined;
  /** (gradient-equivalents, value) after each step. */
  readonly path: readonly (readonly [price: number, value: number])[];
}

export interface Limits {
  /** Steps after which a run has failed. */
  readonly maxSteps: number;
  /** Gradient-equivalents after which it has. */
  readonly maxPrice: number;
  readonly seed: number;
}

/** Prices in gradients, as `minimize` counts them: a value ⅓, a Hessian product 2, a Hessian 2n. */
export function metered(oracle: Oracle, n: number): { oracle: Oracle; spent: () => number } {
  let spent = 0;
  const prices = { value: 1 / 3, gradient: 1, hvp: 2, hessian: 2 * n };
  return {
    spent: () => spent,
    oracle: (request) => {
      // Requests about structure are not asked: contenders need smooth functions only.
      spent += prices[request.kind as keyof typeof prices] ?? 0;
      return oracle(request);
    },
  };
}

/** A traced function's oracle: compiled once, for runs from many starts. */
export function oracleFor(f: (x: Tensor) => Tensor, n: number): Oracle {
  const objective = new TracedObjective(([x]) => (x === undefined ? x : f(x)), {
    shapes: [[n]],
    dtype: "f64",
  });
  return objective.oracle() as Oracle; // it is asked for values and derivatives only
}

/**
 * Runs a method until the minimum is reached. Where a method that asks for second derivatives can go no
 * further by itself, the point is classified, at the run's expense, and a saddle left along its
 * direction, as `minimize` does.
 */
export function race(
  instance: Instance,
  contender: Contender,
  compiled: Oracle,
  limits: Limits,
): Outcome {
  const { start } = instance;
  const { deterministic = false } = contender;
  let hidden = 0;
  const solver = contender.make(instance, limits.seed, (gradients) => {
    hidden += gradients;
  });
  const meter = metered(compiled, start.length);
  const at = (x: Vector): Point => {
    // A gradient request is answered by an Evaluation: the protocol of linalg/ask.ts.
    const evaluation = meter.oracle({ kind: "gradient", x }) as Evaluation;
    return { x, ...evaluation };
  };
  let point = at(Float64Array.from(start));
  let state = solver.init(point);
  const path: [number, number][] = [[0, point.value]];
  let left: number | undefined;
  for (let step = 0; ; step++) {
    const price = meter.spent() - 1 + hidden; // the start's gradient is every method's
    if (step > 0) path.push([price, point.value]);
    if (left === undefined && instance.left(point)) left = price;
    if (instance.reached(point)) return { left: left ?? price, reached: price, steps: step, path };
    const over = step >= limits.maxSteps || price >= limits.maxPrice;
    if (over || !Number.isFinite(point.value)) break;
    const taken = answer(solver.step(point, state), meter.oracle);
    ({ point, state } = taken);
    // At rest to the last digit: without noise it will not move again.
    const resting = deterministic && taken.stepSize === 0;
    if (taken.stalled === undefined && !resting) continue;
    if (!isSecondOrder(solver)) break;
    const found = answer(
      classify(at(point.x), { tolerance: 1e-8, otherwise: "rounding", seed: limits.seed }),
      meter.oracle,
    );
    if (found.escape === undefined) break;
    point = at(found.escape.x);
    state = solver.init(point);
  }
  return { left, reached: undefined, steps: undefined, path };
}

/** Whether `minimize` leaves saddles for a solver: where it asks for second derivatives. */
export const isSecondOrder = (solver: Solver): boolean =>
  solver.needs.some((need) => need === "hvp" || need === "hessian");
