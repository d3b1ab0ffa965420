import { expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { onBoth, programOf, relativeDistance } from "../../runtime/onnx/testing.ts";
import { cosine } from "./cosine.ts";
import { cyclic } from "./cyclic.ts";
import { exponentialDecay } from "./exponentialDecay.ts";
import { multiStep } from "./multiStep.ts";
import { oneCycle } from "./oneCycle.ts";
import { polynomial } from "./polynomial.ts";
import { rateAt, type Schedule } from "./schedule.ts";
import { stepDecay } from "./stepDecay.ts";
import { warmRestarts } from "./warmRestarts.ts";
import { warmup } from "./warmup.ts";

const schedules: readonly Schedule[] = [
  cosine({ peak: 0.1 }),
  cyclic({ peak: 0.1, floor: 0.01, up: 0.01, cycleFactor: 0.9, stepFactor: 0.99999 }),
  exponentialDecay({ peak: 0.1, factor: 0.01, every: 0.5 }),
  multiStep({ peak: 0.1, at: [0.5, 0.75] }),
  oneCycle({ peak: 0.1, threePhase: true }),
  polynomial({ peak: 0.1, power: 2 }),
  stepDecay({ peak: 0.1, every: 0.1 }),
  warmRestarts({ peak: 0.1, first: 100, multiplier: 2 }),
  warmRestarts({ peak: 0.1, first: 777 }),
  warmup(warmRestarts({ peak: 0.1, first: 100, multiplier: 3 }), 0.03),
];

test.for([1_000_000, 1_500_000_000])(
  "both engines have the same rates, in f32, in %d steps",
  async (total) => {
    const steps = [0, 1, 99, 100, 101, 776, 777, 29_999, 30_000, 500_000, 750_001, 999_999];
    const inputs = [
      NDArray.of(Int32Array.from(steps)),
      NDArray.of([1], undefined, "f32"), // tells the trace its float dtype
    ];
    const program = programOf(
      (index, one) =>
        schedules.map((schedule) => rateAt(schedule, { index: index!, total }).mul(one!)),
      inputs,
    );
    const [js, onnx] = await onBoth(program, inputs);
    js.forEach((rates, i) => {
      expect(relativeDistance(onnx[i]!, rates, "element"), schedules[i]!.name).toBeLessThan(1e-5);
    });
  },
);
