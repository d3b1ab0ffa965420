import { internal, NadirError } from "../base/errors.ts";
import { isShort, mix, mixAttrs, sameAttrs } from "./attributes.ts";
import { type DType, toDtype } from "./dtype.ts";
import type { NDArray } from "./ndarray.ts";
import type { Attrs, Aval, Primitive } from "./primitives/primitive.ts";
import type { OpName, Ops } from "./primitives/registry.ts";
import * as table from "./primitives/table.ts";
import { formatShape, type Shape, sizeOf } from "./shape.ts";
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
  /** Number of elements. */
  readonly size: number;

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
    this.size = sizeOf(aval.shape);
  }

  /**
   * A name for messages; a refusal where JavaScript wants a number, which would be NaN from there on.
   *
   * @throws NadirError `trace/number`
   */
  [Symbol.toPrimitive](hint: string): string {
    const type = `${this.dtype} ${formatShape(this.shape)}`;
    if (hint === "string") return `Tensor ${type}`;
    throw new NadirError("trace/number", `a tensor (${type}) was used as a number`, {
      expected: "operations on tensors: what a traced function computes has no value yet",
      hint: "x.mul(2) for x * 2, x.less(y) for x < y, where(x.greater(0), a, b) for x > 0 ? a : b",
    });
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

/** An operation as the graph looks it up: what it is, and a number of its own. */
interface Entry {
  readonly primitive: Primitive<number, Attrs>;
  readonly hash: number;
}

/** The names of all primitives. */
export const primitiveNames = Object.keys(table) as readonly OpName[]; // the module's exports are just the table's keys

// A module's exports are slow to look up by name: copied once into a map.
const entries = new Map<string, Entry>();
for (const [op, primitive] of Object.entries<unknown>(table)) {
  // A node's inputs and attributes are those its own primitive was recorded with.
  const any = primitive as Primitive<number, Attrs>;
  entries.set(op, { primitive: any, hash: mix(0x811c9dc5, entries.size + 1) });
}

function entryOf(op: OpName): Entry {
  const entry = entries.get(op);
  if (entry === undefined) throw internal(`there is no primitive ${op}`);
  return entry;
}

/** The primitive of a node. */
export const primitiveOf = (op: OpName): Primitive<number, Attrs> => entryOf(op).primitive;

/**
 * What a trace records: single-result operations in the order they were made, each just once for the
 * same operands and attributes.
 */
export class Graph {
  readonly nodes: Tensor[] = [];
  /** Dtype of numbers that meet no array. */
  readonly floatType: "f32" | "f64";
  /** Primitives as functions that record here. */
  readonly ops: Ops;
  readonly #make: MakeTensor;
  /** Nodes by a hash of operation, operands and attributes; where that is taken, by the next number. */
  readonly #known = new Map<number, Tensor>();

  constructor(make: MakeTensor, floatType: "f32" | "f64") {
    this.#make = make;
    this.floatType = floatType;
    this.ops = recorderOf(this);
  }

  /** The result of an operation: recorded, found among the recorded, or simplified away. */
  record(op: OpName, inputs: readonly Tensor[], attrs: Attrs): Tensor {
    const { primitive, hash } = entryOf(op);
    let slot = hash;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]!;
      if (input.graph !== this) throw leaked(op);
      slot = mix(slot, input.id);
    }
    const simpler = simplify(this, op, inputs, attrs);
    if (simpler !== undefined) return simpler;
    slot = mixAttrs(slot, attrs);
    for (;;) {
      const known = this.#known.get(slot);
      if (known === undefined) break;
      if (known.op === op && sameInputs(known.inputs, inputs) && sameAttrs(known.attrs, attrs))
        return known;
      slot = (slot + 1) | 0;
    }
    const shape = primitive.shape(inputs, attrs);
    const dtype = primitive.dtype?.(inputs, attrs) ?? inputs[0]?.dtype;
    if (dtype === undefined) throw internal(`${op} has no dtype`);
    const node = this.#make(this, this.nodes.length, op, inputs, attrs, { shape, dtype });
    this.nodes.push(node);
    this.#known.set(slot, node);
    return node;
  }

  /** The same number, as the dtype holds it, in every element. */
  full(shape: Shape, value: number, dtype: DType): Tensor {
    return this.record("constant", [], { shape, dtype, value: toDtype(value, dtype) });
  }

  /**
   * A concrete array as a constant. Arrays of one repeated number are kept as that number, short ones
   * are copied; longer ones must not be changed as long as anything made of them is used.
   */
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
    const own = isShort(data) ? data.slice() : data; // short ones are known by value, which must stay
    return this.record("constant", [], { shape, dtype, data: own });
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

function sameInputs(a: readonly Tensor[], b: readonly Tensor[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const noAttrs: Attrs = {};

/** The table as methods; each graph's `ops` inherits them. */
class Recorder {
  readonly graph: Graph;
  constructor(graph: Graph) {
    this.graph = graph;
  }
}

for (const op of primitiveNames) {
  const { arity } = entryOf(op).primitive;
  // Operands first, attributes last, if the primitive has any: the types of Ops see to it.
  const method =
    arity === 1
      ? function (this: Recorder, x: Tensor, attrs: Attrs = noAttrs): Tensor {
          return this.graph.record(op, [x], attrs);
        }
      : arity === 2
        ? function (this: Recorder, a: Tensor, b: Tensor, attrs: Attrs = noAttrs): Tensor {
            return this.graph.record(op, [a, b], attrs);
          }
        : function (this: Recorder, ...args: readonly (Tensor | Attrs)[]): Tensor {
            const inputs = args.filter(isTensor);
            const attrs = args[inputs.length];
            return this.graph.record(op, inputs, attrs === undefined ? noAttrs : (attrs as Attrs));
          };
  Object.defineProperty(Recorder.prototype, op, { value: method });
}

/** The loop above has given Recorder a method for each key of the table, which is what Ops declares. */
function recorderOf(graph: Graph): Ops {
  const recorder: unknown = new Recorder(graph);
  return recorder as Ops;
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

/** The graph being recorded, if a function is being traced. */
export const activeGraph = (): Graph | undefined => active[active.length - 1];

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
