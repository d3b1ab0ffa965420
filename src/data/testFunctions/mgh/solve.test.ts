import { describe, expect, test } from "vitest";
import { minimize } from "../../../training/minimize.ts";
import { mghProblems } from "../registry.ts";

describe("minimize, as it comes", () => {
  test.for(mghProblems.map((problem) => [problem.key, problem] as const))(
    "solves %s from its start, and says what kind of minimum it found",
    async ([, { f, start, minima }]) => {
      const { value, verdict } = await minimize(f, { x0: Float64Array.from(start) });
      const gap = Math.min(...minima.map((known) => Math.abs(value - known.value)));
      expect(gap).toBeLessThanOrEqual(1e-8 * (1 + Math.abs(value)));
      expect(["local-minimum", "degenerate"]).toContain(verdict.kind);
    },
  );
});
