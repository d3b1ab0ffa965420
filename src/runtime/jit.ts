import { allocate } from "../array/dtype.ts";
import { currentGraph, isTensor } from "../array/graph.ts";
import { NDArray } from "../array/ndarray.ts";
import { finish, floatTypeOf, type Program, record } from "../array/program.ts";
import { formatShape } from "../array/shape.ts";
import type { Tensor } from "../array/tensor.ts";
import { type Structure, type Tree, unflatten } from "../array/tree.ts";
import { close, flattenArguments, type Leaf, open } from "../autodiff/variables.ts";
import { NadirError } from "../base/errors.ts";
import { requireKnownOptions } from "../base/require.ts";
import { compileKernel, type Kernel } from "./js/compile.ts";

/** What compiled functions give: the tree that was returned, with concrete arrays for tensors. */
export type Concrete<T> =
  IsAnyTree<T> extends true
    ? Tree<NDArray>
    : T extends Tensor
      ? NDArray
      : T extends object
        ? { readonly [K in keyof T]: Concrete<T[K]> }
        : T;

/** What compiled functions take: arrays where the traced function has tensors. */
export type Given<T> = T extends Tensor
  ? NDArray | ArrayBufferView | number | readonly NestedNumber[]
  : T extends object
    ? { readonly [K in keyof T]: Given<T[K]> }
    : T;

/** True for trees of unknown structure, as of layers in a plain list: mapping that type would not end. */
type IsAnyTree<T> = unknown extends T ? false : [Tree<Tensor>] extends [T] ? true : false;

type NestedNumber = number | readonly NestedNumber[];

/** How plain numbers are read. */
export interface JitOptions {
  /** Dtype of plain numbers; typed arrays keep their own. `f64` unless said. */
  readonly dtype?: "f32" | "f64";
}

/** A compiled function: its kernel, what that gives, and how it is nested. */
export interface Compiled {
  readonly kernel: Kernel;
  readonly outputs: Program["outputs"];
  readonly structure: Structure;
}

/** Compiled variants kept per function: one for each set of input shapes. */
const variantLimit = 64;

/**
 * Compiles a function of tensors to generated JavaScript: called with numbers, nested numbers, typed
 * arrays or `NDArray`s, it answers at once with `NDArray`s. Traced and compiled once for each set of
 * input shapes, so what the function reads from outside is read then, and not again.
 *
 * @throws NadirError where the function itself refuses its input shapes
 */
export function jit<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  options: JitOptions = {},
): (...args: Given<A>) => Concrete<R> {
  requireKnownOptions("jit", options, ["dtype"]);
  if (options.dtype !== undefined && options.dtype !== "f32" && options.dtype !== "f64") {
    throw new NadirError("jit/dtype", `jit: dtype is ${String(options.dtype)}`, {
      expected: "f32 or f64, for plain numbers; typed arrays keep their own",
    });
  }
  const variants = new Map<string, Compiled>();
  return (...args) => {
    const { arrays, structure } = readArguments(args, options.dtype ?? "f64");
    const key =
      JSON.stringify(structure) +
      arrays.map(({ shape, dtype }) => `${dtype}${formatShape(shape)}`).join();
    let compiled = variants.get(key);
    if (compiled === undefined) {
      const { program, result } = traceCall(f, arrays, structure);
      compiled = {
        kernel: compileKernel(program),
        outputs: program.outputs,
        structure: result,
      };
      if (variants.size >= variantLimit) variants.delete(variants.keys().next().value ?? "");
      variants.set(key, compiled);
    }
    return call(compiled, arrays) as Concrete<R>; // the structure is that of what f returned
  };
}

/** Arguments as arrays, and how they were nested. */
export function readArguments(
  args: readonly unknown[],
  dtype: "f32" | "f64",
): { readonly arrays: readonly NDArray[]; readonly structure: Structure } {
  const { leaves, structure } = flattenArguments(args);
  return { arrays: leaves.map((leaf) => toArray(leaf, dtype)), structure };
}

/** A function traced on arrays of these shapes: its program, and how its results are nested. */
export function traceCall<A extends readonly unknown[], R>(
  f: (...args: A) => R,
  arrays: readonly NDArray[],
  structure: Structure,
): { readonly program: Program; readonly result: Structure } {
  let result: Structure = { kind: "leaf" };
  const trace = record(
    arrays,
    (...inputs) => {
      const opened = open(f(...close<A>(structure, inputs)), currentGraph("jit"), "the result");
      result = opened.structure;
      return opened.tensors;
    },
    floatTypeOf(arrays),
  );
  return { program: finish(trace), result };
}

/** Runs what was compiled, and nests the results as they were returned. */
export function call(
  { kernel, outputs, structure }: Compiled,
  arrays: readonly NDArray[],
): Tree<NDArray> {
  const results = outputs.map(({ dtype, size }) => allocate(dtype, size));
  kernel(...arrays.map(({ data }) => data), ...results);
  return unflatten(
    structure,
    outputs.map(({ shape, dtype }, i) => new NDArray(results[i]!, shape, dtype)),
  );
}

function toArray(leaf: Leaf, dtype: "f32" | "f64"): NDArray {
  if (isTensor(leaf)) {
    throw new NadirError("jit/tensor", "jit: a compiled function was called inside a traced one", {
      expected: "arrays: a tensor has no numbers yet",
      hint: "call the function itself there; what is around it is compiled as a whole",
    });
  }
  const plain = typeof leaf === "number" || Array.isArray(leaf);
  // Arrays of numbers are all that is left of leaves; NDArray.of reads them, or says where they are ragged.
  return NDArray.of(leaf as NDArray, undefined, plain ? dtype : undefined);
}
