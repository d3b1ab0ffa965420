import type { TypedArray } from "../../array/dtype.ts";
import { erf } from "../../array/erf.ts";
import { hash32 } from "../../array/primitives/hash.ts";
import type { Program } from "../../array/program.ts";
import { argSort } from "./argSort.ts";
import { type Generated, generate } from "./codegen.ts";
import { gemm } from "./gemm.ts";

/** Runs on flat arrays: one for each input of the program, then one for each output, which it fills. */
export type Kernel = (...arrays: readonly TypedArray[]) => void;

/** Characters of code in one function. V8 leaves functions of more than 60 kB of bytecode unoptimized. */
const longestFunction = 40_000;
/** Programs of more nodes are not even tried in one function, where numbers are variables: twice as fast. */
const mostNodes = 1500;

/**
 * A program as generated JavaScript: synchronous, and free of allocations once compiled.
 *
 * @param longest - characters of code in one function, where the code can be cut so short
 */
export function compileKernel(program: Program, longest = longestFunction): Kernel {
  const parameters = [
    ...program.inputs.map((_, i) => `in${i}`),
    ...program.outputs.map((_, i) => `out${i}`),
  ].join();
  const { code, arrays } =
    inOneFunction(program, parameters, longest) ?? inFunctions(program, parameters, longest);
  // The code is generated from nadir's primitives: numbers and names of its own, no text of the user's.
  const make = new Function("erf", "hash32", "argSort", "gemm", ...arrays.keys(), code) as (
    ...values: readonly unknown[]
  ) => Kernel;
  return make(erf, hash32, argSort, gemm, ...arrays.values());
}

interface Code {
  readonly code: string;
  readonly arrays: Generated["arrays"];
}

/** Undefined if the function would be too long. */
function inOneFunction(program: Program, parameters: string, longest: number): Code | undefined {
  if (program.nodes.length > mostNodes) return undefined;
  const { units, arrays } = generate(program, false);
  const body = units.flat().join("\n");
  if (body.length > longest) return undefined;
  return { code: `return (${parameters}) => {\n${body}\n};`, arrays };
}

/** A function that calls others; values of one element go between them in arrays. */
function inFunctions(program: Program, parameters: string, longest: number): Code {
  const { units, arrays } = generate(program, true);
  const bodies: string[] = [];
  for (const unit of units) {
    const code = unit.join("\n");
    const last = bodies[bodies.length - 1];
    if (last === undefined || last.length + code.length > longest) bodies.push(code);
    else bodies[bodies.length - 1] = `${last}\n${code}`;
  }
  const parts = bodies.map((body, i) => `const part${i} = (${parameters}) => {\n${body}\n};`);
  const calls = bodies.map((_, i) => `part${i}(${parameters});`);
  return {
    code: `${parts.join("\n")}\nreturn (${parameters}) => {\n${calls.join("\n")}\n};`,
    arrays,
  };
}
