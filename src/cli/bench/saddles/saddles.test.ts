import { describe, expect, test } from "vitest";
import type { Evaluation } from "../../../linalg/ask.ts";
import { largestDifference } from "../../../linalg/testing.ts";
import { contenders } from "./contenders.ts";
import { families, tensorError, tensorLoss } from "./families.ts";
import { octopusFrom, referenceSteps } from "./octopusRace.ts";
import { type Outcome, oracleFor, race } from "./race.ts";
import { summarize, summaryText } from "./statistics.ts";
import golden from "./tensor.golden.json" with { type: "json" };

const seeds = 20;
const named = (name: string) => {
  const found = contenders.find((contender) => contender.name === name);
  if (found === undefined) throw new Error(`no contender is named ${name}`);
  return found;
};

/** Outcomes on the octopus from all seeds. */
function octopusRuns(name: string, d: number, l: number): Outcome[] {
  const oracle = oracleFor(octopusFrom(d, l, 0).f, d);
  return Array.from({ length: seeds }, (_, seed) => {
    const limits = { maxSteps: 20_000, maxPrice: 20_000, seed };
    return race(octopusFrom(d, l, seed), named(name), oracle, limits);
  });
}

const cells = [5, 10].flatMap((d, i) =>
  [1, 1.5, 2, 3].map((l, j) => ({ d, l, reference: referenceSteps[i]?.[j] ?? Number.NaN })),
);

describe.for(cells)("on the octopus with d = $d, L = $l", ({ d, l, reference }) => {
  test("perturbed descent needs the steps that an independent program needs, within a tenth", () => {
    const { median, solved } = summarize(
      octopusRuns("perturbed descent", d, l).map((o) => o.reached),
    );
    expect(solved).toBe(seeds);
    expect(Math.abs(median - reference)).toBeLessThanOrEqual(0.1 * reference);
  });

  test("curvature feedback needs no more gradient-equivalents, values and products counted", () => {
    const runs = octopusRuns("curvature feedback, gradient steps", d, l);
    const { median, solved } = summarize(runs.map(({ reached }) => reached));
    expect(solved).toBe(seeds);
    expect(median).toBeLessThanOrEqual(reference);
  });
});

test("gradient descent never passes ten saddles in a row", () => {
  const runs = octopusRuns("gradient descent", 10, 3).slice(0, 5);
  expect(runs.every(({ reached }) => reached === undefined)).toBe(true);
});

test("the tensor loss has the golden values, and the gradients along the spheres", () => {
  const oracle = oracleFor(tensorLoss(golden.columns), 16);
  for (const { u, value, riemannian } of golden.points) {
    const found = oracle({ kind: "gradient", x: Float64Array.from(u.flat()) }) as Evaluation;
    expect(Math.abs(found.value - value)).toBeLessThanOrEqual(1e-9 * Math.max(1, value));
    expect(largestDifference(found.gradient, riemannian)).toBeLessThanOrEqual(1e-9 * 5);
  }
});

test("the tensor's error is 0 for its components in any order and sign, 1 for none of them", () => {
  const e = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  expect(tensorError([[0, -1, 0], [1, 0, 0], [0, 0, 1]], e)).toBe(0); // biome-ignore format: a matrix
  // Σuᵢ⊗⁴ = 3e₁⊗⁴: ‖3e₁⊗⁴ − Σ‖² = 9 − 6 + 3.
  expect(tensorError([[1, 0, 0], [1, 0, 0], [1, 0, 0]], e)).toBeCloseTo(Math.sqrt(2), 12); // biome-ignore format: a matrix
});

describe.for(families)("$name", (family) => {
  test("the exact start is a stationary point, where gradient descent never moves", () => {
    const instance = family.draw(3, 0);
    const n = instance.start.length;
    const { gradient } = oracleFor(
      instance.f,
      n,
    )({
      kind: "gradient",
      x: Float64Array.from(instance.start),
    }) as Evaluation;
    expect(Math.max(...gradient.map(Math.abs))).toBeLessThan(1e-12);
  });
});

test.for(["curvature feedback, gradient steps", "annealed noise"])(
  "%s decomposes tensors to a hundredth from every draw, started near the saddle",
  (name) => {
    const family = families.find(({ name: own }) => own === "tensor decomposition");
    const solved = Array.from({ length: 5 }, (_, seed) => {
      const instance = family!.draw(seed, 1e-3);
      const limits = { maxSteps: 1000, maxPrice: 1000, seed };
      return race(instance, named(name), oracleFor(instance.f, 100), limits).reached;
    });
    expect(solved).not.toContain(undefined);
  },
);

test("medians count a run that failed as infinite, and say how many did not", () => {
  expect(summaryText(summarize([3, 1, 2]))).toBe("2 (2–3)");
  expect(summaryText(summarize([1, 2, 3, undefined]))).toBe("3 (2–∞), 3 of 4");
  expect(summaryText(summarize([1, undefined, undefined]))).toBe("1 of 3");
});
