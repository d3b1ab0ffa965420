import { allocate } from "../dtype.ts";
import { sizeOf } from "../shape.ts";
import { movesOnly } from "./cost.ts";
import { both, choose, plus, within } from "./indexing.ts";
import { numberLiteral } from "./numberLiteral.ts";
import type { Index, OnnxWriter, Primitive } from "./primitive.ts";

/** Elements added before, after and between those of each axis. */
export interface PadAttrs {
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly interior: readonly number[];
  readonly value: number;
}

/** Surrounds an array, and optionally spreads its elements, with a constant. The transpose of `slice`. */
export const pad: Primitive<1, PadAttrs> = {
  arity: 1,
  shape: ([x], { low, high, interior }) =>
    x!.shape.map(
      (length, axis) =>
        low[axis]! + high[axis]! + length + Math.max(0, length - 1) * interior[axis]!,
    ),
  vjp: (ops, [x], cotangent, { attrs: { low, interior } }) => [
    ops.slice(cotangent, {
      starts: low,
      stops: x.shape.map(
        (length, axis) =>
          low[axis]! + (length === 0 ? 0 : (length - 1) * (interior[axis]! + 1) + 1),
      ),
      strides: interior.map((gap) => gap + 1),
    }),
  ],
  batch: (ops, [x], _batched, { attrs: { low, high, interior, value } }) =>
    ops.pad(x, { low: [0, ...low], high: [0, ...high], interior: [0, ...interior], value }),
  pullJs: (js, { inputs, shape, attrs: { low, interior, value } }, index) => {
    const [x] = inputs;
    const conditions: (string | boolean)[] = [];
    const own: Index[number][] = index.map((part, axis) => {
      const length = x!.shape[axis]!;
      const pitch = interior[axis]! + 1;
      const start = low[axis]!;
      conditions.push(within(part, start, start + (length - 1) * pitch + 1, shape[axis]!));
      const offset = plus(part, -start);
      if (pitch === 1) return offset;
      if (typeof offset === "number") {
        conditions.push(offset % pitch === 0);
        return Math.floor(offset / pitch);
      }
      conditions.push(`(${offset}) % ${pitch} === 0`);
      return `(${offset} / ${pitch} | 0)`;
    });
    if (sizeOf(x!.shape) === 0) return numberLiteral(value);
    const inside = conditions.reduce(both, true);
    const fill = numberLiteral(value);
    return inside === false ? fill : choose(inside, js.read(x!, own), fill);
  },
  emitOnnx: (graph, [x], node) => {
    const { low, high, interior, value } = node.attrs;
    const fill = allocate(node.dtype, 1);
    fill[0] = value;
    const constant = graph.constant(fill, [], node.dtype);
    const spread = spreadAxes(graph, x!, node.inputs[0]!.shape, interior, constant);
    if (low.every((n) => n === 0) && high.every((n) => n === 0)) return spread;
    return graph.node("Pad", [spread, graph.ints([...low, ...high]), constant], {
      mode: "constant",
    });
  },
  cost: movesOnly,
  curvature: "affine",
  monotonicity: "increasing",
};

/** Puts `gap` constants between elements: [n] as [n, 1], padded to [n, 1 + gap], flattened, cut. */
function spreadAxes(
  graph: OnnxWriter,
  x: string,
  shape: readonly number[],
  interior: readonly number[],
  constant: string,
): string {
  let current = x;
  const lengths = [...shape];
  interior.forEach((gap, axis) => {
    const length = lengths[axis]!;
    if (gap === 0 || length <= 1) return;
    const before = lengths.slice(0, axis);
    const after = lengths.slice(axis + 1);
    const split = [...before, length, 1, ...after];
    const pads = [...split.map(() => 0), ...split.map((_, i) => (i === axis + 1 ? gap : 0))];
    current = graph.node("Reshape", [current, graph.ints(split)]);
    current = graph.node("Pad", [current, graph.ints(pads), constant], { mode: "constant" });
    current = graph.node("Reshape", [
      current,
      graph.ints([...before, length * (gap + 1), ...after]),
    ]);
    lengths[axis] = (length - 1) * (gap + 1) + 1;
    current = graph.node("Slice", [
      current,
      graph.ints([0]),
      graph.ints([lengths[axis]!]),
      graph.ints([axis]),
    ]);
  });
  return current;
}
