import type { Tensor } from "../array/tensor.ts";
import { tensorsOf } from "../array/tensorTree.ts";
import type { Tree } from "../array/tree.ts";
import { findGraph, open } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { requireCount } from "../base/require.ts";
import type { EngineChoice } from "../runtime/choose.ts";
import { type LossParts, partsOf } from "../training/compositeLoss.ts";
import type { Dataset } from "../training/dataset.ts";
import type { TrainingProblem } from "../training/defineTraining.ts";
import type { FiniteSum } from "../training/finiteSum.ts";
import { DataOrder } from "../training/order.ts";
import { pickRows } from "../training/rows.ts";
import { readStart } from "../training/start.ts";
import type { AnyLoss } from "../training/step.ts";
import type { Objective } from "../training/structure.ts";
import { untypedLoss } from "../training/untyped.ts";
import { datasetValues, drawOrRead, noValues, streams, type Values } from "../training/values.ts";
import { flatLike } from "./trees.ts";

/** What `fit` trains, as far as questions about its params need it: a `problem(…)` is one. */
export type TrainedLoss = Pick<
  TrainingProblem,
  "params" | "loss" | "state" | "data" | "test" | "seed" | "dtype" | "engine"
>;

/** What may be asked about: what `minimize` takes, or what `fit` takes. */
export type Inspected<X> = Objective<X> | TrainedLoss;

/** Where to look, and on what. */
export interface PointOptions<X> {
  /** The point: unknowns of a function, in the form of `minimize`'s x0, or params of a training, as `fit` returns them. */
  readonly at: X;
  /** The model's state of a training, as `fit` returns it. Default: the problem's own at the start. */
  readonly state?: unknown;
  /** Rows of data to look at, drawn without replacement by `seed`. Default: all. */
  readonly rows?: number;
  /** Default: the training's, else f64. */
  readonly dtype?: "f32" | "f64";
  /** Default: the training's, else `auto`. */
  readonly engine?: EngineChoice;
  /** Of the rows drawn and of random directions. Default: the training's, else 0. */
  readonly seed?: number;
}

/** The names of `PointOptions`. */
export const pointOptionNames = ["at", "state", "rows", "dtype", "engine", "seed"] as const;

/** A problem taken apart: its loss over params, a batch and a state, and their values. */
export interface Located {
  readonly loss: AnyLoss;
  /** The model and the loss of its outputs, where they can be told apart. */
  readonly parts: LossParts<unknown, unknown, unknown, unknown> | undefined;
  readonly params: Values;
  readonly state: Values;
  /** No arrays for a function, which has none. */
  readonly data: Values;
  readonly test: Values | undefined;
  readonly rows: number;
  readonly dtype: "f32" | "f64";
  readonly engine: EngineChoice;
  readonly seed: number;
}

/**
 * Reads a problem and a point of it.
 *
 * @throws NadirError `inspect/at` without a point, or with one of another shape than the problem's params;
 *   `inspect/problem`; as `minimize` and `fit` do for numbers that are not finite
 */
export function locate<X>(problem: Inspected<X>, options: PointOptions<X>): Located {
  const { at } = options;
  if (at === undefined) {
    throw new NadirError("inspect/at", "the point to look at is missing", {
      expected: "at: the unknowns of a function, or the params of a training",
      hint: "at: (await fit(problem)).params",
    });
  }
  if (isTraining(problem)) return locateTraining(problem, options);
  // Inside, unknowns are trees of tensors, whatever tree X is.
  return locateFunction(problem as Objective<never>, options);
}

/** @throws NadirError `inspect/not-finite` unless the loss at the point is a finite number: elsewhere derivatives mean nothing */
export function requireFiniteLoss(value: number): void {
  if (Number.isFinite(value)) return;
  throw new NadirError("inspect/not-finite", `the loss at this point is ${value}`, {
    expected: "a point at which it is finite",
    hint: "where a training diverged, look at an earlier checkpoint of it",
  });
}

/**
 * Some rows of data, drawn by a seed; all if `rows` is left out.
 *
 * @throws NadirError `inspect/rows` for more than there are
 */
export function sampleOf(data: Values, seed: number, rows: number | undefined): Values {
  const all = data.arrays[0]?.shape[0] ?? 0;
  if (rows !== undefined && requireCount("inspect/rows", rows) > all) {
    throw new NadirError("inspect/rows", `${rows} rows of data that have ${all}`, {
      expected: all === 0 ? "no rows: the function has no data" : `at most ${all}`,
    });
  }
  return rows === undefined || rows === all
    ? data
    : pickRows(data, new DataOrder(all, seed, true).rows(0, rows));
}

const isTraining = (problem: unknown): problem is TrainedLoss =>
  typeof problem === "object" && problem !== null && "loss" in problem && !("kind" in problem);

function locateTraining(problem: TrainedLoss, options: PointOptions<unknown>): Located {
  const { seed = problem.seed ?? 0, dtype = problem.dtype ?? "f32" } = options;
  const { engine = problem.engine ?? "auto" } = options;
  const params = drawOrRead(options.at, seed, streams.params, dtype, "params");
  flatLike(options.at, drawOrRead(problem.params, seed, streams.params, dtype, "params"), "at");
  const given = options.state ?? problem.state;
  const state =
    given === undefined ? noValues : drawOrRead(given, seed, streams.state, dtype, "state");
  return {
    loss: untypedLoss(problem.loss),
    parts: partsOf(problem.loss),
    ...{ params, state, dtype, engine, seed },
    data: datasetValues(problem.data as Dataset<unknown>, "data", dtype),
    test:
      problem.test === undefined
        ? undefined
        : datasetValues(problem.test as Dataset<unknown>, "test", dtype),
    rows: problem.data.size,
  };
}

function locateFunction(problem: Objective<never>, options: PointOptions<unknown>): Located {
  const { dtype = "f64", engine = "auto", seed = 0 } = options;
  const { arrays, paths, structure } = readStart(options.at, dtype);
  const located = {
    ...{ params: { arrays, paths, structure }, state: noValues, data: noValues, test: undefined },
    ...{ rows: 0, dtype, engine, seed },
  };
  if (typeof problem === "function")
    return { ...located, loss: (x) => problem(x as never), parts: undefined };
  switch (problem?.kind) {
    case "least-squares": {
      const residuals = (x: unknown): Tree<Tensor> => leavesOf(problem.residuals(x as never));
      return {
        ...located,
        loss: (x) => squares(residuals(x)),
        parts: { outputs: residuals, loss: (r) => squares(r as Tree<Tensor>) },
      };
    }
    case "difference-of-convex":
      return {
        ...located,
        loss: (x) => problem.convex(x as never).sub(problem.subtracted(x as never)),
        parts: undefined,
      };
    case "finite-sum":
      return locateSum(problem, located);
    default:
      throw new NadirError("inspect/problem", "there is no loss to look at", {
        expected: "a function of x, leastSquares(…), finiteSum(…), or what fit takes",
        hint:
          problem?.kind === "finite-differences"
            ? "a function that is not traced has no derivatives to compute with"
            : undefined,
      });
  }
}

function locateSum(problem: FiniteSum<unknown>, located: Omit<Located, "loss" | "parts">): Located {
  return {
    ...located,
    loss: untypedLoss(problem.loss),
    parts: partsOf(problem.loss),
    data: datasetValues(problem.data as Dataset<unknown>, "data", located.dtype),
    rows: problem.data.size,
  };
}

/** Residuals, an array or a tree of them, as a list of tensors. */
const leavesOf = (residuals: unknown): Tree<Tensor> =>
  open(residuals, findGraph("inspect", [residuals]), "the residuals").tensors;

const squares = (residuals: Tree<Tensor>): Tensor =>
  tensorsOf(residuals)
    .map((leaf) => leaf.square().sum())
    .reduce((total, term) => total.add(term));
