import type { DType } from "../dtype.ts";
import { isTensor } from "../graph.ts";
import type { OpName } from "../primitives/registry.ts";
import { broadcastShapes } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import {
  asFloat,
  binary,
  commonDtype,
  convert,
  graphOf,
  lift,
  liftPair,
  type Operand,
  stretch,
  tensor,
} from "./operand.ts";

const float = (op: OpName, x: Operand): Tensor => {
  const value = asFloat(tensor(op, x));
  return value.graph.record(op, [value], {});
};
const same = (op: OpName, x: Operand): Tensor => {
  const value = tensor(op, x);
  return value.graph.record(op, [value.dtype === "bool" ? convert(value, "i32") : value], {});
};

/** Elementwise a + b, with NumPy's broadcasting, as all binary operations here. */
export const add = (a: Operand, b: Operand): Tensor => binary("add", a, b);
/** Elementwise a − b. */
export const sub = (a: Operand, b: Operand): Tensor => binary("sub", a, b);
/** Elementwise a · b. */
export const mul = (a: Operand, b: Operand): Tensor => binary("mul", a, b);
/** Elementwise a / b. @throws NadirError `div/dtype` for integers */
export const div = (a: Operand, b: Operand): Tensor => binary("div", a, b);
/** Elementwise aᵇ. Small whole exponents are multiplied out. */
export function pow(a: Operand, b: Operand): Tensor {
  return isTensor(a) ? binary("pow", asFloat(a), b) : binary("pow", a, b);
}
/** Elementwise larger of two; NaN if either is. */
export const maximum = (a: Operand, b: Operand): Tensor => binary("maximum", a, b);
/** Elementwise smaller of two; NaN if either is. */
export const minimum = (a: Operand, b: Operand): Tensor => binary("minimum", a, b);

/** Elementwise −x. */
export const neg = (x: Operand): Tensor => same("neg", x);
/** Elementwise |x|. */
export const abs = (x: Operand): Tensor => same("abs", x);
/** Elementwise −1, 0 or 1. */
export const sign = (x: Operand): Tensor => same("sign", x);
/** Elementwise eˣ. */
export const exp = (x: Operand): Tensor => float("exp", x);
/** Elementwise eˣ − 1, exact for small x. */
export const expm1 = (x: Operand): Tensor => float("expm1", x);
/** Elementwise natural logarithm. */
export const log = (x: Operand): Tensor => float("log", x);
/** Elementwise log(1 + x), exact for small x. */
export const log1p = (x: Operand): Tensor => float("log1p", x);
/** Elementwise √x. */
export const sqrt = (x: Operand): Tensor => float("sqrt", x);
/** Elementwise sine of radians. */
export const sin = (x: Operand): Tensor => float("sin", x);
/** Elementwise cosine of radians. */
export const cos = (x: Operand): Tensor => float("cos", x);
/** Elementwise tangent of radians. */
export const tan = (x: Operand): Tensor => div(sin(x), cos(x));
/** Elementwise arcsine, radians. */
export const asin = (x: Operand): Tensor => float("asin", x);
/** Elementwise arccosine, radians. */
export const acos = (x: Operand): Tensor => float("acos", x);
/** Elementwise arctangent, radians in (−π/2, π/2). */
export const atan = (x: Operand): Tensor => float("atan", x);
/** Elementwise hyperbolic sine, exact for small x. */
export function sinh(x: Operand): Tensor {
  const value = tensor("sinh", x);
  return mul(sub(expm1(value), expm1(neg(value))), 0.5);
}
/** Elementwise hyperbolic cosine. */
export function cosh(x: Operand): Tensor {
  const value = tensor("cosh", x);
  return mul(add(exp(value), exp(neg(value))), 0.5);
}
/** Elementwise hyperbolic tangent. */
export const tanh = (x: Operand): Tensor => float("tanh", x);
/** Elementwise logistic function 1/(1 + e⁻ˣ). */
export const sigmoid = (x: Operand): Tensor => float("sigmoid", x);
/** Elementwise error function. */
export const erf = (x: Operand): Tensor => float("erf", x);
/** Elementwise max(x, 0). */
export const relu = (x: Operand): Tensor => float("relu", x);
/** Elementwise largest whole number not above x. */
export const floor = (x: Operand): Tensor => float("floor", x);
/** Elementwise smallest whole number not below x. */
export const ceil = (x: Operand): Tensor => float("ceil", x);
/** Elementwise nearest whole number, halves to even. */
export const round = (x: Operand): Tensor => float("round", x);
/** Elementwise x². */
export function square(x: Operand): Tensor {
  const value = tensor("square", x);
  return mul(value, value);
}
/** Elementwise 1/x. */
export const reciprocal = (x: Operand): Tensor => div(1, asFloat(tensor("reciprocal", x)));
/** Elementwise log(1 + eˣ), without overflow. */
export const softplus = (x: Operand): Tensor => float("softplus", x);
/** Elementwise nearest value in [low, high]; either bound may be left out. */
export function clip(x: Operand, low?: Operand, high?: Operand): Tensor {
  const value = tensor("clip", x);
  const above = low === undefined ? value : maximum(value, low);
  return high === undefined ? above : minimum(above, high);
}

/** Elementwise a = b, as `bool`. */
export const equal = (a: Operand, b: Operand): Tensor => binary("equal", a, b);
/** Elementwise a ≠ b, as `bool`. */
export const notEqual = (a: Operand, b: Operand): Tensor => logicalNot(binary("equal", a, b));
/** Elementwise a < b, as `bool`. */
export const less = (a: Operand, b: Operand): Tensor => binary("less", a, b);
/** Elementwise a ≤ b, as `bool`. */
export const lessEqual = (a: Operand, b: Operand): Tensor => binary("lessEqual", a, b);
/** Elementwise a > b, as `bool`. */
export const greater = (a: Operand, b: Operand): Tensor => binary("less", b, a);
/** Elementwise a ≥ b, as `bool`. */
export const greaterEqual = (a: Operand, b: Operand): Tensor => binary("lessEqual", b, a);
/** Elementwise a and b; anything but 0 is true. */
export const logicalAnd = (a: Operand, b: Operand): Tensor =>
  binary("and", bool("and", a), bool("and", b));
/** Elementwise a or b; anything but 0 is true. */
export const logicalOr = (a: Operand, b: Operand): Tensor =>
  binary("or", bool("or", a), bool("or", b));
/** Elementwise not a; anything but 0 is true. */
export function logicalNot(a: Operand): Tensor {
  const value = bool("not", a);
  return value.graph.record("not", [value], {});
}

const bool = (op: OpName, x: Operand): Tensor => convert(tensor(op, x), "bool");

/** Elementwise conversion to another dtype. Floats become integers by dropping the fraction. */
export const cast = (x: Operand, dtype: DType): Tensor => convert(tensor("cast", x), dtype);

/** Elementwise choice: `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: Operand, a: Operand, b: Operand): Tensor {
  const graph = graphOf("where", condition, a, b);
  const test = convert(lift(condition, graph), "bool");
  const [left, right] = liftPair(graph, a, b);
  const meet = commonDtype("where", left, right);
  const shape = broadcastShapes(
    "where",
    test.shape,
    broadcastShapes("where", left.shape, right.shape),
  );
  return graph.record(
    "where",
    [
      stretch(test, shape),
      stretch(convert(left, meet), shape),
      stretch(convert(right, meet), shape),
    ],
    {},
  );
}
