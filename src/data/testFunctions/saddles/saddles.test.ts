import { describe, expect, test } from "vitest";
import { largestDifference } from "../../../linalg/testing.ts";
import { findTestFunction } from "../registry.ts";
import { derivatives, eigenvalues, largest } from "../testing.ts";
import octopusGolden from "./octopus.golden.json" with { type: "json" };
import { octopus } from "./octopus.ts";
import golden from "./saddles.golden.json" with { type: "json" };

const kinds = { min: "minimum", max: "maximum", strict: "saddle", degenerate: "degenerate" };

/** The kind of a listed point, and its distance. */
function listed(key: string, x: readonly number[]): { kind: string; index: number } {
  const { minima, stationary = [] } = findTestFunction(key);
  const points = [
    ...minima.map((point) => ({ x: point.x ?? [], kind: "minimum", index: 0 })),
    ...stationary,
  ];
  const near = points.find(
    (point) => largestDifference(point.x, x) <= 1e-14 * Math.max(1, largest(x)),
  );
  if (near === undefined) throw new Error(`${key} does not list ${x}`);
  return near;
}

describe.for(golden.functions)("$key", ({ key, points, critical }) => {
  const { f, minima, stationary = [] } = findTestFunction(key);
  const at = derivatives(f);

  test("has the golden values, gradients and Hessians", () => {
    for (const point of points) {
      const { value, gradient, hessian } = at(point.x);
      expect(Math.abs(value - point.f)).toBeLessThanOrEqual(1e-10 * Math.abs(point.f));
      expect(largestDifference(gradient, point.grad)).toBeLessThanOrEqual(
        1e-9 * largest(point.grad),
      );
      expect(largestDifference(eigenvalues(hessian), point.hessEig)).toBeLessThanOrEqual(
        1e-8 * largest(point.hessEig),
      );
    }
  });

  test("lists the golden critical points with their kinds", () => {
    for (const { x, type, index, hessEig } of critical) {
      const word = type.split(" ")[0] ?? "";
      const point = listed(key, x);
      // A degenerate point may be a minimum all the same, as in x² + y⁴.
      const isQuartic = key === "flat-quartic";
      expect(point.kind).toBe(isQuartic ? "minimum" : kinds[word as keyof typeof kinds]); // one of the golden words
      expect(point.index).toBe(index);
      const found = eigenvalues(at(x).hessian);
      expect(largestDifference(found, hessEig)).toBeLessThanOrEqual(1e-8 * largest(hessEig));
    }
  });

  test("has no gradient at any point that it lists, and the value listed", () => {
    const known = [...minima.map(({ x = [], value }) => ({ x, value, index: 0 })), ...stationary];
    for (const { x, value, index } of known) {
      const { value: found, gradient, hessian } = at(x);
      expect(Math.abs(found - value)).toBeLessThanOrEqual(1e-12 * (1 + Math.abs(value)));
      const eigen = eigenvalues(hessian);
      const scale = Math.max(1, largest(eigen));
      expect(largest(gradient)).toBeLessThanOrEqual(1e-14 * scale * Math.max(1, largest(x)));
      expect(eigen.filter((lambda) => lambda < -1e-10 * scale)).toHaveLength(index);
    }
  });
});

describe("octopus", () => {
  test.for(octopusGolden.cases)(
    "has the values and derivatives of the paper's with $dimension unknowns, L = $steepness",
    ({ dimension, steepness, nu, points }) => {
      const { f, minima } = octopus({ steepness }).resize?.(dimension) ?? octopus();
      expect(minima[0]?.value).toBeCloseTo(-dimension * nu, 10);
      const at = derivatives(f);
      for (const point of points) {
        const { value, gradient, hessian } = at(point.x);
        expect(Math.abs(value - point.f)).toBeLessThanOrEqual(1e-12 * Math.abs(point.f));
        expect(largestDifference(gradient, point.grad)).toBeLessThanOrEqual(
          1e-12 * largest(point.grad),
        );
        const differences = point.hess.flat();
        expect(largestDifference(hessian, differences)).toBeLessThanOrEqual(
          1e-6 * largest(differences),
        );
      }
    },
  );

  test("has a saddle for each number of coordinates that have left, repelling the next", () => {
    const { f, minima, stationary = [] } = octopus({ steepness: 3, repulsion: 0.5 });
    const at = derivatives(f);
    expect(stationary).toHaveLength(5);
    for (const [k, { x, value, index }] of stationary.entries()) {
      const found = at(x);
      expect(index).toBe(1);
      expect(found.value).toBeCloseTo(value, 9);
      expect(largest(found.gradient)).toBe(0);
      const diagonal = Array.from({ length: 25 }, (_, i) =>
        i % 6 !== 0 ? 0 : i === 6 * k ? -1 : 6,
      );
      expect(largestDifference(found.hessian, diagonal)).toBeLessThan(1e-12);
    }
    for (const { x = [], value } of minima) {
      expect(at(x).value).toBeCloseTo(value, 9);
      expect(largest(at(x).gradient)).toBe(0);
    }
  });
});
