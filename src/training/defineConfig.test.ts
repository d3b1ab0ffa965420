import { expect, test } from "vitest";
import { defineConfig, type NadirConfig } from "./defineConfig.ts";

test("a configuration is what it was given", () => {
  const config: NadirConfig = {
    ...({ store: "runs", seed: -1, engine: "onnx", threads: 2, dtype: "f64" } as const),
    ...{ tolerance: 1e-6, batchSize: 32, epochs: 0.5, checkpoint: 0, tags: ["paper"] },
  };
  expect(defineConfig(config)).toBe(config);
  expect(defineConfig({})).toEqual({});
});

test.for([
  [{ seeds: 1 }, /unknown option "seeds"[\s\S]*did you mean seed\?/],
  [{ seed: 1.5 }, /seed is 1.5[\s\S]*a whole number/],
  [{ threads: "two" }, /threads is two[\s\S]*a whole number, at least 1/],
  [{ engine: "onx" }, /engine is "onx"[\s\S]*did you mean onnx\?/],
  [{ dtype: "f16" }, /one of f32, f64/],
  [{ tolerance: 0 }, /tolerance is 0[\s\S]*above 0/],
  [{ batchSize: 0 }, /batchSize is 0/],
  [{ epochs: Number.NaN }, /epochs is NaN/],
  [{ checkpoint: -1 }, /checkpoint is -1/],
  [{ store: 3 }, /store is 3[\s\S]*the path of a folder/],
  [{ tags: "paper" }, /tags is "paper"[\s\S]*a list of words/],
] as const)("refuses %j, and says what was expected", ([config, why]) => {
  // As a file without types may have it.
  expect(() => defineConfig(config as NadirConfig)).toThrow(why);
});
