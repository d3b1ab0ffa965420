import { foldIn, grad, key, mapTree, NDArray, type Schedule, type Tensor, type Tree } from "nadir";
import { jitTree, vmapTree } from "./jitTree.ts";
import { makeRuleAt } from "./makers.ts";
import type { OutcomeAsk, Outcomes } from "./protocol.ts";
import type { Loss } from "./userCode.ts";

interface Stepped {
  readonly next: NDArray;
  readonly state: Tree<NDArray>;
  /** Gradient norms before the step. */
  readonly size: NDArray;
}

/** So far from where it started nothing comes back. */
const far = 1e8;

/**
 * One row of the map: a rule at many learning rates and one value of its second setting, all of them stepping at once
 * in one batched program.
 */
export function outcomeRow({ f }: Loss, ask: OutcomeAsk, row: number): Outcomes {
  const { rates, method, second, start } = ask;
  const count = rates.length;
  const settings = { ...ask.settings, [second.name]: second.values[row]! };
  const ruleAt = (rate: Tensor) => {
    const schedule: Schedule = { kind: "schedule", name: "given", at: () => rate };
    return makeRuleAt(method, settings, schedule);
  };
  const init = jitTree<Tree<NDArray>>((x: Tensor, rate: Tensor) =>
    vmapTree((xi: Tensor, r: Tensor) => ruleAt(r).init(xi))(x, rate),
  );
  const step = jitTree<Stepped>((x: Tensor, state: Tree<Tensor>, rate: Tensor, index: Tensor) =>
    vmapTree((xi: Tensor, s: Tree<Tensor>, r: Tensor) => {
      const gradient = grad(f)(xi);
      const moved = ruleAt(r).update(gradient, s, xi, {
        ...{ index, total: ask.steps, key: foldIn(key(0), index) },
        gradientAt: (at) => grad(f)(at as Tensor), // x is one tensor, and so is what a rule asks about
      });
      const next = mapTree((p, u) => p.add(u), xi, moved.updates);
      return { next, state: moved.state, size: gradient.square().sum().sqrt() };
    })(x, state, rate),
  );
  const given = NDArray.of(Float64Array.from(rates), [count]);
  let x = NDArray.of(Float64Array.from(rates.flatMap(() => start)), [count, 2]);
  let state = init(x, given);
  const steps = new Int32Array(count);
  let left = count;
  for (let index = 0; index <= ask.steps && left > 0; index++) {
    const moved = step(x, state, given, NDArray.of(new Int32Array([index]), []));
    const size = moved.size.data;
    for (let lane = 0; lane < count; lane++) {
      if (steps[lane] !== 0) continue;
      const [a, b] = [x.data[2 * lane]!, x.data[2 * lane + 1]!];
      const lost = !(Math.abs(a) < far && Math.abs(b) < far) || !Number.isFinite(size[lane]!);
      if (!lost && size[lane]! > ask.tolerance) continue;
      // At the first step already: one, for nothing stands for "not yet".
      steps[lane] = lost ? -1 : Math.max(1, index);
      left--;
    }
    x = moved.next;
    state = moved.state;
  }
  return { row, steps };
}
