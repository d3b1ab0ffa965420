import { allocate, type TypedArray } from "../array/dtype.ts";
import { finish, type Program, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { tensorsOf } from "../array/tensorTree.ts";
import type { Tree } from "../array/tree.ts";
import { close } from "../autodiff/variables.ts";
import type { Refresh, Rule } from "../methods/rules/rule.ts";
import type { Engine } from "../runtime/engine.ts";
import { compileKernel } from "../runtime/js/compile.ts";
import { sameAvals } from "./step.ts";
import type { Values } from "./values.ts";

/** A rule's refresh, compiled. */
export interface Refresher {
  /** Steps that may be taken from this one before the next refresh is due. */
  stepsFrom(step: number): number;
  /** The arrays of the rule's state as they are to be before this step: the same ones where nothing is due. */
  before(step: number, state: readonly TypedArray[]): Promise<readonly TypedArray[]>;
  dispose(): Promise<void>;
}

/** Far enough for any call. */
const furthest = 1_000_000;

/** Compiles what a rule renews between steps; undefined if that is nothing. */
export async function compileRefresh(
  rule: Rule,
  ruleState: Values,
  dtype: "f32" | "f64",
  engine: Pick<Engine, "compile">,
  threads?: number,
): Promise<Refresher | undefined> {
  const traced = traceRefresh(rule, ruleState, dtype);
  if (traced === undefined) return undefined;
  const { refresh, program, replace } = traced;
  const executable = await engine.compile(program, { threads });
  return {
    stepsFrom: (step) => {
      let count = 1;
      while (count < furthest && !refresh.due(step + count)) count++;
      return count;
    },
    before: async (step, state) =>
      refresh.due(step) ? replace(state, await executable.run(state)) : state,
    dispose: () => executable.dispose(),
  };
}

/** The same as a function that does not wait, on generated JavaScript. */
export function refreshKernel(
  rule: Rule,
  ruleState: Values,
  dtype: "f32" | "f64",
): (step: number, state: readonly TypedArray[]) => readonly TypedArray[] {
  const traced = traceRefresh(rule, ruleState, dtype);
  if (traced === undefined) return (_step, state) => state;
  const { refresh, program, replace } = traced;
  const kernel = compileKernel(program);
  return (step, state) => {
    if (!refresh.due(step)) return state;
    const results = program.outputs.map((output) => allocate(output.dtype, output.size));
    kernel(...state, ...results);
    return replace(state, results);
  };
}

interface TracedRefresh {
  readonly refresh: Refresh<Tree<Tensor>>;
  /** From the whole state to the parts of it that change. */
  readonly program: Program;
  /** The state with these parts in place of its own. */
  replace(state: readonly TypedArray[], parts: readonly TypedArray[]): readonly TypedArray[];
}

function traceRefresh(
  rule: Rule,
  ruleState: Values,
  dtype: "f32" | "f64",
): TracedRefresh | undefined {
  const { refresh } = rule;
  if (refresh === undefined) return undefined;
  const changed: number[] = [];
  const program = record(
    ruleState.arrays,
    (...leaves) => {
      const next = refresh.renew(close<Tree<Tensor>>(ruleState.structure, leaves));
      const tensors = sameAvals(tensorsOf(next), ruleState, `the state of ${rule.name}`);
      for (const [i, tensor] of tensors.entries()) if (tensor !== leaves[i]) changed.push(i);
      return changed.map((i) => tensors[i]!);
    },
    dtype,
  );
  return {
    refresh,
    program: finish(program),
    replace: (state, parts) => {
      const next = [...state];
      for (const [i, place] of changed.entries()) next[place] = parts[i]!;
      return next;
    },
  };
}
