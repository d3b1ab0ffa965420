import { NadirError } from "../../base/errors.ts";
import { isFloat } from "../dtype.ts";
import { formatShape, type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { traffic } from "./cost.ts";
import { flatIndex, plus, times } from "./indexing.ts";
import type { JsWriter, NodeOf, OnnxWriter, Primitive } from "./primitive.ts";
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

/** Loops in the order that reads memory in rows: rows · inner · columns, or inner last where both operands have it contiguous. */
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
  const [rowSize, columnSize] = [sizeOf(rows), sizeOf(columns)];
  const columnsContiguous = rhsFree.length === 1 && bStrides[rhsFree[0]!] === 1 && columnSize >= 4;
  js.loops(batch, (batchIndex) => {
    const aBatch = offset(attrs.lhsBatch, batchIndex, aStrides);
    const bBatch = offset(attrs.rhsBatch, batchIndex, bStrides);
    const outBatch = scaled(flatIndex(batchIndex, batch), rowSize * columnSize);
    if (columnsContiguous && rows.length <= 1 && inner.length === 1 && node.dtype !== "i32") {
      const aRow = lhsFree.length === 0 ? 0 : aStrides[lhsFree[0]!]!;
      gemmLoops(
        js,
        a,
        b,
        [aBatch, bBatch, outBatch],
        [rowSize, inner[0]!, columnSize],
        [aRow, aStrides[attrs.lhsContract[0]!]!, bStrides[attrs.rhsContract[0]!]!],
      );
      return;
    }
    js.loops(rows, (rowIndex) => {
      const aRow = plus(aBatch, offset(lhsFree, rowIndex, aStrides));
      js.loops(columns, (columnIndex) => {
        const bColumn = plus(bBatch, offset(rhsFree, columnIndex, bStrides));
        const sum = js.fresh("sum");
        js.line(`let ${sum} = 0;`);
        js.loops(inner, (innerIndex) => {
          const left = plus(aRow, offset(attrs.lhsContract, innerIndex, aStrides));
          const right = plus(bColumn, offset(attrs.rhsContract, innerIndex, bStrides));
          js.line(
            node.dtype === "i32"
              ? `${sum} = (${sum} + Math.imul(${a}[${left}], ${b}[${right}])) | 0;`
              : `${sum} += ${a}[${left}] * ${b}[${right}];`,
          );
        });
        const place = plus(
          outBatch,
          plus(scaled(flatIndex(rowIndex, rows), columnSize), flatIndex(columnIndex, columns)),
        );
        js.line(`${js.out}[${place}] = ${sum};`);
      });
    });
  });
}

/**
 * out[m, n] = Σ a[m, k]·b[k, n] with rows of b contiguous: each row of the result is built from rows of
 * b, four at a time, so that it is loaded and stored a quarter as often.
 */
function gemmLoops(
  js: JsWriter,
  a: string,
  b: string,
  [aStart, bStart, outStart]: readonly [number | string, number | string, number | string],
  [rows, inner, columns]: readonly [number, number, number],
  [aRow, aInner, bInner]: readonly [number, number, number],
): void {
  const [m, k, n, to, at, from] = ["m", "k", "n", "to", "at", "from"].map((name) => js.fresh(name));
  const factors = [0, 1, 2, 3].map(() => js.fresh("a"));
  js.line(`${js.out}.fill(0, ${outStart}, ${plus(outStart, rows * columns)});`);
  js.line(`for (let ${m} = 0; ${m} < ${rows}; ${m}++) {`);
  js.line(`const ${to} = ${plus(outStart, `${m} * ${columns}`)}; let ${k} = 0;`);
  js.line(`for (; ${k} + 3 < ${inner}; ${k} += 4) {`);
  js.line(
    `const ${at} = ${plus(aStart, `${m} * ${aRow} + ${k} * ${aInner}`)}, ${from} = ${plus(bStart, `${k} * ${bInner}`)};`,
  );
  js.line(`const ${factors.map((name, i) => `${name} = ${a}[${at} + ${i * aInner}]`).join(", ")};`);
  const sum = factors
    .map((name, i) => `${name} * ${b}[${from} + ${n} + ${i * bInner}]`)
    .join(" + ");
  js.line(`for (let ${n} = 0; ${n} < ${columns}; ${n}++) ${js.out}[${to} + ${n}] += ${sum};`);
  js.line("}");
  js.line(`for (; ${k} < ${inner}; ${k}++) {`);
  js.line(
    `const ${factors[0]} = ${a}[${plus(aStart, `${m} * ${aRow} + ${k} * ${aInner}`)}], ${from} = ${plus(bStart, `${k} * ${bInner}`)};`,
  );
  js.line(
    `for (let ${n} = 0; ${n} < ${columns}; ${n}++) ${js.out}[${to} + ${n}] += ${factors[0]} * ${b}[${from} + ${n}];`,
  );
  js.line("} }");
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
