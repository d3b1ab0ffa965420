import { rangeOf } from "../analysis/range.ts";
import { array } from "../array/operations/creation.ts";
import { key } from "../array/operations/random.ts";
import { finish, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import type { Tree } from "../array/tree.ts";
import { close } from "../autodiff/variables.ts";
import { type CurvatureReport, judge } from "./curvature.ts";
import type { FitOptions } from "./fit.ts";
import { pickRows } from "./rows.ts";
import { evaluateLoss } from "./step.ts";
import { untypedLoss } from "./untyped.ts";
import { datasetValues, drawOrRead, noValues, streams, type Values } from "./values.ts";

/** Rows on which values are compared for a witness. A proof holds for any rows whose numbers lie within the data's ranges. */
const witnessRows = 256;

/**
 * How a training's loss bends in its params: `curvature` for what `fit` takes. In eval mode: without dropout, with
 * batch norm's running statistics. A proof holds for the mean over any rows of numbers within the data's ranges, so
 * for the whole data; a witness speaks of the first 256 rows.
 *
 * @throws NadirError as `fit` does
 */
export function curvatureOfTraining(
  problem: Pick<
    FitOptions<unknown, unknown, unknown>,
    "params" | "loss" | "state" | "data" | "seed" | "dtype"
  >,
): CurvatureReport<Readonly<Record<string, Float64Array>>> {
  const { seed = 0, dtype = "f32" } = problem;
  const loss = untypedLoss(problem.loss);
  const params = drawOrRead(problem.params, seed, streams.params, dtype, "params");
  const state =
    problem.state === undefined
      ? noValues
      : drawOrRead(problem.state, seed, streams.state, dtype, "state");
  const data = datasetValues(problem.data, "data", dtype);
  const rows = Math.min(witnessRows, data.arrays[0]?.shape[0] ?? 0);
  const some = pickRows(
    data,
    Int32Array.from({ length: rows }, (_, i) => i),
  );
  const evaluate = (leaves: readonly Tensor[], batch: readonly Tensor[]): Tensor =>
    evaluateLoss(
      loss,
      close<Tree<Tensor>>(params.structure, leaves),
      close(some.structure, batch),
      {
        key: key(seed),
        training: false,
        state: close(
          state.structure,
          state.arrays.map((value) => array(value)),
        ),
      },
    ).value;
  const count = params.arrays.length;
  const leaves = finish(
    record(
      [...params.arrays, ...some.arrays],
      (...inputs) => [evaluate(inputs.slice(0, count), inputs.slice(count))],
      dtype,
    ),
  );
  return judge(
    {
      ...{
        shapes: params.arrays.map(({ shape }) => shape),
        dtype,
        seed,
        paths: params.paths,
        leaves,
      },
      loss: (tensors) =>
        evaluate(
          tensors,
          some.arrays.map((value) => array(value)),
        ),
      x: flat(params),
      fixed: data.arrays.map((values) => rangeOf(values.data)),
    },
    (x) => named(params, x),
  );
}

/** Params end to end. */
const flat = ({ arrays }: Values): Float64Array =>
  Float64Array.from(arrays.flatMap(({ data }) => [...data]));

/** A flat point by the params' names. */
function named({ arrays, paths }: Values, x: Float64Array): Record<string, Float64Array> {
  let offset = 0;
  return Object.fromEntries(
    arrays.map(({ size }, i) => {
      offset += size;
      return [paths[i] || "params", x.slice(offset - size, offset)];
    }),
  );
}
