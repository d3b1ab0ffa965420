import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import type { Tensor } from "../../array/tensor.ts";
import { jit } from "../../runtime/jit.ts";
import { rateValue, rateValues } from "./rateValue.ts";
import * as schedules from "./registry.ts";
import { rateAt, type Schedule } from "./schedule.ts";
import golden from "./schedules.golden.json" with { type: "json" };

const {
  constant,
  cosine,
  cyclic,
  exponentialDecay,
  exponentialRamp,
  inverseSqrt,
  inverseTime,
  linearRamp,
  multiStep,
  oneCycle,
  polynomial,
  stepDecay,
  warmRestarts,
  warmup,
  warmupCosine,
} = schedules;

/** PyTorch's parameters: each scheduler has some. */
interface TorchParams {
  readonly gamma?: number;
  readonly stepSize?: number;
  readonly etaMin?: number;
  readonly tMax?: number;
  readonly t0?: number;
  readonly tMult?: number;
  readonly maxLr?: number;
  readonly pctStart?: number;
  readonly divFactor?: number;
  readonly finalDivFactor?: number;
  readonly totalSteps?: number;
  readonly baseLr?: number;
  readonly stepSizeUp?: number;
  readonly stepSizeDown?: number;
  readonly warmupSteps?: number;
  readonly startFactor?: number;
  readonly endFactor?: number;
  readonly totalIters?: number;
  readonly power?: number;
  readonly milestones?: readonly number[];
  readonly annealStrategy?: string;
  readonly mode?: string;
  readonly threePhase?: boolean;
}

/** PyTorch's schedulers in nadir's words; each reads the parameters it knows to be there. */
const fromTorch: Record<string, (p: TorchParams, base: number) => Schedule> = {
  StepLR: (p, peak) => stepDecay({ peak, factor: p.gamma!, every: p.stepSize! }),
  MultiStepLR: (p, peak) => multiStep({ peak, factor: p.gamma!, at: p.milestones! }),
  ExponentialLR: (p, peak) => exponentialDecay({ peak, factor: p.gamma! }),
  CosineAnnealingLR: (p, peak) => cosine({ peak, floor: p.etaMin!, over: p.tMax! }),
  CosineAnnealingWarmRestarts: (p, peak) =>
    warmRestarts({ peak, floor: p.etaMin!, first: p.t0!, multiplier: p.tMult! }),
  OneCycleLR: (p) =>
    oneCycle({
      peak: p.maxLr!,
      rise: p.pctStart!,
      startDivisor: p.divFactor!,
      endDivisor: p.finalDivFactor!,
      shape: p.annealStrategy === "cos" ? "cosine" : "linear",
      threePhase: p.threePhase!,
      over: p.totalSteps!,
    }),
  CyclicLR: (p) =>
    cyclic({
      floor: p.baseLr!,
      peak: p.maxLr!,
      up: p.stepSizeUp!,
      down: p.stepSizeDown!,
      cycleFactor: p.mode === "triangular2" ? 0.5 : 1,
      stepFactor: p.gamma!,
    }),
  LinearWarmupCosine: (p, peak) =>
    warmupCosine({ peak, warmup: p.warmupSteps!, from: p.startFactor!, floor: p.etaMin! }),
  LinearLR: (p, base) =>
    linearRamp({
      from: base * p.startFactor!,
      to: base * p.endFactor!,
      over: p.totalIters!,
    }),
  PolynomialLR: (p, peak) => polynomial({ peak, power: p.power!, over: p.totalIters! }),
  InverseSqrt: (p, peak) => inverseSqrt({ peak, timescale: p.t0! }),
};

/** Planned steps where a schedule's shape depends on them; else the number of rates listed. */
const plannedSteps: Record<string, number> = { LinearWarmupCosine: 25 };

describe("schedules", () => {
  test.for(golden.cases)("$name agrees with PyTorch, $params", ({ name, params, baseLr, lrs }) => {
    const schedule = fromTorch[name]!(params, baseLr);
    const total = plannedSteps[name] ?? lrs.length;
    const rates = rateValues(schedule, Array.from(lrs.keys()), total);
    rates.forEach((rate, t) => {
      expect(Math.abs(rate - lrs[t]!), `step ${t}`).toBeLessThanOrEqual(1e-12);
    });
  });
});

/** One of each, over runs of any length. */
const samples: Record<keyof typeof schedules, Schedule> = {
  constant: constant(0.1),
  cosine: cosine({ peak: 0.1, floor: 1e-4 }),
  cyclic: cyclic({ peak: 0.1, floor: 0.01, up: 0.01, down: 0.003, cycleFactor: 0.97 }),
  exponentialDecay: exponentialDecay({ peak: 0.1, factor: 0.01, every: 0.9 }),
  exponentialRamp: exponentialRamp({ from: 1e-6, to: 0.1 }),
  inverseSqrt: inverseSqrt({ peak: 0.1, timescale: 100 }),
  inverseTime: inverseTime({ peak: 0.1, timescale: 100 }),
  linearRamp: linearRamp({ from: 0.1, to: 0.001 }),
  multiStep: multiStep({ peak: 0.1, factor: 0.3, at: [0.25, 0.5, 0.99] }),
  oneCycle: oneCycle({ peak: 0.1 }),
  polynomial: polynomial({ peak: 0.1, power: 1.5 }),
  stepDecay: stepDecay({ peak: 0.1, factor: 0.7, every: 0.03 }),
  warmRestarts: warmRestarts({ peak: 0.1, floor: 1e-5, first: 777, multiplier: 3 }),
  warmup: warmup(warmRestarts({ peak: 0.1, floor: 1e-5, first: 997 }), 0.05),
  warmupCosine: warmupCosine({ peak: 0.1 }),
};

/** Rates of an f32 trace. */
function singleRates(schedule: Schedule, steps: readonly number[], total: number): number[] {
  // A trace of integers alone would be f64: this one is told by a float among its arguments.
  const traced = jit((index: Tensor, one: Tensor) => rateAt(schedule, { index, total }).mul(one));
  const found = traced(Int32Array.from(steps), Float32Array.of(1));
  expect(found.dtype).toBe("f32");
  return Array.from(found.data);
}

describe.for(Object.entries(samples))("%s", ([name, schedule]) => {
  test.for([1_000_000, 1_500_000_000])("keeps f32 accuracy to the end of %d steps", (total) => {
    const steps = [0, 1, 2, 3, 776, 777, 778, 996, 997, 998, 29_999, 30_000, 49_999, 50_000].concat(
      [0.25, 0.4999, 0.5, 0.7, 0.9, 0.999999].map((part) => Math.round(part * total)),
      [total - 3, total - 2, total - 1],
    );
    const exact = rateValues(schedule, steps, total);
    const single = singleRates(schedule, steps, total);
    exact.forEach((rate, i) => {
      expect(rate, `${name} at ${steps[i]}`).toBeGreaterThan(0);
      expect(Math.abs(single[i]! - rate) / rate, `${name} at ${steps[i]}`).toBeLessThan(3e-6);
    });
  });

  property.prop([fc.integer({ min: 0, max: 999_999 })])(
    "is a function of the step alone, between 0 and the peak",
    (step) => {
      const rate = rateValue(schedule, step, 1_000_000);
      expect(rateValues(schedule, [3, step, 999_999], 1_000_000)[1]).toBe(rate);
      expect(rate).toBeGreaterThan(0);
      expect(rate).toBeLessThanOrEqual(0.1 * (1 + 1e-15));
    },
  );

  test("is described by its own name", () => {
    const infos = new Map(Object.entries(schedules).map(([key, make]) => [key, make.info]));
    expect(infos.get(name)?.name).toBe(name);
    expect(schedule).toMatchObject({ kind: "schedule", name });
  });
});

describe("warm-up", () => {
  test("starts above 0 and rises by equal amounts to the schedule's first rate", () => {
    const rates = rateValues(warmup(0.8, 3), [0, 1, 2, 3, 4], 10);
    [0.2, 0.4, 0.6, 0.8, 0.8].forEach((rate, t) => {
      expect(rates[t]).toBeCloseTo(rate, 14);
    });
  });

  test("takes a fraction of the run or a count of steps", () => {
    const of = (over: number): number[] => rateValues(warmup(1, over), [9, 29, 30], 1000);
    expect(of(0.03)).toEqual(of(30));
    expect(of(30)[2]).toBe(1);
    expect(rateValues(warmup(1, 0), [0], 10)).toEqual([1]);
  });

  test("takes 3 % of the run unless said", () => {
    expect(rateValue(warmupCosine({ peak: 1 }), 30, 1000)).toBe(1);
    expect(rateValue(warmupCosine({ peak: 1 }), 29, 1000)).toBeLessThan(1);
  });
});

describe("exponentialRamp", () => {
  test("multiplies the rate by the same factor at every step, to the end", () => {
    const rates = rateValues(exponentialRamp({ from: 1e-4, to: 1 }), [0, 1, 2, 3, 4, 5], 4);
    [1e-4, 1e-3, 1e-2, 1e-1, 1, 1].forEach((rate, t) => {
      expect(Math.abs(rates[t]! / rate - 1)).toBeLessThan(1e-14);
    });
  });
});

describe("refused with the allowed range, before the first step", () => {
  test.for<[string, () => unknown, RegExp]>([
    ["a rate of 0", () => constant(0), /rate is 0.*above 0/s],
    ["a negative peak", () => cosine({ peak: -1 }), /peak is -1.*finite number above 0/s],
    ["a floor above the peak", () => cosine({ peak: 0.1, floor: 0.2 }), /floor is 0.2.*most 0.1/s],
    ["a growing factor", () => stepDecay({ peak: 1, factor: 2, every: 3 }), /factor is 2.*most 1/s],
    ["a span of half steps", () => cosine({ peak: 1, over: 2.5 }), /over is 2.5.*whole number/s],
    ["a rise of the whole run", () => oneCycle({ peak: 1, rise: 1 }), /rise is 1.*below 1/s],
    ["a multiplier of 1.5", () => warmRestarts({ peak: 1, first: 5, multiplier: 1.5 }), /whole/],
    ["a misspelt option", () => cosine({ peak: 1, flor: 0 } as never), /did you mean floor\?/],
    [
      "a rate that is no rate",
      () => warmup("fast" as never),
      /no number but "fast".*or a schedule/s,
    ],
  ])("%s", ([, make, message]) => {
    expect(make).toThrow(message);
  });

  test.for<[string, Schedule, RegExp]>([
    [
      "a cosine longer than the run",
      cosine({ peak: 1, over: 101 }),
      /over is 101 steps, and the run has 100/,
    ],
    ["a warm-up as long as the run", warmup(1, 100), /the whole run/],
    ["milestones out of order", multiStep({ peak: 1, at: [30, 20] }), /step 20 comes after 30/],
    ["a cycle longer than the run", cyclic({ peak: 1, floor: 0, up: 60 }), /120 steps/],
  ])("%s", ([, schedule, message]) => {
    expect(() => rateValue(schedule, 0, 100)).toThrow(message);
  });

  test("a fraction of a run of unknown length", () => {
    expect(() => rateValue(cosine({ peak: 1 }), 0, Number.POSITIVE_INFINITY)).toThrow(
      /Infinity steps long/,
    );
  });
});
