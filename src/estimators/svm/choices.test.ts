import { describe, expect, test } from "vitest";
import golden from "./choices.golden.json" with { type: "json" };
import { kernelSvm } from "./kernelSvm.ts";
import type { ClassWeights } from "./labels.ts";
import { linearSvm } from "./linearSvm.ts";
import { oneVsRest } from "./oneVsRest.ts";

const { x, y, label, weights } = golden;
const tight = { tolerance: 1e-12 };

describe("weights of samples and classes, against scikit-learn", () => {
  test.for(golden.weighted)("$kind $loss, classes $classWeights, samples $weights", (one) => {
    // A word, or an object by label, as the script writes it.
    const classWeights = one.classWeights as ClassWeights | undefined;
    const shared = {
      ...{ C: one.C, ...tight },
      ...(classWeights === undefined ? {} : { classWeights }),
    };
    const loss = one.loss === "squared_hinge" ? ("squaredHinge" as const) : ("hinge" as const);
    const machine =
      one.kind === "rbf"
        ? kernelSvm({ ...shared, kernel: { rbf: one.gamma! } })
        : linearSvm({ ...shared, loss, bias: "penalized" });
    const fit = machine.fit(x, y, one.weights ? { weights } : {});
    fit.decision(golden.new).forEach((value, i) => {
      expect(Math.abs(value - one.decision[i]!)).toBeLessThan(1e-5);
    });
    expect(fit.verdict.kind).toBe("global-minimum");
    if (one.weights)
      expect(weights.every((weight, i) => weight > 0 || fit.dual[i] === 0)).toBe(true);
  });

  test.for(["hinge", "squaredHinge", { ramp: -0.3 }] as const)(
    "a weight of 2 is a sample that stands there twice: %j",
    (loss) => {
      const twice = weights.map((_, i) => (i % 3 === 0 ? 2 : 1));
      const rows = [...x, ...x.filter((_, i) => i % 3 === 0)];
      const labels = [...y, ...y.filter((_, i) => i % 3 === 0)];
      for (const machine of [
        linearSvm({ loss, ...tight }),
        kernelSvm({ loss, ...tight, kernel: { rbf: 0.5 } }),
      ]) {
        const [one, other] = [machine.fit(x, y, { weights: twice }), machine.fit(rows, labels)];
        expect(one.objective).toBeCloseTo(other.objective, 8);
        expect(one.verdict.kind).toBe(other.verdict.kind);
      }
    },
  );
});

describe("several classes", () => {
  test("one against the rest decides as scikit-learn's machines do, with a certificate of all", () => {
    const fit = oneVsRest(kernelSvm({ C: 3, kernel: { rbf: 0.4 }, ...tight })).fit(x, label);
    expect(fit.classes).toEqual([0, 1, 2]);
    const decisions = fit.decision(golden.new);
    golden.rest.forEach((row, i) => {
      row.forEach((value, k) => {
        expect(Math.abs(decisions[i]![k]! - value)).toBeLessThan(1e-5);
      });
    });
    expect([...fit.predict(golden.new)]).toEqual(
      golden.rest.map((row) => row.indexOf(Math.max(...row))),
    );
    const { verdict } = fit;
    if (verdict.kind !== "global-minimum") throw new Error(verdict.kind);
    expect(verdict.primal).toBeCloseTo(
      fit.machines.reduce((sum, { objective }) => sum + objective, 0),
      8,
    );
  });

  test("a machine that did not end is named", () => {
    const { verdict } = oneVsRest(linearSvm({ maxSweeps: 1, C: 1000 })).fit(x, label);
    expect(verdict.kind).toBe("not-stationary");
    expect(verdict.evidence[0]).toBe("the machine of class 0:");
  });

  test("refuses weights by label, and one class", () => {
    expect(() => oneVsRest(linearSvm({ classWeights: { 1: 2 } }))).toThrow(
      /weight for each sample/,
    );
    expect(() =>
      oneVsRest(linearSvm()).fit(
        x,
        label.map(() => 2),
      ),
    ).toThrow(/1 different labels/);
  });
});

describe("cross-validation", () => {
  const machine = kernelSvm({ kernel: "rbf", tolerance: 1e-9 });
  const { Cs, gammas } = golden;

  test("over C and the kernel's width misses as many as scikit-learn on the same folds", () => {
    const found = machine.crossValidate(x, y, { Cs, gammas });
    expect(found.candidates).toEqual(golden.table.map(({ C, gamma }) => ({ C, gamma })));
    const missed = golden.table.map((one) => one.missed);
    expect(found.losses.map((loss) => Math.round(loss * x.length))).toEqual(missed);
    expect(found.chosen).toBe(missed.indexOf(Math.min(...missed)));
    const { C, gamma } = found.candidates[found.chosen]!;
    expect(found.fit.C).toBe(C);
    const again = kernelSvm({ C, kernel: { rbf: gamma! }, tolerance: 1e-9 }).fit(x, y);
    expect(found.fit.objective).toBeCloseTo(again.objective, 6);
  });

  test("within a standard error of the best, the simplest; by the loss as well", () => {
    for (const measure of ["errors", "loss"] as const) {
      const best = machine.crossValidate(x, y, { Cs, gammas, measure });
      const simple = machine.crossValidate(x, y, { Cs, gammas, measure, choose: "one-error" });
      expect(simple.chosen).toBeLessThanOrEqual(best.chosen);
      const limit = best.losses[best.chosen]! + best.errors[best.chosen]!;
      expect(simple.losses[simple.chosen]).toBeLessThanOrEqual(limit);
      expect(simple.losses.slice(0, simple.chosen).every((loss) => loss > limit)).toBe(true);
    }
  });

  test("samples that weigh 0 are not asked, and each class may choose for itself", () => {
    const flipped = y.map((sign, i) => (weights[i] === 0 ? -sign : sign));
    const options = { Cs: [1, 10], weights };
    expect(linearSvm().crossValidate(x, flipped, options).losses).toEqual(
      linearSvm().crossValidate(x, y, options).losses,
    );
    const fit = oneVsRest(machine).crossValidate(x, label, { Cs: [1, 10], gammas: [0.5] });
    expect(fit.machines.every(({ C }) => C === 1 || C === 10)).toBe(true);
  });

  test("refuses what cannot be", () => {
    const few = [x.slice(0, 4), [1, -1, 1, -1]] as const;
    expect(() => machine.crossValidate(...few)).toThrow(/4 samples for 5 folds/);
    const lone = y.map((_, i) => (i === 3 ? 1 : -1));
    expect(() => machine.crossValidate(x, lone)).toThrow(/only one label is left/);
    expect(() => machine.crossValidate(x, y, { gammas: [0] })).toThrow(/gamma is 0/);
    expect(() => machine.crossValidate(x, y, { gammas: [] })).toThrow(/gammas is empty/);
    expect(() => machine.crossValidate(x, y, { Cs: [-1] })).toThrow(/C is -1/);
    expect(() => linearSvm().crossValidate(x, y, { gammas: [1] })).toThrow(/kernel is not rbf/);
    expect(() => linearSvm({ classWeights: { 1: 0 } })).toThrow(/weight of label 1 is 0/);
    expect(() => linearSvm({ classWeights: { 7: 2 } }).fit(x, y)).toThrow(/names 7/);
    expect(() => linearSvm().fit(x, y, { weights: [1] })).toThrow(/1 weights for 60 samples/);
    const none = y.map((sign) => (sign > 0 ? 0 : 1));
    expect(() => linearSvm().fit(x, y, { weights: none })).toThrow(/label 1 weigh 0/);
  });
});
