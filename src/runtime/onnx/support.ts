import type { DType } from "../../array/dtype.ts";
import type { OpName } from "../../array/primitives/registry.ts";
import { type PoolAttrs, tiles } from "../../array/primitives/window.ts";
import type { Program } from "../../array/program.ts";
import type { Tensor } from "../../array/tensor.ts";

type Missing = string | ((node: Tensor) => string);

// What ONNX Runtime 1.30's CPU provider has no kernel for: by primitive and dtype of the first operand,
// the operator that is missing. Probed; `support.test.ts` probes it again.

/** Primitives without a double kernel. */
const noDouble: { readonly [K in OpName]?: Missing } = {
  acos: "Acos",
  asin: "Asin",
  atan: "Atan",
  avgPool: "AveragePool",
  // A pooling's attributes, and those of its gradient, are these.
  avgPoolGradient: ({ shape, attrs }) =>
    tiles(shape, attrs as object as PoolAttrs) ? "Resize" : "ConvTranspose",
  conv: "Conv",
  convFilterGradient: "Conv",
  convInputGradient: "ConvTranspose",
  erf: "Erf",
};

/** Primitives of numbers that ONNX does not have for whole ones. */
const noInteger: { readonly [K in OpName]?: Missing } = {
  ...noDouble,
  avgPoolGradient: "ConvTranspose",
  maxPool: "MaxPool",
};

/** Primitives of numbers that ONNX does not have for booleans; the array language counts them as 0 and 1 first. */
const noBoolean: { readonly [K in OpName]?: Missing } = {
  ...noInteger,
  abs: "Abs",
  add: "Add",
  argMax: "ArgMax",
  argSort: "TopK",
  cumSum: "CumSum",
  dot: "MatMul",
  maximum: "Max",
  maxPoolGradient: "Add",
  maxPoolTangent: "Mul",
  minimum: "Min",
  mul: "Mul",
  neg: "Neg",
  reduceSum: "ReduceSum",
  sign: "Sign",
  sub: "Sub",
};

const missing: { readonly [K in DType]: { readonly [K in OpName]?: Missing } } = {
  f32: {},
  f64: noDouble,
  i32: noInteger,
  bool: noBoolean,
};

/** Why ONNX Runtime cannot run a program, naming the operator; undefined if it can. */
export function refuse(program: Program): string | undefined {
  for (const node of program.nodes) {
    const dtype = node.inputs[0]?.dtype ?? node.dtype;
    const reason = missing[dtype][node.op];
    const operator = typeof reason === "function" ? reason(node) : reason;
    if (operator !== undefined)
      return `ONNX Runtime's operator ${operator} (for ${node.op}) has no ${dtype} kernel`;
  }
  return undefined;
}
