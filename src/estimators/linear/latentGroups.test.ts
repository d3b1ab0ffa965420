import { describe, expect, test } from "vitest";
import { numbersFrom } from "../../linalg/testing.ts";
import { groupLasso } from "../../methods/penalties/registry.ts";
import { latentGroups } from "./latentGroups.ts";
import { linearModel } from "./linearModel.ts";

const [samples, features] = [40, 9];
const next = numbersFrom(5);
const x = Array.from({ length: samples }, () => Array.from({ length: features }, next));
const y = x.map((row) => 2 * row[2]! - row[3]! + row[4]! + 0.1 * next());
const groups = [
  [0, 1, 2],
  [2, 3, 4],
  [4, 5, 6],
  [6, 7, 8],
];
const strength = 0.05;
const plain = { intercept: false, standardize: false } as const;

describe("latent groups", () => {
  test("meet the conditions of the latent norm's minimum, and keep a union of groups", () => {
    const latent = latentGroups(groups, features);
    const penalty = groupLasso(strength, { groups: latent.groups });
    const fit = linearModel({ ...plain, penalty }).fit(latent.expand(x), y);
    expect(fit.verdict.kind).toBe("global-minimum");
    const w = latent.combine(fit.coefficients);
    const residual = y.map((yi, i) => yi - x[i]!.reduce((sum, xij, j) => sum + xij * w[j]!, 0));
    const slopes = w.map(
      (_, j) => x.reduce((sum, row, i) => sum + row[j]! * residual[i]!, 0) / samples,
    );
    // Jacob et al., lemma 11: ‖∇_g‖ ≤ λ√|g| for all groups, with equality where a part is not 0.
    groups.forEach((group, g) => {
      const size = Math.hypot(...group.map((j) => slopes[j]!));
      const part = latent.groups[g]!.map((k) => fit.coefficients[k]!);
      const charge = strength * Math.sqrt(group.length);
      if (part.some((v) => v !== 0)) expect(size).toBeCloseTo(charge, 7);
      else expect(size).toBeLessThanOrEqual(charge + 1e-8);
    });
    const kept = groups.filter((_, g) => latent.groups[g]!.some((k) => fit.coefficients[k] !== 0));
    expect(kept).toContainEqual([2, 3, 4]);
    expect(kept.length).toBeLessThan(groups.length);
    expect([...w.keys()].filter((j) => w[j] !== 0)).toEqual([...new Set(kept.flat())].sort());
  });

  test("are groups like any other where they do not overlap, dense and sparse", () => {
    const apart = [
      [3, 4, 5],
      [0, 1, 2],
      [6, 7, 8],
    ];
    const latent = latentGroups(apart, features);
    const penalty = groupLasso(strength, { groups: latent.groups });
    const model = linearModel({ ...plain, penalty });
    const whole = linearModel({ ...plain, penalty: groupLasso(strength, { groups: 3 }) }).fit(x, y);
    const columns = Float64Array.from(
      { length: samples * features },
      (_, e) => x[e % samples]![Math.floor(e / samples)]!,
    );
    const starts = Int32Array.from({ length: features + 1 }, (_, j) => j * samples);
    const indices = Int32Array.from(columns, (_, e) => e % samples);
    const designs = [
      x,
      { samples, features, columns },
      { samples, features, starts, indices, values: columns },
    ];
    for (const design of designs) {
      const w = latent.combine(model.fit(latent.expand(design), y).coefficients);
      w.forEach((value, j) => {
        expect(value).toBeCloseTo(whole.coefficients[j]!, 8);
      });
    }
  });

  test("cover all features, each once in a group", () => {
    expect(() => latentGroups([[0, 1]], 3)).toThrow(/position 2 is in no group/);
    expect(() => latentGroups([[0, 0, 1]], 2)).toThrow(/group 0 names a position twice/);
    expect(() => latentGroups([[0, 2]], 2)).toThrow(/group 0 names position 2/);
    expect(() => latentGroups(groups, features).expand([[1, 2]])).toThrow(/has 2 features/);
    expect(() => latentGroups(groups, features).combine(new Float64Array(9))).toThrow(/9 coeff/);
  });
});
