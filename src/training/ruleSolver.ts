import { allocate, type TypedArray } from "../array/dtype.ts";
import { keyData } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { askGradient } from "../linalg/ask.ts";
import { distance } from "../linalg/vector.ts";
import type { Rule } from "../methods/rules/rule.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { compileKernel } from "../runtime/js/compile.ts";
import { partsOf } from "./compositeLoss.ts";
import { DataOrder } from "./order.ts";
import { refreshKernel, refreshOnBatches } from "./refresher.ts";
import { pickRows } from "./rows.ts";
import { settlerOf } from "./settled.ts";
import type { Start } from "./start.ts";
import { type AnyLoss, type StepSpec, traceStep } from "./step.ts";
import { join, splitLike, updateSolver } from "./updateSolver.ts";
import { evaluateTree, noValues, type Values } from "./values.ts";

/** Data that a rule sees in batches, and who is told of the passes over them. */
export interface BatchesOf {
  readonly data: Values;
  readonly rows: number;
  readonly batchSize: number;
  readonly loss: AnyLoss;
  readonly addPasses: (passes: number) => void;
}

/**
 * A first-order rule as a solver: each iteration is one compiled step on a function without data, or the
 * steps on batches that make up a pass over a finite sum.
 *
 * @param total - iterations planned, for schedules
 */
export function ruleSolver(
  rule: Rule,
  f: (leaves: readonly Tensor[]) => unknown,
  start: Pick<Start, "arrays" | "structure">,
  seed: number,
  total: number,
  batches?: BatchesOf,
): Solver {
  if (batches === undefined) return updateSolver(rule, f, start, seed, total);
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
  let evaluations = 0;
  const counted: AnyLoss = (...given) => {
    evaluations++;
    return batches.loss(...given);
  };
  const parts = partsOf(batches.loss);
  const lossOfOutputs: typeof parts = parts && {
    ...parts,
    loss: (...given) => {
      evaluations++;
      return parts.loss(...given);
    },
  };
  const loss: AnyLoss =
    lossOfOutputs === undefined ? counted : Object.assign(counted, { parts: lossOfOutputs });
  const steps = Math.ceil(batches.rows / batches.batchSize);
  const order = new DataOrder(batches.rows, seed, true);
  const spec: StepSpec = {
    params,
    ruleState,
    state: noValues,
    data: batches.data,
    batchSize: batches.batchSize,
    loss,
    rule,
    total: total * steps,
    rateScale: 1,
    dtype,
  };
  const { program } = traceStep(spec);
  // The rule's own requests for gradients elsewhere were traced with the step.
  const gradients = evaluations;
  const kernel = compileKernel(program);
  const renewed = refreshKernel(refreshOnBatches(spec), seed);
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
      let { memory, step } = state as { memory: readonly TypedArray[]; step: number };
      let at: TypedArray[] = splitLike(point.x, params);
      const fixed = batches.data.arrays.map(({ data }) => data);
      for (let i = 0; i < steps; i++, step++) {
        const outputs = program.outputs.map((output) => allocate(output.dtype, output.size));
        const { batchSize } = batches;
        const each = order.rows(step * batchSize, batchSize);
        memory = renewed(step, {
          ...{ params: at, memory },
          others: () => pickRows(batches.data, each).arrays.map(({ data }) => data),
        });
        kernel(...at, ...memory, new Int32Array([step]), ...fixed, key, each, ...outputs);
        at = outputs.slice(0, at.length);
        settler?.(at, { index: step, total: total * steps, scale: 1 });
        memory = outputs.slice(at.length, at.length + memory.length);
      }
      batches.addPasses((gradients * steps * batches.batchSize) / batches.rows);
      const x = join(at, point.x.length);
      const { value, gradient } = yield* askGradient(x);
      return {
        point: { x, value, gradient },
        state: { memory, step },
        stepSize: distance(x, point.x),
      };
    },
  };
}
