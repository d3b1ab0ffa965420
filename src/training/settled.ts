import { allocate, dtypeOf, type TypedArray } from "../array/dtype.ts";
import { internal } from "../base/errors.ts";
import type { Vector } from "../linalg/ask.ts";
import type { Rule, SettleStep } from "../methods/rules/rule.ts";
import type { LoopExecutable } from "../runtime/engine.ts";
import type { Outline } from "./values.ts";

/** Does to the arrays of params what a rule wants of the host after a step. */
export type Settler = (arrays: readonly TypedArray[], step: SettleStep) => void;

/** What a rule wants done to these params after each step; undefined if that is nothing. */
export function settlerOf(
  rule: Rule,
  { arrays, paths }: Pick<Outline, "arrays" | "paths">,
): Settler | undefined {
  const settle = rule.settling?.({ shapes: arrays.map(({ shape }) => shape), paths });
  if (settle === undefined) return undefined;
  return (params, step) => {
    const before = params.map((values): Vector => Float64Array.from(values));
    settle(before, step).forEach((values, i) => {
      params[i]!.set(values);
    });
  };
}

/**
 * A loop whose params are settled after each turn: one turn is one call of the engine. Params come first of what is carried, the step's
 * number last.
 */
export function settledLoop(
  loop: LoopExecutable,
  settler: Settler,
  params: number,
  step: (index: number) => SettleStep,
): LoopExecutable {
  return {
    engine: loop.engine,
    run: async (turns, carried, fixed, each, into) => {
      // Two sets of arrays take turns; the last turn ends in `into`.
      let sets: [readonly (TypedArray | undefined)[] | undefined, typeof into] = [into, undefined];
      if (turns % 2 === 0) sets = [undefined, into];
      let at = carried;
      const reports: TypedArray[][] = [];
      for (let turn = 0; turn < turns; turn++) {
        const own = each.map((rows) => {
          const length = rows.length / turns;
          return rows.subarray(turn * length, (turn + 1) * length);
        });
        const index = at[at.length - 1]?.[0];
        if (index === undefined) throw internal("a step without its number");
        const result = await loop.run(1, at, fixed, own, sets[turn % 2]);
        settler(result.carried.slice(0, params), step(index));
        reports.push(result.reports);
        sets[turn % 2] = result.carried;
        at = result.carried;
      }
      return { carried: [...at], reports: joined(reports) };
    },
    dispose: () => loop.dispose(),
  };
}

/** The reports of turns, each of one, along a new first axis. */
function joined(turns: readonly (readonly TypedArray[])[]): TypedArray[] {
  return (turns[0] ?? []).map((first, i) => {
    const dtype = dtypeOf(first);
    if (dtype === undefined) throw internal("a report that is no array");
    const size = first.length;
    const whole = allocate(dtype, size * turns.length);
    for (const [turn, reports] of turns.entries()) whole.set(reports[i]!, turn * size);
    return whole;
  });
}
