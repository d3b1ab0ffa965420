import { fc, test as property } from "@fast-check/vitest";
import { describe, expect, test } from "vitest";
import { fromSlider, methodNames, settingsOf, toSlider } from "../methods.ts";
import { axesOf, mapSize, nearestIndex, quickness, sentenceOf, tellMap } from "./outcomes.ts";

const [rate, kept] = settingsOf("momentum");

describe("the axes of a map", () => {
  test("run over both sliders, from end to end, and rise", () => {
    const { rates, second } = axesOf(rate!, kept!);
    expect([rates[0], rates.at(-1), rates.length]).toEqual([1e-5, 1, mapSize.rates]);
    expect([second[0], second.at(-1), second.length]).toEqual([0, 0.999, mapSize.rows]);
    expect(rates.every((value, i) => i === 0 || value > rates[i - 1]!)).toBe(true);
    expect(second.every((value, i) => i === 0 || value > second[i - 1]!)).toBe(true);
  });
});

describe("a map in words", () => {
  const axes = { rates: [0.1, 0.2, 0.3], second: [0, 0.9] };

  test("counts each outcome, and names the quickest place", () => {
    const told = tellMap(
      [
        { row: 0, steps: Int32Array.of(0, 40, -1) },
        { row: 1, steps: Int32Array.of(7, 9, -1) },
      ],
      axes,
    );
    expect(told.counts).toEqual({ converged: 3, diverged: 2, "not yet": 1, unknown: 0 });
    expect(told.best).toEqual({ rate: 0.1, second: 0.9, steps: 7 });
    expect(sentenceOf(told)).toBe(
      "Of 6 settings 3 converge, 2 diverge, 1 are not there yet. Quickest: 7 steps at 0.1 and 0.9.",
    );
  });

  test("says what is still to come", () => {
    const told = tellMap([undefined, { row: 1, steps: Int32Array.of(-1, -1, -1) }], axes);
    expect(sentenceOf(told)).toBe(
      "Of 6 settings 0 converge, 3 diverge, 0 are not there yet, 3 to come.",
    );
  });
});

test("one step is as quick as can be, all of them as slow", () => {
  expect([quickness(1, 1000), quickness(1000, 1000)]).toEqual([1, 0]);
  expect(quickness(10, 1000)).toBeGreaterThan(quickness(100, 1000));
});

property.prop([
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 }),
  fc.nat(),
])("the nearest of some values to one of them is that one", (values, pick) => {
  const value = values[pick % values.length]!;
  expect(values[nearestIndex(values, value)]).toBe(value);
});

const ranges = methodNames.flatMap((name) => [...settingsOf(name)]);
property.prop([fc.constantFrom(...ranges), fc.double({ min: 0, max: 1, noNaN: true })])(
  "a slider gives values inside its range, and stands where they are",
  (range, place) => {
    const value = fromSlider(range, place);
    expect(value).toBeGreaterThanOrEqual(range.low);
    expect(value).toBeLessThanOrEqual(range.high);
    const rounding = range.scale === "whole" ? 0.5 / (range.high - range.low) : 0.02;
    expect(Math.abs(toSlider(range, value) - place)).toBeLessThanOrEqual(rounding + 1e-9);
  },
);
