import { describe, expect, test } from "vitest";
import type { Verdict } from "../../diagnosis/verdict.ts";
import { gaussian, randomStream, uniform } from "../../linalg/random.ts";
import type { Penalty } from "../../methods/penalties/penalty.ts";
import * as penalties from "../../methods/penalties/registry.ts";
import { linearModel } from "./linearModel.ts";
import { multinomialRegression } from "./multinomial.ts";
import type { LossChoice, Response } from "./task.ts";

const random = randomStream(12);
const n = 40;
const x = Array.from({ length: n }, () => {
  const [a, b, c, d] = Array.from({ length: 4 }, () => gaussian(random));
  return [a!, 0.6 * a! + 0.8 * b!, c!, d! - 0.3 * c!];
});
const eta = x.map(([a, , c]) => 0.9 * a! - 0.7 * c! + 0.2);
const chance = (t: number): number => 1 / (1 + Math.exp(-t));
const real = eta.map((t) => t + 0.6 * gaussian(random));
const binary = eta.map((t) => (uniform(random) < chance(t) ? 1 : 0));
const counts = eta.map((t) => Math.max(0, Math.round(Math.exp(t) + 0.7 * gaussian(random))));
const classes = eta.map((t) =>
  t + gaussian(random) > 0.8 ? 2 : t + gaussian(random) > -0.5 ? 1 : 0,
);
const times = eta.map((t) => Math.ceil((-20 * Math.log(1 - uniform(random))) / Math.exp(t)) / 10);
const events = eta.map((_, i) => (i % 5 === 0 ? 0 : 1));

/** A loss written down a second time: of predictors, one for each sample (and class). */
interface Case {
  readonly loss: LossChoice | "classes";
  readonly y: Response;
  value(eta: readonly (readonly number[])[]): number;
}

const mean = (f: (t: number, i: number) => number) => (rows: readonly (readonly number[])[]) =>
  rows.reduce((sum, [t], i) => sum + f(t!, i) / n, 0);
const partial = (rows: readonly (readonly number[])[]): number =>
  rows.reduce((sum, [t], i) => {
    if (events[i] === 0) return sum;
    const risk = rows.reduce((s, [u], j) => (times[j]! >= times[i]! ? s + Math.exp(u!) : s), 0);
    return sum + (Math.log(risk) - t!) / n;
  }, 0);

const cases: Readonly<Record<string, Case>> = {
  squared: { loss: "squared", y: real, value: mean((t, i) => (t - real[i]!) ** 2 / 2) },
  huber: {
    loss: { huber: 0.5 },
    y: real,
    value: mean((t, i) => {
      const r = Math.abs(t - real[i]!);
      return r < 0.5 ? (r * r) / 2 : 0.5 * r - 0.125;
    }),
  },
  quantile: {
    loss: { quantile: 0.3 },
    y: real,
    value: mean((t, i) => Math.max(0.3 * (real[i]! - t), 0.7 * (t - real[i]!))),
  },
  logistic: {
    loss: "logistic",
    y: binary,
    value: mean((t, i) => Math.log(1 + Math.exp(binary[i] === 1 ? -t : t))),
  },
  poisson: { loss: "poisson", y: counts, value: mean((t, i) => Math.exp(t) - counts[i]! * t) },
  cox: {
    loss: "cox",
    y: { times, events },
    value: partial,
  },
  classes: {
    loss: "classes",
    y: classes,
    value: (rows) =>
      rows.reduce(
        (sum, own, i) =>
          sum + (Math.log(own.reduce((s, t) => s + Math.exp(t), 0)) - own[classes[i]!]!) / n,
        0,
      ),
  },
};
const convex: Readonly<Record<string, Penalty>> = {
  none: penalties.l1(0),
  l1: penalties.l1(0.05),
  squaredL2: penalties.squaredL2(0.05),
  elasticNet: penalties.elasticNet(0.05, { l1Ratio: 0.5 }),
  groupLasso: penalties.groupLasso(0.03, { groups: 2 }),
  sparseGroupLasso: penalties.sparseGroupLasso(0.05, { groups: 2 }),
};
const concave: Readonly<Record<string, Penalty>> = {
  mcp: penalties.mcp(0.05, { gamma: 40 }),
  scad: penalties.scad(0.05, { a: 40 }),
  lHalf: penalties.lHalf(0.03),
  lTwoThirds: penalties.lTwoThirds(0.03),
  l0: penalties.l0(0.01),
  cappedL1: penalties.cappedL1(0.05),
  logSum: penalties.logSum(0.05),
  groupMcp: penalties.groupMcp(0.03, { groups: 2, gamma: 40 }),
  groupScad: penalties.groupScad(0.03, { groups: 2, a: 40 }),
};

interface Ended {
  readonly verdict: Verdict;
  readonly objective: number;
  /** Coefficients by feature and class, and intercepts. */
  readonly w: readonly number[];
  readonly b: readonly number[];
}

function fitted({ loss, y }: Case, penalty: Penalty): Ended {
  if (loss === "classes") {
    const fit = multinomialRegression({ penalty, standardize: false }).fit(x, y as number[]);
    const w = x[0]!.flatMap((_, j) => fit.coefficients.map((own) => own[j]!));
    return { verdict: fit.verdict, objective: fit.objective, w, b: [...fit.intercepts] };
  }
  const fit = linearModel({ loss, penalty, standardize: false }).fit(x, y);
  return {
    ...{ verdict: fit.verdict, objective: fit.objective },
    ...{ w: [...fit.coefficients], b: loss === "cox" ? [] : [fit.intercept] },
  };
}

function objectiveOf(own: Case, penalty: Penalty, w: readonly number[], b: readonly number[]) {
  const K = own.loss === "classes" ? 3 : 1;
  const rows = x.map((row) =>
    Array.from({ length: K }, (_, k) =>
      row.reduce((sum, value, j) => sum + value * w[j * K + k]!, b[k] ?? 0),
    ),
  );
  return own.value(rows) + penalty.value(Float64Array.from(w));
}

describe.for(Object.entries(cases))("the %s loss", ([name, own]) => {
  test.for(Object.entries(convex))(
    "with the convex penalty %s: nothing lower exists",
    ([kind, penalty]) => {
      const { verdict, objective, w, b } = fitted(own, penalty);
      expect(objectiveOf(own, penalty, w, b)).toBeCloseTo(objective, 10);
      // The partial likelihood has no dual here without a penalty.
      const bare = name === "cox" && (kind === "none" || kind === "squaredL2");
      if (!bare || verdict.kind === "global-minimum") {
        if (verdict.kind !== "global-minimum")
          throw new Error(`${verdict.kind}: ${verdict.evidence}`);
        expect(verdict.gap).toBeLessThanOrEqual(1e-6 * Math.max(1e-3, objective));
        expect(verdict.primal).toBeCloseTo(objective, 12);
      } else expect(verdict.evidence.join()).toContain("nothing lower exists");
      for (let k = 0; k < 150; k++) {
        const size = 10 ** (1 - 5 * uniform(random));
        const other = w.map((v) => v + size * gaussian(random));
        const shifted = b.map((v) => v + size * gaussian(random));
        expect(objectiveOf(own, penalty, other, shifted)).toBeGreaterThanOrEqual(objective - 1e-9);
      }
    },
  );

  test.for(Object.entries(concave))("with %s: what is claimed is true nearby", ([, penalty]) => {
    const { verdict, objective, w, b } = fitted(own, penalty);
    expect(objectiveOf(own, penalty, w, b)).toBeCloseTo(objective, 10);
    expect(["global-minimum", "local-minimum", "degenerate", "stationary"]).toContain(verdict.kind);
    expect(verdict.gradientNorm).toBeLessThanOrEqual(verdict.tolerance);
    for (let k = 0; k < 150; k++) {
      const size = verdict.kind === "global-minimum" ? 10 ** (1 - 4 * uniform(random)) : 1e-4;
      // Zero coefficients stay so in half of the trials.
      const hold = uniform(random) < 0.5;
      const other = w.map((v) => (hold && v === 0 ? 0 : v + size * gaussian(random)));
      const shifted = b.map((v) => v + size * gaussian(random));
      const value = objectiveOf(own, penalty, other, shifted);
      const least = verdict.kind === "stationary" ? objective - 100 * size ** 2 : objective - 1e-10;
      expect(value).toBeGreaterThanOrEqual(least);
    }
  });
});

describe("no model accepts what cannot be fitted", () => {
  const models = Object.entries(cases).map(([name, { loss, y }]) => {
    const plain = (penalty?: Penalty) =>
      loss === "classes"
        ? multinomialRegression(penalty ? { penalty } : {})
        : linearModel({ loss, ...(penalty ? { penalty } : {}) });
    return { name, plain, y };
  });
  const spoil = (y: Response, at: number, value: number): Response =>
    "times" in y
      ? { times: Array.from(y.times).with(at, value), events: y.events }
      : Array.from(y).with(at, value);
  const part = (y: Response): Response =>
    "times" in y
      ? { times: Array.from(y.times).slice(1), events: Array.from(y.events).slice(1) }
      : Array.from(y).slice(1);
  // Each model takes the response of its own loss.
  const fit = (model: ReturnType<(typeof models)[0]["plain"]>, rows: number[][], y: Response) =>
    (model as ReturnType<typeof linearModel>).fit(rows, y);

  test.for(models)("$name", ({ plain, y }) => {
    const l1 = penalties.l1(0.01);
    const hole = x.map((row, i) => (i === 3 ? row.with(1, Number.NaN) : row));
    expect(() => fit(plain(l1), hole, y)).toThrow(/sample 3, feature 1 is NaN/);
    expect(() => fit(plain(l1), x, spoil(y, 2, Number.NaN))).toThrow(/\[2\] is NaN/);
    expect(() => fit(plain(l1), x, part(y))).toThrow(/39 responses for 40 samples/);
    const still = x.map((row) => row.with(2, 5));
    expect(() => fit(plain(l1), still, y)).toThrow(/column 2 does not vary/);
    const twice = x.map((row) => [...row, row[0]! - row[1]!]);
    expect(() => fit(plain(), twice, y)).toThrow(/combination of others/);
    expect(fit(plain(penalties.squaredL2(0.1)), twice, y).verdict.gradientNorm).toBeLessThan(1e-6);
    const model = plain(l1) as ReturnType<typeof linearModel>;
    expect(() => model.crossValidate(x, y, { folds: 41 })).toThrow(/40 samples for 41 folds/);
    expect(() => model.path(x, y, { strengths: [0] })).toThrow(/strengths/);
  });

  test.for(["logistic", "poisson", "huber", "squared"])(
    "%s refuses penalties more concave than it is curved",
    (name) => {
      const { loss, y } = cases[name]!;
      const small = x.map((row) => row.map((value) => value / 30));
      for (const penalty of [penalties.mcp(0.1), penalties.scad(0.1)]) {
        const model = linearModel({ loss: loss as LossChoice, penalty, standardize: false });
        expect(() => model.fit(small, y)).toThrow(/(γ|a) above/);
      }
    },
  );

  test("penalties outside their range, whatever the model", () => {
    expect(() => penalties.scad(1, { a: 2 })).toThrow(/a/);
    expect(() => penalties.mcp(1, { gamma: 1 })).toThrow(/gamma/);
    expect(() => penalties.groupScad(1, { groups: 2, a: 1.5 })).toThrow(/a/);
    expect(() => penalties.groupMcp(1, { groups: 2, gamma: 0 })).toThrow(/gamma/);
    expect(() => penalties.l1(-1)).toThrow(/strength/);
    expect(() => penalties.elasticNet(1, { l1Ratio: 2 })).toThrow(/l1Ratio/);
  });
});
