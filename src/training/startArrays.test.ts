import { describe, expect, test } from "vitest";
import type { TypedArray } from "../array/dtype.ts";
import { normal } from "../array/operations/random.ts";
import type { Tensor } from "../array/tensor.ts";
import { l2Ball } from "../methods/constraints/registry.ts";
import { l1 } from "../methods/penalties/registry.ts";
import { adam } from "../methods/rules/adam.ts";
import { averageParams } from "../methods/rules/averageParams.ts";
import { proximal } from "../methods/rules/proximal.ts";
import { rmsprop } from "../methods/rules/rmsprop.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { shampoo } from "../methods/rules/shampoo.ts";
import { crossEntropy } from "../models/losses/crossEntropy.ts";
import { dataset } from "./dataset.ts";
import { endVerdict } from "./ending.ts";
import { type FitOptions, fit } from "./fit.ts";
import { runLoop } from "./loop.ts";
import { startOfLoop } from "./loopStart.ts";
import { prepare } from "./prepare.ts";

type Params = { readonly v: Tensor; readonly w: Tensor };
type Batch = { readonly x: Tensor; readonly label: Tensor };

const x = Array.from({ length: 24 }, (_, i) => [Math.sin(i), Math.cos(3 * i), Math.sin(2 * i)]);
const data = dataset({ x, label: Int32Array.from(x, ([a = 0]) => (a > 0 ? 1 : 0)) });
const problem: FitOptions<Params, Batch, { readonly seen: Tensor }> = {
  params: (key) => ({ w: normal(key, [3, 4]), v: normal(key, [4, 2]) }),
  state: { seen: 0 },
  loss: ({ w, v }, batch, { state }) => ({
    loss: crossEntropy(batch.x.matmul(w).tanh().matmul(v), batch.label),
    state: { seen: state.seen.add(1) },
  }),
  ...{ data, validation: data, method: adam(0.02), batchSize: 8, steps: 40, engine: "js" },
};

/** As `fit` does, with other arrays than the plan's, which can no longer be read. */
async function withoutStart(options: FitOptions<Params, Batch, { readonly seen: Tensor }>) {
  const { plan } = await prepare(options);
  const start = startOfLoop(plan, options);
  const copies = start.carried.map((array) => array.slice() as TypedArray);
  for (const { data: own } of [plan.params, plan.ruleState, plan.state].flatMap((v) => v.arrays))
    structuredClone(own.buffer, { transfer: [own.buffer as ArrayBuffer] });
  try {
    const outcome = await runLoop(plan, options, { ...start, carried: copies });
    return { outcome, verdict: await endVerdict(plan, outcome, options.tolerance ?? 1e-4) };
  } finally {
    await plan.measurements.dispose();
  }
}

describe("where a run started is read no more once it runs", () => {
  test.for<[string, Partial<typeof problem>]>([
    ["health, suspects and the watch for plateaus", { suspects: true, onEvent: () => undefined }],
    ["a plateau's remedy", { onPlateau: { remedy: "follow-negative-curvature", patience: 8 } }],
    ["rollbacks", { method: sgd(1e5) }],
    ["a rule with an answer of its own", { method: averageParams(rmsprop(0.01)) }],
    ["a rule that works on the host", { method: shampoo(0.01), steps: 8 }],
    ["a penalty within a set", { method: proximal(sgd(0.1), l1(1e-3)), constraint: l2Ball(1) }],
    ["a loose tolerance", { tolerance: 10 }],
  ])("%s", async ([, change]) => {
    const options = { ...problem, health: true, ...change };
    const { outcome, verdict } = await withoutStart(options);
    const whole = await fit(options);
    expect(outcome.params).toEqual([whole.params.v.data, whole.params.w.data]);
    expect(outcome.health).toEqual(whole.health);
    expect(verdict).toEqual(whole.verdict);
  });
});
