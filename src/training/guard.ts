import type { TypedArray } from "../array/dtype.ts";
import type { LoopExecutable } from "../runtime/engine.ts";
import { findBadOperation } from "./blame.ts";
import type { RunningPlan } from "./plan.ts";

/** A loss this many times the first one is an explosion, finite or not. */
const explosion = 1e4;

/**
 * The first step of a call that went wrong, counted from its beginning: a loss that is not finite or far
 * above where the run began. The call's length if its steps went well and the state they led to is
 * bad; undefined if that is good too.
 */
export function firstBad(
  losses: TypedArray,
  ahead: { readonly loss: number; readonly gradientNorm: number },
  after: readonly TypedArray[],
  firstLoss: number | null,
): number | undefined {
  const limit = explosion * Math.max(firstLoss ?? Math.abs(losses[0]!), 1e-3);
  const isBad = (loss: number): boolean => !Number.isFinite(loss) || Math.abs(loss) > limit;
  for (let i = 0; i < losses.length; i++) if (isBad(losses[i]!)) return i;
  const lost = isBad(ahead.loss) || !Number.isFinite(ahead.gradientNorm) || !allFinite(after);
  return lost ? losses.length : undefined;
}

const allFinite = (arrays: readonly TypedArray[]): boolean =>
  arrays.every((values) => {
    // One pass without branches: a sum of finite numbers times zero is zero.
    let sum = 0;
    for (let i = 0; i < values.length; i++) sum += values[i]! * 0;
    return sum === 0;
  });

/** A call that went wrong, and what it was given. */
interface BadCall {
  readonly carried: readonly TypedArray[];
  readonly fixed: readonly TypedArray[];
  readonly losses: TypedArray;
  readonly ahead: { readonly loss: number; readonly gradientNorm: number };
  readonly bad: number;
  readonly step: number;
  readonly loop: LoopExecutable;
  /** What the call ended with, which is written over. */
  readonly into: readonly TypedArray[];
}

/**
 * Says what went wrong in a call, and at which step: replays it up to the step that began with numbers
 * and did not end with them, then looks at each operation of that step.
 */
export async function describeBad(
  plan: RunningPlan,
  { carried, fixed, losses, ahead, bad, step, loop, into }: BadCall,
): Promise<{ readonly cause: string; readonly at: number }> {
  const { batchSize } = plan.spec;
  const loss = losses[bad] ?? ahead.loss;
  const stateAt = async (index: number): Promise<readonly TypedArray[]> =>
    index === 0
      ? carried
      : (
          await loop.run(
            index,
            carried,
            fixed,
            [plan.order.rows(step * batchSize, index * batchSize)],
            into,
          )
        ).carried;
  let [index, before] = [bad, await stateAt(bad)];
  const grew = bad < losses.length || (Number.isFinite(ahead.gradientNorm) && allFinite(before));
  if (Number.isFinite(loss) && grew)
    return { cause: `the loss grew to ${Number(loss.toPrecision(3))}`, at: step + bad };
  if (!allFinite(before)) {
    // What is not finite stays so: halving finds the last step that began well.
    index = 0;
    for (let end = bad; end - index > 1; ) {
      const middle = (index + end) >> 1;
      if (allFinite(await stateAt(middle))) index = middle;
      else end = middle;
    }
    before = await stateAt(index);
  }
  const first = findBadOperation(plan.step.program, [
    ...before,
    ...fixed,
    plan.order.rows((step + index) * batchSize, batchSize),
  ]);
  const what =
    Number.isFinite(loss) || index < bad ? "the gradient is not finite" : `the loss is ${loss}`;
  return { cause: first === undefined ? what : `${what}: ${first}`, at: step + index };
}
