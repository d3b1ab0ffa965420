import { describe, expect, test } from "vitest";
import golden from "./onPlateau.golden.json" with { type: "json" };
import { type OnPlateau, onPlateau, type PlateauState } from "./onPlateau.ts";

const scalesOf = (rule: OnPlateau, metrics: readonly number[]): number[] => {
  let state = rule.start;
  return metrics.map((metric) => {
    const { scale } = state;
    state = rule.next(state, metric);
    return scale;
  });
};

describe("onPlateau", () => {
  test.for(golden.cases)("agrees with PyTorch, $params", ({ params, baseLr, metrics, lrs }) => {
    const rule = onPlateau({
      factor: params.factor,
      patience: params.patience,
      threshold: params.threshold,
      thresholdKind: params.thresholdMode === "rel" ? "relative" : "absolute",
      cooldown: params.cooldown,
      limit: params.minLr / baseLr,
      goal: params.mode === "min" ? "min" : "max",
    });
    scalesOf(rule, metrics).forEach((scale, t) => {
      expect(Math.abs(scale * baseLr - lrs[t]!), `measurement ${t}`).toBeLessThanOrEqual(1e-12);
    });
  });

  test("goes on from its state as JSON as if it had never stopped", () => {
    const rule = onPlateau({ factor: 0.5, patience: 1, cooldown: 2 });
    const metrics = [3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 0.5];
    let state: PlateauState = rule.start;
    const scales = metrics.map((metric) => {
      const { scale } = state;
      const restored: PlateauState = JSON.parse(JSON.stringify(state));
      state = rule.next(restored, metric);
      return scale;
    });
    expect(scales).toEqual(scalesOf(rule, metrics));
    expect(scales.at(-1)).toBeLessThan(1);
  });

  test("raises rates to leave a plateau, up to its limit", () => {
    const rule = onPlateau({ factor: 2, patience: 0, limit: 5 });
    expect(scalesOf(rule, [1, 1, 1, 1, 1])).toEqual([1, 1, 2, 4, 5]);
  });

  test("takes back what it raised after a while, and raises again no more often than it may", () => {
    const rule = onPlateau({ factor: 3, noise: 0.1, hold: 2, patience: 1, cooldown: 1, times: 2 });
    const seen: (readonly [number, number])[] = [];
    let state = rule.start;
    for (let t = 0; t < 18; t++) {
      state = rule.next(state, 1);
      seen.push([state.scale, state.noise]);
    }
    const raised = seen.flatMap(([scale, noise], t) => (scale === 3 && noise === 0.1 ? [t] : []));
    const normal = seen.filter(([scale, noise]) => scale === 1 && noise === 0);
    // The best at 0, two without improvement, two held; then one unjudged and two more without.
    expect(raised).toEqual([2, 3, 7, 8]);
    expect(raised.length + normal.length).toBe(18);
  });

  test("raises rates or noise alone", () => {
    const noisy = onPlateau({ noise: 0.5, patience: 0 });
    const first = noisy.next(noisy.start, 1);
    expect(noisy.next(first, 1)).toMatchObject({ scale: 1, noise: 0.5, held: 1 });
    expect(() => onPlateau({ factor: 0.5, hold: 2 })).toThrow(/what is lowered to settle stays/);
  });

  test("takes NaN for no improvement, even at first", () => {
    const rule = onPlateau({ factor: 0.5, patience: 1 });
    expect(scalesOf(rule, [Number.NaN, Number.NaN, Number.NaN])).toEqual([1, 1, 0.5]);
  });

  test("refuses a factor of 1 and options it does not know", () => {
    expect(() => onPlateau({ factor: 1 })).toThrow(/below 1 to lower/);
    expect(() => onPlateau({ patiense: 3 } as never)).toThrow(/did you mean patience\?/);
  });
});
