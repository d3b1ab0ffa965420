import { NDArray } from "../array/ndarray.ts";
import { flatten, unflatten } from "../array/tree.ts";
import { NadirError } from "../base/errors.ts";
import { type Dataset, takeRows } from "./dataset.ts";
import type { TrainingProblem } from "./defineTraining.ts";

type Data = TrainingProblem["data"];

const isArray = (value: unknown): value is NDArray => value instanceof NDArray;

/** Rows from one to before another. */
export const firstRows = (data: Data, from: number, to: number): Data =>
  takeRows(
    data as Dataset<unknown>,
    Array.from({ length: to - from }, (_, i) => from + i),
  );

/** Every array of floats with more than one axis: columns centred and divided by the training data's deviations. */
export function standardized(
  problem: TrainingProblem,
): Pick<TrainingProblem, "data" | "validation" | "test"> {
  const { leaves } = flatten(problem.data.arrays, isArray, "data");
  const scales = leaves.map((leaf) =>
    leaf.shape.length > 1 && leaf.dtype !== "i32" && leaf.dtype !== "bool"
      ? columnsOf(leaf)
      : undefined,
  );
  const scaled = (data: Data): Data => {
    const own = flatten(data.arrays, isArray, "data");
    const arrays = own.leaves.map((leaf, i) => {
      const scale = scales[i];
      if (scale === undefined) return leaf;
      const { means, deviations } = scale;
      const width = means.length;
      const values = leaf.data.map(
        (value, k) => (value - means[k % width]!) / deviations[k % width]!,
      );
      return new NDArray(values, leaf.shape, leaf.dtype);
    });
    return { ...data, arrays: unflatten(own.structure, arrays) };
  };
  const { data, validation, test } = problem;
  return {
    data: scaled(data),
    ...(validation === undefined ? {} : { validation: scaled(validation) }),
    ...(test === undefined ? {} : { test: scaled(test) }),
  };
}

/** Means and deviations of columns; those that do not vary are divided by 1. */
function columnsOf({ data, shape }: NDArray) {
  const [rows = 1] = shape;
  const width = data.length / rows;
  const [means, squares] = [new Float64Array(width), new Float64Array(width)];
  for (let k = 0; k < data.length; k++) means[k % width] = means[k % width]! + data[k]! / rows;
  for (let k = 0; k < data.length; k++)
    squares[k % width] = squares[k % width]! + (data[k]! - means[k % width]!) ** 2 / rows;
  const deviations = squares.map((square, j) =>
    square > 1e-12 * means[j]! ** 2 && square > 0 ? Math.sqrt(square) : 1,
  );
  return { means, deviations };
}

/**
 * Rows of rare classes again and again, until each class has as many as the most frequent one.
 *
 * @throws NadirError `remedy/data` where no array is one of labels
 */
export function balancedRows(data: Data): Data {
  const { leaves } = flatten(data.arrays, isArray, "data");
  const labels = leaves.find(({ dtype, shape }) => dtype === "i32" && shape.length === 1);
  if (labels === undefined) {
    throw new NadirError("remedy/data", "the data have no labels to balance by", {
      expected: "an array of whole numbers, one a row",
    });
  }
  const ofClass = new Map<number, number[]>();
  labels.data.forEach((label, row) => {
    const own = ofClass.get(label);
    if (own === undefined) ofClass.set(label, [row]);
    else own.push(row);
  });
  const most = Math.max(...Array.from(ofClass.values(), ({ length }) => length));
  const rows = Array.from(ofClass.values()).flatMap((own) =>
    Array.from({ length: most }, (_, i) => own[i % own.length]!),
  );
  return takeRows(data as Dataset<unknown>, rows);
}
