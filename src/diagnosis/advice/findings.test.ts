import { describe, expect, test } from "vitest";
import type { Evidence, PointEvidence, ScoreEvidence } from "./evidence.ts";
import { findings } from "./findings.ts";

const scores: ScoreEvidence = {
  ...{ rms: 2, areProbabilities: false, accuracy: 0.95 },
  ...{ predicted: [0.5, 0.5], balancedAccuracy: 0.95 },
};
const point = (loss: number, change: Partial<PointEvidence> = {}): PointEvidence => ({
  ...{ loss, modes: { training: loss, evaluation: loss }, gradientNorm: 0.1, remembered: 0 },
  ...{ isNormalized: false, params: [], units: [], branches: [], scores },
  curvature: { largest: 2, smallest: -0.01, error: 1e-3 },
  ...change,
});
/** A classifier of two classes that came from ln 2 to a tenth of it. */
const sound: Evidence = {
  run: {
    ...{ method: "sgd", steps: 100, planned: 100, batchSize: 20, rows: 200, rollbacks: [] },
    loss: { steps: [1, 2], values: [0.69, 0.07] },
    gradientNorm: { steps: [100], values: [0.1] },
    learningRate: { steps: [100], values: [0.1] },
    noiseScale: { steps: [], values: [] },
    ...{ metrics: {}, verdict: undefined },
  },
  data: { rows: 200 },
  start: point(0.69),
  end: point(0.07),
  trials: [],
};

/** Steps from the end at this factor of the rate, down to this. */
const trial = (factor: number, after: number) => ({
  ...{ kind: "rate" as const, factor, rate: 0.1 * factor, steps: 20, before: 0.5, after },
  heldOut: { before: 0.5, after },
});

const named = (evidence: Evidence): readonly string[] =>
  findings(evidence).map(({ name, severity }) => `${name} ${severity}`);

describe("findings", () => {
  test("say nothing of a run that came down", () => {
    expect(named(sound)).toEqual([]);
  });

  test("tell a rate that is too low by what a larger one wins, and not where the same rate wins as much", () => {
    const end = point(0.5);
    expect(named({ ...sound, end, trials: [trial(1, 0.49), trial(10, 0.3)] })).toEqual([
      "rate-too-low serious",
    ]);
    expect(named({ ...sound, end, trials: [trial(1, 0.3), trial(10, 0.29)] })).toEqual([
      "too-few-steps serious",
    ]);
  });

  test("call a fault that costs nothing a note", () => {
    const units = [
      {
        ...{ layer: "0", op: "tanh" as const, beside: false, units: 8, rms: 1, dead: 0 },
        ...{ saturated: 0.95, common: 0.1, gradientRms: 1 },
      },
    ];
    const [start, end] = [point(0.69, { units }), point(0.01, { units })];
    expect(named({ ...sound, start, end })).toEqual(["saturated-units note"]);
    expect(named({ ...sound, start, end: point(0.5, { units }) })).toEqual([
      "saturated-units serious",
    ]);
  });

  test("put causes before what they lead to, and what is serious before warnings", () => {
    const twice = { ...scores, areProbabilities: true };
    const found = named({
      ...sound,
      start: point(0.69, { scores: twice }),
      end: point(0.3, { scores: twice }),
      heldOut: { loss: 1.2, scores },
    });
    expect(found).toEqual(["softmax-twice serious", "overfitting serious"]);
  });

  test("do not take the loss of a game for what is to be lowered", () => {
    const game = { ...sound, end: point(0.5), trials: [trial(1, 0.49), trial(10, 0.3)] };
    expect(named({ ...game, samples: { coverage: 0.9, fidelity: 0.9 } })).toEqual([]);
    expect(named({ ...game, samples: { coverage: 0.2, fidelity: 0.9 } })).toEqual([
      "mode-collapse serious",
    ]);
  });
});
