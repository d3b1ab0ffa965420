import { internal, NadirError } from "../base/errors.ts";
import { type DType, toDtype } from "./dtype.ts";
import type { NDArray } from "./ndarray.ts";
import type { Attrs, Aval, Primitive } from "./primitives/primitive.ts";
import type { OpName } from "./primitives/registry.ts";
import * as table from "./primitives/table.ts";
import { type Shape, sizeOf } from "./shape.ts";
import { simplify } from "./simplify.ts";
import type { Tensor } from "./tensor.ts";

/** A node of a graph: one recorded operation and what is known of its result. */
export class Value implements Aval {
  readonly graph: Graph;
  /** Position in the graph: inputs come before their users. */
  readonly id: number;
  readonly op: OpName;
  readonly inputs: readonly Tensor[];
  readonly attrs: Attrs;
  readonly shape: Shape;
  readonly dtype: DType;

  constructor(
    graph: Graph,
    id: number,
    op: OpName,
    inputs: readonly Tensor[],
    attrs: Attrs,
    aval: Aval,
  ) {
    this.graph = graph;
    this.id = id;
    this.op = op;
    this.inputs = inputs;
    this.attrs = attrs;
    this.shape = aval.shape;
    this.dtype = aval.dtype;
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }
}

type MakeTensor = (
  graph: Graph,
  id: number,
  op: OpName,
  inputs: readonly Tensor[],
  attrs: Attrs,
  aval: Aval,
) => Tensor;

const primitives: Readonly<Record<OpName, unknown>> = table;

/** The primitive of a node. */
export function primitiveOf(op: OpName): Primitive<number, Attrs> {
  return primitives[op] as Primitive<number, Attrs>; // a node's inputs and attributes are those its own primitive was recorded with
}

/** The names of all primitives. */
export const primitiveNames = Object.keys(table) as readonly OpName[]; // the module's exports are just the table's keys

/**
 * What a trace records: single-result operations in the order they were made, each just once for the
 * same operands and attributes.
 */
export class Graph {
  readonly nodes: Tensor[] = [];
  /** Dtype of numbers that meet no array. */
  readonly floatType: "f32" | "f64";
  readonly #make: MakeTensor;
  readonly #known = new Map<string, Tensor>();

  constructor(make: MakeTensor, floatType: "f32" | "f64") {
    this.#make = make;
    this.floatType = floatType;
  }

  /** The result of an operation: recorded, found among the recorded, or simplified away. */
  record(op: OpName, inputs: readonly Tensor[], attrs: Attrs): Tensor {
    for (const input of inputs) {
      if (input.graph !== this) throw leaked(op);
    }
    const simpler = simplify(this, op, inputs, attrs);
    if (simpler !== undefined) return simpler;
    let key: string = op;
    for (const input of inputs) key += ` ${input.id}`;
    key += attrsKey(attrs);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const primitive = primitiveOf(op);
    const shape = primitive.shape(inputs, attrs);
    const dtype = primitive.dtype?.(inputs, attrs) ?? inputs[0]?.dtype;
    if (dtype === undefined) throw internal(`${op} has no dtype`);
    const node = this.#make(this, this.nodes.length, op, inputs, attrs, { shape, dtype });
    this.nodes.push(node);
    this.#known.set(key, node);
    return node;
  }

  /** The same number, as the dtype holds it, in every element. */
  full(shape: Shape, value: number, dtype: DType): Tensor {
    return this.record("constant", [], { shape, dtype, value: toDtype(value, dtype) });
  }

  /** A concrete array as a constant. Arrays of one repeated number are kept as that number. */
  constant(array: NDArray): Tensor {
    const { shape, dtype, data } = array;
    const [first] = data;
    if (
      first !== undefined &&
      data.length <= 64 &&
      data.every((value) => Object.is(value, first))
    ) {
      return this.full(shape, first, dtype);
    }
    return this.record("constant", [], { shape, dtype, data });
  }

  /** A value that will be given when the program runs. */
  input(position: number, { shape, dtype }: Aval): Tensor {
    return this.record("input", [], { position, shape, dtype });
  }
}

function leaked(op: string): Error {
  return new NadirError("trace/leaked", `${op}: a tensor of another function is used here`, {
    expected: "tensors that this function was given, or made from them",
    hint: "pass it in as an argument; a tensor kept from an earlier trace has no value",
  });
}

const identities = new WeakMap<object, number>();
let lastIdentity = 0;

/** Distinguishes attributes: by value, but typed arrays and functions by identity. */
function attrsKey(attrs: Attrs): string {
  let key = "";
  for (const name in attrs) {
    const value = attrs[name];
    if (typeof value === "number") key += Object.is(value, -0) ? ";-0" : `;${value}`;
    else if (Array.isArray(value))
      key += Array.isArray(value[0]) ? `;${JSON.stringify(value)}` : `;[${value.join()}]`;
    else if (
      ArrayBuffer.isView(value) &&
      value.byteLength <= 2048 &&
      !(value instanceof DataView)
    ) {
      key += `;${value.constructor.name}${String(value)}`; // short constants by value: equal ones meet
    } else if (typeof value === "object" || typeof value === "function") {
      let identity = identities.get(value);
      if (identity === undefined) {
        identity = ++lastIdentity;
        identities.set(value, identity);
      }
      key += `;#${identity}`;
    } else key += `;${String(value)}`;
  }
  return key;
}

const active: Graph[] = [];

/** The graph being recorded, for operations without operands. @throws NadirError `trace/none` outside a trace */
export function currentGraph(operation: string): Graph {
  const graph = active[active.length - 1];
  if (graph !== undefined) return graph;
  throw new NadirError("trace/none", `${operation} was called outside a traced function`, {
    expected: "a call inside a loss, a model, or a function given to jit, grad or minimize",
    hint: `wrap it: jit(() => ${operation}(…))()`,
  });
}

/** Makes a graph the current one while `run` records. */
export function recording<T>(graph: Graph, run: () => T): T {
  active.push(graph);
  try {
    return run();
  } finally {
    active.pop();
  }
}

/** True for a symbolic value. */
export const isTensor = (value: unknown): value is Tensor => value instanceof Value;
