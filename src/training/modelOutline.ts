import { type LayerGraph, layerGraph } from "../analysis/layerGraph.ts";
import type { DType } from "../array/dtype.ts";
import type { Aval } from "../array/primitives/primitive.ts";
import { record } from "../array/program.ts";
import type { Shape } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Tree } from "../array/tree.ts";
import { close } from "../autodiff/variables.ts";
import { cut } from "../base/cut.ts";
import { internal } from "../base/errors.ts";
import { type AnyLoss, evaluateLoss } from "./step.ts";
import type { Outline } from "./values.ts";

/** What a model is made of, as plain data: its params, and its layers as its loss's graph has them. */
export interface ModelOutline extends LayerGraph {
  readonly params: readonly {
    readonly path: string;
    readonly shape: Shape;
    readonly dtype: DType;
  }[];
  /** Rows of the batch that it was traced with: the first number of shapes. */
  readonly rows: number;
}

interface OutlinedLoss {
  readonly loss: AnyLoss;
  readonly params: Outline;
  readonly state: Outline;
  readonly data: Outline;
  readonly rows: number;
  readonly dtype: "f32" | "f64";
}

/** Traces a loss on a batch of so many rows, and reads off what its model is made of. Computes nothing. */
export function modelOutline({
  loss,
  params,
  state,
  data,
  rows,
  dtype,
}: OutlinedLoss): ModelOutline {
  const groups: readonly (readonly Aval[])[] = [
    ...[params.arrays, state.arrays],
    data.arrays.map(({ shape, dtype: own }) => ({ shape: [rows, ...shape.slice(1)], dtype: own })),
    [{ shape: [2], dtype: "i32" }],
  ];
  let found: LayerGraph | undefined;
  record(
    groups.flat(),
    (...inputs) => {
      const [weights = [], held = [], batch = [], [key] = []] = cut(
        inputs,
        groups.map(({ length }) => length),
      );
      if (key === undefined) throw internal("an outline without its key");
      const { value } = evaluateLoss(
        loss,
        close<Tree<Tensor>>(params.structure, weights),
        close<unknown>(data.structure, batch),
        { key, training: true, state: close<unknown>(state.structure, held) },
      );
      found = layerGraph({ value, params: weights, paths: params.paths, batch });
      return [value];
    },
    dtype,
  );
  if (found === undefined) throw internal("an outline that was not traced");
  return {
    ...found,
    params: params.arrays.map(({ shape, dtype: own }, i) => ({
      ...{ path: params.paths[i]!, shape, dtype: own },
    })),
    rows,
  };
}
