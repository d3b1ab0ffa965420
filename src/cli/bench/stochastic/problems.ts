import { NDArray } from "../../../array/ndarray.ts";
import { categorical } from "../../../array/operations/random.ts";
import type { Tensor } from "../../../array/tensor.ts";
import type { LabelledBatch } from "../../../data/mnist.ts";
import { lbfgs } from "../../../methods/solvers/registry.ts";
import { dense } from "../../../models/layers/dense.ts";
import { binaryCrossEntropy } from "../../../models/losses/binaryCrossEntropy.ts";
import { crossEntropy } from "../../../models/losses/crossEntropy.ts";
import { tanh } from "../../../models/overloads.ts";
import { sequential } from "../../../models/sequential.ts";
import { compositeLoss } from "../../../training/compositeLoss.ts";
import { type Dataset, dataset, takeRows } from "../../../training/dataset.ts";
import { type FitOptions, fit } from "../../../training/fit.ts";
import type { Problem } from "../../../training/problem.ts";
import { untyped } from "../../../training/untyped.ts";

/** What `fit` takes but for the method, whatever the types of its params and batches. */
type Posed = Problem<unknown, unknown, unknown> &
  Pick<FitOptions<unknown, unknown, unknown>, "dtype" | "engine">;

/** A mean over rows that the methods are to minimize. */
export interface SumProblem {
  readonly name: string;
  readonly title: string;
  readonly posed: Posed;
  readonly rows: number;
  readonly batchSize: number;
  /** Passes over the data that each method has. */
  readonly passes: number;
  /** The least value, where it is known: what is drawn is the distance to it. */
  readonly least: number | undefined;
  /** Rates tried for each rule; one that is not named has no part in it. */
  readonly rates: Readonly<Record<"sgd" | "adam" | "storm", readonly number[]>> & {
    readonly kfac?: readonly number[];
  };
}

const pixels = 784;

/** Digits shown as 3 or 5, one as +, each picture scaled to length 1: logistic regression, strongly convex. */
export async function logistic(digits: Dataset<LabelledBatch>): Promise<SumProblem> {
  const { x, label } = arraysOf(digits);
  const rows = Int32Array.from([...label.data.keys()].filter((i) => isThreeOrFive(label.data[i]!)));
  const scaled = new Float64Array(rows.length * pixels);
  rows.forEach((row, i) => {
    const picture = x.data.subarray(row * pixels, (row + 1) * pixels);
    const length = Math.hypot(...picture);
    picture.forEach((value, k) => {
      scaled[i * pixels + k] = value / length;
    });
  });
  const data = dataset({
    x: new NDArray(scaled, [rows.length, pixels]),
    y: Float64Array.from(rows, (row) => (label.data[row] === 3 ? 1 : 0)),
  });
  const strength = 1e-3;
  const loss = (w: Tensor, batch: { readonly x: Tensor; readonly y: Tensor }): Tensor =>
    binaryCrossEntropy(batch.x.matmul(w), batch.y).add(
      w
        .square()
        .sum()
        .mul(strength / 2),
    );
  const how = { dtype: "f64", engine: "js" } as const;
  const posed = untyped({ params: new Float64Array(pixels), loss, data, ...how });
  const { loss: least } = await fit({ ...posed, method: lbfgs(), steps: 400, tolerance: 1e-10 });
  return {
    name: "logistic",
    title: `logistic regression, ${rows.length} digits 3 or 5 of unit length, λ = ${strength}`,
    posed,
    rows: rows.length,
    ...{ batchSize: 16, passes: 80, least },
    rates: { sgd: [0.3, 1, 3], adam: [1e-3, 3e-3, 1e-2, 3e-2], storm: [0.3, 1, 3] },
  };
}

const isThreeOrFive = (digit: number): boolean => digit === 3 || digit === 5;

/** A network of one hidden layer on some of the digits: not convex. */
export function network(digits: Dataset<LabelledBatch>): SumProblem {
  const rows = 2000;
  const data = takeRows(
    digits,
    Array.from({ length: rows }, (_, i) => i),
  );
  const model = sequential(dense(32), tanh(), dense(10));
  type Weights = ReturnType<typeof model.init> extends (key: never) => infer P ? P : never;
  const loss = compositeLoss(
    (params: Weights, batch: LabelledBatch) => model.apply(params, batch.x),
    (logits: Tensor, batch: LabelledBatch) => crossEntropy(logits, batch.label),
    { drawTargets: (logits, batch, key) => ({ ...batch, label: categorical(key, logits) }) },
  );
  const how = { dtype: "f32", engine: "onnx" } as const;
  return {
    name: "network",
    title: `a 784-32-10 network, tanh and cross-entropy, ${rows} digits`,
    posed: untyped({ params: model.init([pixels]), loss, data, ...how }),
    ...{ rows, batchSize: 32, passes: 40, least: undefined },
    rates: {
      ...{ sgd: [0.1, 0.3, 1, 3], adam: [1e-3, 3e-3, 1e-2, 3e-2], storm: [0.3, 1, 3] },
      kfac: [0.03, 0.1, 0.3],
    },
  };
}

function arraysOf({ arrays }: Dataset<LabelledBatch>): { x: NDArray; label: NDArray } {
  return { x: NDArray.of(arrays.x), label: NDArray.of(arrays.label) };
}
