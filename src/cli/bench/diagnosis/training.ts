import { NDArray } from "../../../array/ndarray.ts";
import type { Key } from "../../../array/operations/random.ts";
import type { Tensor } from "../../../array/tensor.ts";
import type { Tree } from "../../../array/tree.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import type { Layer } from "../../../models/layer.ts";
import { crossEntropy } from "../../../models/losses/crossEntropy.ts";
import { accuracy } from "../../../models/metrics.ts";
import { sequential } from "../../../models/sequential.ts";
import { dataset } from "../../../training/dataset.ts";
import type { TrainingProblem } from "../../../training/defineTraining.ts";
import type { LossContext, LossReport } from "../../../training/problem.ts";
import type { Labelled, Split } from "./data.ts";

/** A training of the suite, taken apart, so that a fault is one change to one of its parts. */
export interface Classifier {
  readonly data: Split;
  readonly layers: readonly Layer[];
  readonly method: Rule;
  readonly batchSize: number;
  readonly steps: number;
  readonly seed: number;
  /** Another start than the layers' own. */
  readonly start?: (params: Tree<Tensor>) => Tree<Tensor>;
  /** What is done to the scores before the loss. */
  readonly scores?: (scores: Tensor) => Tensor;
  /** False to visit rows in the order they have. */
  readonly shuffle?: boolean;
}

const arraysOf = ({ x, label, features }: Labelled) =>
  dataset({ x: new NDArray(x, [label.length, features]), label });

/** What `fit` takes to train it. */
export function classifierProblem(given: Classifier): TrainingProblem {
  const { data, layers, method, batchSize, steps, seed, shuffle = true } = given;
  const { start = (p: Tree<Tensor>) => p, scores = (s: Tensor) => s } = given;
  const model = sequential(...layers);
  const draw = model.init([data.train.features]);
  const { stateful } = model;
  return {
    params: (key: Key) => start(draw(key)),
    ...(stateful ? { state: model.state([data.train.features]) } : {}),
    loss: (
      params: Tree<Tensor>,
      batch: { readonly x: Tensor; readonly label: Tensor },
      context: LossContext<Tree<Tensor>>,
    ): LossReport<Tree<Tensor>> => {
      // A start may change the numbers of what the model drew, not its structure.
      const result = model.run(params as ReturnType<typeof draw>, batch.x, {
        ...context,
        state: context.state as readonly Tree<Tensor>[],
      });
      const logits = scores(result.output);
      return {
        loss: crossEntropy(logits, batch.label),
        ...(stateful ? { state: result.state } : {}),
        metrics: { accuracy: accuracy(logits, batch.label) },
      };
    },
    data: arraysOf(data.train),
    test: arraysOf(data.test),
    ...{ method, batchSize, steps, seed, shuffle },
  };
}
