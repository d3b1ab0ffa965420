import { describe, expect, test } from "vitest";
import { numbersFrom } from "../linalg/testing.ts";
import { addLogits, labelReport, newLabelRecord } from "./labelDynamics.ts";
import { splitInTwo } from "./twoNormals.ts";

test("margins, losses, lost labels and the rival are those of the logits, by hand", () => {
  let record = newLabelRecord(2);
  // Row 0, label 0: ahead by 2, behind class 2 by 1, ahead by 1. Row 1, label 1: behind class 0 by 3 each time.
  for (const logits of [
    [2, 0, -1, 3, 0, 0],
    [0, 0, 1, 3, 0, 0],
    [1, 0, 0, 3, 0, 0],
  ])
    record = addLogits(record, logits, [0, 1]);
  expect(Array.from(record.margins)).toEqual([2, -9]);
  expect(Array.from(record.behind)).toEqual([1, 3]);
  expect(Array.from(record.forgotten)).toEqual([1, 0]);
  expect(record.rival[1]).toBe(0);
  const loss =
    Math.log(Math.exp(2) + 1 + Math.exp(-1)) - 2 + Math.log(2 + Math.E) + Math.log(Math.E + 2) - 1;
  expect(record.losses[0]).toBeCloseTo(loss, 12);
  const { ranking, epochs } = labelReport(record, [0, 1], [7, 9]);
  expect(Array.from(ranking)).toEqual([9, 7]);
  expect(epochs).toBe(3);
});

describe("two normal parts", () => {
  const draw = numbersFrom(5);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(Math.abs(draw()) + 1e-12)) * Math.cos(2 * Math.PI * draw());

  test("are found with their share, and their members", () => {
    const values = Float64Array.from({ length: 1000 }, (_, i) => (i < 200 ? -3 : 3) + normal());
    const { isSplit, lowerShare, lowerChance } = splitInTwo(values);
    expect(isSplit).toBe(true);
    expect(lowerShare).toBeCloseTo(0.2, 1);
    expect(lowerChance(-3)).toBeGreaterThan(0.99);
    expect(lowerChance(-30)).toBeGreaterThan(0.99);
    expect(lowerChance(3)).toBeLessThan(0.01);
  });

  test("are not seen in one", () => {
    expect(splitInTwo(Float64Array.from({ length: 1000 }, normal)).isSplit).toBe(false);
    expect(splitInTwo(new Float64Array(100).fill(2)).isSplit).toBe(false);
  });
});
