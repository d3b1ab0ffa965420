import { isFloat } from "./dtype.ts";
import type { Graph } from "./graph.ts";
import type { Attrs } from "./primitives/primitive.ts";
import type { OpName } from "./primitives/registry.ts";
import { compileScalar } from "./scalar.ts";
import { type Shape, sameShapes, sizeOf } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** The number that fills a constant, or undefined if the node is none or its elements differ. */
export function splat(x: Tensor | undefined): number | undefined {
  if (x?.op !== "constant") return undefined;
  const { value } = x.attrs;
  return typeof value === "number" ? value : undefined;
}

type Rule = (graph: Graph, inputs: readonly Tensor[], attrs: Attrs) => Tensor | undefined;

const times = (graph: Graph, x: Tensor, factor: number): Tensor =>
  graph.record("mul", [x, graph.full(x.shape, factor, x.dtype)], {});

const isPowerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(Math.abs(value)));

/** Attributes are read back as the type their own primitive gave them. */
const shapeOf = (attrs: Attrs): Shape => attrs["shape"] as Shape;
const listOf = (attrs: Attrs, name: string): readonly number[] => attrs[name] as readonly number[];

const reshaped: Rule = (graph, [x], attrs) => {
  const shape = shapeOf(attrs);
  if (sameShapes(x!.shape, shape)) return x;
  const value = splat(x);
  if (value !== undefined) return graph.full(shape, value, x!.dtype);
  return x!.op === "reshape" ? graph.record("reshape", [x!.inputs[0]!], { shape }) : undefined;
};

/** Rewrites that are exact but for the sign of zero and the order of summation. */
const rules: { readonly [K in OpName]?: Rule } = {
  add: (graph, [a, b]) => {
    if (splat(b) === 0) return a;
    if (splat(a) === 0) return b;
    if (b!.op === "neg") return graph.record("sub", [a!, b!.inputs[0]!], {});
    if (a!.op === "neg") return graph.record("sub", [b!, a!.inputs[0]!], {});
    if (a === b) return isFloat(a!.dtype) ? times(graph, a!, 2) : undefined;
    return joined(graph, a!, b!, 8) ?? joined(graph, b!, a!, 8);
  },
  sub: (graph, [a, b]) => {
    if (splat(b) === 0) return a;
    if (splat(a) === 0) return graph.record("neg", [b!], {});
    return b!.op === "neg" ? graph.record("add", [a!, b!.inputs[0]!], {}) : undefined;
  },
  mul: (graph, [a, b]) => {
    const [left, right] = [splat(a), splat(b)];
    if (right === 1) return a;
    if (left === 1) return b;
    if (right === -1) return graph.record("neg", [a!], {});
    if (left === -1) return graph.record("neg", [b!], {});
    if (left !== undefined && right === undefined) return graph.record("mul", [b!, a!], {}); // constants on the right, so that equal products meet
    if (a!.op === "neg" && right !== undefined) return times(graph, a!.inputs[0]!, -right);
    if (a!.op === "neg" && b!.op === "neg")
      return graph.record("mul", [a!.inputs[0]!, b!.inputs[0]!], {});
    if (a!.op === "neg")
      return graph.record("neg", [graph.record("mul", [a!.inputs[0]!, b!], {})], {});
    if (b!.op === "neg")
      return graph.record("neg", [graph.record("mul", [a!, b!.inputs[0]!], {})], {});
    if (right === undefined && a!.id > b!.id) return graph.record("mul", [b!, a!], {});
    // Two factors are one where doubling or halving is all that one of them does: exact, but at the
    // ends of the exponents' range.
    const inner = a!.op === "mul" ? splat(a!.inputs[1]) : undefined;
    if (inner === undefined || right === undefined || !isFloat(a!.dtype)) return undefined;
    return isPowerOfTwo(inner) || isPowerOfTwo(right)
      ? times(graph, a!.inputs[0]!, inner * right)
      : undefined;
  },
  div: (graph, [a, b]) => {
    if (!isFloat(a!.dtype)) return undefined; // its shape rule refuses it
    const right = splat(b);
    if (right === 1) return a;
    // Exact: the reciprocal of a power of two is one, but for the ends of the exponents' range.
    const exponent = Math.log2(Math.abs(right ?? 0));
    if (right !== undefined && Number.isInteger(exponent) && Math.abs(exponent) < 126)
      return times(graph, a!, 1 / right);
    return undefined;
  },
  neg: (graph, [x]) => {
    if (x!.op === "neg") return x!.inputs[0];
    if (x!.op === "sub") return graph.record("sub", [x!.inputs[1]!, x!.inputs[0]!], {});
    const factor = x!.op === "mul" ? splat(x!.inputs[1]) : undefined;
    return factor === undefined ? undefined : times(graph, x!.inputs[0]!, -factor);
  },
  pow: (graph, [a, b]) => {
    switch (splat(b)) {
      case 0:
        return graph.full(a!.shape, 1, a!.dtype);
      case 1:
        return a;
      case 2:
        return graph.record("mul", [a!, a!], {});
      case 3:
        return graph.record("mul", [graph.record("mul", [a!, a!], {}), a!], {});
      case 4: {
        const square = graph.record("mul", [a!, a!], {});
        return graph.record("mul", [square, square], {});
      }
      case 0.5:
        return graph.record("sqrt", [a!], {});
      case -1:
        return graph.record("div", [graph.full(a!.shape, 1, a!.dtype), a!], {});
      default:
        return undefined;
    }
  },
  cast: (_graph, [x], { dtype }) => (x!.dtype === dtype ? x : undefined),
  where: (_graph, [condition, a, b]) => {
    const value = splat(condition);
    if (value !== undefined) return value === 0 ? b : a;
    return a === b ? a : undefined;
  },
  reshape: reshaped,
  broadcastTo: (graph, [x], attrs) => {
    const shape = shapeOf(attrs);
    if (sizeOf(x!.shape) === sizeOf(shape))
      return reshaped(graph, [x!], attrs) ?? graph.record("reshape", [x!], { shape });
    const value = splat(x);
    if (value !== undefined) return graph.full(shape, value, x!.dtype);
    return x!.op === "broadcastTo"
      ? graph.record("broadcastTo", [x!.inputs[0]!], { shape })
      : undefined;
  },
  transpose: (graph, [x], attrs) => {
    const order = listOf(attrs, "order");
    if (order.every((axis, i) => axis === i)) return x;
    const shape = order.map((axis) => x!.shape[axis]!);
    const value = splat(x);
    if (value !== undefined) return graph.full(shape, value, x!.dtype);
    if (
      order
        .filter((axis) => x!.shape[axis] !== 1)
        .every((axis, i, kept) => i === 0 || kept[i - 1]! < axis)
    ) {
      return graph.record("reshape", [x!], { shape }); // only axes of length 1 move
    }
    if (x!.op === "transpose") {
      const below = listOf(x!.attrs, "order");
      return graph.record("transpose", [x!.inputs[0]!], {
        order: order.map((axis) => below[axis]!),
      });
    }
    return x!.op === "dot" && x!.shape.length === 2 ? swappedDot(graph, x!) : undefined;
  },
  dot: (graph, [lhs, rhs], attrs) => {
    const left = throughTranspose(lhs!, listOf(attrs, "lhsContract"), listOf(attrs, "lhsBatch"));
    const right = throughTranspose(rhs!, listOf(attrs, "rhsContract"), listOf(attrs, "rhsBatch"));
    if (left === undefined && right === undefined) return undefined;
    return graph.record("dot", [left?.x ?? lhs!, right?.x ?? rhs!], {
      lhsContract: left?.contract ?? listOf(attrs, "lhsContract"),
      rhsContract: right?.contract ?? listOf(attrs, "rhsContract"),
      lhsBatch: left?.batch ?? listOf(attrs, "lhsBatch"),
      rhsBatch: right?.batch ?? listOf(attrs, "rhsBatch"),
    });
  },
  reduceSum: (graph, [x], attrs) => {
    const axes = listOf(attrs, "axes");
    const count = sizeOf(axes.map((axis) => x!.shape[axis]!));
    const shape = x!.shape.filter((_, axis) => !axes.includes(axis));
    if (count === 1) return graph.record("reshape", [x!], { shape });
    const value = splat(x);
    if (count === 0) return graph.full(shape, 0, x!.dtype);
    if (value !== undefined && isFloat(x!.dtype)) return graph.full(shape, value * count, x!.dtype);
    if (x!.op === "reduceSum") {
      const below = listOf(x!.attrs, "axes");
      const kept = x!.inputs[0]!.shape.map((_, axis) => axis).filter(
        (axis) => !below.includes(axis),
      );
      const all = [...below, ...axes.map((axis) => kept[axis]!)].sort((a, b) => a - b);
      return graph.record("reduceSum", [x!.inputs[0]!], { axes: all });
    }
    if (x!.op === "broadcastTo" && x!.inputs[0]!.size === 1 && isFloat(x!.dtype)) {
      const one = graph.record("reshape", [x!.inputs[0]!], { shape: [] });
      return graph.record("broadcastTo", [times(graph, one, count)], { shape });
    }
    return undefined;
  },
  slice: (graph, [x], attrs) => {
    const [starts, stops, strides] = [
      listOf(attrs, "starts"),
      listOf(attrs, "stops"),
      listOf(attrs, "strides"),
    ];
    if (
      starts.every(
        (start, axis) => start === 0 && stops[axis] === x!.shape[axis] && strides[axis] === 1,
      )
    )
      return x;
    const value = splat(x);
    if (value !== undefined) {
      const shape = starts.map((start, axis) =>
        Math.max(0, Math.ceil((stops[axis]! - start) / strides[axis]!)),
      );
      return graph.full(shape, value, x!.dtype);
    }
    return x!.op === "concat" ? sliceOfConcat(graph, x!, starts, stops, strides) : undefined;
  },
  pad: (_graph, [x], attrs) => {
    const none = ["low", "high", "interior"].every((name) =>
      listOf(attrs, name).every((n) => n === 0),
    );
    return none ? x : undefined;
  },
  concat: (_graph, inputs) => (inputs.length === 1 ? inputs[0] : undefined),
};

/** A simpler value for an operation about to be recorded, if there is one. */
export function simplify(
  graph: Graph,
  op: OpName,
  inputs: readonly Tensor[],
  attrs: Attrs,
): Tensor | undefined {
  return rules[op]?.(graph, inputs, attrs) ?? folded(graph, op, inputs, attrs);
}

/** The value of an elementwise operation on constants that are each one repeated number. */
function folded(
  graph: Graph,
  op: OpName,
  inputs: readonly Tensor[],
  attrs: Attrs,
): Tensor | undefined {
  if (inputs.length === 0 || op === "alias" || op === "custom" || op === "stopGradient")
    return undefined;
  const values: number[] = [];
  for (const input of inputs) {
    const value = splat(input);
    if (value === undefined) return undefined;
    values.push(value);
  }
  const result = compileScalar(op, inputs, attrs);
  if (result === undefined) return undefined;
  return graph.full(inputs[0]!.shape, result.evaluate(...values), result.dtype);
}

/**
 * A sum with a part that is zero but for a range of one axis: such parts, as the gradients of slices
 * are, side by side become one. Looks for a neighbour down to `depth` in a sum of sums.
 */
function joined(graph: Graph, sum: Tensor, part: Tensor, depth: number): Tensor | undefined {
  if (part.op !== "pad" || depth === 0) return undefined;
  if (sum.op === "pad") return sideBySide(graph, sum, part) ?? sideBySide(graph, part, sum);
  if (sum.op !== "add") return undefined;
  const [a, b] = sum.inputs;
  const right = joined(graph, b!, part, depth - 1);
  if (right !== undefined) return graph.record("add", [a!, right], {});
  const left = joined(graph, a!, part, depth - 1);
  return left === undefined ? undefined : graph.record("add", [left, b!], {});
}

/** Two padded arrays of which the second begins where the first ends, and which else lie alike. */
function sideBySide(graph: Graph, first: Tensor, second: Tensor): Tensor | undefined {
  const [a, b] = [padOf(first), padOf(second)];
  if (a === undefined || b === undefined) return undefined;
  const [x, y] = [first.inputs[0]!, second.inputs[0]!];
  const axis = a.low.findIndex((low, i) => low !== b.low[i] || a.high[i] !== b.high[i]);
  const alike = a.low.every(
    (low, i) => i === axis || (low === b.low[i] && a.high[i] === b.high[i]),
  );
  if (axis < 0 || !alike || a.low[axis]! + x.shape[axis]! !== b.low[axis]) return undefined;
  const parts = [x, y].flatMap((part) =>
    part.op === "concat" && part.attrs["axis"] === axis ? part.inputs : [part],
  );
  const whole = graph.record("concat", parts, { axis });
  const high = a.high.map((n, i) => (i === axis ? b.high[i]! : n));
  return graph.record("pad", [whole], { ...a, high });
}

/** Attributes of a pad with zeros around, none between. */
function padOf(
  x: Tensor,
): { readonly low: readonly number[]; readonly high: readonly number[] } | undefined {
  const { value } = x.attrs;
  if (value !== 0 || listOf(x.attrs, "interior").some((n) => n !== 0)) return undefined;
  return { ...x.attrs, low: listOf(x.attrs, "low"), high: listOf(x.attrs, "high") };
}

/** Transpose of a matrix product: the product of the operands in the other order. */
function swappedDot(graph: Graph, x: Tensor): Tensor | undefined {
  const [lhs, rhs] = x.inputs;
  if (
    listOf(x.attrs, "lhsBatch").length > 0 ||
    lhs!.shape.length - listOf(x.attrs, "lhsContract").length !== 1
  )
    return undefined;
  return graph.record("dot", [rhs!, lhs!], {
    lhsContract: listOf(x.attrs, "rhsContract"),
    rhsContract: listOf(x.attrs, "lhsContract"),
    lhsBatch: [],
    rhsBatch: [],
  });
}

/** The operand under a transpose, with the axes renamed, if its free axes keep their order. */
function throughTranspose(x: Tensor, contract: readonly number[], batch: readonly number[]) {
  if (x.op !== "transpose") return undefined;
  const order = listOf(x.attrs, "order");
  const free = order.filter((_, axis) => !contract.includes(axis) && !batch.includes(axis));
  if (free.some((axis, i) => i > 0 && free[i - 1]! > axis)) return undefined;
  return {
    x: x.inputs[0]!,
    contract: contract.map((axis) => order[axis]!),
    batch: batch.map((axis) => order[axis]!),
  };
}

/** A part that lies within one of the joined arrays is a part of that one. */
function sliceOfConcat(
  graph: Graph,
  x: Tensor,
  starts: readonly number[],
  stops: readonly number[],
  strides: readonly number[],
): Tensor | undefined {
  const { axis } = x.attrs as { readonly axis: number };
  let offset = 0;
  for (const part of x.inputs) {
    const end = offset + part.shape[axis]!;
    if (starts[axis]! >= offset && stops[axis]! <= end && stops[axis]! > starts[axis]!) {
      const shift = (list: readonly number[]) => list.map((n, i) => (i === axis ? n - offset : n));
      return graph.record("slice", [part], { starts: shift(starts), stops: shift(stops), strides });
    }
    offset = end;
  }
  return undefined;
}
