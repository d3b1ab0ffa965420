import type { TypedArray } from "../../array/dtype.ts";
import { erf } from "../../array/erf.ts";
import { hash32 } from "../../array/primitives/hash.ts";
import type { Program } from "../../array/program.ts";
import { argSort } from "./argSort.ts";
import { generate } from "./codegen.ts";
import { gemm } from "./gemm.ts";

/** Runs on flat arrays: one for each input of the program, then one for each output, which it fills. */
export type Kernel = (...arrays: readonly TypedArray[]) => void;

/** V8 does not optimize functions of more than about 60 kB of bytecode: longer code is cut. */
const unitsPerFunction = 80;

/** A program as generated JavaScript: synchronous, and free of allocations once compiled. */
export function compileKernel(program: Program): Kernel {
  const cut = program.nodes.length > 300;
  const { units, arrays } = generate(program, cut);
  const parameters = [
    ...program.inputs.map((_, i) => `in${i}`),
    ...program.outputs.map((_, i) => `out${i}`),
  ];
  const captured = [...arrays.keys()];
  const code = cut
    ? inFunctions(units, parameters)
    : `return (${parameters.join()}) => {\n${units.flat().join("\n")}\n};`;
  // The code is generated from nadir's primitives: numbers and names of its own, no text of the user's.
  const make = new Function("erf", "hash32", "argSort", "gemm", ...captured, code) as (
    ...values: readonly unknown[]
  ) => Kernel;
  return make(erf, hash32, argSort, gemm, ...arrays.values());
}

function inFunctions(units: readonly (readonly string[])[], parameters: readonly string[]): string {
  const parts: string[] = [];
  for (let start = 0; start < units.length; start += unitsPerFunction) {
    const body = units
      .slice(start, start + unitsPerFunction)
      .flat()
      .join("\n");
    parts.push(`const part${parts.length} = (${parameters.join()}) => {\n${body}\n};`);
  }
  const calls = parts.map((_, i) => `part${i}(${parameters.join()});`).join("\n");
  return `${parts.join("\n")}\nreturn (${parameters.join()}) => {\n${calls}\n};`;
}
