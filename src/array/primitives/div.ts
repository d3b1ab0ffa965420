import { NadirError } from "../../base/errors.ts";
import { arithmetic } from "./families.ts";
import type { Primitive } from "./primitive.ts";

const floats = arithmetic(2, {
  vjp: (ops, [, b], cotangent, node) => [
    ops.div(cotangent, b),
    ops.neg(ops.div(ops.mul(cotangent, node), b)),
  ],
  js: ([a, b]) => `(${a} / ${b})`,
  onnx: "Div",
  curvature: "unknown",
});

/** Elementwise a / b, floats only. */
export const div: Primitive<2> = {
  ...floats,
  shape: (inputs, attrs) => {
    if (inputs.some(({ dtype }) => dtype === "i32" || dtype === "bool")) {
      throw new NadirError(
        "div/dtype",
        `div: cannot divide ${inputs.map(({ dtype }) => dtype).join(" by ")}`,
        {
          expected: "f32 or f64",
          hint: 'convert first, as in x.cast("f32"), and floor() the quotient for whole numbers',
        },
      );
    }
    return floats.shape(inputs, attrs);
  },
};
