import { allocate } from "../array/dtype.ts";
import { currentGraph } from "../array/graph.ts";
import { NDArray } from "../array/ndarray.ts";
import { keyData } from "../array/operations/random.ts";
import type { Aval } from "../array/primitives/primitive.ts";
import { finish, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { flatten, type Structure } from "../array/tree.ts";
import { close, isLeaf, type Leaf, open } from "../autodiff/variables.ts";
import { cut } from "../base/cut.ts";
import { NadirError } from "../base/errors.ts";
import { compileKernel } from "../runtime/js/compile.ts";
import type { Dataset } from "./dataset.ts";

/** A tree of concrete arrays, taken apart. */
export interface Values {
  readonly arrays: readonly NDArray[];
  readonly paths: readonly string[];
  readonly structure: Structure;
}

/** What is known of such a tree without its numbers. */
export interface Outline extends Omit<Values, "arrays"> {
  readonly arrays: readonly Aval[];
}

/** No arrays at all: the state of a model that has none. */
export const noValues: Values = {
  arrays: [],
  paths: [],
  structure: { kind: "record", keys: [], items: [] },
};

/** Runs a traced function once and keeps what it returns. `inputs` are its arguments, trees of arrays. */
export function evaluateTree(
  f: (...inputs: readonly unknown[]) => unknown,
  inputs: readonly Values[],
  dtype: "f32" | "f64",
  what: string,
): Values {
  let paths: readonly string[] = [];
  let structure: Structure = { kind: "leaf" };
  const arrays = inputs.flatMap((input) => input.arrays);
  const program = finish(
    record(
      arrays,
      (...tensors) => {
        const parts = cut(
          tensors,
          inputs.map((input) => input.arrays.length),
        );
        const trees = inputs.map((input, i) => close<unknown>(input.structure, parts[i]!));
        const opened = open(f(...trees), currentGraph(what), what);
        ({ paths, structure } = opened);
        return opened.tensors;
      },
      dtype,
    ),
  );
  const results = program.outputs.map((output: Aval & { size: number }) =>
    allocate(output.dtype, output.size),
  );
  compileKernel(program)(...arrays.map(({ data }) => data), ...results);
  return {
    arrays: program.outputs.map(({ shape, dtype: own }, i) => new NDArray(results[i]!, shape, own)),
    paths,
    structure,
  };
}

/**
 * A tree that is given, or drawn from a key by a traced function. Plain numbers and floats take `dtype`.
 *
 * @throws NadirError `${what}/not-finite` for NaN or infinity, `${what}/empty` for a tree without arrays
 */
export function drawOrRead(
  given: unknown,
  seed: number,
  stream: number,
  dtype: "f32" | "f64",
  what: string,
): Values {
  const values =
    typeof given === "function"
      ? draw(given as (key: Tensor) => unknown, seed, stream, dtype, what)
      : read(given, dtype, what);
  values.arrays.forEach(({ data }, i) => {
    const bad = data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      const place = values.paths[i] === "" ? what : `${what}.${values.paths[i]}`;
      throw new NadirError(`${what}/not-finite`, `${place} holds ${data[bad]} at position ${bad}`, {
        expected: "finite numbers",
      });
    }
  });
  return values;
}

function draw(
  f: (key: Tensor) => unknown,
  seed: number,
  stream: number,
  dtype: "f32" | "f64",
  what: string,
): Values {
  const key: Values = { arrays: [keyData(seed)], paths: [""], structure: { kind: "leaf" } };
  return evaluateTree(
    (root) =>
      f(
        (root as Tensor).graph.record(
          "foldIn",
          [root as Tensor, (root as Tensor).graph.full([], stream, "i32")],
          {},
        ),
      ),
    [key],
    dtype,
    what,
  );
}

function read(given: unknown, dtype: "f32" | "f64", what: string): Values {
  const { leaves, paths, structure } = flatten(given, isLeaf, what);
  const arrays = leaves.map((leaf: Leaf) => {
    const array = NDArray.of(
      leaf as NDArray,
      undefined,
      leaf instanceof NDArray || ArrayBuffer.isView(leaf) ? undefined : dtype,
    );
    return array.dtype === "f32" || array.dtype === "f64"
      ? NDArray.of(array, undefined, dtype)
      : array;
  });
  return { arrays, paths, structure };
}

/**
 * The arrays of a data set; floats take `dtype`.
 *
 * @throws NadirError `fit/${what}` for anything else
 */
export function datasetValues(
  data: Dataset<unknown> | undefined,
  what: string,
  dtype: "f32" | "f64",
): Values {
  if (data === undefined || !("arrays" in data)) {
    throw new NadirError(
      `fit/${what}`,
      `fit: ${what} is ${data === undefined ? "missing" : "no data set"}`,
      { expected: "a data set", hint: `${what}: dataset({ x, label })` },
    );
  }
  const { leaves, paths, structure } = flatten(data.arrays, isLeaf, what);
  const arrays = leaves.map((leaf: Leaf) => {
    const array = NDArray.of(leaf as NDArray);
    return array.dtype === "f32" || array.dtype === "f64"
      ? NDArray.of(array, undefined, dtype)
      : array;
  });
  return { arrays, paths, structure };
}

/** Independent streams of randomness drawn from one seed. */
export const streams = { params: 0, state: 1, order: 2, steps: 3, verdict: 4 } as const;
