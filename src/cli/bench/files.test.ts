import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { sizeOf } from "../../array/shape.ts";
import { type NetworkCase, parametersOf } from "./case.ts";
import { caseFolder, initialParameters } from "./files.ts";
import { uniform } from "./random.ts";
import { steps } from "./steps.ts";

const named = (id: string): NetworkCase => {
  const found = steps.cases.find((candidate) => candidate.id === id);
  if (found === undefined || !("network" in found)) throw new Error(`no case ${id}`);
  return found;
};

describe("the data of a case", () => {
  test("has as many parameters as the network's layers say", () => {
    const count = (id: string) =>
      parametersOf(named(id).network.layers).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    expect(count("tiny")).toBe(2 * 32 + 32 + 32 * 32 + 32 + 32 * 2 + 2);
    expect(count("conv")).toBe(208 + 3216 + 784 * 128 + 128 + 1290);
    expect(count("residual")).toBe(144 + 32 + 6 * (16 * 16 * 9 + 32) + 170);
  });

  test("starts weights with He's variance, biases at 0, batch-norm scales at 1", () => {
    const mlp = initialParameters(named("mlp"), uniform(1));
    const weight = mlp.subarray(0, 784 * 256);
    const variance = weight.reduce((sum, w) => sum + w * w, 0) / weight.length;
    expect(variance).toBeCloseTo(2 / 784, 4);
    expect(new Set(mlp.subarray(784 * 256, 784 * 256 + 256))).toEqual(new Set([0]));
    const residual = initialParameters(named("residual"), uniform(1));
    expect(new Set(residual.subarray(144, 160))).toEqual(new Set([1]));
    expect(new Set(residual.subarray(160, 176))).toEqual(new Set([0]));
  });

  test("is the same each time, holds a whole batch, and goes with its folder", async () => {
    const folder = await caseFolder();
    const first = await folder.write(named("tiny"));
    const bytes = typeof first === "string" ? [] : await readFile(first.x ?? "");
    const again = await folder.write(named("tiny"));
    if (typeof again === "string") throw new Error(again);
    expect(await readFile(again.x ?? "")).toEqual(bytes);
    expect(bytes.length).toBe(32 * 2 * 4);
    await folder[Symbol.asyncDispose]();
    expect(existsSync(again.x ?? "")).toBe(false);
  });

  test("splits 10,000 digits into 8,000 and 2,000, each with all ten", async () => {
    const folder = await caseFolder();
    const files = await folder.write(named("digits"));
    if (typeof files === "string") throw new Error(files);
    for (const [x, labels, count] of [
      [files.x, files.labels, 8000],
      [files.testX, files.testLabels, 2000],
    ] as const) {
      const digits = new Int32Array(new Uint8Array(await readFile(labels ?? "")).buffer);
      expect(digits.length).toBe(count);
      expect(new Set(digits).size).toBe(10);
      expect((await readFile(x ?? "")).length).toBe(count * 784 * 4);
    }
    await folder[Symbol.asyncDispose]();
  });
});
