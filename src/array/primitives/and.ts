import { predicate } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise a and b, of booleans. */
export const and: Primitive<2> = predicate(2, { js: ([a, b]) => `(${a} & ${b})`, onnx: "And" });
