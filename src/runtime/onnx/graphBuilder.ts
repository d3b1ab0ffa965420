import { internal } from "../../base/errors.ts";
import { elementCount, fill, type OnnxData, type OnnxDtype, onnxDtypes } from "./dtypes.ts";

/** The name of a value in an ONNX graph: unique in the whole model, subgraphs included. */
export type Value = string;

/**
 * An attribute of a node. Whether a number is an int or a float is told by the attribute's name
 * (`model.ts`); a graph is the body of a `Loop` or a branch of an `If`.
 */
export type Attribute = number | string | readonly number[] | GraphBuilder;

/** A value with its type, as ONNX wants it stated for inputs and outputs; a size of −1 is unknown. */
export interface TypedValue {
  readonly name: Value;
  readonly dtype: OnnxDtype;
  readonly shape: readonly number[];
}

/** A constant of the model. */
export interface Initializer extends TypedValue {
  readonly bytes: Uint8Array;
}

/** One node as written; an empty input name stands for an optional input left out. */
export interface NodeRecord {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** How a node is written. */
export interface NodeOptions {
  /** `""` is ONNX itself; `com.microsoft` and `com.microsoft.nchwc` are ONNX Runtime's own. */
  readonly domain?: string;
  /** What its outputs are called, in profiles and in ONNX Runtime's messages; the operator unless said. */
  readonly label?: string;
}

/** What the graphs of one model share. */
interface Shared {
  readonly initializers: Initializer[];
  readonly constants: Map<string, Value>;
  readonly domains: Set<string>;
  count: number;
}

// Constants up to this size are compared by their bytes, so that equal ones are written once.
const comparedBytes = 1024;

/**
 * Builds an ONNX model in memory: inputs, constants, nodes, subgraphs, outputs, in order of use.
 *
 * Constants belong to the outermost graph and are shared by all subgraphs, which see every value
 * defined around them. Misuse is a bug of the lowering, hence an `internal:` error.
 *
 * @see https://onnx.ai/onnx/repo-docs/IR.html
 */
export class GraphBuilder {
  readonly inputs: TypedValue[] = [];
  readonly outputs: TypedValue[] = [];
  readonly nodes: NodeRecord[] = [];
  readonly #shared: Shared;
  readonly #parent: GraphBuilder | undefined;
  readonly #defined = new Set<Value>();
  readonly #made = new Set<Value>();

  constructor(parent?: GraphBuilder) {
    this.#parent = parent;
    this.#shared =
      parent === undefined
        ? { initializers: [], constants: new Map(), domains: new Set([""]), count: 0 }
        : parent.#shared;
  }

  /** Every constant of the model. */
  get initializers(): readonly Initializer[] {
    return this.#shared.initializers;
  }

  /** Operator domains used in the model. */
  get domains(): readonly string[] {
    return [...this.#shared.domains];
  }

  /** True for a graph made by `subgraph`. */
  get isSubgraph(): boolean {
    return this.#parent !== undefined;
  }

  /** Adds an input. In the outermost graph it is fed under this name. */
  input(name: string, dtype: OnnxDtype, shape: readonly number[]): Value {
    const unique = this.isSubgraph ? this.#fresh(name) : name;
    this.#define(unique);
    this.inputs.push({ name: unique, dtype, shape });
    return unique;
  }

  /** A constant tensor; equal small ones become one. Data that changes, or is big, belongs in an input. */
  constant(data: OnnxData, dtype: OnnxDtype, shape: readonly number[]): Value {
    if (!(data instanceof onnxDtypes[dtype].array) || data.length !== elementCount(shape)) {
      throw internal(`a ${dtype} constant of shape [${shape}] made of ${data.length} elements`);
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = bytes.length <= comparedBytes ? `${dtype}[${shape}]${bytes}` : undefined;
    const known = key === undefined ? undefined : this.#shared.constants.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh("constant");
    this.#outermost().#define(name);
    this.#shared.initializers.push({ name, dtype, shape, bytes });
    if (key !== undefined) this.#shared.constants.set(key, name);
    return name;
  }

  /** A constant of shape `[]`. */
  scalar(value: number, dtype: OnnxDtype): Value {
    return this.constant(fill(dtype, [value]), dtype, []);
  }

  /** A one-dimensional int64 constant, which shapes, axes and pads are. */
  integers(values: readonly number[]): Value {
    return this.constant(fill("i64", values), "i64", [values.length]);
  }

  /** Adds a node with one output and returns its name; `undefined` leaves an optional input out. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
    options: NodeOptions = {},
  ): Value {
    const [output] = this.nodeWithOutputs(op, inputs, 1, attributes, options);
    if (output === undefined) throw internal(`${op} has no output`);
    return output;
  }

  /** Adds a node with several outputs and returns their names. */
  nodeWithOutputs(
    op: string,
    inputs: readonly (Value | undefined)[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
    { domain = "", label = op }: NodeOptions = {},
  ): Value[] {
    for (const name of inputs) if (name !== undefined) this.#requireDefined(name, op);
    const names = Array.from({ length: outputs }, () => this.#fresh(label));
    this.#shared.domains.add(domain);
    const given = inputs.map((name) => name ?? "");
    this.nodes.push({ op, domain, inputs: given, outputs: names, attributes });
    for (const name of names) {
      this.#define(name);
      this.#made.add(name);
    }
    return names;
  }

  /** A graph for an attribute of `Loop` or `If`, which sees the values defined so far. */
  subgraph(): GraphBuilder {
    return new GraphBuilder(this);
  }

  /**
   * Makes a value an output and returns the name to fetch it by. That is its own name, unless it is
   * an input, a constant, a value from outside or an output already: ONNX wants those copied.
   */
  output(value: Value, dtype: OnnxDtype, shape: readonly number[]): Value {
    this.#requireDefined(value, "an output");
    const own = this.#made.has(value) && !this.outputs.some(({ name }) => name === value);
    const name = own ? value : this.node("Identity", [value]);
    this.outputs.push({ name, dtype, shape });
    return name;
  }

  #outermost(): GraphBuilder {
    return this.#parent === undefined ? this : this.#parent.#outermost();
  }

  #fresh(label: string): Value {
    return `${label}_${this.#shared.count++}`;
  }

  #sees(name: Value): boolean {
    for (let scope: GraphBuilder | undefined = this; scope !== undefined; scope = scope.#parent) {
      if (scope.#defined.has(name)) return true;
    }
    return false;
  }

  #define(name: Value): void {
    if (this.#sees(name)) throw internal(`the ONNX graph defines "${name}" twice`);
    this.#defined.add(name);
  }

  #requireDefined(name: Value, user: string): void {
    if (!this.#sees(name)) throw internal(`${user} uses "${name}", not defined there`);
  }
}
