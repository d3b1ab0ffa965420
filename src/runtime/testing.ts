import { type DType, isFloat } from "../array/dtype.ts";
import { type Graph, primitiveOf, recording } from "../array/graph.ts";
import { NDArray } from "../array/ndarray.ts";
import type { Attrs, Aval } from "../array/primitives/primitive.ts";
import type { OpName } from "../array/primitives/registry.ts";
import { type Program, reachable } from "../array/program.ts";
import { type Shape, sizeOf } from "../array/shape.ts";
import { newGraph, type Tensor } from "../array/tensor.ts";
import { interpret, randomFrom, sampleArray } from "../array/testing.ts";

/** What a random program is made from: shrinks to fewer steps, not to other ones. */
export interface ProgramSpec {
  readonly inputs: readonly number[];
  readonly steps: readonly (readonly [choice: number, seed: number])[];
  readonly outputs: readonly number[];
}

/**
 * What a random program may compute. `exact`: whole numbers, kept small, so that every order of
 * summation gives the same bits. `smooth`: differentiable functions, their results kept below 10.
 */
export type ProgramKind = "exact" | "smooth";

/** A random program, arrays to call it with, and what it gives for them, by definition. */
export interface RandomProgram {
  readonly program: Program;
  readonly inputs: readonly NDArray[];
  readonly expected: readonly NDArray[];
}

const inputShapes: readonly Shape[] = [
  [],
  [1],
  [3],
  [2, 3],
  [17],
  [4, 5],
  [2, 3, 4],
  [0],
  [3, 0],
  [2, 1, 3],
  [1, 2, 4, 5],
  [33, 2],
];

/** Arrays larger than this are not made. */
const sizeLimit = 1500;

type Pair = { readonly tensor: Tensor; readonly array: NDArray };
type Pick = (below: number) => number;

/** Builds the program, and beside it its values, step by step. */
export function buildProgram(
  spec: ProgramSpec,
  kind: ProgramKind,
  float: "f32" | "f64",
): RandomProgram {
  const graph = newGraph(float);
  const inputs = spec.inputs.map((choice, position) => {
    const shape = inputShapes[choice % inputShapes.length]!;
    const dtype = kind === "smooth" || choice % 5 > 1 ? float : choice % 5 === 0 ? "i32" : "bool";
    return { tensor: graph.input(position, { shape, dtype }), array: draw(shape, dtype, choice) };
  });
  function draw(shape: Shape, dtype: DType, seed: number): NDArray {
    if (kind === "smooth") return sampleArray(randomFrom(seed), shape, dtype);
    const array = sampleArray(randomFrom(seed), shape, dtype === "bool" ? "bool" : "i32", [-4, 5]);
    return NDArray.of(array, shape, dtype);
  }
  const builder = new Builder(graph, float, [...inputs]);
  recording(graph, () => {
    for (const [choice, seed] of spec.steps) {
      const list = kind === "exact" ? exactSteps : smoothSteps;
      list[choice % list.length]?.(builder.begin(seed));
      builder.keepSmall(kind);
    }
  });
  const outputs = spec.outputs.map((place) => {
    const { values } = builder;
    return values[values.length - 1 - (place % Math.min(values.length, 12))]!;
  });
  const tensors = outputs.map(({ tensor }) => tensor);
  const given = inputs.map(({ tensor }) => tensor);
  return {
    program: { inputs: given, outputs: tensors, nodes: reachable(tensors, given) },
    inputs: inputs.map(({ array }) => array),
    expected: outputs.map(({ array }) => array),
  };
}

class Builder {
  readonly graph: Graph;
  readonly float: "f32" | "f64";
  readonly values: Pair[];
  #next: () => number = randomFrom(0);
  #from = 0;

  constructor(graph: Graph, float: "f32" | "f64", values: Pair[]) {
    this.graph = graph;
    this.float = float;
    this.values = values;
  }

  begin(seed: number): this {
    this.#next = randomFrom(seed);
    this.#from = this.values.length;
    return this;
  }

  readonly pick: Pick = (below) => Math.floor(this.#next() * below);

  /** One of the values that pass, the later ones more often. */
  any(pass: (aval: Aval & { readonly size: number }) => boolean = () => true): Pair | undefined {
    const found = this.values.filter(({ tensor }) => pass(tensor));
    return found[Math.floor(this.#next() ** 0.2 * found.length)];
  }

  anyFloat(): Pair | undefined {
    return this.any(({ dtype }) => isFloat(dtype));
  }

  /** Another value of the same shape and dtype; the value itself if there is none. */
  like({ tensor }: Pair): Pair {
    const shape = tensor.shape.join();
    return this.any((x) => x.dtype === tensor.dtype && x.shape.join() === shape)!; // there is the value itself
  }

  /** Records an operation on values, and what it gives. */
  push(op: OpName, operands: readonly Pair[], attrs: Attrs = {}): Pair {
    const arrays = operands.map(({ array }) => array);
    const { shape, dtype } = primitiveOf(op);
    const aval = {
      shape: shape(arrays, attrs),
      dtype: dtype?.(arrays, attrs) ?? arrays[0]!.dtype,
    };
    const pair = {
      tensor: this.graph.record(
        op,
        operands.map(({ tensor }) => tensor),
        attrs,
      ),
      array: interpret(op, arrays, attrs, aval),
    };
    this.values.push(pair);
    return pair;
  }

  /** A constant array. */
  constant(array: NDArray): Pair {
    const pair = { tensor: this.graph.constant(array), array };
    this.values.push(pair);
    return pair;
  }

  full({ shape, dtype }: Aval, value: number): Pair {
    return this.push("constant", [], { shape, dtype, value });
  }

  /** Brings the last step's results back into a range where nothing overflows. */
  keepSmall(kind: ProgramKind): void {
    const limit = kind === "exact" ? 99 : 9;
    for (const pair of this.values.slice(this.#from)) {
      const { array } = pair;
      if (kind === "smooth" && !isFloat(array.dtype)) continue;
      if (array.dtype === "bool" || array.data.every((x) => Math.abs(x) <= limit)) continue;
      this.values.splice(this.values.indexOf(pair), 1);
      if (kind === "smooth") this.push("tanh", [pair]);
      else {
        const above = this.push("maximum", [pair, this.full(array, -9)]);
        this.push("minimum", [above, this.full(array, 8)]);
        this.values.splice(this.values.indexOf(above), 1); // bounded on one side only
      }
    }
  }
}

type Step = (b: Builder) => void;

const unary =
  (...ops: readonly OpName[]): Step =>
  (b) => {
    const x = b.anyFloat();
    if (x !== undefined) b.push(ops[b.pick(ops.length)]!, [x]);
  };

const binary =
  (floatsOnly: boolean, ...ops: readonly OpName[]): Step =>
  (b) => {
    const x = b.any(({ dtype }) => isFloat(dtype) || (!floatsOnly && dtype === "i32"));
    if (x !== undefined) b.push(ops[b.pick(ops.length)]!, [x, b.like(x)]);
  };

const where: Step = (b) => {
  const condition = b.any(({ dtype }) => dtype === "bool");
  if (condition === undefined) return;
  const x = b.any(
    ({ shape, dtype }) => dtype !== "bool" && shape.join() === condition.tensor.shape.join(),
  );
  if (x !== undefined) b.push("where", [condition, x, b.like(x)]);
};

const logic: Step = (b) => {
  const x = b.any(({ dtype }) => dtype === "bool");
  if (x === undefined) return;
  const op = (["and", "or", "not"] as const)[b.pick(3)]!;
  b.push(op, op === "not" ? [x] : [x, b.like(x)]);
};

const cast =
  (...dtypes: readonly DType[]): Step =>
  (b) => {
    const x = b.any();
    if (x !== undefined) b.push("cast", [x], { dtype: dtypes[b.pick(dtypes.length)]! });
  };

const someAxes = (b: Builder, rank: number): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter(() => b.pick(2) === 0);

const reduce: Step = (b) => {
  const x = b.any(({ dtype, shape }) => dtype !== "bool" && shape.length > 0);
  if (x === undefined) return;
  const axes = someAxes(b, x.array.shape.length);
  if (axes.length === 0) axes.push(b.pick(x.array.shape.length));
  const empty = axes.some((axis) => x.array.shape[axis] === 0);
  b.push(empty || b.pick(2) === 0 ? "reduceSum" : "reduceMax", [x], { axes });
};

const alongAxis: Step = (b) => {
  const x = b.any(({ dtype, shape }) => dtype !== "bool" && shape.length > 0);
  if (x === undefined) return;
  const axis = b.pick(x.array.shape.length);
  const choice = b.pick(4);
  if (choice === 0) b.push("cumSum", [x], { axis, reverse: b.pick(2) === 0 });
  else if (choice === 1) b.push("argSort", [x], { descending: b.pick(2) === 0 });
  else if (choice === 2) b.push("reverse", [x], { axes: [axis] });
  else if (x.array.shape[axis]! > 0) b.push("argMax", [x], { axis });
};

const smoothAlongAxis: Step = (b) => {
  const x = b.any(({ dtype, shape }) => isFloat(dtype) && shape.length > 0);
  if (x === undefined) return;
  const axis = b.pick(x.array.shape.length);
  const choice = b.pick(3);
  if (choice === 0) b.push("cumSum", [x], { axis, reverse: b.pick(2) === 0 });
  else if (choice === 1) b.push("logSoftmax", [x]);
  else b.push("reduceSum", [x], { axes: [axis] });
};

/** The size in up to four random factors, some of them 1. */
function someShape(b: Builder, size: number): number[] {
  const shape: number[] = [];
  let rest = size;
  while (rest > 1 && shape.length < 3) {
    const divisors = Array.from({ length: rest }, (_, i) => i + 1).filter((d) => rest % d === 0);
    const divisor = divisors[b.pick(divisors.length)]!;
    shape.push(divisor);
    rest /= divisor;
  }
  return size === 0 || rest > 1 || shape.length === 0 ? [...shape, rest] : shape;
}

const shuffled = (b: Builder, count: number): number[] => {
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = b.pick(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
};

const rearrange: Step = (b) => {
  const x = b.any();
  if (x === undefined) return;
  const { shape } = x.array;
  switch (b.pick(6)) {
    case 0:
      b.push("reshape", [x], { shape: someShape(b, x.array.size) });
      return;
    case 1:
      b.push("transpose", [x], { order: shuffled(b, shape.length) });
      return;
    case 2: {
      const wide = [
        ...(b.pick(2) === 0 ? [1 + b.pick(3)] : []),
        ...shape.map((n) => (n === 1 ? 1 + b.pick(4) : n)),
      ];
      if (sizeOf(wide) <= sizeLimit) b.push("broadcastTo", [x], { shape: wide });
      return;
    }
    case 3: {
      const strides = shape.map(() => 1 + b.pick(3));
      const starts = shape.map((n) => b.pick(n + 1));
      b.push("slice", [x], {
        starts,
        stops: shape.map((n, i) => starts[i]! + b.pick(n - starts[i]! + 1)),
        strides,
      });
      return;
    }
    case 4: {
      const attrs = {
        low: shape.map(() => b.pick(3)),
        high: shape.map(() => b.pick(2)),
        interior: shape.map(() => (b.pick(3) === 0 ? b.pick(3) : 0)),
        value: x.array.dtype === "bool" ? b.pick(2) : b.pick(5) - 2,
      };
      if (sizeOf(primitiveOf("pad").shape([x.array], attrs)) <= sizeLimit)
        b.push("pad", [x], attrs);
      return;
    }
    default: {
      if (shape.length === 0) return;
      const parts = [x, b.like(x), ...(b.pick(2) === 0 ? [b.like(x)] : [])];
      if (parts.length * x.array.size <= sizeLimit)
        b.push("concat", parts, { axis: b.pick(shape.length) });
    }
  }
};

const indexed: Step = (b) => {
  const x = b.any(({ dtype, shape, size }) => dtype !== "bool" && shape.length > 0 && size > 0);
  if (x === undefined) return;
  const axis = b.pick(x.array.shape.length);
  const length = x.array.shape[axis]!;
  const shape = [[], [2], [5], [2, 3]][b.pick(4)]!;
  if ((x.array.size / length) * sizeOf(shape) > sizeLimit) return;
  const drawn = sampleArray(() => b.pick(1000) / 1000, shape, "i32", [0, length]);
  const indices = b.constant(drawn);
  const gathered = b.push("gather", [x, indices], { axis });
  if (b.pick(2) === 0) b.push("scatterAdd", [indices, gathered], { axis, length });
};

const dot: Step = (b) => {
  const x = b.any(({ dtype, shape, size }) => isFloat(dtype) && shape.length > 0 && size > 0);
  if (x === undefined) return;
  const lhs =
    b.pick(2) === 0 ? b.push("transpose", [x], { order: shuffled(b, x.array.shape.length) }) : x;
  const shared = b.pick(x.array.shape.length);
  const axis = x.array.shape.indexOf(lhs.array.shape[shared]!);
  const contract = { lhsContract: [shared], rhsContract: [axis], lhsBatch: [], rhsBatch: [] };
  const batch = { lhsContract: [], rhsContract: [], lhsBatch: [shared], rhsBatch: [axis] };
  const attrs = b.pick(3) === 0 ? batch : contract;
  if (sizeOf(primitiveOf("dot").shape([lhs.array, x.array], attrs)) <= sizeLimit)
    b.push("dot", [lhs, x], attrs);
};

const images: Step = (b) => {
  const x = b.any(
    ({ dtype, shape, size }) =>
      isFloat(dtype) && shape.length === 4 && size > 0 && shape[2]! > 1 && shape[3]! > 1,
  );
  if (x === undefined) return;
  const stride = [1 + b.pick(2), 1 + b.pick(2)];
  const padding = [
    [b.pick(2), b.pick(2)],
    [b.pick(2), 0],
  ];
  const pool = { window: [2, 2], stride, padding };
  if (b.pick(2) === 0) {
    b.push("maxPool", [x], pool);
    return;
  }
  const channels = x.array.shape[1]!;
  const filter = b.constant(
    NDArray.of(
      sampleArray(() => b.pick(1000) / 1000, [2, channels, 2, 1], "i32", [-2, 3]),
      undefined,
      x.array.dtype,
    ),
  );
  b.push("conv", [x, filter], { stride, padding, dilation: [1, 1], groups: 1 });
};

const constants: Step = (b) => {
  const shape = inputShapes[b.pick(inputShapes.length)]!;
  switch (b.pick(3)) {
    case 0:
      b.full({ shape, dtype: b.float }, b.pick(5) - 2);
      return;
    case 1:
      b.constant(
        NDArray.of(
          sampleArray(() => b.pick(1000) / 1000, shape, "i32", [-3, 4]),
          shape,
          b.float,
        ),
      );
      return;
    default:
      if (shape.length > 0)
        b.push("iota", [], { shape, axis: b.pick(shape.length), dtype: b.float });
  }
};

const exactSteps: readonly Step[] = [
  unary("neg", "abs", "sign", "relu", "step", "floor", "round", "stopGradient"),
  binary(false, "add", "sub", "mul", "maximum", "minimum"),
  binary(false, "add", "mul"),
  binary(false, "less", "lessEqual", "equal"),
  where,
  logic,
  cast("f32", "f64", "i32", "bool"),
  reduce,
  alongAxis,
  rearrange,
  rearrange,
  indexed,
  dot,
  images,
  constants,
];

const smoothSteps: readonly Step[] = [
  unary("sin", "cos", "tanh", "sigmoid", "erf", "softplus", "exp", "expm1", "atan", "neg"),
  unary("sin", "tanh", "sigmoid", "exp"),
  binary(true, "add", "sub", "mul"),
  binary(true, "add", "mul"),
  (b) => {
    const x = b.anyFloat();
    if (x === undefined) return;
    const positive = b.push("add", [b.push("mul", [x, x]), b.full(x.array, 1)]);
    b.push((["log", "sqrt"] as const)[b.pick(2)]!, [positive]);
    b.push("div", [b.like(x), positive]);
  },
  smoothAlongAxis,
  rearrange,
  rearrange,
  indexed,
  dot,
  constants,
];
