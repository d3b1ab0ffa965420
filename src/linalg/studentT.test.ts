import { describe, expect, test } from "vitest";
import golden from "./studentT.golden.json" with { type: "json" };
import { studentT95, studentTPoint, studentTTails } from "./studentT.ts";

describe("Student's distribution", () => {
  test("has the tails that SciPy has", () => {
    for (const { t, degrees, tails } of golden.tails) {
      const found = studentTTails(t, degrees);
      expect(Math.abs(found - tails), `t ${t}, ν ${degrees}`).toBeLessThanOrEqual(1e-10 * tails);
      expect(studentTTails(-t, degrees)).toBe(found);
    }
  });

  test("has its points where SciPy has them", () => {
    for (const { t, degrees, tails } of golden.points) {
      expect(Math.abs(studentTPoint(tails, degrees) / t - 1)).toBeLessThan(1e-10);
    }
  });

  test.for([1, 2, 3, 5, 20])("the short form for %i degrees is within 4e-3", (degrees) => {
    expect(Math.abs(studentT95(degrees) - studentTPoint(0.05, degrees))).toBeLessThan(4e-3);
  });
});
