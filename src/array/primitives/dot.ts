import { NadirError } from "../../base/errors.ts";
import { isFloat } from "../dtype.ts";
import { formatShape, type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { traffic } from "./cost.ts";
import { flatIndex, plus, times } from "./indexing.ts";
import type { Index, JsWriter, NodeOf, OnnxWriter, Primitive } from "./primitive.ts";
import { foldLoops } from "./reduction.ts";
import type { Ops } from "./registry.ts";

/** Which axes of the two operands are summed over, and which run side by side. */
export interface DotAttrs {
  readonly lhsContract: readonly number[];
  readonly rhsContract: readonly number[];
  readonly lhsBatch: readonly number[];
  readonly rhsBatch: readonly number[];
}

/** The axes of an operand that are neither contracted nor batched. */
const freeAxes = (rank: number, contract: readonly number[], batch: readonly number[]): number[] =>
  Array.from({ length: rank }, (_, axis) => axis).filter(
    (axis) => !contract.includes(axis) && !batch.includes(axis),
  );

/** Axes and lengths of one contraction, read off its operands. */
export function dotLayout(lhs: Shape, rhs: Shape, attrs: DotAttrs) {
  const lhsFree = freeAxes(lhs.length, attrs.lhsContract, attrs.lhsBatch);
  const rhsFree = freeAxes(rhs.length, attrs.rhsContract, attrs.rhsBatch);
  return {
    lhsFree,
    rhsFree,
    batch: attrs.lhsBatch.map((axis) => lhs[axis]!),
    rows: lhsFree.map((axis) => lhs[axis]!),
    columns: rhsFree.map((axis) => rhs[axis]!),
    inner: attrs.lhsContract.map((axis) => lhs[axis]!),
  };
}

/**
 * Batched contraction: Σ over the contracted axes of lhs · rhs, for each batch index. Axes of the
 * result: batch, free axes of lhs, free axes of rhs. Matrix products, inner and outer products are
 * all this.
 */
export const dot: Primitive<2, DotAttrs> = {
  arity: 2,
  shape: ([lhs, rhs], attrs) => {
    const pairs = (a: readonly number[], b: readonly number[]) =>
      a.every((axis, i) => lhs!.shape[axis] === rhs!.shape[b[i]!]);
    if (!pairs(attrs.lhsContract, attrs.rhsContract) || !pairs(attrs.lhsBatch, attrs.rhsBatch)) {
      throw new NadirError(
        "dot/shape",
        `dot: cannot contract axes ${formatShape(attrs.lhsContract)} of ${formatShape(lhs!.shape)} with axes ${formatShape(attrs.rhsContract)} of ${formatShape(rhs!.shape)}`,
        { expected: "paired axes of equal length" },
      );
    }
    const { batch, rows, columns } = dotLayout(lhs!.shape, rhs!.shape, attrs);
    return [...batch, ...rows, ...columns];
  },
  vjp: (ops, [lhs, rhs], cotangent, { attrs }) => {
    const swapped = {
      lhsContract: attrs.rhsContract,
      rhsContract: attrs.lhsContract,
      lhsBatch: attrs.rhsBatch,
      rhsBatch: attrs.lhsBatch,
    };
    return [
      cotangentOfLhs(ops, lhs, rhs, cotangent, attrs, false),
      cotangentOfLhs(ops, rhs, lhs, cotangent, swapped, true),
    ];
  },
  batch: (ops, [lhs, rhs], [lhsBatched, rhsBatched], { attrs, shape }) => {
    const up = (axes: readonly number[], batched: boolean | undefined) =>
      batched ? axes.map((axis) => axis + 1) : axes;
    const both = lhsBatched && rhsBatched;
    const wide = {
      lhsContract: up(attrs.lhsContract, lhsBatched),
      rhsContract: up(attrs.rhsContract, rhsBatched),
      lhsBatch: [...(both ? [0] : []), ...up(attrs.lhsBatch, lhsBatched)],
      rhsBatch: [...(both ? [0] : []), ...up(attrs.rhsBatch, rhsBatched)],
    };
    const product = ops.dot(lhs, rhs, wide);
    if (both) return product;
    // The new axis is the first free axis of its operand; bring it to the front.
    const at = lhsBatched
      ? attrs.lhsBatch.length
      : attrs.lhsBatch.length + dotLayout(lhs.shape, rhs.shape, wide).rows.length;
    const order = Array.from({ length: shape.length + 1 }, (_, axis) => axis).filter(
      (axis) => axis !== at,
    );
    return ops.transpose(product, { order: [at, ...order] });
  },
  kernelJs: dotKernel,
  emitOnnx: dotOnnx,
  cost: (node) => {
    const [lhs, rhs] = node.inputs;
    const { inner } = dotLayout(lhs!.shape, rhs!.shape, node.attrs);
    return { flops: 2 * sizeOf(node.shape) * sizeOf(inner), bytes: traffic(node) };
  },
  curvature: "unknown",
};

/** d⟨cotangent, dot(x, y)⟩/dx: contract the cotangent with y over y's free axes, then restore x's order. */
function cotangentOfLhs(
  ops: Ops,
  x: Tensor,
  y: Tensor,
  cotangent: Tensor,
  attrs: DotAttrs,
  xIsRight: boolean,
): Tensor {
  const xFree = freeAxes(x.shape.length, attrs.lhsContract, attrs.lhsBatch);
  const yFree = freeAxes(y.shape.length, attrs.rhsContract, attrs.rhsBatch);
  const batch = attrs.lhsBatch.map((_, i) => i);
  const first = batch.length + (xIsRight ? 0 : xFree.length);
  const product = ops.dot(cotangent, y, {
    lhsContract: yFree.map((_, i) => first + i),
    rhsContract: yFree,
    lhsBatch: batch,
    rhsBatch: attrs.rhsBatch,
  });
  // Axes of the product: batch, x's free axes, then y's contracted axes in y's own order.
  const contracted = freeAxes(y.shape.length, yFree, attrs.rhsBatch).map(
    (axis) => attrs.lhsContract[attrs.rhsContract.indexOf(axis)]!,
  );
  const axes = [...attrs.lhsBatch, ...xFree, ...contracted];
  return ops.transpose(product, { order: x.shape.map((_, axis) => axes.indexOf(axis)) });
}

/** Products of matrices of at least this many multiplications, and this many rows and columns, are worth `gemm`. */
const gemmWork = 8192;
const gemmLength = 4;

/** Loops over the result; `gemm` for large matrices. */
function dotKernel(js: JsWriter, node: NodeOf<DotAttrs>): void {
  const [lhs, rhs] = node.inputs;
  const { attrs } = node;
  const { lhsFree, rhsFree, batch, rows, columns, inner } = dotLayout(
    lhs!.shape,
    rhs!.shape,
    attrs,
  );
  const [a, b] = [js.buffer(lhs!), js.buffer(rhs!)];
  const [aStrides, bStrides] = [stridesOf(lhs!.shape), stridesOf(rhs!.shape)];
  const offset = (
    axes: readonly number[],
    index: readonly (number | string)[],
    strides: readonly number[],
  ) =>
    axes.reduce<number | string>((sum, axis, i) => plus(sum, times(index[i]!, strides[axis]!)), 0);
  const [m, k, n] = [sizeOf(rows), sizeOf(inner), sizeOf(columns)];
  const views = [
    oneStride(rows, lhsFree, aStrides),
    oneStride(inner, attrs.lhsContract, aStrides),
    oneStride(inner, attrs.rhsContract, bStrides),
    oneStride(columns, rhsFree, bStrides),
  ];
  const [aRow, aInner, bInner, bColumn] = views;
  const whole = !isFloat(node.dtype);
  js.loopsAround(m * k * n, batch, (batchIndex) => {
    const aBatch = offset(attrs.lhsBatch, batchIndex, aStrides);
    const bBatch = offset(attrs.rhsBatch, batchIndex, bStrides);
    const outBatch = scaled(flatIndex(batchIndex, batch), m * n);
    if (
      !whole &&
      views.every((stride) => stride !== undefined) &&
      m * k * n >= gemmWork &&
      Math.min(m, n) >= gemmLength
    ) {
      const left = `${a}, ${aBatch}, ${aRow}, ${aInner}`;
      const right = `${b}, ${bBatch}, ${bInner}, ${bColumn}`;
      js.line(`gemm(${js.out}, ${outBatch}, ${m}, ${k}, ${n}, ${left}, ${right});`);
      return;
    }
    if (
      !whole &&
      m === 1 &&
      n >= 16 &&
      bColumn === 1 &&
      aInner !== undefined &&
      bInner !== undefined
    ) {
      rowTimesMatrix(js, [a, aBatch, aInner], [b, bBatch, bInner], outBatch, k, n);
      return;
    }
    js.loopsAround(k * n, rows, (rowIndex) => {
      const aStart = plus(aBatch, offset(lhsFree, rowIndex, aStrides));
      js.loopsAround(k, columns, (columnIndex) => {
        const bStart = plus(bBatch, offset(rhsFree, columnIndex, bStrides));
        const product = (innerIndex: Index): string => {
          const left = plus(aStart, offset(attrs.lhsContract, innerIndex, aStrides));
          const right = plus(bStart, offset(attrs.rhsContract, innerIndex, bStrides));
          // A product of 32 bits by 32 may be no double; cut to 32 it is exact.
          return whole
            ? `Math.imul(${a}[${left}], ${b}[${right}])`
            : `${a}[${left}] * ${b}[${right}]`;
        };
        const sum = foldLoops(js, inner, "0", (sum, index) => `${sum} += ${product(index)};`);
        const place = plus(
          outBatch,
          plus(scaled(flatIndex(rowIndex, rows), n), flatIndex(columnIndex, columns)),
        );
        js.line(`${js.out}[${place}] = ${sum};`);
      });
    });
  });
}

/** The distance between neighbours of several axes taken as one; undefined if it varies. */
function oneStride(
  lengths: Shape,
  axes: readonly number[],
  strides: readonly number[],
): number | undefined {
  let [size, stride]: [number, number | undefined] = [1, undefined];
  for (let i = axes.length - 1; i >= 0; i--) {
    if (lengths[i] === 1) continue;
    const own = strides[axes[i]!]!;
    if (stride === undefined) stride = own;
    else if (own !== stride * size) return undefined;
    size *= lengths[i]!;
  }
  return stride ?? 1;
}

/** out[n] = Σ a[k]·b[k, n] with rows of b contiguous: four rows at a time, so that `out` is passed over a quarter as often. */
function rowTimesMatrix(
  js: JsWriter,
  [a, aStart, aInner]: readonly [string, number | string, number],
  [b, bStart, bInner]: readonly [string, number | string, number],
  outStart: number | string,
  inner: number,
  columns: number,
): void {
  js.line(`${js.out}.fill(0, ${outStart}, ${plus(outStart, columns)});`);
  js.chunks(inner, 4, (positions) => {
    const factors = positions.map((k) => {
      const factor = js.fresh("a");
      js.line(`const ${factor} = ${a}[${plus(aStart, times(k, aInner))}];`);
      return factor;
    });
    js.loops([columns], ([n]) => {
      const products = factors.map(
        (factor, i) => `${factor} * ${b}[${plus(plus(bStart, times(positions[i]!, bInner)), n!)}]`,
      );
      js.line(`${js.out}[${plus(outStart, n!)}] += ${products.join(" + ")};`);
    });
  });
}

const scaled = (part: number | string, factor: number): number | string =>
  typeof part === "number" ? part * factor : factor === 1 ? part : `(${part}) * ${factor}`;

/** Gemm where both operands are matrices, MatMul for stacks of them, after transposes where the axes lie otherwise. */
function dotOnnx(graph: OnnxWriter, [a, b]: readonly string[], node: NodeOf<DotAttrs>): string {
  const [lhs, rhs] = node.inputs;
  const { attrs } = node;
  const { lhsFree, rhsFree, batch, rows, columns, inner } = dotLayout(
    lhs!.shape,
    rhs!.shape,
    attrs,
  );
  if (
    lhs!.shape.length === 2 &&
    rhs!.shape.length === 2 &&
    inner.length === 1 &&
    batch.length === 0 &&
    isFloat(node.dtype) // whole numbers have MatMul only
  ) {
    const transA = attrs.lhsContract[0] === 0 ? 1 : 0;
    const transB = attrs.rhsContract[0] === 1 ? 1 : 0;
    return graph.node("Gemm", [a!, b!], { transA, transB });
  }
  const arrange = (
    name: string,
    shape: Shape,
    order: readonly number[],
    lengths: Shape,
  ): string => {
    const moved = order.every((axis, i) => axis === i)
      ? name
      : graph.node("Transpose", [name], { perm: order });
    const current = order.map((axis) => shape[axis]!);
    const alike =
      current.length === lengths.length && current.every((length, i) => length === lengths[i]);
    return alike ? moved : graph.node("Reshape", [moved, graph.ints(lengths)]);
  };
  const [m, k, n] = [sizeOf(rows), sizeOf(inner), sizeOf(columns)];
  if (n === 1 && m > 1 && node.dtype === "f32") {
    // As row times matrix: ONNX Runtime's matrix times column has other bits on other numbers of threads.
    const row = arrange(
      b!,
      rhs!.shape,
      [...attrs.rhsBatch, ...attrs.rhsContract],
      [...batch, 1, k],
    );
    const order = [...attrs.lhsBatch, ...attrs.lhsContract, ...lhsFree];
    const product = graph.node("MatMul", [row, arrange(a!, lhs!.shape, order, [...batch, k, m])]);
    return graph.node("Reshape", [product, graph.ints(node.shape)]);
  }
  const left = arrange(
    a!,
    lhs!.shape,
    [...attrs.lhsBatch, ...lhsFree, ...attrs.lhsContract],
    [...batch, m, k],
  );
  const right = arrange(
    b!,
    rhs!.shape,
    [...attrs.rhsBatch, ...attrs.rhsContract, ...rhsFree],
    [...batch, k, n],
  );
  const product = graph.node("MatMul", [left, right]);
  const plain = node.shape.length === batch.length + 2 && rows.length === 1 && columns.length === 1;
  return plain ? product : graph.node("Reshape", [product, graph.ints(node.shape)]);
}
