import { type Chart, svgChart, svgCharts } from "../../../drawing/chart.ts";
import * as penalties from "../../../methods/penalties/registry.ts";
import { rateValues } from "../../../methods/schedules/rateValue.ts";
import * as schedules from "../../../methods/schedules/registry.ts";
import type { LearningRate } from "../../../methods/schedules/schedule.ts";

const steps = Array.from({ length: 401 }, (_, i) => i * 5);
const total = 2001;

/** Rates over a run of 2,000 steps. */
export function scheduleChart(): string {
  const shown: Readonly<Record<string, LearningRate>> = {
    warmupCosine: schedules.warmupCosine({ peak: 1, warmup: 0.05 }),
    warmRestarts: schedules.warmRestarts({ peak: 1, first: 0.143, multiplier: 2 }),
    oneCycle: schedules.oneCycle({ peak: 1 }),
    stepDecay: schedules.stepDecay({ peak: 1, every: 0.25, factor: 0.5 }),
    exponentialDecay: schedules.exponentialDecay({ peak: 1, factor: 0.1, every: 0.5 }),
    inverseSqrt: schedules.inverseSqrt({ peak: 1, timescale: 200 }),
    cyclic: schedules.cyclic({ peak: 0.6, floor: 0.1, up: 0.1 }),
  };
  return svgChart({
    title: "Schedules of a run of 2,000 steps",
    x: { label: "step" },
    y: { label: "learning rate over its peak" },
    series: Object.entries(shown).map(([name, rate]) => {
      const rates = rateValues(rate, steps, total);
      return { name, points: steps.map((step, i) => [step, rates[i]!] as const) };
    }),
  });
}

/** Penalties of one coordinate at strength 1, and what their prox makes of it. */
export function penaltyChart(): string {
  const shown = {
    l1: penalties.l1(1),
    squaredL2: penalties.squaredL2(1),
    mcp: penalties.mcp(1, { gamma: 3 }),
    scad: penalties.scad(1, { a: 3.7 }),
    lHalf: penalties.lHalf(1),
    logSum: penalties.logSum(1),
  };
  const at = Array.from({ length: 321 }, (_, i) => (i - 160) / 40);
  const curves = (f: (penalty: (typeof shown)["l1"], x: number) => number): Chart["series"] =>
    Object.entries(shown).map(([name, penalty]) => ({
      name,
      points: at.map((x) => [x, f(penalty, x)] as const).filter(([, y]) => y <= 5),
    }));
  return svgCharts(
    [
      {
        title: "Penalties of strength 1",
        x: { label: "x" },
        y: { label: "p(x)", domain: [0, 5] },
        series: curves((penalty, x) => penalty.value(Float64Array.of(x))),
      },
      {
        title: "Their proximal operators, step 1: what is left of v",
        x: { label: "v" },
        y: { label: "prox(v)" },
        series: curves((penalty, v) => penalty.prox(Float64Array.of(v), 1)[0]!),
      },
    ],
    1,
  );
}
