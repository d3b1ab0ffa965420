import { expect, test } from "vitest";
import { stochastic } from "./suite.ts";

test("the stochastic experiment tells a method's rate, what it reaches and when, on both problems", async () => {
  const options = { only: ["saga"], seeds: 1, peers: false };
  const { tables, pictures } = await stochastic.run(options, () => undefined);
  const [convex, network] = tables;
  const row = convex!.rows[0]!;
  const cell = (name: string) => row[convex!.columns.indexOf(name)];
  expect(row.slice(0, 2)).toEqual(["saga", null]);
  // Linear: as many passes from 1e-4 to 1e-8 as its decades a pass foretell, to a third.
  const [early, late] = [cell("passes to 0.0001"), cell("passes to 1e-8")].map(Number);
  expect(late).toBeLessThan(80);
  expect(4 / (late! - early!) / Number(cell("decades a pass"))).toBeCloseTo(1, 0.5);
  expect(network!.rows[0]!.length).toBe(network!.columns.length);
  expect(Object.keys(pictures!)).toEqual(["stochastic-logistic", "stochastic-network"]);
});
