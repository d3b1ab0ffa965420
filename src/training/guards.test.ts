import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { log, sqrt, where } from "../array/operations/elementwise.ts";
import type { Tensor } from "../array/tensor.ts";
import { sgd } from "../methods/rules/sgd.ts";
import { dataset } from "./dataset.ts";
import type { RunEvent } from "./events.ts";
import { type FitOptions, fit } from "./fit.ts";
import type { Loss } from "./problem.ts";
import type { Snapshot } from "./snapshot.ts";

type Batch = { readonly x: Tensor };
const data = dataset({ x: Array.from({ length: 20 }, (_, i) => 1 + (i % 5) / 5) });

/** Trains one number on a loss, and keeps what it told and saved. */
async function train(
  loss: Loss<Tensor, Batch, Tensor>,
  options: Partial<FitOptions<Tensor, Batch, Tensor>> = {},
) {
  const events: RunEvent[] = [];
  const saved: Snapshot[] = [];
  const result = await fit<Tensor, Batch, Tensor>({
    params: 3,
    state: 0,
    loss,
    data,
    method: sgd(0.1),
    batchSize: 4,
    steps: 100,
    engine: "js",
    onEvent: (event) => events.push(event),
    checkpoints: { everySeconds: 0, save: (snapshot) => `${saved.push(snapshot)}` },
    ...options,
  });
  const rollbacks = events.filter((event) => event.kind === "rollback");
  return { result, rollbacks, saved };
}

/** A quadratic loss to which something happens at one step, whatever the learning rate. */
const poisonedAt =
  (step: number, poison: (loss: Tensor) => Tensor): Loss<Tensor, Batch, Tensor> =>
  (param, { x }, { state, training }) => {
    const loss = x.mul(param).square().mean();
    const met = state.equal(step);
    return { loss: training ? where(met, poison(loss), loss) : loss, state: state.add(1) };
  };

const finite = (snapshot: Snapshot): boolean =>
  Object.values(snapshot.tensors).every(({ data: values }) => values.every(Number.isFinite));

describe("a loss that stops being a number", () => {
  test.for([0, 1, 37, 99])("at step %i, again and again, is a divergence", async (step) => {
    const { result, rollbacks, saved } = await train(poisonedAt(step, (loss) => log(loss.neg())));
    expect(rollbacks.map(({ rateScale }) => rateScale)).toEqual([1 / 2, 1 / 4, 1 / 8]);
    expect(result.ended).toBe("diverged");
    expect(result.verdict).toMatchObject({
      kind: "diverged",
      step,
      cause: "the loss is NaN: log of [] gave NaN",
    });
    expect(saved.every(finite)).toBe(true);
    expect(result.params.data.every(Number.isFinite)).toBe(true);
  });

  /** A loss without anything that happens. */
  const plain =
    (loss: (param: Tensor, batch: Batch) => Tensor): Loss<Tensor, Batch, Tensor> =>
    (param, batch, { state }) => ({ loss: loss(param, batch), state });

  test("because of one step too long is mended by shorter ones", async () => {
    // √(p − 1) has no value once a step has jumped below 1.
    const { result, rollbacks } = await train(
      plain((param) => sqrt(param.sub(1)).add(param.mul(9))),
      {
        steps: 3,
        method: sgd(0.18),
      },
    );
    expect(rollbacks).toHaveLength(2);
    expect(rollbacks[0]?.cause).toBe("the loss is NaN: sqrt of [] gave NaN");
    expect([result.ended, result.steps]).toEqual(["budget", 3]);
  });

  test("grows beyond all measure: the step and the size are told", async () => {
    const { result, rollbacks } = await train(
      plain((param, { x }) => x.mul(param).square().mean()),
      {
        method: sgd(5),
      },
    );
    expect(rollbacks[0]?.cause).toMatch(/^the loss grew to \d/);
    expect(result.verdict.kind).toBe("diverged");
    expect(Number.isFinite(result.params.item())).toBe(true);
  });

  test("has a derivative that is none: the operation is named", async () => {
    // |p|^½ at 0 has value 0 and no derivative.
    const { result } = await train(plain((param) => sqrt(param.sub(3).square()).add(param.mul(0))));
    expect(result.verdict).toMatchObject({ kind: "diverged", step: 0 });
    expect(result.verdict).toHaveProperty(
      "cause",
      expect.stringMatching(/^the gradient is not finite: \w+ of .* gave/),
    );
  });

  test.for([1, 37, 98])("has none at step %i: which one is told", async (step) => {
    // √(0·p + (state − step)²) is a number there, and ∞·0 its derivative.
    const { result } = await train((param, { x }, { state }) => ({
      loss: x
        .mul(param)
        .square()
        .mean()
        .add(sqrt(param.mul(0).add(state.sub(step).square()))),
      state: state.add(1),
    }));
    expect(result.verdict).toMatchObject({ kind: "diverged", step });
    expect(result.verdict).toHaveProperty(
      "cause",
      expect.stringMatching(/^the gradient is not finite: \w+ of .* gave/),
    );
  });

  property.prop(
    [fc.integer({ min: 1, max: 99 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -1e30)],
    {
      numRuns: 60,
    },
  )("wherever it is poisoned, no bad weight is saved", async (step, value) => {
    const { result, saved, rollbacks } = await train(
      poisonedAt(step, (loss) => loss.mul(0).add(value)),
    );
    expect(rollbacks).toHaveLength(3);
    expect(result.verdict).toMatchObject({ kind: "diverged", step });
    expect(saved.length).toBeGreaterThan(0);
    expect(saved.every(finite)).toBe(true);
  });
});
