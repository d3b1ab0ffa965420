import { allocate, type TypedArray } from "../array/dtype.ts";
import { finish, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { tensorsOf } from "../array/tensorTree.ts";
import type { Tree } from "../array/tree.ts";
import { close } from "../autodiff/variables.ts";
import type { Rule } from "../methods/rules/rule.ts";
import { compileKernel } from "../runtime/js/compile.ts";
import type { Outline } from "./values.ts";

/** The params to measure and to return, from those that are trained and what the rule remembers. */
export type Answer = (
  params: readonly TypedArray[],
  state: readonly TypedArray[],
) => readonly TypedArray[];

/** What a rule's `answer` gives, compiled; the params themselves for rules that have none. */
export function answerOf(
  rule: Rule,
  params: Outline,
  ruleState: Outline,
  dtype: "f32" | "f64",
): Answer {
  if (rule.answer === undefined) return (own) => own;
  const program = finish(
    record(
      [...params.arrays, ...ruleState.arrays],
      (...inputs) => {
        const own = close<Tree<Tensor>>(params.structure, inputs.slice(0, params.arrays.length));
        const state = close<Tree<Tensor>>(ruleState.structure, inputs.slice(params.arrays.length));
        return tensorsOf(rule.answer?.(own, state) ?? own);
      },
      dtype,
    ),
  );
  const kernel = compileKernel(program);
  return (own, state) => {
    const answer = program.outputs.map((output) => allocate(output.dtype, output.size));
    kernel(...own, ...state, ...answer);
    return answer;
  };
}
