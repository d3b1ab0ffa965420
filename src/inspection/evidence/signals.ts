import type { TypedArray } from "../../array/dtype.ts";
import { foldIn, keyData } from "../../array/operations/random.ts";
import type { Tensor } from "../../array/tensor.ts";
import { tensorsOf } from "../../array/tensorTree.ts";
import { pullback } from "../../autodiff/pullback.ts";
import { open } from "../../autodiff/variables.ts";
import { internal } from "../../base/errors.ts";
import type {
  PointEvidence,
  ScoreEvidence,
  UnitEvidence,
} from "../../diagnosis/advice/evidence.ts";
import { chooseEngine } from "../../runtime/choose.ts";
import type { Executable } from "../../runtime/engine.ts";
import { evaluateLoss } from "../../training/step.ts";
import { streams, type Values } from "../../training/values.ts";
import type { Located } from "../point.ts";
import { programOf } from "../surfacePrograms.ts";
import { type GraphFacts, readGraph } from "./graphFacts.ts";
import { scoresOf } from "./scores.ts";
import { twinsOf } from "./twins.ts";
import { unitsOf } from "./units.ts";

/** What was found in the graph, with where it stands among the outputs. */
interface Layout {
  readonly facts: GraphFacts;
  readonly used: readonly boolean[];
  readonly paths: readonly string[];
}

/** The values of one evaluation, and the targets for who looks at labels. */
export interface Signals {
  readonly point: Omit<PointEvidence, "modes" | "curvature" | "remembered">;
  /** Of the mean loss by each of the params. */
  readonly gradients: readonly TypedArray[];
  /** Which of the batch's arrays are features. */
  readonly features: readonly number[];
  /** Each row's class by its targets, and the number of classes; undefined for a loss without classes. */
  readonly labels: { readonly classes: number; readonly of: Int32Array } | undefined;
}

/**
 * One program that evaluates a loss on some rows and shows what goes on inside: gradients, the outputs of nonlinearities
 * with the derivatives by them, branches beside what they skip, the scores of classes.
 */
export class SignalProgram {
  readonly #located: Located;
  readonly #rows: Values;
  readonly #executable: Executable;
  readonly #layout: Layout;

  private constructor(located: Located, rows: Values, executable: Executable, layout: Layout) {
    this.#located = located;
    this.#rows = rows;
    this.#executable = executable;
    this.#layout = layout;
  }

  static async compile(located: Located, rows: Values): Promise<SignalProgram> {
    let layout: Layout | undefined;
    const count = rows.arrays[0]?.shape[0] ?? 0;
    const program = programOf(located, rows, [], ({ params, batch, state, key }) => {
      const leaves = tensorsOf(params);
      const inputs = open(batch, key.graph, "the batch").tensors;
      const { value } = evaluateLoss(located.loss, params, batch, { key, training: false, state });
      const facts = readGraph(value, { params: leaves, batch: inputs, rows: count });
      const one = value.graph.full([], 1, value.dtype);
      const gradients = pullback([value], [one], leaves);
      const zeros = ({ shape, dtype }: Tensor): Tensor => value.graph.full(shape, 0, dtype);
      layout = {
        facts,
        used: gradients.map((gradient) => gradient !== undefined),
        paths: located.params.paths,
      };
      // Each by itself: a cotangent does not go on beyond what it is asked for.
      const along = facts.units.map(
        ({ node }) => pullback([value], [one], [node])[0] ?? zeros(node),
      );
      return [
        value,
        ...gradients.map((gradient, i) => gradient ?? zeros(leaves[i]!)),
        ...facts.units.map(({ node }) => node),
        ...along,
        ...facts.branches.flatMap(({ skip, branch }) => [skip, branch]),
        ...(facts.scores === undefined ? [] : [facts.scores.scores, facts.scores.targets]),
      ];
    });
    if (layout === undefined) throw internal("signals that were not traced");
    const { engine } = await chooseEngine(located.engine, program);
    return new SignalProgram(located, rows, await engine.compile(program), layout);
  }

  /** What is seen at these params and this state; on as many other rows, where they are given. */
  async at(
    params: readonly TypedArray[],
    state: readonly TypedArray[],
    sample = this.#rows,
  ): Promise<Signals> {
    const { facts, used, paths } = this.#layout;
    const located = this.#located;
    const results = await this.#executable.run([
      ...params,
      ...state,
      ...sample.arrays.map(({ data }) => data),
      keyData(located.seed).data,
    ]);
    const rows = this.#rows.arrays[0]?.shape[0] ?? 1;
    let next = 0;
    const take = (count: number): readonly TypedArray[] => {
      next += count;
      return results.slice(next - count, next);
    };
    const [value] = take(1);
    const gradients = take(params.length);
    const outputs = take(facts.units.length);
    const along = take(facts.units.length);
    const branches = take(2 * facts.branches.length);
    const [scores, targets] = take(facts.scores === undefined ? 0 : 2);
    const names = (index: number | undefined): string =>
      index === undefined ? "" : layerOf(paths[index]!);
    const units = facts.units.map(
      ({ node, op, param, beside }, i): UnitEvidence => ({
        ...{ layer: names(param), op, beside },
        ...unitsOf(outputs[i]!, along[i]!, { rows, shape: node.shape, op }),
      }),
    );
    const read =
      scores === undefined || targets === undefined
        ? undefined
        : scoresOf(scores, targets, scores.length / rows);
    return {
      gradients,
      features: facts.features,
      labels: read && { classes: scores!.length / rows, of: read.labels },
      point: {
        loss: value![0]!,
        gradientNorm: Math.hypot(...gradients.map(normOf)),
        params: params.map((array, i) => ({
          ...{ path: paths[i]!, size: array.length, norm: normOf(array) },
          ...{ gradientNorm: normOf(gradients[i]!), isUsed: used[i]! },
          twins: twinsOf(array, located.params.arrays[i]!.shape),
          products: facts.products.filter(({ param }) => param === i).length,
        })),
        isNormalized: facts.isNormalized,
        units,
        branches: facts.branches.map(({ param }, i) => ({
          layer: names(param),
          ratio: rmsOf(branches[2 * i + 1]!) / rmsOf(branches[2 * i]!),
        })),
        ...(read === undefined ? {} : { scores: read.evidence satisfies ScoreEvidence }),
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#executable.dispose();
  }
}

/** The mean loss of batches in training mode, with dropout and the statistics of the batch, and in eval mode. */
export async function lossByMode(
  located: Located,
  batches: readonly Values[],
  params: readonly TypedArray[],
  state: readonly TypedArray[],
): Promise<PointEvidence["modes"]> {
  const [first] = batches;
  if (first === undefined) throw internal("no batches to measure on");
  const program = programOf(located, first, [{ shape: [], dtype: "i32" }], (pieces) => {
    const { params: tree, batch, state: own, rest } = pieces;
    const key = foldIn(foldIn(pieces.key, streams.steps), rest[0]!);
    return [true, false].map(
      (training) => evaluateLoss(located.loss, tree, batch, { key, training, state: own }).value,
    );
  });
  const { engine } = await chooseEngine(located.engine, program);
  const executable = await engine.compile(program);
  try {
    let [training, evaluation] = [0, 0];
    for (const [i, batch] of batches.entries()) {
      const [one, other] = await executable.run([
        ...[...params, ...state, ...batch.arrays.map(({ data }) => data)],
        ...[keyData(located.seed).data, Int32Array.of(i)],
      ]);
      training += one![0]! / batches.length;
      evaluation += other![0]! / batches.length;
    }
    return { training, evaluation };
  } finally {
    await executable.dispose();
  }
}

/** The layer of a weight: its path without its own name. */
const layerOf = (path: string): string => path.replace(/\.?[^.]*$/, "") || path;

/** ‖values‖₂ of an array of any length. */
export const normOf = (values: TypedArray): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
};

const rmsOf = (values: TypedArray): number => normOf(values) / Math.sqrt(values.length);
