import { describe, expect, test } from "vitest";
import { readSweepRequest, readSweepTrials } from "./readSweep.ts";
import type { SweepRequest, SweepTrial } from "./sweepRecord.ts";

const request: SweepRequest = {
  ...{ shown: "mlp.ts", path: "/code/mlp.ts", fixed: ["steps=4"], strategy: "halving", seed: 0 },
  space: [
    { name: "width", kind: "choice", values: [32, "wide", null, [1, 2], { deep: true }] },
    { name: "rate", kind: "range", low: 1e-4, high: 0.1, scale: "log", whole: false },
  ],
  ...{ trials: 9, levels: undefined, eta: 3, smallest: undefined, steps: undefined },
  ...{
    metric: "accuracy",
    goal: "max",
    workers: 2,
    threads: 1,
    patience: undefined,
    stopBad: true,
  },
  objective: { metric: "accuracy", goal: "max" },
};
const trial: SweepTrial = {
  ...{ number: 0, settings: { width: 32, rate: 0.01 }, share: 1, status: "waiting" },
  ...{ measured: [{ share: 1, value: Number.NaN }], run: "k3f9", why: undefined },
  spans: [{ worker: 0, began: 1, ended: 2, outcome: "told" }],
};

/** As the store gives it back: without what is undefined. */
const kept = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));

describe("a kept sweep", () => {
  test("is read as it was written", () => {
    expect(readSweepRequest(kept(request))).toEqual(request);
    expect(readSweepTrials([kept(trial)])).toEqual([trial]);
  });

  test.for([
    [{ shown: 3 }, /shown of its settings/],
    [{ path: undefined }, /path of its settings/],
    [{ space: { rate: 1 } }, /space of its settings/],
    [{ space: [{ name: "rate", kind: "range", low: "1" }] }, /low of space\[0\] of its settings/],
    [{ space: [{ name: "rate", kind: "curve" }] }, /kind of space\[0\]/],
    [
      { space: [{ name: "r", kind: "range", low: 1, high: 2, scale: "log", whole: 1 }] },
      /whole of space/,
    ],
    [{ space: [{ name: "width", kind: "choice", values: [1n] }] }, /values\[0\] of space\[0\]/],
    [{ fixed: [1] }, /fixed\[0\]/],
    [{ strategy: "simplex" }, /strategy of its settings/],
    [{ goal: "up" }, /goal of its settings/],
    [{ eta: "3" }, /eta of its settings/],
    [{ objective: null }, /its objective/],
  ] as const)("of which %o is not right is refused in one sentence", ([change, message]) => {
    const read = (): unknown => readSweepRequest({ ...kept(request), ...change });
    expect(read).toThrow(expect.objectContaining({ code: "sweep/record" }));
    expect(read).toThrow(message);
  });

  test.for([null, 3, [], "text"])("that is %o has no settings", (settings) => {
    expect(() => readSweepRequest(settings)).toThrow(/its settings is not right/);
  });

  test.for([
    [{ number: "0" }, /number of trial 0/],
    [{ settings: [] }, /settings of trial 0/],
    [{ settings: { rate: 1n } }, /rate of settings of trial 0/],
    [{ status: "done" }, /status of trial 0/],
    [{ measured: [{ share: 1 }] }, /value of measured\[0\] of trial 0/],
    [{ run: 3 }, /run of trial 0/],
    [{ spans: [{ worker: 0, began: 1, ended: 2, outcome: "?" }] }, /outcome of spans\[0\]/],
  ] as const)("with a trial of which %o is not right is refused", ([change, message]) => {
    expect(() => readSweepTrials([{ ...kept(trial), ...change }])).toThrow(message);
  });
});
