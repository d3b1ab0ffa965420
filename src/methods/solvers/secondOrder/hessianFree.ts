import { NadirError } from "../../../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../../../base/require.ts";
import {
  type Ask,
  askGnvp,
  askGradient,
  askRowCount,
  askRows,
  askValue,
  type Vector,
} from "../../../linalg/ask.ts";
import type { Apply } from "../../../linalg/cg.ts";
import { type CgIterate, martensCg } from "../../../linalg/martensCg.ts";
import { addScaled, allFinite, axpy, distance, dot, scaled } from "../../../linalg/vector.ts";
import { described } from "../../method.ts";
import { drawRows } from "../finiteSum/rows.ts";
import type { Point, Solver, Step } from "../solver.ts";

export interface HessianFreeOptions {
  /** First λ, in f per unit of x². Default: the Gauss–Newton curvature along the first gradient. */
  readonly initialDamping?: number;
  /** Products an iteration, at most. Default 250. */
  readonly maxProducts?: number;
  /** What is kept of the last CG solution as the start of the next, in [0, 1). Default 0.95. */
  readonly warmStart?: number;
  /**
   * `fisher`: M = (D + λ)^¾ with D the mean squared gradient of the examples, told by 32 parts of the rows
   * at no price beside the gradient's; needs a sum over rows. `none` (default): M = I.
   */
  readonly preconditioner?: "none" | "fisher";
  /** Rows of the products of an iteration, drawn anew for each; needs a sum over rows. Default: all. */
  readonly curvatureRows?: number;
  /** Seed of the rows drawn. Default 0. */
  readonly seed?: number;
}

export interface HessianFreeState {
  /** λ; 0 until the first step chooses it. */
  damping: number;
  /** The last CG solution. */
  readonly last: Vector;
  /** D; of length 0 until it is known at the current point. */
  squares: Vector;
  iteration: number;
  /** Products asked for. */
  products: number;
  /** Iterations in which no step was taken. */
  rejected: number;
}

const rowParts = 32;

/**
 * Hessian-free optimization: (G + λI)s = −∇f by conjugate gradients on Gauss–Newton products, which end once
 * their quadratic no longer falls by much and start from the last solution times 0.95. Of the CG iterates the
 * step is the last before which f itself does not get lower; a backtracking search follows. λ ← 3/2·λ where f
 * fell by less than a quarter of what the quadratic without λ foretold, ⅔·λ where by more than three quarters.
 *
 * G = Jᵀ∇²ℓJ is positive semidefinite for a convex loss ℓ of the outputs, whatever the model; all products of an
 * iteration use the same rows. Where ℓ is a cross-entropy of logits or a squared error, G is the Fisher matrix: the
 * step is then a damped step of the natural gradient.
 *
 * Guarantee: never raises the value; none of convergence is proved in the paper. It does not see negative
 * curvature. Price an iteration: one gradient, 10 to 250 Gauss–Newton products (two gradients each, less on
 * `curvatureRows`), a few values; about 25n numbers.
 *
 * @throws NadirError `hessianFree/…` for an option out of range, `hessianFree/unknown-option`;
 * `minimize/needs`, `fit/needs` on a loss without Gauss–Newton products
 * @see Martens (2010), Deep learning via Hessian-free optimization, algorithm 2 and §4; Schraudolph (2002);
 * Martens (2020), New insights and perspectives on the natural gradient method, §9 (G is the Fisher matrix)
 */
export const hessianFree = described(
  {
    name: "hessianFree",
    kind: "solver",
    summary:
      "Gauss–Newton steps for networks by conjugate gradients on products alone, with a damping that follows their success; of a cross-entropy or a squared error the natural gradient's, with the whole Fisher matrix.",
    guarantee:
      "No step raises the value; convergence is not proved. It does not see negative curvature.",
    price: {
      iteration: "one gradient, 10 to 250 Gauss–Newton products, and a few values",
      memory: "about 25n numbers",
    },
    source: "Martens (2010), Deep learning via Hessian-free optimization, algorithm 2 and §4",
  },
  (options: HessianFreeOptions = {}): Solver<HessianFreeState> => {
    requireKnownOptions("hessianFree", options, [
      "initialDamping",
      "maxProducts",
      "warmStart",
      "preconditioner",
      "curvatureRows",
      "seed",
    ]);
    const { initialDamping, preconditioner = "none", curvatureRows, seed = 0 } = options;
    if (initialDamping !== undefined) {
      const infinity = Number.POSITIVE_INFINITY;
      requireInRange("hessianFree/initialDamping", initialDamping, [0, infinity], { open: true });
    }
    if (preconditioner !== "none" && preconditioner !== "fisher") {
      throw new NadirError(
        "hessianFree/preconditioner",
        `preconditioner is ${String(preconditioner)}`,
        { expected: 'one of "none", "fisher"' },
      );
    }
    if (curvatureRows !== undefined) requireCount("hessianFree/curvatureRows", curvatureRows);
    const settings: Settings = {
      initialDamping,
      maxProducts: requireCount("hessianFree/maxProducts", options.maxProducts ?? 250),
      warmStart: requireInRange("hessianFree/warmStart", options.warmStart ?? 0.95, [0, 1]),
      fisher: preconditioner === "fisher",
      curvatureRows,
      seed: requireCount("hessianFree/seed", seed, 0),
    };
    return {
      kind: "solver",
      name: "hessianFree",
      needs: [
        ...(["value", "gradient", "gnvp"] as const),
        ...(settings.fisher ? (["row-count", "rows"] as const) : []),
        ...(curvatureRows === undefined || settings.fisher ? [] : (["row-count"] as const)),
      ],
      monotone: true,
      init: ({ x }) => ({
        damping: 0,
        last: new Float64Array(x.length),
        squares: new Float64Array(0),
        iteration: 0,
        products: 0,
        rejected: 0,
      }),
      step: (point, state) => hessianFreeStep(point, state, settings),
    };
  },
);

interface Settings {
  readonly initialDamping: number | undefined;
  readonly maxProducts: number;
  readonly warmStart: number;
  readonly fisher: boolean;
  readonly curvatureRows: number | undefined;
  readonly seed: number;
}

function* hessianFreeStep(
  point: Point,
  state: HessianFreeState,
  settings: Settings,
): Ask<Step<HessianFreeState>> {
  const { x, gradient } = point;
  const rows = yield* rowsOf(state, settings);
  state.iteration++;
  if (state.damping === 0) {
    state.damping = settings.initialDamping ?? (yield* curvatureAlong(point, rows));
    if (!Number.isFinite(state.damping)) {
      return { point, state, stepSize: 0, stalled: "non-finite" };
    }
  }
  if (settings.fisher && state.squares.length === 0) {
    state.squares = (yield* evaluateInParts(x)).squares;
  }
  const apply: Apply = function* (v) {
    const product = (yield* askGnvp(x, v, rows)).slice();
    axpy(state.damping, v, product);
    return product;
  };
  const start = new Float64Array(x.length);
  scaled(start, settings.warmStart, state.last);
  const solved = yield* martensCg(apply, gradient, {
    start,
    preconditioner: settings.fisher ? preconditionerFrom(state) : undefined,
    maxIterations: settings.maxProducts,
  });
  state.products += solved.products;
  const final = solved.iterates.at(-1);
  if (final === undefined) {
    const stalled = solved.positive ? "rounding" : "non-finite";
    return { point, state, stepSize: 0, stalled };
  }
  state.last.set(final.x);
  const best = yield* bestIterate(point, solved.iterates);
  const undamped = best.iterate.value - 0.5 * state.damping * dot(best.iterate.x, best.iterate.x);
  const ratio = (best.value - point.value) / undamped;
  if (!(ratio >= 0.25)) state.damping *= 1.5;
  else if (ratio > 0.75) state.damping /= 1.5;
  const next = yield* backtrack(point, best, settings.fisher, state);
  if (next !== undefined) return { point: next, state, stepSize: distance(next.x, x) };
  state.rejected++;
  state.last.fill(0);
  state.damping *= 4;
  const lost = -undamped <= 10 * Number.EPSILON * Math.abs(point.value);
  return lost ? { point, state, stepSize: 0, stalled: "rounding" } : { point, state, stepSize: 0 };
}

/** The rows of this iteration's products; undefined for all. */
function* rowsOf(
  { iteration }: HessianFreeState,
  { curvatureRows, seed }: Settings,
): Ask<Int32Array | undefined> {
  if (curvatureRows === undefined) return undefined;
  const count = yield* askRowCount();
  if (curvatureRows >= count) return undefined;
  return drawRows(count, curvatureRows, seed, iteration);
}

/** gᵀGg/gᵀg, or 1 where that is 0. */
function* curvatureAlong({ x, gradient }: Point, rows: Int32Array | undefined): Ask<number> {
  const square = dot(gradient, gradient);
  if (square === 0) return 1;
  return dot(gradient, yield* askGnvp(x, gradient, rows)) / square || 1;
}

/** (D + λ)^¾. */
const preconditionerFrom = ({ squares, damping }: HessianFreeState): Vector =>
  squares.map((square) => (square + damping) ** 0.75);

/** An iterate with the function's value there. */
interface Judged {
  readonly iterate: CgIterate;
  readonly value: number;
}

/** From the last iterate back, as long as the function gets lower. */
function* bestIterate(point: Point, iterates: readonly CgIterate[]): Ask<Judged> {
  const trial = new Float64Array(point.x.length);
  const valueAt = function* (iterate: CgIterate): Ask<Judged> {
    addScaled(trial, point.x, 1, iterate.x);
    const value = yield* askValue(trial);
    return { iterate, value: Number.isFinite(value) ? value : Number.POSITIVE_INFINITY };
  };
  let best = yield* valueAt(iterates.at(-1)!);
  for (let k = iterates.length - 2; k >= 0; k--) {
    const earlier = yield* valueAt(iterates[k]!);
    if (earlier.value > best.value) break;
    best = earlier;
  }
  return best;
}

/** The step times 0.8ʲ, with the first j that lowers the value by a hundredth of what the slope promises. */
function* backtrack(
  point: Point,
  { iterate, value }: Judged,
  fisher: boolean,
  state: HessianFreeState,
): Ask<Point | undefined> {
  const slope = dot(point.gradient, iterate.x);
  const trial = new Float64Array(point.x.length);
  let t = 1;
  let found = value;
  for (let j = 0; j < 60; j++) {
    if (found < point.value && found <= point.value + 0.01 * t * slope) {
      addScaled(trial, point.x, t, iterate.x);
      const there = fisher ? yield* evaluateInParts(trial) : yield* askGradient(trial);
      if (!allFinite(there.gradient) || !(there.value < point.value)) return undefined;
      if ("squares" in there) state.squares = there.squares as Vector;
      return { x: trial, value: there.value, gradient: there.gradient };
    }
    t *= 0.8;
    addScaled(trial, point.x, t, iterate.x);
    found = yield* askValue(trial);
  }
  return undefined;
}

/**
 * Value and gradient over all rows, in parts, and D = (mean over parts of B·ḡ²), B rows to a part: the examples' mean
 * squared gradient, as far as parts tell it.
 */
function* evaluateInParts(
  x: Vector,
): Ask<{ readonly value: number; readonly gradient: Vector; readonly squares: Vector }> {
  const count = yield* askRowCount();
  const parts = Math.min(rowParts, count);
  const gradient = new Float64Array(x.length);
  const squares = new Float64Array(x.length);
  let value = 0;
  for (let k = 0; k < parts; k++) {
    const from = Math.floor((k * count) / parts);
    const to = Math.floor(((k + 1) * count) / parts);
    const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
    const part = yield* askRows(x, rows);
    const weight = (to - from) / count;
    value += weight * part.value;
    axpy(weight, part.gradient, gradient);
    for (let i = 0; i < x.length; i++) {
      squares[i] = squares[i]! + ((to - from) * part.gradient[i]! ** 2) / parts;
    }
  }
  return { value, gradient, squares };
}
