import { describe, expect, test } from "vitest";
import { NDArray } from "../../array/ndarray.ts";
import { sgd } from "../../methods/rules/sgd.ts";
import { classesOfBatches } from "./dataFacts.ts";
import { samplesOf } from "./generated.ts";
import { ruleStep } from "./ruleStep.ts";
import { twinsOf } from "./twins.ts";
import { unitsOf } from "./units.ts";

describe("twins", () => {
  test("are columns of a matrix that equal another one", () => {
    expect(twinsOf(Float32Array.of(1, 1, 2, 3, 3, 4), [2, 3])).toBeCloseTo(2 / 3, 12);
    expect(twinsOf(Float32Array.of(1, 1, 3, 4), [2, 2])).toBe(0);
  });

  test("are filters of a convolution", () => {
    expect(twinsOf(Float32Array.of(1, 2, 1, 2, 5, 6), [3, 1, 1, 2])).toBeCloseTo(2 / 3, 12);
  });
});

describe("a rule's step", () => {
  test("of a weight with as many entries as a real layer has is a gradient's length by the rate", async () => {
    const size = 200_000;
    const params = {
      arrays: [new NDArray(new Float32Array(size), [size], "f32")],
      paths: ["weight"],
      structure: { kind: "leaf" } as const,
    };
    const step = await ruleStep(sgd(0.5), {
      ...{ params, gradient: [new Float32Array(size).fill(3)], gradientNorm: 8 },
      ...{ index: 5, total: 10, dtype: "f32" as const },
    });
    expect(step?.length).toBeCloseTo(4, 4);
    expect(step?.kept).toBeCloseTo(1, 4);
    expect(step?.withoutGradient).toBe(0);
  });
});

describe("units", () => {
  test("that are 0 on every row are dead, and what all rows share is told apart", () => {
    const outputs = Float32Array.of(0, 1, 0, 1);
    const found = unitsOf(outputs, new Float32Array(4), { rows: 2, shape: [2, 2], op: "relu" });
    expect(found).toMatchObject({ units: 2, dead: 0.5, common: 1 });
  });

  test("stand along the last axis of steps of time, and along the channels of pictures", () => {
    // Two rows, three steps of time, two units, of which the second is dead.
    const outputs = Float32Array.of(1, 0, 2, 0, 0, 0, 3, 0, 1, 0, 1, 0);
    const along = new Float32Array(12);
    const inTime = unitsOf(outputs, along, { rows: 2, shape: [2, 3, 2], op: "relu" });
    expect(inTime).toMatchObject({ units: 2, dead: 0.5 });
    // As two channels of 3 × 1, none is.
    const picture = unitsOf(outputs, along, { rows: 2, shape: [2, 2, 3, 1], op: "relu" });
    expect(picture).toMatchObject({ units: 2, dead: 0 });
  });

  test("of a sigmoid near an end of its range are saturated, and counted from 1/2", () => {
    const outputs = Float32Array.of(0.999, 0.5, 0.001, 0.5);
    const found = unitsOf(outputs, new Float32Array(4), { rows: 4, shape: [4, 1], op: "sigmoid" });
    expect(found.saturated).toBe(0.5);
    expect(found.common).toBeCloseTo(0, 6);
  });
});

test("batches in the order of their labels hold one class each", () => {
  expect(classesOfBatches(Int32Array.of(0, 0, 1, 1), 2)).toBe(1);
  expect(classesOfBatches(Int32Array.of(0, 1, 1, 0), 2)).toBe(2);
});

test("a generator that makes one of two clouds covers half of them, faithfully", () => {
  const cloud = (at: number) => Array.from({ length: 20 }, (_, i) => at + 0.01 * i);
  const real = { values: Float64Array.from([...cloud(0), ...cloud(10)]), rows: 40, width: 1 };
  const made = { values: Float64Array.from([...cloud(0), ...cloud(0)]), rows: 40, width: 1 };
  expect(samplesOf(real, made)).toEqual({ coverage: 0.5, fidelity: 1 });
  expect(samplesOf(real, real)).toEqual({ coverage: 1, fidelity: 1 });
});
