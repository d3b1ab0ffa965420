import { describe, expect, test } from "vitest";
import { NDArray } from "../array/ndarray.ts";
import type { Tensor } from "../array/tensor.ts";
import * as rules from "../methods/rules/registry.ts";
import type { Rule } from "../methods/rules/rule.ts";
import * as schedules from "../methods/schedules/registry.ts";
import type { Schedule } from "../methods/schedules/schedule.ts";
import * as solvers from "../methods/solvers/registry.ts";
import type { Solver } from "../methods/solvers/solver.ts";
import { dataset } from "./dataset.ts";
import type { RunEvent } from "./events.ts";
import { fit } from "./fit.ts";
import { minimize } from "./minimize.ts";

const data = dataset({ x: new NDArray(new Float64Array(20).fill(1), [10, 2]) });
const loss = (w: Tensor, batch: { readonly x: Tensor }): Tensor =>
  batch.x.matmul(w).sub(1).square().mean();
const steps = 100;

/** A training of 100 steps, and what it told before it was refused. */
async function refused(method: Rule | Solver): Promise<{ error: unknown; events: RunEvent[] }> {
  const events: RunEvent[] = [];
  try {
    const onEvent = (event: RunEvent): void => {
      events.push(event);
    };
    await fit({ params: new Float64Array(2), loss, data, method, steps, onEvent });
  } catch (error) {
    return { error, events };
  }
  throw new Error(`fit took ${method.name}`);
}

/** Each schedule with one span that is longer than the run; undefined for those that have none. */
const tooLong: Record<keyof typeof schedules, Schedule | undefined> = {
  constant: undefined,
  cosine: schedules.cosine({ peak: 1, over: 101 }),
  cyclic: schedules.cyclic({ peak: 1, floor: 0.1, up: 101 }),
  exponentialDecay: schedules.exponentialDecay({ peak: 1, factor: 0.5, every: 101 }),
  exponentialRamp: schedules.exponentialRamp({ from: 0.1, to: 1, over: 101 }),
  inverseSqrt: undefined,
  inverseTime: undefined,
  linearRamp: schedules.linearRamp({ from: 0.1, to: 1, over: 101 }),
  multiStep: schedules.multiStep({ peak: 1, at: [50, 101] }),
  oneCycle: schedules.oneCycle({ peak: 1, over: 101 }),
  polynomial: schedules.polynomial({ peak: 1, over: 101 }),
  stepDecay: schedules.stepDecay({ peak: 1, every: 101 }),
  warmRestarts: schedules.warmRestarts({ peak: 1, first: 101 }),
  warmup: schedules.warmup(1, 101),
  warmupCosine: schedules.warmupCosine({ peak: 1, warmup: 101 }),
};

describe("before the first step fit refuses", () => {
  const spans = Object.entries(tooLong).flatMap(([name, schedule]) =>
    schedule === undefined ? [] : [[name, schedule] as const],
  );
  test.for(spans)("a %s longer than the run, with the longest that fits", async ([, schedule]) => {
    const { error, events } = await refused(rules.sgd(schedule));
    expect(error).toMatchObject({ name: "NadirError" });
    expect(String(error)).toMatch(/101 steps(, and the run has|.* in a run of) 100/);
    expect(String(error)).toMatch(/at most (100|99) steps|fewer than 100/);
    expect(events).toEqual([]);
  });

  const needy = Object.entries(solvers).flatMap(([name, make]) => {
    const solver = (make as () => Solver)(); // each can be made with its default options
    const rows = new Set<string>(["value", "gradient", "hvp", "hessian", "row-count", "rows"]);
    const lacks = solver.needs.filter((need) => !rows.has(need));
    return lacks.length === 0 ? [] : [[name, solver] as const];
  });
  test.for(needy)("%s on a loss that lacks what it needs", async ([name, solver]) => {
    const { error, events } = await refused(solver);
    expect(String(error)).toMatch(new RegExp(`${name} needs .*this problem has none`));
    expect(events).toEqual([]);
  });
});

describe("before the first evaluation minimize refuses", () => {
  const smooth = new Set<string>(["value", "gradient", "hvp", "hessian"]);
  const needy = Object.entries(solvers).flatMap(([name, make]) => {
    const solver = (make as () => Solver)(); // each can be made with its default options
    return solver.needs.every((need) => smooth.has(need)) ? [] : [[name, solver] as const];
  });
  test.for(needy)("%s on a scalar function that is no more than that", async ([name, solver]) => {
    const run = minimize((x: Tensor) => x.square().sum(), { x0: [1, 2], method: solver });
    await expect(run).rejects.toThrow(new RegExp(`${name} needs .*this problem has none`));
  });

  test("least-squares solvers are among them", () => {
    expect(needy.map(([name]) => name)).toEqual(
      expect.arrayContaining(["levenbergMarquardt", "gaussNewton", "hessianFree", "svrg", "fista"]),
    );
  });
});
