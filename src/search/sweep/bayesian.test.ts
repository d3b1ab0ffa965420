import { describe, expect, test } from "vitest";
import { bayesian, expectedImprovement, standardScores } from "./bayesian.ts";
import { fitProcess } from "./gaussianProcess.ts";
import type { Space } from "./space.ts";
import type { Trial } from "./strategy.ts";

test.for([
  // scipy 1.10: d·(z·norm.cdf(z) + norm.pdf(z)) with z = (lowest − mean)/d
  [-1, 0.5, 0, 1.004245351308415],
  [1, 1, 0, 0.0833154705876862],
  [0, 2, 0, 0.7978845608028654],
  [0.3, 0.2, -0.1, 0.0016981405166],
])(
  "a mean of %s ± %s is expected to fall below %s by %s",
  ([mean = 0, deviation = 1, lowest = 0, wanted = 0]) => {
    // Φ is within 7.5e-8, and z at most 2.
    expect(Math.abs(expectedImprovement({ mean, deviation }, lowest) - wanted)).toBeLessThan(2e-7);
  },
);

test("scores cap what is further above the median than one and a half times the lowest is below it", () => {
  // Lowest 0, median 1 (the lower of the two): the cap is 2.5.
  const [a = 0, b = 0, c = 0, d = 0] = standardScores([0, 1, 2, 100]);
  expect((c - a) / (b - a)).toBeCloseTo(2, 12);
  expect((d - a) / (b - a)).toBeCloseTo(2.5, 12);
});

describe("a Gaussian process", () => {
  test("of one value is the Matérn kernel through it: Rasmussen and Williams 2.25, 2.26 and 4.17", () => {
    const process = fitProcess([[0.3, 0.6]], [1.2], 0);
    const { lengths, noise } = process.scales;
    const r = Math.sqrt(5) * Math.hypot(0.2 / lengths[0]!, 0.5 / lengths[1]!);
    const k = (1 + r + r ** 2 / 3) * Math.exp(-r);
    const own = 1 + noise + 1e-8;
    const { mean, deviation } = process.predict([0.5, 0.1]);
    expect(mean).toBeCloseTo((1.2 * k) / own, 12);
    expect(deviation).toBeCloseTo(Math.sqrt(1 - k ** 2 / own), 12);
  });

  const points = Array.from({ length: 16 }, (_, i) => [i / 15, ((i * 7) % 16) / 15]);

  test("finds which dimension a function hangs on, and that it has no noise", () => {
    const { lengths, noise } = fitProcess(
      points,
      standardScores(points.map(([x = 0]) => Math.sin(6 * x))),
      0,
    ).scales;
    expect(lengths[1]).toBeGreaterThan(3 * lengths[0]!);
    expect(noise).toBeLessThan(1e-2);
  });

  test("takes for noise what no length explains", () => {
    const scattered = points.map((_, i) => Math.sin(97 * i * i));
    expect(fitProcess(points, standardScores(scattered), 0).scales.noise).toBeGreaterThan(0.1);
  });

  test("keeps lengths near the prior's where the values say nothing of them", () => {
    for (const seed of [0, 1, 2]) {
      const [length = 0] = fitProcess([[0.5]], [0], seed).scales.lengths;
      expect(Math.abs(Math.log(length / 0.5))).toBeLessThan(0.5);
    }
  });
});

describe("the next trial", () => {
  const line: Space = [
    { name: "x", kind: "range", low: 0, high: 1, scale: "linear", whole: false },
  ];
  const at = (number: number, x: number, value?: number): Trial => ({
    ...{ number, settings: { x }, share: 1, status: value === undefined ? "running" : "waiting" },
    measured: value === undefined ? [] : [{ share: 1, value }],
  });
  const next = (trials: readonly Trial[], many: number): number => {
    const proposal = bayesian(line, many, 5).propose(trials);
    if (proposal.kind !== "start") throw new Error(`it says ${proposal.kind}`);
    return Number(proposal.settings["x"]);
  };
  const bowl = [0, 0.2, 0.45, 0.8, 1].map((x, i) => at(i, x, (x - 0.6) ** 2));

  test("is at the bottom of a bowl that five trials show", () => {
    expect(Math.abs(next(bowl, 20) - 0.6)).toBeLessThan(0.05);
  });

  test("keeps away from one that still runs there", () => {
    const first = next(bowl, 20);
    expect(Math.abs(next([...bowl, at(5, first)], 20) - first)).toBeGreaterThan(1e-3);
  });

  test("forgets none of the newest of many, and of the old ones none of the best", () => {
    // 400 old trials that say nothing, one of them good; the newest 60 show a bowl about 0.25.
    const old = Array.from({ length: 400 }, (_, i) => at(i, 0.9 + 1e-4 * i, 1));
    const newest = Array.from({ length: 75 }, (_, i) =>
      at(400 + i, i / 150, (i / 150 - 0.25) ** 2),
    );
    expect(Math.abs(next([...old, ...newest], 1000) - 0.25)).toBeLessThan(0.05);
  });
});
