import {
  answer,
  type Features,
  type Oracle,
  type Reply,
  type Request,
  type SmoothRequest,
  type Vector,
} from "../../linalg/ask.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { matrixVector } from "../../linalg/vector.ts";
import type { Search, SolverContext } from "./search.ts";
import type { Point, Solver } from "./solver.ts";
import { type Stop, type StoppingOptions, stoppingRule } from "./stopping.ts";

/** A smooth function with its derivatives, written or computed without nadir's autodiff. */
export interface Smooth {
  value(x: Vector): number;
  gradient(x: Vector): { value: number; gradient: Vector };
  hessian(x: Vector): Vector;
}

/** Requests answered, by kind. */
export type Counts = Record<SmoothRequest["kind"], number>;

/** Answers by a smooth function, and counts. */
export function oracleOf(f: Smooth, features: Features = {}): { oracle: Oracle; counts: Counts } {
  const counts: Counts = { value: 0, gradient: 0, hvp: 0, hessian: 0 };
  const oracle: Oracle = (request) => {
    if (request.kind in counts) counts[request.kind as keyof Counts]++;
    switch (request.kind) {
      case "value":
        return f.value(request.x);
      case "gradient":
        return f.gradient(request.x);
      case "hessian":
        return f.hessian(request.x);
      case "hvp": {
        const out = new Float64Array(request.x.length);
        matrixVector(out, f.hessian(request.x), request.direction);
        return out;
      }
      default: {
        // The table's type pairs each kind with a function of just that kind of request.
        const own = features[request.kind] as ((request: Request) => Reply) | undefined;
        if (own === undefined) throw new Error(`a smooth function was asked for ${request.kind}`);
        return own(request);
      }
    }
  };
  return { oracle, counts };
}

export interface Outcome {
  readonly point: Point;
  readonly stop: Stop;
  readonly iterations: number;
  readonly counts: Counts;
  /** The value after each iteration, the start's first. */
  readonly values: readonly number[];
  /** Saddles that the solver was sent away from after the gradient had vanished. */
  readonly saddlesLeft: number;
  readonly search: Search | undefined;
}

export interface DriverOptions extends StoppingOptions {
  readonly context?: SolverContext;
  /** Whether a stationary point with negative curvature is no end. Default: if the solver sees Hessians. */
  readonly escapeSaddles?: boolean;
  /** What is answered about structure. */
  readonly features?: Features;
}

/** Runs a solver to its end, as `minimize` does, but on plain functions. */
export function run<S>(
  solver: Solver<S>,
  f: Smooth,
  x0: readonly number[],
  options: DriverOptions = {},
): Outcome {
  const { oracle, counts } = oracleOf(f, options.features);
  const x = Float64Array.from(x0);
  counts.gradient++;
  let point: Point = { x, ...f.gradient(x) };
  const byPlan = solver.endsByPlan === true;
  let state = solver.init(point, options.context);
  const {
    maxIterations = byPlan ? 1_000_000 : 1000,
    escapeSaddles = solver.needs.includes("hessian") && !byPlan,
  } = options;
  const rule = stoppingRule(point, { ...options, maxIterations, byPlan });
  const values = [point.value];
  let saddlesLeft = 0;
  let stop = rule(point, 0);
  for (let iterations = 0; ; iterations++) {
    if (stop !== undefined) {
      const saddle = stop.criterion === "gradient" && escapeSaddles && isSaddle(f, point.x);
      if (!saddle || iterations >= maxIterations) {
        const search = solver.search?.(state);
        return { point, stop, iterations, counts, values, saddlesLeft, search };
      }
      saddlesLeft++;
    }
    const step = answer(solver.step(point, state), oracle);
    ({ point, state } = step);
    values.push(point.value);
    stop = rule(point, iterations + 1, step.stalled);
  }
}

/** Whether the Hessian has an eigenvalue below −1e-8 of the largest; not counted as an evaluation. */
function isSaddle(f: Smooth, x: Vector): boolean {
  const { values } = symmetricEigen(f.hessian(x), x.length);
  return values[0]! < -1e-8 * Math.max(Math.abs(values[0]!), Math.abs(values[x.length - 1]!));
}

/** ½xᵀHx + bᵀx. */
export function quadratic(h: Vector, b: Vector): Smooth {
  const n = b.length;
  const gradientAt = (x: Vector): { value: number; gradient: Vector } => {
    const gradient = new Float64Array(n);
    matrixVector(gradient, h, x);
    let value = 0;
    for (let i = 0; i < n; i++) {
      value += x[i]! * (0.5 * gradient[i]! + b[i]!);
      gradient[i] = gradient[i]! + b[i]!;
    }
    return { value, gradient };
  };
  return { value: (x) => gradientAt(x).value, gradient: gradientAt, hessian: () => h };
}

/**
 * A rugged landscape that is bounded below: Σₖ aₖ sin(wₖᵀx + φₖ) + 0.05‖x‖², with saddles and many
 * minima, from the numbers in [−1, 1) that `next` gives.
 */
export function landscape(n: number, next: () => number): Smooth {
  const waves = Array.from({ length: 3 * n }, () => ({
    a: next(),
    phase: 3 * next(),
    w: Float64Array.from({ length: n }, () => 2 * next()),
  }));
  const angle = (x: Vector, w: Vector, phase: number): number =>
    w.reduce((sum, wi, i) => sum + wi * x[i]!, phase);
  const value = (x: Vector): number => {
    const bowl = 0.05 * x.reduce((sum, xi) => sum + xi * xi, 0);
    return waves.reduce((sum, { a, w, phase }) => sum + a * Math.sin(angle(x, w, phase)), bowl);
  };
  return {
    value,
    gradient: (x) => {
      const gradient = x.map((xi) => 0.1 * xi);
      for (const { a, w, phase } of waves) {
        const c = a * Math.cos(angle(x, w, phase));
        for (let i = 0; i < n; i++) gradient[i] = gradient[i]! + c * w[i]!;
      }
      return { value: value(x), gradient };
    },
    hessian: (x) => {
      const h = new Float64Array(n * n);
      for (let i = 0; i < n; i++) h[i * n + i] = 0.1;
      for (const { a, w, phase } of waves) {
        const c = -a * Math.sin(angle(x, w, phase));
        for (let k = 0; k < n * n; k++) h[k] = h[k]! + c * w[Math.floor(k / n)]! * w[k % n]!;
      }
      return h;
    },
  };
}

/** f(x − shift). */
export function shifted(f: Smooth, shift: Vector): Smooth {
  const back = (x: Vector): Vector => x.map((xi, i) => xi - shift[i]!);
  return {
    value: (x) => f.value(back(x)),
    gradient: (x) => f.gradient(back(x)),
    hessian: (x) => f.hessian(back(x)),
  };
}

/** A function of one unknown from its value, slope and curvature. */
export function ofOne(
  value: (x: number) => number,
  slope: (x: number) => number,
  curvature: (x: number) => number,
): Smooth {
  return {
    value: (x) => value(x[0]!),
    gradient: (x) => ({ value: value(x[0]!), gradient: Float64Array.of(slope(x[0]!)) }),
    hessian: (x) => Float64Array.of(curvature(x[0]!)),
  };
}
