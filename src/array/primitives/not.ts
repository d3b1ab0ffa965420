import { predicate } from "./families.ts";
import type { Primitive } from "./primitive.ts";

/** Elementwise not a, of booleans. */
export const not: Primitive<1> = predicate(1, { js: ([a]) => `(${a} ^ 1)`, onnx: "Not" });
