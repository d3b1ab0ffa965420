import { describe, expect, test } from "vitest";
import { numbersFrom } from "../../linalg/testing.ts";
import { ratingBiases } from "./biases.ts";

const next = numbersFrom(4);
const pairs = Array.from({ length: 300 }, (_, e) => [e % 20, Math.floor(e / 20)] as const).filter(
  () => next() > -0.2,
);
const ratings = {
  users: pairs.map(([i]) => i),
  items: pairs.map(([, j]) => j),
  values: pairs.map(([i, j]) => 3 + Math.sin(i) + Math.cos(j)),
};

describe("ratingBiases", () => {
  test("finds what users and items add, with a certificate", () => {
    const { predict, verdict, mean } = ratingBiases({ strength: 1e-6 }).fit(ratings);
    expect(mean).toBeCloseTo(ratings.values.reduce((a, b) => a + b, 0) / pairs.length, 12);
    const scores = predict(ratings.users, ratings.items);
    expect(
      Math.max(...scores.map((score, e) => Math.abs(score - ratings.values[e]!))),
    ).toBeLessThan(1e-3);
    expect(verdict.kind).toBe("global-minimum");
  });

  test("bounds its distance from the minimum truly", () => {
    const rough = ratingBiases({ strength: 0.3, iterations: 2, tolerance: 0 }).fit(ratings);
    const exact = ratingBiases({ strength: 0.3, tolerance: 1e-13 }).fit(ratings);
    if (exact.verdict.kind !== "global-minimum") throw new Error("not certified");
    const [, below] = /at most (\S+) below/.exec(rough.verdict.evidence.join()) ?? [];
    const [, value] = /below (\S+)$/.exec(rough.verdict.evidence.join()) ?? [];
    const distance = Number(value) - exact.verdict.primal;
    expect(distance).toBeGreaterThan(0);
    expect(distance).toBeLessThan(Number(below));
  });

  test("refuses strength 0, and ids that it has not seen", () => {
    expect(() => ratingBiases({ strength: 0 }).fit(ratings)).toThrow(/strength is 0/);
    const { predict } = ratingBiases().fit(ratings);
    expect(() => predict([99], [0])).toThrow(/no user 99/);
    expect(predict([99], [0], { unseen: "nan" })[0]).toBeNaN();
  });
});
