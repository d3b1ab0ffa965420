import { allocate, type TypedArray } from "../array/dtype.ts";
import { foldIn, keyData } from "../array/operations/random.ts";
import type { Aval } from "../array/primitives/primitive.ts";
import { finish, type Program, record } from "../array/program.ts";
import type { Tensor } from "../array/tensor.ts";
import { tensorsOf } from "../array/tensorTree.ts";
import { type Tree, unflatten } from "../array/tree.ts";
import { differentiate } from "../autodiff/grad.ts";
import { close } from "../autodiff/variables.ts";
import { cut } from "../base/cut.ts";
import { internal } from "../base/errors.ts";
import type { HeldState, Refresh, RefreshPlace, Rule } from "../methods/rules/rule.ts";
import type { Engine } from "../runtime/engine.ts";
import { compileKernel } from "../runtime/js/compile.ts";
import { evaluateLoss, type StepSpec, sameAvals } from "./step.ts";
import { type Outline, streams } from "./values.ts";

/** A rule's refresh, compiled. */
export interface Refresher {
  /** Steps that may be taken from this one before the next refresh is due, given the state before it. */
  stepsFrom(step: number, memory: readonly TypedArray[]): number;
  /** Whether these steps are quiet ones, as `Refresh.quiet` says. */
  isQuiet(memory: readonly TypedArray[]): boolean;
  /** The rule's state as it is to be before this step: the same arrays where nothing is due. */
  before(step: number, at: RefreshInputs): Promise<readonly TypedArray[]>;
  dispose(): Promise<void>;
}

/** Where a refresh takes place: arrays as the loop has them. */
export interface RefreshInputs {
  readonly params: readonly TypedArray[];
  readonly memory: readonly TypedArray[];
  /** What the function of the params takes besides: the model's state and the next step's batch, if any. */
  others(): readonly TypedArray[];
}

/** What a refresh is traced from. */
export interface RefreshSpec {
  readonly rule: Rule;
  readonly params: Outline;
  readonly ruleState: Outline;
  readonly dtype: "f32" | "f64";
  readonly others: readonly Aval[];
  /** The gradient at params, given the others and a key. */
  gradient(at: Tree<Tensor>, others: readonly Tensor[], key: Tensor, part: number): Tree<Tensor>;
}

/** Compiles what a rule renews between steps; undefined if that is nothing. */
export async function compileRefresh(
  spec: RefreshSpec,
  engine: Pick<Engine, "compile">,
  seed: number,
  threads?: number,
): Promise<Refresher | undefined> {
  const traced = traceRefresh(spec);
  if (traced === undefined) return undefined;
  const { refresh, program, replace, held } = traced;
  const executable = await engine.compile(program, { threads });
  const key = keyData(seed).data;
  return {
    stepsFrom: (step, memory) => refresh.next(step + 1, held(memory)) - step,
    isQuiet: (memory) => refresh.quiet?.(held(memory)) === true,
    before: async (step, { params, memory, others }) => {
      if (refresh.next(step, held(memory)) > step) return memory;
      const inputs = [...params, ...memory, new Int32Array([step]), key, ...others()];
      return replace(memory, await executable.run(inputs));
    },
    dispose: () => executable.dispose(),
  };
}

/** The same as a function that does not wait, on generated JavaScript. */
export function refreshKernel(
  spec: RefreshSpec,
  seed: number,
): (step: number, at: RefreshInputs) => readonly TypedArray[] {
  const traced = traceRefresh(spec);
  if (traced === undefined) return (_step, { memory }) => memory;
  const { refresh, program, replace, held } = traced;
  const kernel = compileKernel(program);
  const key = keyData(seed).data;
  return (step, { params, memory, others }) => {
    if (refresh.next(step, held(memory)) > step) return memory;
    const results = program.outputs.map((output) => allocate(output.dtype, output.size));
    kernel(...params, ...memory, new Int32Array([step]), key, ...others(), ...results);
    return replace(memory, results);
  };
}

/** A refresh on a loss over batches: the others are the model's state, then the batch. */
export function refreshOnBatches(spec: StepSpec): RefreshSpec {
  const { rule, params, ruleState, state, data, batchSize, dtype, loss } = spec;
  const batch: readonly Aval[] = data.arrays.map(({ shape, dtype: own }) => ({
    shape: [batchSize, ...shape.slice(1)],
    dtype: own,
  }));
  return {
    ...{ rule, params, ruleState, dtype, others: [...state.arrays, ...batch] },
    gradient: (at, others, key, part) => {
      const [remembered, rows] = cut(others, [state.arrays.length, batch.length]);
      const count = Math.max(1, Math.round(part * batchSize));
      const some = rows!.map((leaf) => (count < batchSize ? leaf.slice([0, count]) : leaf));
      const context = { key, training: true, state: close<unknown>(state.structure, remembered!) };
      const own = close<unknown>(data.structure, some);
      return differentiate(at, (p) => evaluateLoss(loss, p, own, context), "fit").gradient;
    },
  };
}

interface TracedRefresh {
  readonly refresh: Refresh<Tree<Tensor>>;
  /** From params, the whole state, the step, the key and the others to the parts of the state that change. */
  readonly program: Program;
  /** The state with these parts in place of its own. */
  replace(state: readonly TypedArray[], parts: readonly TypedArray[]): readonly TypedArray[];
  /** The state as the rule made it. */
  held(state: readonly TypedArray[]): HeldState;
}

function traceRefresh(spec: RefreshSpec): TracedRefresh | undefined {
  const { rule, params, ruleState, dtype } = spec;
  const { refresh } = rule;
  if (refresh === undefined) return undefined;
  const changed: number[] = [];
  const groups: readonly (readonly Aval[])[] = [
    ...[params.arrays, ruleState.arrays],
    ...[[{ shape: [], dtype: "i32" } as const], [{ shape: [2], dtype: "i32" } as const]],
    spec.others,
  ];
  const program = record(
    groups.flat(),
    (...inputs) => {
      const [weights, kept, [index] = [], [root] = [], others] = cut(
        inputs,
        groups.map(({ length }) => length),
      );
      if (index === undefined || root === undefined) throw internal("a refresh without its step");
      const key = foldIn(foldIn(root, streams.steps), index);
      const place: RefreshPlace = {
        params: close<Tree<Tensor>>(params.structure, weights!),
        index,
        key: foldIn(key, 4),
        gradientAt: (at, part = 1) => spec.gradient(at, others!, foldIn(key, 0), part),
      };
      const next = refresh.renew(close<Tree<Tensor>>(ruleState.structure, kept!), place);
      const tensors = sameAvals(tensorsOf(next), ruleState, `the state of ${rule.name}`);
      for (const [i, tensor] of tensors.entries()) if (tensor !== kept![i]) changed.push(i);
      return changed.map((i) => tensors[i]!);
    },
    dtype,
  );
  return {
    refresh,
    program: finish(program),
    held: (state) => unflatten(ruleState.structure, state),
    replace: (state, parts) => {
      const next = [...state];
      for (const [i, place] of changed.entries()) next[place] = parts[i]!;
      return next;
    },
  };
}
