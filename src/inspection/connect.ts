import type { TypedArray } from "../array/dtype.ts";
import type { NDArray } from "../array/ndarray.ts";
import { foldIn, uniform } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Tree } from "../array/tree.ts";
import { close, open } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange, requireKnownOptions } from "../base/require.ts";
import type { Vector } from "../linalg/ask.ts";
import { addScaled, distance } from "../linalg/vector.ts";
import { adam } from "../methods/rules/adam.ts";
import { cosine } from "../methods/schedules/cosine.ts";
import { dataset } from "../training/dataset.ts";
import { fit } from "../training/fit.ts";
import { DataOrder } from "../training/order.ts";
import { evaluateLoss } from "../training/step.ts";
import {
  type Inspected,
  type Located,
  locate,
  type PointOptions,
  pointOptionNames,
} from "./point.ts";
import { Surface } from "./surface.ts";
import { flatLike, flatOf, leavesOf, treeOf } from "./trees.ts";

/** The two minima that `connect` joins, and where it measures between them. */
export interface ConnectOptions<X> extends PointOptions<X> {
  /** The other minimum, in the form of `at`. */
  readonly to: X;
  /** Places on each path at which the loss is measured, ends included. Default 21. */
  readonly points?: number;
  /** A curve fitted between the two as well. Default true; false for the straight line alone. */
  readonly curve?: boolean | CurveOptions;
}

/** How the curve's middle point is trained. */
export interface CurveOptions {
  /** Steps of Adam, each at a random place of the curve. Default 500. */
  readonly steps?: number;
  /** Its rate at the start, falling to 0 along a cosine. Default a tenth of the root mean square of `to − at`. */
  readonly learningRate?: number;
  /** Rows a step sees. Default min(128, rows). */
  readonly batchSize?: number;
}

/** The loss along a path γ from t = 0 to t = 1. */
export interface LossAlong {
  readonly t: readonly number[];
  readonly loss: readonly number[];
  readonly barrier: Barrier;
  /** On the problem's `test` data, where it has them. */
  readonly heldOut?: { readonly loss: readonly number[]; readonly barrier: Barrier };
}

/** The height max_t ℓ(γ(t)) − ((1 − t)ℓ(γ(0)) + tℓ(γ(1))) ≥ 0, over the places measured, and where it is. */
export interface Barrier {
  readonly height: number;
  readonly at: number;
}

/** What lies between two minima. */
export interface ConnectionReport {
  /** ‖to − at‖₂ of the params. */
  readonly distance: number;
  readonly line: LossAlong;
  /** γ(t) = (1 − t)²·at + 2t(1 − t)·middle + t²·to, with the middle that was fitted. */
  readonly curve?: LossAlong & { readonly middle: Tree<NDArray>; readonly steps: number };
  readonly rows: number;
  /** Gradients over the rows: of measuring, and of fitting the curve. */
  readonly cost: { readonly gradients: number; readonly fitted: number; readonly seconds: number };
  readonly engine: string;
}

/**
 * Whether two minima are connected: the loss along the straight line between them, and along a quadratic Bézier curve
 * whose middle point is trained to keep the mean loss over the curve low; each with its barrier, on the rows looked at
 * and on held-out data. No barrier along a curve shows that both lie in one valley; a barrier along the curve that was
 * found shows only that this one was.
 *
 * Networks with a state (batch norm) have it measured anew at each place, by passes in training mode: the ends' own
 * would be wrong between them.
 *
 * Price: 2·`points` values over the rows, and the curve's `steps` gradients on batches.
 *
 * @throws NadirError `inspect/to` for a point of another shape; `connect/points`, `connect/same` for twice the same point
 * @see Garipov, Izmailov, Podoprikhin, Vetrov & Wilson (2018), Loss surfaces, mode connectivity, and fast ensembling of
 *   DNNs, eqs. (2), (4); Frankle, Dziugaite, Roy & Carbin (2020) for the line; Entezari et al. (2022), eq. (1) for the barrier
 * @example const { line, curve } = await connect(digits, { at: first.params, to: second.params });
 */
export async function connect<X>(
  problem: Inspected<X>,
  options: ConnectOptions<X>,
): Promise<ConnectionReport> {
  requireKnownOptions("connect", options, [...pointOptionNames, "to", "points", "curve"]);
  const located = locate(problem, options);
  const points = requireCount("connect/points", options.points ?? 21, 3);
  const to = flatLike(options.to, located.params, "to");
  await using surface = await Surface.open(located, options.rows);
  const begin = performance.now();
  const from = surface.x;
  const apart = distance(from, to);
  if (apart === 0) {
    throw new NadirError("connect/same", "both ends are the same point", {
      expected: "two minima, such as two runs with different seeds",
      hint: "const [a, b] = await fitMany(options, 2)",
    });
  }
  await using heldOut =
    located.test === undefined ? undefined : await Surface.open(located, undefined, located.test);
  const surfaces = { surface, heldOut };
  const t = Array.from({ length: points }, (_, i) => i / (points - 1));
  const line = await along(surfaces, from, [minus(to, from)], t, (s) => [s]);
  const { curve = true } = options;
  const fitted =
    curve === false
      ? undefined
      : await fitCurve(located, from, to, curve === true ? {} : curve, options.rows);
  const curved =
    fitted &&
    (await along(surfaces, from, [minus(fitted.middle, from), minus(to, from)], t, (s) => [
      2 * s * (1 - s),
      s * s,
    ]));
  return {
    distance: apart,
    line,
    ...(curved && {
      curve: { ...curved, middle: treeOf(fitted.middle, located.params), steps: fitted.steps },
    }),
    rows: surface.rows,
    cost: {
      gradients: surface.gradients,
      fitted: fitted?.gradients ?? 0,
      seconds: (performance.now() - begin) / 1000,
    },
    engine: surface.engine.name,
  };
}

function minus(x: Vector, y: Vector): Vector {
  const out = new Float64Array(x.length);
  addScaled(out, x, -1, y);
  return out;
}

interface Surfaces {
  readonly surface: Surface;
  readonly heldOut: Surface | undefined;
}

async function along(
  { surface, heldOut }: Surfaces,
  origin: Vector,
  directions: readonly Vector[],
  t: readonly number[],
  coefficients: (t: number) => readonly number[],
): Promise<LossAlong> {
  const rows = t.map(coefficients);
  const loss: number[] = [];
  const held: number[] = [];
  if (surface.located.state.arrays.length === 0) {
    const flat = Float64Array.from(rows.flat());
    loss.push(...(await surface.values(origin, directions, flat)));
    if (heldOut !== undefined) held.push(...(await heldOut.values(origin, directions, flat)));
  } else {
    for (const row of rows) {
      const x = origin.slice();
      for (const [j, direction] of directions.entries()) addScaled(x, x, row[j]!, direction);
      const state = await stateAt(surface, x);
      loss.push(await surface.valueWith(x, state));
      if (heldOut !== undefined) held.push(await heldOut.valueWith(x, state));
    }
  }
  return {
    ...{ t, loss, barrier: barrierOf(t, loss) },
    ...(heldOut && { heldOut: { loss: held, barrier: barrierOf(t, held) } }),
  };
}

function barrierOf(t: readonly number[], loss: readonly number[]): Barrier {
  const [first, last] = [loss[0]!, loss[loss.length - 1]!];
  return loss.reduce<Barrier>(
    (best, value, i) => {
      const height = value - ((1 - t[i]!) * first + t[i]! * last);
      return height > best.height ? { height, at: t[i]! } : best;
    },
    { height: 0, at: 0 },
  );
}

/** Batches by which a state is measured anew: running means with momentum 0.1 forget all but 2⁻⁹ of where they began. */
const stateBatches = 60;

async function stateAt(surface: Surface, x: Vector): Promise<readonly TypedArray[]> {
  const { located, rows } = surface;
  const order = new DataOrder(rows, located.seed, true);
  const size = Math.min(128, rows);
  let state: readonly TypedArray[] = located.state.arrays.map(({ data }) => data);
  for (let k = 0; k < stateBatches; k++)
    state = await surface.nextState(x, state, order.rows(k * size, size));
  return state;
}

interface Fitted {
  readonly middle: Vector;
  readonly steps: number;
  readonly gradients: number;
}

/** Trains the middle: each step sees a batch at a random place of the curve, whose weight in γ is 2t(1 − t). */
async function fitCurve(
  located: Located,
  from: Vector,
  to: Vector,
  options: CurveOptions,
  rows: number | undefined,
): Promise<Fitted> {
  requireKnownOptions("connect", options, ["steps", "learningRate", "batchSize"]);
  const { params, seed, dtype, engine, state } = located;
  const steps = requireCount("connect/steps", options.steps ?? 500);
  const size = distance(from, to) / Math.sqrt(from.length);
  const peak = requireInRange(
    "connect/learningRate",
    options.learningRate ?? size / 10,
    [0, Number.POSITIVE_INFINITY],
    { open: true },
  );
  const ends = [treeOf(from, params), treeOf(to, params)] as const;
  const half = new Float64Array(from.length);
  addScaled(half, from, 0.5, minus(to, from));
  const at = (middle: readonly Tensor[], t: Tensor): Tree<Tensor> => {
    const [a, b] = ends.map((end) => open(end, t.graph, "the end").tensors);
    const rest = t.neg().add(1);
    const place = (m: Tensor, i: number): Tensor =>
      a!
        [i]!.mul(rest.square())
        .add(m.mul(t.mul(rest).mul(2)))
        .add(b![i]!.mul(t.square()));
    return close<Tree<Tensor>>(params.structure, middle.map(place));
  };
  // A function has no rows: the one row that stands for them holds nothing that is used.
  const data =
    located.rows === 0
      ? dataset({ none: Float32Array.of(0) })
      : { arrays: close<never>(located.data.structure, located.data.arrays), size: located.rows };
  const own = Math.min(rows ?? located.rows, located.rows);
  const batchSize = located.rows === 0 ? 1 : (options.batchSize ?? Math.min(128, own));
  const run = await fit<readonly Tensor[], unknown, unknown>({
    params: leavesOf(half, params),
    ...(state.arrays.length > 0 && { state: close<never>(state.structure, state.arrays) }),
    loss: (middle, batch, context) => {
      const t = uniform(foldIn(context.key, 0x6b), []);
      const found = evaluateLoss(located.loss, at(middle, t), batch, context);
      return found.aux.state === undefined
        ? found.value
        : { loss: found.value, state: found.aux.state };
    },
    data: data as never, // the located data's own arrays, or the row that is not used
    method: adam(cosine({ peak })),
    ...{ steps, batchSize, seed, dtype, engine },
  });
  const middle = flatOf({ ...params, arrays: run.params });
  return { middle, steps: run.steps, gradients: (run.steps * batchSize) / Math.max(1, own) };
}
