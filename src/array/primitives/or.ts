import { predicate } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise a or b, of booleans. */
export const or: Primitive<2> = predicate(2, { js: ([a, b]) => `(${a} | ${b})`, onnx: "Or" });
