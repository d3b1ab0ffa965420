import { NadirError } from "../base/errors.ts";
import type { Vector } from "../linalg/ask.ts";
import type { EngineChoice } from "../runtime/choose.ts";
import { drawOrRead, noValues, streams, type Values } from "../training/values.ts";
import { type Located, locate, type TrainedLoss } from "./point.ts";
import { flatLike } from "./trees.ts";

/** Where to look at several points of one training, and on what. */
export interface ManyPointsOptions {
  /** The model's state at each point, as `fit` returns it: for a model that has one. */
  readonly states?: readonly unknown[];
  /** Rows of data to look at, drawn without replacement by `seed`, the same for all points. Default: all. */
  readonly rows?: number;
  /** Default: the training's. */
  readonly dtype?: "f32" | "f64";
  readonly engine?: EngineChoice;
  readonly seed?: number;
}

/** The names of `ManyPointsOptions`. */
export const manyPointsOptionNames = ["states", "rows", "dtype", "engine", "seed"] as const;

/** One of several points: its params laid end to end, and the model's state there. */
export interface LocatedPoint {
  readonly x: Vector;
  readonly state: Values;
}

/**
 * Reads several points of one training.
 *
 * @param area - who asks, and what the points are called there: `["disagreement", "members"]`
 * @throws NadirError `${area}/${name}` for fewer than two; `${area}/states` unless there is one for each point of a model that has a state;
 *   `${area}/problem` for a function, which has no data; `inspect/${name}` for a point of other shapes
 */
export function locateAll(
  problem: TrainedLoss,
  [area, name]: readonly [string, string],
  points: readonly unknown[],
  options: ManyPointsOptions,
): { readonly located: Located; readonly points: readonly LocatedPoint[] } {
  if (!Array.isArray(points) || points.length < 2) {
    const found = Array.isArray(points) ? points.length : typeof points;
    throw new NadirError(`${area}/${name}`, `${area}: ${name} is ${found}`, {
      expected: "a list of the params of at least two networks",
      hint: `${name}: (await fitMany(options, 5)).map(({ params }) => params)`,
    });
  }
  if (typeof problem !== "object" || problem === null || !("data" in problem)) {
    throw new NadirError(`${area}/problem`, `${area}: the problem has no data`, {
      expected: "what fit takes: params, loss and data",
    });
  }
  const { dtype = problem.dtype ?? "f32", seed = problem.seed ?? 0, states } = options;
  const { engine = problem.engine ?? "auto" } = options;
  const located = locate(problem, { at: problem.params, dtype, engine, seed });
  const needed = problem.state === undefined ? 0 : points.length;
  if ((states?.length ?? 0) !== needed) {
    throw new NadirError(
      `${area}/states`,
      `${area}: ${states?.length ?? 0} states of ${points.length} ${name}`,
      {
        expected: needed === 0 ? "none: the model has no state" : "one for each",
        hint: needed === 0 ? undefined : "states: runs.map(({ state }) => state)",
      },
    );
  }
  const stateOf = (k: number): Values => {
    if (needed === 0) return noValues;
    flatLike(states?.[k], located.state, "states", `states[${k}]`);
    return drawOrRead(states?.[k], located.seed, streams.state, located.dtype, "state");
  };
  return {
    located,
    points: points.map((point, k) => ({
      x: flatLike(point, located.params, name, `${name}[${k}]`),
      state: stateOf(k),
    })),
  };
}
