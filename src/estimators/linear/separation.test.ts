import { describe, expect, test } from "vitest";
import { gaussian, randomStream } from "../../linalg/random.ts";
import { readDesign } from "./design.ts";
import { linearModel } from "./linearModel.ts";
import { multinomialRegression } from "./multinomial.ts";
import { separableClasses, separationOf } from "./separation.ts";

const logistic = linearModel({ loss: "logistic" });

describe("samples whose likelihood has no maximum are refused", () => {
  const line = [[1], [2], [3], [4], [5], [6]];

  test("complete separation", () => {
    expect(() => logistic.fit(line, [0, 0, 0, 1, 1, 1])).toThrow(/separated by a plane\n/);
  });

  test("quasi-complete separation: the classes share points of the plane only", () => {
    expect(() => logistic.fit([[1], [2], [3], [3], [4], [5]], [0, 0, 0, 1, 1, 1])).toThrow(
      /but for those that lie on it \(2\)/,
    );
    // A dummy that is 1 in one class only, beside a feature that overlaps.
    const rows = [3, 1, 4, 1, 5, 9, 2, 6].map((a, i) => [a, i < 3 ? 1 : 0]);
    expect(() => logistic.fit(rows, [1, 1, 1, 0, 1, 0, 1, 0])).toThrow(
      /lie on it \(5\)[\s\S]*column 1 tells them apart/,
    );
  });

  test("an overlap of a hair is one, and fitted", () => {
    const rows = [[1], [2], [3 + 1e-3], [3], [4], [5]];
    const fit = logistic.fit(rows, [0, 0, 0, 1, 1, 1]);
    expect(fit.coefficients[0]!).toBeGreaterThan(5);
    expect(fit.verdict.kind).toBe("global-minimum");
  });

  test("against enumeration of planes: random small samples in the plane", () => {
    const random = randomStream(4);
    let separated = 0;
    for (let k = 0; k < 60; k++) {
      const n = 7;
      // Coarse numbers, so that points coincide and lie on lines.
      const points = Array.from({ length: n }, () => [
        Math.round(gaussian(random)),
        Math.round(gaussian(random)),
      ]);
      const sides = points.map((_, i) => (i < 3 ? -1 : 1));
      const rows = Float64Array.from(
        points.flatMap(([a, b], i) => [sides[i]! * a!, sides[i]! * b!, sides[i]!]),
      );
      const found = separationOf({ rows, count: n, width: 3, free: 0 });
      const { any, strict } = planes(points as [number, number][], sides);
      expect(found !== undefined).toBe(any);
      expect(found?.complete ?? false).toBe(strict);
      if (found !== undefined) separated++;
    }
    expect(separated).toBeGreaterThan(10);
    expect(separated).toBeLessThan(50);
  });

  /** By directions normal to pairs of points, slightly turned both ways, and all thresholds. */
  function planes(points: readonly [number, number][], sides: readonly number[]) {
    let any = false;
    let strict = false;
    const angles: number[] = [0.1];
    points.forEach(([a, b], i) => {
      points.forEach(([c, d], j) => {
        if (i === j || (a === c && b === d)) return;
        const angle = Math.atan2(d - b, c - a) + Math.PI / 2;
        angles.push(angle, angle + 1e-4, angle - 1e-4);
      });
    });
    for (const angle of angles.flatMap((t) => [t, t + Math.PI])) {
      const along = points.map(([a, b]) => a * Math.cos(angle) + b * Math.sin(angle));
      const lowest = Math.min(...along.filter((_, i) => sides[i] === 1));
      const highest = Math.max(...along.filter((_, i) => sides[i] === -1));
      if (lowest > highest + 1e-9) strict = true;
      // Equal: the plane between, unless all lie on it.
      if (lowest >= highest - 1e-9 && along.some((v) => Math.abs(v - lowest) > 1e-9)) any = true;
    }
    return { any: any || strict, strict };
  }

  test("several classes: one that stands apart from the others is enough", () => {
    const random = randomStream(8);
    const labels = Array.from({ length: 60 }, (_, i) => i % 3);
    const rows = labels.map((label) => [
      (label === 2 ? 20 : 0) + gaussian(random),
      0.3 * label + gaussian(random),
    ]);
    expect(() => multinomialRegression().fit(rows, labels)).toThrow(
      /some classes are separated from others/,
    );
    const mixed = rows.map(([a, b], i) => [a! - (labels[i] === 2 ? 19 : 0), b!]);
    expect(multinomialRegression().fit(mixed, labels).verdict.kind).toBe("global-minimum");
  });

  test("counts of 0 beyond a plane, and a predictor that orders events", () => {
    const rows = [1, 2, 3, 4, 5, 6, 7, 8].map((a, i) => [a % 3, i < 2 ? 1 : 0]);
    const poisson = linearModel({ loss: "poisson" });
    expect(() => poisson.fit(rows, [0, 0, 3, 1, 2, 0, 4, 2])).toThrow(/counts of 0 lie beyond/);
    expect(poisson.fit(rows, [0, 1, 3, 1, 2, 0, 4, 2]).verdict.kind).toBe("global-minimum");
    const cox = linearModel({ loss: "cox" });
    const times = [1, 2, 3, 4, 5, 6];
    expect(() => cox.fit(line, { times, events: [1, 1, 1, 1, 1, 1] })).toThrow(/orders all events/);
    const fit = cox.fit(line, { times: [2, 1, 3, 5, 4, 6], events: [1, 1, 0, 1, 1, 1] });
    expect(fit.verdict.gradientNorm).toBeLessThanOrEqual(fit.verdict.tolerance);
    // Who was censored is at risk, and orders nothing itself.
    const censored = { times, events: [1, 1, 0, 1, 1, 1] };
    expect(() => cox.fit([[6], [5], [1], [3], [2], [1]], censored)).toThrow(/orders all events/);
    // Of two events at one time each is at risk with the other: no predictor orders both.
    const tied = cox.fit([[6], [5], [4], [3]], { times: [1, 1, 2, 3], events: [1, 1, 1, 1] });
    expect(tied.verdict.kind).toBe("local-minimum");
  });

  test("rows that must stay at 0 are no samples on the plane", () => {
    const rows = Float64Array.of(0, 1, 1, 0); // the first must: what is left is (1, 0)
    const found = separationOf({ rows, count: 2, width: 2, free: 1 });
    expect([...found!.direction].map((value) => Math.round(1e9 * value) / 1e9)).toEqual([1, 0]);
    expect([found!.on, found!.complete]).toEqual([0, false]);
  });

  test("a class's predictor less another's, the last class's being 0", () => {
    const design = readDesign([
      [2, 3],
      [5, 7],
      [11, 13],
    ]);
    const { rows, ...sizes } = separableClasses(design, Int32Array.of(0, 1, 2), 3, false)!;
    expect(sizes).toEqual({ count: 6, width: 4, free: 0 });
    // By feature, then class.
    expect([...rows].map((value) => value + 0)).toEqual([
      ...[2, -2, 3, -3],
      ...[2, 0, 3, 0],
      ...[-5, 5, -7, 7],
      ...[0, 5, 0, 7],
      ...[-11, 0, -13, 0],
      ...[0, -11, 0, -13],
    ]);
  });
});
