import { type Graph, isTensor } from "../array/graph.ts";
import { NDArray } from "../array/ndarray.ts";
import { lift } from "../array/operations/operand.ts";
import type { Tensor } from "../array/tensor.ts";
import { type Flattened, flatten, type Structure, unflatten } from "../array/tree.ts";
import { NadirError } from "../base/errors.ts";

/** What a traced function sees where concrete arrays stood: the same tree with tensors as leaves. */
export type Traced<T> = T extends Tensor
  ? Tensor
  : T extends
        | number
        | NDArray
        | ArrayBufferView
        | readonly number[]
        | readonly (readonly number[])[]
        | readonly (readonly (readonly number[])[])[]
    ? Tensor
    : T extends readonly (infer _)[]
      ? { readonly [K in keyof T]: Traced<T[K]> }
      : T extends object
        ? { readonly [K in keyof T]: Traced<T[K]> }
        : never;

/** A leaf of a tree of values: a tensor, a typed array, an NDArray, a number, or numbers nested in arrays. */
export type Leaf = Tensor | NDArray | ArrayBufferView | number | readonly unknown[];

/** Arrays of numbers are leaves; arrays of anything else are branches. */
export const isLeaf = (value: unknown): value is Leaf =>
  isTensor(value) || value instanceof NDArray || ArrayBuffer.isView(value) || isNumbers(value);

const isNumbers = (value: unknown): boolean =>
  typeof value === "number" || (Array.isArray(value) && value.every(isNumbers));

/** A tree taken apart into tensors of a graph. */
export interface Opened {
  readonly tensors: readonly Tensor[];
  readonly paths: readonly string[];
  readonly structure: Structure;
}

/** The leaves of a tree as tensors; concrete ones become constants. */
export function open(tree: unknown, graph: Graph, what: string): Opened {
  return lifted(flatten(tree, isLeaf, what), graph);
}

/** The leaves of a list of arguments as tensors. */
export const openArguments = (args: readonly unknown[], graph: Graph): Opened =>
  lifted(flattenArguments(args), graph);

// `isLeaf` admits just what `lift` reads: nested arrays are nested numbers.
const lifted = ({ leaves, paths, structure }: Flattened<Leaf>, graph: Graph): Opened => ({
  tensors: leaves.map((leaf) => lift(leaf as Tensor, graph)),
  paths,
  structure,
});

/** The leaves of a list of arguments. The list itself is never a leaf, whatever the arguments are. */
export function flattenArguments(args: readonly unknown[]): Flattened<Leaf> {
  const parts = args.map((arg, i) => flatten(arg, isLeaf, `argument ${i}`));
  return {
    leaves: parts.flatMap(({ leaves }) => leaves),
    paths: parts.flatMap(({ paths }, i) =>
      paths.map((path) => (path === "" ? `${i}` : `${i}.${path}`)),
    ),
    structure: { kind: "list", items: parts.map(({ structure }) => structure) },
  };
}

let lastAlias = 0;

/** Fresh identities for values, so that a derivative is taken with respect to these uses alone. */
export const identify = (values: readonly Tensor[]): Tensor[] =>
  values.map((value) => value.graph.record("alias", [value], { id: ++lastAlias }));

/** Leaves back into the tree they came from. The caller knows that `T` is that tree's type. */
export const close = <T>(structure: Structure, leaves: readonly unknown[]): T =>
  unflatten(structure, leaves) as T;

/** The graph of the first tensor anywhere in a list of trees. */
export function findGraph(operation: string, trees: readonly unknown[]): Graph {
  const search = (value: unknown): Graph | undefined => {
    if (isTensor(value)) return value.graph;
    if (
      typeof value !== "object" ||
      value === null ||
      ArrayBuffer.isView(value) ||
      value instanceof NDArray
    )
      return undefined;
    for (const item of Object.values(value)) {
      const found = search(item);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const found = search(trees);
  if (found !== undefined) return found;
  throw new NadirError(
    "trace/none",
    `${operation}: called with numbers, outside a traced function`,
    {
      expected: "tensors",
      hint: `compile it first: jit(${operation}(f))(x)`,
    },
  );
}

/** Refuses what cannot be minimized or differentiated: anything but a float scalar. */
export function requireScalar(operation: string, value: unknown): Tensor {
  if (isTensor(value) && value.size === 1 && (value.dtype === "f32" || value.dtype === "f64")) {
    return value.shape.length === 0 ? value : value.graph.record("reshape", [value], { shape: [] });
  }
  const what = isTensor(value)
    ? `an array of shape [${value.shape.join(", ")}] and dtype ${value.dtype}`
    : describe(value);
  throw new NadirError(`${operation}/scalar`, `${operation}: the function returned ${what}`, {
    expected: "one number (a float tensor of shape [])",
    hint:
      isTensor(value) && value.size !== 1
        ? "end it with .sum() or .mean()"
        : "return a tensor computed from the arguments",
  });
}

const describe = (value: unknown): string =>
  value === undefined
    ? "nothing"
    : typeof value === "number"
      ? "a plain number, which does not depend on the arguments"
      : `a ${typeof value}`;
