import type { DType } from "./dtype.ts";
import { erf } from "./erf.ts";
import type { Attrs, Aval, Primitive } from "./primitives/primitive.ts";
import type { OpName } from "./primitives/registry.ts";
import * as table from "./primitives/table.ts";
import type { Tensor } from "./tensor.ts";

type Evaluate = (...values: readonly number[]) => number;

const primitives: Readonly<Record<OpName, unknown>> = table;
const compiled = new Map<string, Evaluate>();

/** An elementwise primitive as a function of numbers, made from the code it emits; undefined for other primitives. */
export function compileScalar(
  op: OpName,
  inputs: readonly Tensor[],
  attrs: Attrs,
): { readonly evaluate: Evaluate; readonly dtype: DType } | undefined {
  const primitive = primitives[op] as Primitive<number, Attrs>; // inputs and attributes are this operation's own
  if (primitive.emitJs === undefined) return undefined;
  primitive.shape(inputs, attrs); // refuses what the operation refuses
  const dtype = primitive.dtype?.(inputs as readonly Aval[], attrs) ?? inputs[0]!.dtype;
  const names = inputs.map((_, i) => `x${i}`);
  // Elementwise code reads of its node just the dtype and the attributes.
  const code = primitive.emitJs(names, { dtype, attrs } as Parameters<
    NonNullable<typeof primitive.emitJs>
  >[1]);
  const key = `${dtype}:${code}`;
  let evaluate = compiled.get(key);
  if (evaluate === undefined) {
    const body = dtype === "f32" ? `Math.fround(${code})` : code;
    // Generated from nadir's own tables; no text of the user enters it.
    evaluate = new Function("erf", `return (${names.join()}) => ${body};`)(erf) as Evaluate;
    compiled.set(key, evaluate);
  }
  return { evaluate, dtype };
}
