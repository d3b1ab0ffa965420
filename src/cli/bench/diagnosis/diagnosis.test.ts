import { describe, expect, test } from "vitest";
import { suiteCases } from "./cases.ts";
import { isRight, judge } from "./judge.ts";
import { healthy } from "./suite.ts";

/** The first trainings with each of these faults: those that take a fraction of a second. */
const quick = [
  "softmax-twice",
  "random-labels",
  "frozen-params",
  "dead-relus",
  "clipped-too-tight",
  "rate-too-low",
  "overfitting",
].map((fault) => suiteCases.find((one) => one.fault === fault)!);
const sound = suiteCases.filter(
  ({ fault, base }) => fault === healthy && ["overlapping", "planarRelu"].includes(base),
);

describe("diagnosis", () => {
  test("the suite has twenty faults at least, and ten healthy trainings", () => {
    const faults = new Set(suiteCases.map(({ fault }) => fault));
    expect(faults.size - 1).toBeGreaterThanOrEqual(20);
    expect(suiteCases.filter(({ fault }) => fault === healthy).length).toBeGreaterThanOrEqual(10);
  });

  test.for(quick)("names $fault ($base: $change)", async (one) => {
    const judged = await judge(one, 20);
    expect(judged.said).toSatisfy(() => isRight(judged));
  });

  test.for(sound)("finds nothing serious in $base $change", async (one) => {
    expect((await judge(one, 20)).said).toBe(healthy);
  });
});
