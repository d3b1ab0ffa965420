import { describe, expect, test } from "vitest";
import { families } from "./families/problems.ts";
import { runFamily } from "./families/race.ts";
import { familiesExperiment } from "./families.ts";

describe("nadir bench families", () => {
  test("counts each method's way in gradient-equivalents, the lowest value so far never rising", async () => {
    const shown = families.find(({ page }) => page === "quasi-newton")!;
    const ways = await runFamily(shown);
    expect(ways.map(({ name }) => name)).toContain("bfgs");
    for (const { series } of ways) {
      const [xs, ys] = [0, 1].map((k) => series.points.map((point) => point[k]!));
      expect(xs).toEqual([...xs!].sort((a, b) => a - b));
      expect(ys).toEqual([...ys!].sort((a, b) => b - a));
      expect(xs!.at(-1)).toBeLessThanOrEqual(shown.budget + 20);
    }
    expect(ways.find(({ name }) => name === "bfgs")!.reached).toBeLessThan(100);
  });

  test("draws the same picture twice, and only what was asked for", async () => {
    const draw = () =>
      familiesExperiment.run(
        { only: ["schedules", "penalties"], seeds: undefined, peers: false },
        () => {},
      );
    const { tables, pictures } = await draw();
    expect(tables).toEqual([]);
    expect(Object.keys(pictures ?? {})).toEqual(["schedules", "penalties"]);
    expect(pictures).toEqual((await draw()).pictures);
  });
});
