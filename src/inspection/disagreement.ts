import type { NDArray } from "../array/ndarray.ts";
import { keyData } from "../array/operations/random.ts";
import { logSoftmax } from "../array/operations/reduction.ts";
import { formatShape, sizeOf } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { close, type Traced } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { requireKnownOptions, requireWord } from "../base/require.ts";
import {
  type ClassDistance,
  classDistance,
  largest,
  type ValueDistance,
  valueDistance,
} from "../diagnosis/predictionDistance.ts";
import type { Vector } from "../linalg/ask.ts";
import { allFinite, distance, dot, norm } from "../linalg/vector.ts";
import { chooseEngine } from "../runtime/choose.ts";
import { type Dataset, requireLabels } from "../training/dataset.ts";
import type { LossContext } from "../training/problem.ts";
import { chunks, rowsOf, shapesOf } from "../training/rows.ts";
import type { Values } from "../training/values.ts";
import {
  type LocatedPoint,
  locateAll,
  type ManyPointsOptions,
  manyPointsOptionNames,
} from "./locateAll.ts";
import { type Located, sampleOf, type TrainedLoss } from "./point.ts";
import { programOf } from "./surfacePrograms.ts";
import { leavesOf } from "./trees.ts";

type Predict<P, B> = (params: Traced<P>, batch: B, context: LossContext<never>) => Tensor;

interface MembersOptions<P> extends ManyPointsOptions {
  /** The params of each member: of at least two. */
  readonly members: readonly P[];
  /** The rows to predict: those of the problem's `test`, or of its `data`. Default `test` where there is one. */
  readonly set?: "test" | "data";
}

/** Classifiers that are compared: their params, and what each says of a batch. */
export interface ClassifiersOptions<P, B> extends MembersOptions<P> {
  /** A member's logits on a batch, `[rows, classes]`, in eval mode. */
  readonly logits: Predict<P, B>;
  /** Which arrays of the rows are the labels, i32 `[rows]`: to set disagreement against errors. */
  readonly label?: (arrays: Dataset<B>["arrays"]) => NDArray;
}

/** Regressors that are compared: their params, and what each predicts of a batch. */
export interface RegressorsOptions<P, B> extends MembersOptions<P> {
  /** A member's predictions on a batch, `[rows]` or `[rows, …]`, in eval mode. */
  readonly values: Predict<P, B>;
}

/** Two members, by their places in `members`, and how far their params are apart. */
export interface WeightDistance {
  readonly first: number;
  readonly second: number;
  /** ‖θᵢ − θⱼ‖₂. */
  readonly distance: number;
  /** ⟨θᵢ, θⱼ⟩/(‖θᵢ‖‖θⱼ‖), −1 … 1; undefined where one is 0. */
  readonly cosine: number | undefined;
}

/** What labels tell of two classifiers. */
export interface CorrectnessDistance {
  /** The share of rows that exactly one of them has right. */
  readonly oneRight: number;
  /** `disagreement` over their mean share of errors: two that err seldom cannot differ often. Undefined where neither errs. */
  readonly perError: number | undefined;
}

/** Two classifiers: how far they are apart in params and in predictions, and in correctness where labels are known. */
export type ClassifierPair = WeightDistance &
  ClassDistance & { readonly correctness?: CorrectnessDistance };
/** Two regressors: how far they are apart in params and in predictions. */
export type RegressorPair = WeightDistance & ValueDistance;

/** How far members are apart, in params and in predictions. */
export interface DisagreementReport<Pair> {
  /** All pairs: (0, 1), (0, 2), …, (1, 2), …. */
  readonly pairs: readonly Pair[];
  readonly set: "test" | "data";
  readonly rows: number;
  readonly ofRows: number;
  /** Predictions of one row that were made. */
  readonly cost: { readonly predictions: number; readonly seconds: number };
  readonly engine: string;
}

/**
 * How far the members of an ensemble are apart, pair by pair: in params, by distance and cosine, and in what they predict on the
 * same rows. Of classifiers how often they name different classes, and how far their probabilities are apart; of regressors
 * the root mean square of their difference. Members that are far apart in params and agree in predictions add nothing to each other.
 *
 * Beware: distance and cosine do not see the symmetries of networks. Exchange the hidden units of one, or scale a ReLU layer by α and
 * the next by 1/α: the params are far apart, and the function is the same. A large distance does not show two
 * minima; disagreement in predictions does show two functions.
 *
 * Price: each member's predictions on the rows.
 *
 * @throws NadirError `disagreement/members` for fewer than two, `inspect/members` for one of other shapes; `disagreement/states`;
 *   `disagreement/predict` unless there is one of `logits` and `values`, of its shape and finite; `disagreement/set`;
 *   `inspect/rows`; `data/labels`
 * @see Fort, Hu & Lakshminarayanan (2019), Deep ensembles: a loss landscape perspective, section 4, on cosine and disagreement in
 *   units of the errors; Kuncheva & Whitaker (2003), Measures of diversity in classifier ensembles, section 2, for `oneRight`
 * @example
 * const members = (await fitMany(options, 5)).map(({ params }) => params);
 * const { pairs } = await disagreement(options, {
 *   members, logits: (params, batch) => model.apply(params, batch.x), label: ({ label }) => label,
 * });
 */
export async function disagreement<P, B>(
  problem: TrainedLoss,
  options: ClassifiersOptions<P, B>,
): Promise<DisagreementReport<ClassifierPair>>;
export async function disagreement<P, B>(
  problem: TrainedLoss,
  options: RegressorsOptions<P, B>,
): Promise<DisagreementReport<RegressorPair>>;
export async function disagreement<P, B>(
  problem: TrainedLoss,
  options: ClassifiersOptions<P, B> | RegressorsOptions<P, B>,
): Promise<DisagreementReport<ClassifierPair | RegressorPair>> {
  const own = ["members", "set", "logits", "values", "label"];
  requireKnownOptions("disagreement", options, [...manyPointsOptionNames, ...own]);
  const classify = "logits" in options;
  if (classify === "values" in options || (!classify && "label" in options)) {
    throw new NadirError("disagreement/predict", "what members predict is not told", {
      expected: "logits, with label or without, of classifiers; or values, alone, of regressors",
      hint: "logits: (params, batch) => model.apply(params, batch.x)",
    });
  }
  const { located, points } = locateAll(
    problem,
    ["disagreement", "members"],
    options.members,
    options,
  );
  const set = options.set ?? (located.test === undefined ? "data" : "test");
  const whole =
    requireWord("disagreement/set", set, ["test", "data"]) === "test" ? located.test : located.data;
  if (whole === undefined) {
    throw new NadirError("disagreement/set", "the problem has no test data", {
      expected: 'set: "data", or a problem with test data',
    });
  }
  const begin = performance.now();
  const data = sampleOf(whole, located.seed, options.rows);
  const rows = data.arrays[0]?.shape[0] ?? 0;
  // The user's function takes trees whose types it describes; inside, they are trees of tensors.
  const predict = (classify ? options.logits : options.values) as Predict<unknown, unknown>;
  const { outputs, width, engine } = await predictAll(located, points, data, predict, classify);
  const correct =
    classify && options.label !== undefined
      ? rightOnes(outputs, width, options.label(close(data.structure, data.arrays)))
      : undefined;
  const pairs = points.flatMap((a, first) =>
    points.slice(first + 1).map((b, k) => {
      const second = first + 1 + k;
      const weights = { first, second, ...weightDistance(a.x, b.x) };
      const [f, g] = [outputs[first]!, outputs[second]!];
      if (!classify) return { ...weights, ...valueDistance(f, g, width) };
      const classes = classDistance(f, g, width);
      if (correct === undefined) return { ...weights, ...classes };
      const correctness = correctnessOf(correct[first]!, correct[second]!, classes.disagreement);
      return { ...weights, ...classes, correctness };
    }),
  );
  return {
    ...{ pairs, set, rows, ofRows: whole.arrays[0]?.shape[0] ?? 0 },
    cost: { predictions: rows * points.length, seconds: (performance.now() - begin) / 1000 },
    engine,
  };
}

function weightDistance(x: Vector, y: Vector): Pick<WeightDistance, "distance" | "cosine"> {
  const [a, b] = [norm(x), norm(y)];
  const cosine = dot(x, y) / a / b;
  return {
    distance: distance(x, y),
    cosine: a === 0 || b === 0 ? undefined : Math.max(-1, Math.min(1, cosine)),
  };
}

/** Which rows each member has right. */
function rightOnes(
  outputs: readonly Float64Array[],
  classes: number,
  labels: NDArray,
): readonly (readonly boolean[])[] {
  requireLabels(labels, classes);
  return outputs.map((output) =>
    Array.from(labels.data, (truth, row) => largest(output, row * classes, classes) === truth),
  );
}

function correctnessOf(
  first: readonly boolean[],
  second: readonly boolean[],
  differ: number,
): CorrectnessDistance {
  const share = (of: (right: boolean, i: number) => boolean): number =>
    first.filter(of).length / first.length;
  const errors = (share((right) => !right) + share((_, i) => !second[i])) / 2;
  return {
    oneRight: share((right, i) => right !== second[i]),
    perError: errors === 0 ? undefined : differ / errors,
  };
}

/** What each member predicts on all rows, row-major `[rows, width]`: logarithms of probabilities, or values. */
async function predictAll(
  located: Located,
  points: readonly LocatedPoint[],
  data: Values,
  predict: Predict<unknown, unknown>,
  classify: boolean,
): Promise<{
  readonly outputs: readonly Float64Array[];
  readonly width: number;
  readonly engine: string;
}> {
  let width = 0;
  const programFor = (values: Values) =>
    programOf(located, values, [], ({ params, batch, state, key }) => {
      // What the user's function takes is the members' own tree, of tensors.
      const output = predict(params as never, batch, {
        key,
        training: false,
        state: state as never,
      });
      const rows = values.arrays[0]?.shape[0] ?? 0;
      requirePredictions(output, rows, classify);
      width = sizeOf(output.shape.slice(1));
      return [classify ? logSoftmax(output, 1) : output];
    });
  const rows = data.arrays[0]?.shape[0] ?? 0;
  const parts = [...chunks(rows)].map(([from, to]) => ({ from, values: rowsOf(data, from, to) }));
  const first = programFor(parts[0]!.values);
  const { engine } = await chooseEngine(located.engine, first);
  const outputs = points.map(() => new Float64Array(rows * width));
  // All parts but the last are of one shape.
  for (const { values: shape } of new Map(
    parts.map((part) => [shapesOf(part.values), part]),
  ).values()) {
    const executable = await engine.compile(programFor(shape));
    try {
      for (const { from, values } of parts) {
        if (shapesOf(values) !== shapesOf(shape)) continue;
        for (const [k, { x, state }] of points.entries()) {
          const arrays = [...leavesOf(x, located.params), ...state.arrays, ...values.arrays];
          const inputs = [...arrays.map((array) => array.data), keyData(located.seed).data];
          const [output] = await executable.run(inputs);
          outputs[k]!.set(output!, from * width);
        }
      }
    } finally {
      await executable.dispose();
    }
  }
  outputs.forEach((output, k) => {
    // A probability may be 0, and its logarithm −∞; a row of NaN is a member that diverged.
    if (classify ? !output.some(Number.isNaN) : allFinite(output)) return;
    throw new NadirError("disagreement/predict", `members[${k}] predicts numbers not finite`, {
      expected: "finite predictions",
      hint: "leave out members that diverged",
    });
  });
  return { outputs, width, engine: engine.name };
}

function requirePredictions({ shape }: Tensor, rows: number, classify: boolean): void {
  if (shape[0] === rows && (!classify || (shape.length === 2 && shape[1]! > 1))) return;
  throw new NadirError(
    "disagreement/predict",
    `${classify ? "logits" : "values"} of ${rows} rows have shape ${formatShape(shape)}`,
    {
      expected: classify ? "[rows, classes], of two classes at least" : "[rows] or [rows, …]",
    },
  );
}
