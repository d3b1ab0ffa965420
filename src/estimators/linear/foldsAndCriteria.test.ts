import { describe, expect, test } from "vitest";
import { uniform } from "../../cli/bench/random.ts";
import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { l1, mcp } from "../../methods/penalties/registry.ts";
import { crossValidate, type Folding, linearFolding } from "./crossValidate.ts";
import { readDesign } from "./design.ts";
import type { LinearFit } from "./fits.ts";
import { linearModel } from "./linearModel.ts";
import { multinomialRegression } from "./multinomial.ts";
import { readTargets, weighted } from "./task.ts";

const next = uniform(11);
const rows = Array.from({ length: 30 }, () => Array.from({ length: 5 }, () => 2 * next() - 1));
const eta = rows.map((row) => 0.5 + 1.5 * row[0]! - row[3]!);
const labels = eta.map((value) => (value + 2 * next() - 1.2 > 0 ? 7 : 4));
const counts = eta.map((value) => Math.floor(Math.exp(value) + next()));
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe("information criteria", () => {
  // −2 log likelihood, written down a second time; factorials, which are the same for all models, left out.
  test("of labels and counts are −2 log likelihood and a price for each parameter", () => {
    const logistic = linearModel({ loss: "logistic", penalty: l1(0.05) }).fit(rows, labels);
    const chances = logistic.probabilities(rows);
    const told = sum(
      labels.map((label, i) => Math.log(label === 7 ? chances[i]! : 1 - chances[i]!)),
    );
    const k = logistic.support.length + 1;
    expect(k).toBeGreaterThan(1);
    expect(k).toBeLessThan(6);
    expect(logistic.criteria.parameters).toBe(k);
    expect(logistic.criteria.aic).toBeCloseTo(-2 * told + 2 * k, 9);
    expect(logistic.criteria.bic).toBeCloseTo(-2 * told + Math.log(30) * k, 9);

    const poisson = linearModel({ loss: "poisson", penalty: l1(0.05), intercept: false });
    const fit = poisson.fit(rows, counts);
    const rates = fit.predict(rows);
    const likelihood = sum(counts.map((y, i) => y * Math.log(rates[i]!) - rates[i]!));
    expect(fit.criteria.parameters).toBe(fit.support.length); // no intercept
    expect(fit.criteria.aic).toBeCloseTo(-2 * likelihood + 2 * fit.support.length, 9);
  });

  test("of classes count each class's coefficients and its intercept", () => {
    const three = labels.map((label, i) => (i % 4 === 0 ? 9 : label));
    const { criteria, coefficients, loss } = multinomialRegression({ penalty: l1(0.05) }).fit(
      ...([rows, three] as const),
    );
    const used = sum(coefficients.map((own) => own.filter((value) => value !== 0).length));
    expect(used).toBeGreaterThan(2);
    expect(criteria.parameters).toBe(used + 2); // K − 1 intercepts are free
    expect(criteria.aic).toBeCloseTo(2 * 30 * loss + 2 * criteria.parameters, 9);
  });

  test("for many features count the models of that size", () => {
    const binomials = [1, 5, 10, 10, 5, 1];
    const { fits } = linearModel({ penalty: l1(1), intercept: false }).path(rows, eta, {
      count: 8,
    });
    for (const { criteria } of fits) {
      const models = binomials[criteria.parameters]!;
      expect(criteria.ebic! - criteria.bic!).toBeCloseTo(2 * Math.log(models), 9);
    }
    expect(new Set(fits.map(({ criteria }) => criteria.parameters)).size).toBeGreaterThan(2);
  });
});

/** Ten samples in folds of 4, 3 and 3, whose losses are given by fold and strength. */
const given = (table: readonly (readonly number[])[]) => {
  const held: number[][] = [];
  const folding: Folding<number, { readonly upTo: number }> = {
    samples: 10,
    strengths: ({ strengths = [] }) => strengths,
    fits: (kept, strengths, fold) => {
      expect(kept.length).toBe(fold === 0 ? 6 : 7);
      return strengths.map((_, k) => table[fold]![k]!);
    },
    path: (strengths) => ({ upTo: strengths.length, fits: strengths.map((_, k) => k) }),
    loss: (fit, _kept, own) => {
      if (fit === table[held.length]?.[0]) held.push([...own]);
      return fit;
    },
  };
  return { folding, held };
};

describe("held-out samples", () => {
  const table = [
    [4, 2, 1.5, 1.75],
    [5, 1, 1, 1],
    [6, 3, 2, 2.5],
  ];
  const strengths = [4, 3, 2, 1];

  test("are held out once each; means are over samples, their errors over folds", () => {
    const { folding, held } = given(table);
    const found = crossValidate(folding, { strengths, folds: 3, seed: 5 });
    expect(held.flat().sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const means = strengths.map(
      (_, k) => (4 * table[0]![k]! + 3 * table[1]![k]! + 3 * table[2]![k]!) / 10,
    );
    const errors = means.map((mean, k) =>
      Math.sqrt(sum(table.map((own) => (own[k]! - mean) ** 2)) / (3 * 2)),
    );
    strengths.forEach((_, k) => {
      expect(found.losses[k]).toBeCloseTo(means[k]!, 12);
      expect(found.errors[k]).toBeCloseTo(errors[k]!, 12);
    });
    // 1.5 is the least; the path goes no further than that.
    expect([found.chosen, found.fit, found.path.upTo]).toEqual([2, 2, 3]);
  });

  test("choose the simplest model within one error of the best, that of the best", () => {
    const { folding } = given(table);
    const found = crossValidate(folding, { strengths, folds: 3, choose: "one-error" });
    const limit = found.losses[2]! + found.errors[2]!;
    expect(found.losses[1]!).toBeGreaterThan(limit); // 2.0 beside 1.5 ± 0.29
    expect(found.chosen).toBe(2);
    const near = table.map(([a, , c, d]) => [a!, c! + 0.25, c!, d!]);
    expect(
      crossValidate(given(near).folding, { strengths, folds: 3, choose: "one-error" }).chosen,
    ).toBe(1);
    // With no error at all the best itself.
    const flat = table.map(() => [3, 2, 1, 2]);
    expect(
      crossValidate(given(flat).folding, { strengths, folds: 3, choose: "one-error" }).chosen,
    ).toBe(2);
  });

  test("are other ones by another seed", () => {
    const [one, two] = [0, 1].map((seed) => {
      const { folding, held } = given(table);
      crossValidate(folding, { strengths, folds: 3, seed });
      return held.map((own) => own.join());
    });
    expect(one).not.toEqual(two);
  });

  const [kept, held] = [
    Int32Array.from({ length: 20 }, (_, i) => i),
    Int32Array.from({ length: 10 }, (_, i) => 20 + i),
  ];
  const etaOf = (fit: LinearFit): number[] => [...fit.linear(rows)];

  test("of weighted samples count by their weights", () => {
    const weights = rows.map((_, i) => 1 + (i % 3));
    const { settings } = linearModel({ penalty: l1(0.1) });
    const { design, targets } = weighted(
      ...([readDesign(rows), readTargets("squared", counts), "squared", weights] as const),
    );
    const folding = linearFolding(design, targets, settings);
    const [fit] = folding.fits(kept, [0.1], 0);
    const at = etaOf(fit!);
    const own = [...held];
    const wanted =
      sum(own.map((i) => (weights[i]! * (at[i]! - counts[i]!) ** 2) / 2)) /
      sum(own.map((i) => weights[i]!));
    expect(folding.loss(fit!, kept, held)).toBeCloseTo(wanted, 12);
  });

  test("of survival times are what they add to the partial likelihood", () => {
    const times = eta.map((value) => Math.ceil((-5 * Math.log(1 - next())) / Math.exp(value)));
    const events = times.map((_, i) => (i % 4 === 0 ? 0 : 1));
    const { settings } = linearModel({ loss: "cox", penalty: l1(0.05) });
    const folding = linearFolding(
      ...([readDesign(rows), readTargets("cox", { times, events }), settings] as const),
    );
    const [fit] = folding.fits(kept, [0.05], 0);
    expect(fit!.support.length).toBeGreaterThan(0);
    const at = etaOf(fit!);
    /** −log partial likelihood of some samples. */
    const partial = (some: readonly number[]): number =>
      sum(
        some.map((i) =>
          events[i] === 0
            ? 0
            : Math.log(
                sum(some.filter((k) => times[k]! >= times[i]!).map((k) => Math.exp(at[k]!))),
              ) - at[i]!,
        ),
      );
    const wanted = (partial([...kept, ...held]) - partial([...kept])) / held.length;
    expect(folding.loss(fit!, kept, held)).toBeCloseTo(wanted, 10);
    // Hazards relative to a predictor of 0.
    expect(fit!.predict(rows)[3]).toBeCloseTo(Math.exp(at[3]!), 12);
  });

  test("refuse a fold that leaves one label", () => {
    const rare = labels.map((_, i) => (i === 3 ? 1 : 0));
    const model = linearModel({ loss: "logistic", penalty: l1(0.1) });
    expect(() => model.crossValidate(rows, rare, { folds: 3, strengths: [0.1] })).toThrow(
      /only one label is left/,
    );
  });
});

test("labels are predicted by the sign of their log odds, the larger where it is above 0", () => {
  const fit = linearModel({ loss: "logistic", penalty: l1(0.02) }).fit(rows, labels);
  const predicted = fit.predict(rows);
  fit.linear(rows).forEach((value, i) => {
    expect(predicted[i]).toBe(value > 0 ? 7 : 4);
    expect(fit.probabilities(rows)[i]! > 0.5).toBe(value > 0);
  });
  expect(new Set(predicted)).toEqual(new Set([4, 7]));
});

test("a path is locally convex as long as the loss is curved more than MCP is concave on what is in play", () => {
  // Columns with much in common: curved by little along their differences.
  const alike = rows.map((row) => row.slice(1).map((value) => row[0]! + 0.8 * value));
  const target = alike.map(([a, b, c, d]) => 3 * a! - 2 * b! + c! + 0.1 * d! + 0.2 * next());
  const penalty = mcp(1, { gamma: 3 });
  const { fits, strengths, locallyConvexDownTo } = linearModel({ penalty }).path(alike, target, {
    count: 40,
    ratio: 1e-3,
  });
  const p = 4;
  const columns = Array.from({ length: p }, (_, j) => {
    const own = alike.map((row) => row[j]!);
    const mean = sum(own) / own.length;
    const spread = Math.sqrt(sum(own.map((value) => (value - mean) ** 2)) / own.length);
    return own.map((value) => (value - mean) / spread);
  });
  const least = (features: readonly number[]): number => {
    if (features.length === 0) return Number.POSITIVE_INFINITY;
    const gram = features.flatMap((a) =>
      features.map((b) => sum(columns[a]!.map((v, i) => v * columns[b]![i]!)) / rows.length),
    );
    return symmetricEigen(Float64Array.from(gram), features.length).values[0]!;
  };
  const first = fits.findIndex(({ support }, k) => {
    const inPlay = new Set([...(fits[k - 1]?.support ?? []), ...support]);
    return least([...inPlay]) <= 1 / 3;
  });
  expect(first).toBeGreaterThan(1);
  expect(locallyConvexDownTo).toBe(strengths[first - 1]);
});

test("with a quantile loss, whose curvature says nothing, a path of MCP claims no convexity", () => {
  const model = linearModel({ loss: { quantile: 0.5 }, penalty: mcp(1) });
  const { fits, strengths, locallyConvexDownTo } = model.path(rows, eta, { count: 6, ratio: 0.2 });
  const first = fits.findIndex(({ support }) => support.length > 0);
  expect(first).toBeGreaterThan(0);
  expect(locallyConvexDownTo).toBe(strengths[first - 1]);
});

test("a path goes from large to small: 100 strengths over four decades, over two with fewer samples than features", () => {
  const model = linearModel({ penalty: l1(1) });
  const reach = (some: number): number[] => {
    const { strengths } = model.path(rows.slice(0, some), eta.slice(0, some));
    return [strengths.length, strengths[0]! / strengths.at(-1)!];
  };
  expect(reach(5)).toEqual([100, expect.closeTo(1e4, 6)]);
  expect(reach(4)).toEqual([100, expect.closeTo(1e2, 6)]);
  const asked = model.path(rows, eta, { strengths: [0.01, 0.3, 0.1] });
  expect(asked.strengths).toEqual([0.3, 0.1, 0.01]);
  expect(asked.fits.map(({ strength }) => strength)).toEqual([0.3, 0.1, 0.01]);
  const [one] = model.path(rows, eta, { count: 1 }).fits;
  expect([one?.support, one?.strength]).toEqual([[], model.path(rows, eta).strengths[0]]);
});
