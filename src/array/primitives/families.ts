import type { DType } from "../dtype.ts";
import type { Tensor } from "../tensor.ts";
import { onePerElement } from "./cost.ts";
import type { Aval, Inputs, OnnxWriter, Primitive } from "./primitive.ts";
import type { Ops } from "./registry.ts";
import { requireFloat, sameShape, toBool } from "./shapes.ts";

type Rule<N extends number> = (
  ops: Ops,
  inputs: Inputs<N>,
  cotangent: Tensor,
  node: Tensor,
) => readonly (Tensor | undefined)[];

/** What the members of a family differ in; the rest of the primitive follows from it. */
interface Member<N extends number> {
  readonly vjp: Rule<N>;
  readonly js: (operands: readonly string[], dtype: DType) => string;
  readonly onnx: string;
  readonly curvature: Primitive["curvature"];
  readonly monotonicity?: NonNullable<Primitive["monotonicity"]>;
}

/** A function ℝ → ℝ applied to each element; floats only. */
export function floatFunction(name: string, member: Member<1>): Primitive<1> {
  return {
    arity: 1,
    shape: (inputs) => {
      requireFloat(name, ...inputs);
      return sameShape(inputs);
    },
    vjp: member.vjp,
    emitJs: (operands, node) => member.js(operands, node.dtype),
    emitOnnx: (graph, inputs) => graph.node(member.onnx, inputs),
    cost: onePerElement,
    curvature: member.curvature,
    monotonicity: member.monotonicity ?? "none",
  };
}

/** Arithmetic of one or two operands of the same numeric dtype. */
export function arithmetic<N extends 1 | 2>(arity: N, member: Member<N>): Primitive<N> {
  return {
    arity,
    shape: sameShape,
    vjp: member.vjp,
    emitJs: (operands, node) => member.js(operands, node.dtype),
    emitOnnx: (graph, inputs) => graph.node(member.onnx, inputs),
    cost: onePerElement,
    curvature: member.curvature,
    monotonicity: member.monotonicity ?? "none",
  };
}

/** A comparison or logical operation: result `bool`, derivative zero. `js` gives 0 or 1. */
export function predicate<N extends 1 | 2>(
  arity: N,
  member: {
    readonly js: (operands: readonly string[]) => string;
    readonly onnx: string;
    /** Of booleans, where ONNX's operator takes numbers only. */
    readonly onnxOfBooleans?: (graph: OnnxWriter, inputs: readonly string[]) => string;
  },
): Primitive<N> {
  return {
    arity,
    shape: sameShape,
    dtype: toBool,
    vjp: (_ops, inputs: readonly Aval[]) => inputs.map(() => undefined),
    emitJs: (operands) => member.js(operands),
    emitOnnx: (graph, inputs, node) =>
      node.inputs[0]?.dtype === "bool" && member.onnxOfBooleans !== undefined
        ? member.onnxOfBooleans(graph, inputs)
        : graph.node(member.onnx, inputs),
    cost: onePerElement,
    curvature: "unknown",
  };
}
