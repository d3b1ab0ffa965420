import { allocate, type TypedArray } from "../array/dtype.ts";
import { keyData } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { tensorsOf } from "../array/tensorTree.ts";
import { askGradient, type Vector } from "../linalg/ask.ts";
import { distance } from "../linalg/vector.ts";
import type { Rule } from "../methods/rules/rule.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { compileKernel } from "../runtime/js/compile.ts";
import type { Start } from "./start.ts";
import { type AnyLoss, traceStep } from "./step.ts";
import { evaluateTree, noValues, type Values } from "./values.ts";

/** A first-order rule as a solver of a function without data: each iteration is one compiled step. */
export function ruleSolver(
  rule: Rule,
  f: (leaves: readonly Tensor[]) => unknown,
  start: Pick<Start, "arrays" | "structure">,
  seed: number,
  total: number,
): Solver {
  const dtype = start.arrays[0]!.dtype === "f32" ? "f32" : "f64";
  const params: Values = {
    arrays: start.arrays,
    paths: start.arrays.map((_, i) => String(i)),
    structure: start.structure,
  };
  const ruleState = evaluateTree(
    (tree) => rule.init(tree as never),
    [params],
    dtype,
    "the rule's state",
  );
  // What the function returns is checked where it is evaluated.
  const loss: AnyLoss = (x) => f(tensorsOf(x)) as Tensor;
  const { program } = traceStep({
    params,
    ruleState,
    state: noValues,
    data: noValues,
    batchSize: 0,
    loss,
    rule,
    total,
    rateScale: 1,
    dtype,
  });
  const kernel = compileKernel(program);
  const key = keyData(seed).data;
  return {
    kind: "solver",
    name: rule.name,
    needs: ["gradient"],
    monotone: false,
    init: () => ({ memory: ruleState.arrays.map(({ data }) => data.slice()), step: 0 }),
    *step(point, state) {
      // `init` above made the state.
      const { memory, step } = state as { memory: TypedArray[]; step: number };
      const outputs = program.outputs.map((output) => allocate(output.dtype, output.size));
      kernel(...splitLike(point.x, params), ...memory, new Int32Array([step]), key, ...outputs);
      const x = join(outputs.slice(0, params.arrays.length), point.x.length);
      const next = outputs.slice(params.arrays.length, params.arrays.length + memory.length);
      const { value, gradient } = yield* askGradient(x);
      return {
        point: { x, value, gradient },
        state: { memory: next, step: step + 1 },
        stepSize: distance(x, point.x),
      };
    },
  };
}

function splitLike(x: Vector, { arrays }: Values): TypedArray[] {
  let offset = 0;
  return arrays.map(({ size, dtype }) => {
    const part = x.subarray(offset, offset + size);
    offset += size;
    return dtype === "f32" ? Float32Array.from(part) : part;
  });
}

function join(parts: readonly TypedArray[], size: number): Vector {
  const x = new Float64Array(size);
  let offset = 0;
  for (const part of parts) {
    x.set(part, offset);
    offset += part.length;
  }
  return x;
}
