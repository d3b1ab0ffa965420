import { allocate, type TypedArray } from "../array/dtype.ts";
import { foldIn, keyData } from "../array/operations/random.ts";
import type { Aval } from "../array/primitives/primitive.ts";
import { finish, type Program, programKey, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { mapTree, tensorsOf } from "../array/tensorTree.ts";
import type { Tree } from "../array/tree.ts";
import { differentiate } from "../autodiff/grad.ts";
import { close } from "../autodiff/variables.ts";
import { cut } from "../base/cut.ts";
import { internal } from "../base/errors.ts";
import { askGradient, type Vector } from "../linalg/ask.ts";
import { distance } from "../linalg/vector.ts";
import type { Rule } from "../methods/rules/rule.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { compileKernel, type Kernel } from "../runtime/js/compile.ts";
import { refreshKernel } from "./refresher.ts";
import { settlerOf } from "./settled.ts";
import type { Start } from "./start.ts";
import { sameAvals } from "./step.ts";
import { evaluateTree, streams, type Values } from "./values.ts";

// Runs of one rule on one function, from other starts or with other seeds, share what is compiled and warm.
const kernels = new Map<string, Kernel>();
const kernelLimit = 64;

function kernelOf(program: Program): Kernel {
  const key = programKey(program);
  let kernel = kernels.get(key);
  if (kernel === undefined) {
    kernel = compileKernel(program);
    if (kernels.size >= kernelLimit) kernels.delete(kernels.keys().next().value ?? "");
    kernels.set(key, kernel);
  }
  return kernel;
}

/** A first-order rule as a solver of a function without data: each iteration is one compiled update. */
export function updateSolver(
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
  const program = traceUpdate({ rule, f, params, ruleState, total, dtype });
  const kernel = kernelOf(program);
  const renewed = refreshKernel(
    {
      ...{ rule, params, ruleState, dtype, others: [] },
      gradient: (at) => gradientOf(f, at),
    },
    seed,
  );
  const settler = settlerOf(rule, params);
  const key = keyData(seed).data;
  return {
    kind: "solver",
    name: rule.name,
    needs: ["gradient"],
    monotone: false,
    init: () => ({ memory: ruleState.arrays.map(({ data }) => data.slice()), step: 0 }),
    *step(point, state) {
      // `init` above made the state.
      const { memory: before, step } = state as { memory: TypedArray[]; step: number };
      const at = splitLike(point.x, params);
      const memory = renewed(step, { params: at, memory: before, others: () => [] });
      const outputs = program.outputs.map((output) => allocate(output.dtype, output.size));
      const gradients = splitLike(point.gradient, params);
      const counter = new Int32Array([step]);
      kernel(...at, ...gradients, ...memory, counter, key, ...outputs);
      const moved = outputs.slice(0, params.arrays.length);
      settler?.(moved, { index: step, total, scale: 1 });
      const x = join(moved, point.x.length);
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

/** The gradient of a function of leaves. What it returns is checked where it is evaluated. */
const gradientOf = (f: (leaves: readonly Tensor[]) => unknown, at: Tree<Tensor>): Tree<Tensor> =>
  differentiate(at, (p) => ({ value: f(tensorsOf(p)) as Tensor, aux: undefined }), "minimize")
    .gradient;

interface UpdateSpec {
  readonly rule: Rule;
  readonly f: (leaves: readonly Tensor[]) => unknown;
  readonly params: Values;
  readonly ruleState: Values;
  readonly total: number;
  readonly dtype: "f32" | "f64";
}

/**
 * One update: params, the gradient at them (the point's own, which was computed when it was reached),
 * the rule's state, the step's number and the key, to the next params and state. The function itself is
 * in it only where the rule asks for a gradient elsewhere.
 */
function traceUpdate({ rule, f, params, ruleState, total, dtype }: UpdateSpec): Program {
  const scalarI32: Aval = { shape: [], dtype: "i32" };
  const inputs = [...params.arrays, ...params.arrays, ...ruleState.arrays, scalarI32];
  const { length } = params.arrays;
  return finish(
    record(
      [...inputs, { shape: [2], dtype: "i32" }],
      (...tensors) => {
        const [weights, slopes, kept, [index] = [], [root] = []] = cut(tensors, [
          ...[length, length, ruleState.arrays.length],
          ...[1, 1],
        ]);
        if (index === undefined || root === undefined)
          throw internal("an update without its inputs");
        const tree = close<Tree<Tensor>>(params.structure, weights!);
        const gradient = close<Tree<Tensor>>(params.structure, slopes!);
        const key = foldIn(foldIn(root, streams.steps), index);
        const moved = rule.update(gradient, close(ruleState.structure, kept!), tree, {
          ...{ index, total, scale: 1, key: foldIn(key, 1) },
          settles: settlerOf(rule, params) !== undefined,
          gradientAt: (at) => gradientOf(f, at),
        });
        const next = mapTree((p, u) => p.add(u), tree, moved.updates);
        const state = sameAvals(tensorsOf(moved.state), ruleState, `the state of ${rule.name}`);
        return [...tensorsOf(next), ...state];
      },
      dtype,
    ),
  );
}

/** The parts of a flat vector, in the dtype of each of the params. */
export function splitLike(x: Vector, { arrays }: Values): TypedArray[] {
  let offset = 0;
  return arrays.map(({ size, dtype }) => {
    const part = x.subarray(offset, offset + size);
    offset += size;
    return dtype === "f32" ? Float32Array.from(part) : part;
  });
}

/** The flat vector of parts laid end to end. */
export function join(parts: readonly TypedArray[], size: number): Vector {
  const x = new Float64Array(size);
  let offset = 0;
  for (const part of parts) {
    x.set(part, offset);
    offset += part.length;
  }
  return x;
}
