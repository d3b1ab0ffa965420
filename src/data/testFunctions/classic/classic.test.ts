import { describe, expect, test } from "vitest";
import { largestDifference } from "../../../linalg/testing.ts";
import { jit } from "../../../runtime/jit.ts";
import { findTestFunction, testFunctions } from "../registry.ts";
import { derivatives, largest, upperTriangle } from "../testing.ts";
import golden from "./classic.golden.json" with { type: "json" };

/** Where a gradient is 0 by convention: the tip of a cone, a kink or a cusp. */
const pointed = new Set(["ackley", "salomon", "alpine1", "bukin6"]);

test("all 38 classic functions are there, Beale's among the least squares", () => {
  expect(golden.functions).toHaveLength(38);
  const classics = [...testFunctions.values()].filter(({ family }) => family === "classic");
  expect(new Set([...classics.map(({ key }) => key), "beale"])).toEqual(
    new Set(golden.functions.map(({ key }) => key)),
  );
});

describe.for(golden.functions)("$key", ({ key, n, domain, points, minima }) => {
  const entry = findTestFunction(key, n);
  const at = derivatives(entry.f);

  test("has the golden values, gradients and Hessians", () => {
    for (const point of points) {
      const { value, gradient, hessian } = at(point.x);
      expect(Math.abs(value - point.f)).toBeLessThanOrEqual(1e-10 * Math.abs(point.f));
      expect(largestDifference(gradient, point.grad)).toBeLessThanOrEqual(
        1e-9 * largest(point.grad),
      );
      expect(largestDifference(upperTriangle(hessian), point.hess)).toBeLessThanOrEqual(
        1e-8 * largest(point.hess),
      );
    }
  });

  test("has the golden domain, and starts inside it", () => {
    const flat = (domain as (number | number[])[]).flat();
    expect(entry.domain?.flat()).toEqual(
      flat.length === 2 && n > 1 ? Array.from({ length: n }, () => flat).flat() : flat,
    );
    expect(entry.start).toHaveLength(n);
    entry.domain?.forEach(([low, high], i) => {
      expect(entry.start[i]).toBeGreaterThanOrEqual(low);
      expect(entry.start[i]).toBeLessThanOrEqual(high);
    });
    const { gradient } = at(entry.start);
    expect(largest(gradient)).toBeGreaterThan(0);
    expect(largest(gradient)).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  test("lists the golden minima", () => {
    const near = (x: readonly number[]): number =>
      Math.min(...entry.minima.map((known) => largestDifference(known.x ?? [], x)));
    for (const { x } of minima)
      expect(near(x)).toBeLessThanOrEqual(1e-13 * Math.max(1, largest(x)));
    expect(entry.minima.length).toBe(minima.length);
  });

  test("has the listed values at its minima, no lower values near them, and no gradient", () => {
    const value = jit(entry.f);
    for (const { x = [], value: least } of entry.minima) {
      expect(Math.abs(value(x).item() - least)).toBeLessThanOrEqual(
        1e-12 * (1 + Math.abs(least)) * 1e2,
      );
      const edge = x.some((xi, i) => entry.domain?.[i]?.includes(xi));
      for (let k = 0; k < 40; k++) {
        const step = 1e-3 * 0.8 ** k;
        const beside = x.map((xi, i) => xi + step * Math.sin(7 * k + 3 * i + 1));
        const inside = beside.every(
          (xi, i) => xi >= (entry.domain?.[i]?.[0] ?? 0) && xi <= (entry.domain?.[i]?.[1] ?? 0),
        );
        if (inside)
          expect(value(beside).item()).toBeGreaterThanOrEqual(
            least - 1e-12 * (1 + Math.abs(least)),
          );
      }
      const { gradient, hessian } = at(x);
      if (edge) continue;
      const scale = pointed.has(key) ? 1 : largest(hessian) * Math.max(1, largest(x));
      expect(largest(gradient)).toBeLessThanOrEqual(1e-13 * scale);
    }
  });
});

test("Michalewicz's minimum in five and ten unknowns is the one that is quoted", () => {
  expect(findTestFunction("michalewicz", 5).minima[0]?.value).toBeCloseTo(-4.687658, 6);
  expect(findTestFunction("michalewicz", 10).minima[0]?.value).toBeCloseTo(-9.66015, 5);
  expect(findTestFunction("michalewicz", 11).minima).toEqual([]);
});

test("the drop wave has a Hessian at its minimum, where the radius has no derivative", () => {
  const { hessian } = derivatives(findTestFunction("drop-wave").f)([0, 0]);
  // −(1 + cos 12r)/(r²/2 + 2) = −1 + (144/4 + 1/4) r² + …
  expect(largestDifference(hessian, [72.5, 0, 0, 72.5])).toBeLessThan(1e-10);
});
