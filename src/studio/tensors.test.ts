import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { saveCheckpoint } from "../runs/checkpoint.ts";
import type { Run } from "../runs/run.ts";
import { temporaryFolder } from "../runs/testing.ts";
import { newestTensors, tensorReply, tensorsReply } from "./tensors.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);

/** A run with two checkpoints of params and of a rule's state; only its id and folder are asked for. */
function kept(): Run {
  const dir = join(folder, "b2cd");
  mkdirSync(dir, { recursive: true });
  for (const step of [1, 2]) {
    const tensor = (...values: readonly number[]) => ({
      ...({ dtype: "f64", shape: [values.length] } as const),
      data: Float64Array.from(values),
    });
    const tensors = {
      "params.whole": tensor(3, 4 * step),
      "params.broken": tensor(1, Number.NaN),
      "params.infinite": tensor(1, Number.POSITIVE_INFINITY),
      "state.momentum": tensor(9),
    };
    saveCheckpoint(dir, step, { tensors, meta: {} });
  }
  return { id: "b2cd", dir } as Run;
}

test("the params of a checkpoint are listed with their norms, which hide nothing that is not finite", () => {
  const run = kept();
  const norms = ({ tensors }: ReturnType<typeof tensorsReply>) =>
    Object.fromEntries(tensors.map(({ path, norm }) => [path, norm]));
  const odd = { broken: Number.NaN, infinite: Number.POSITIVE_INFINITY };
  expect(norms(tensorsReply(run, undefined))).toEqual({ whole: Math.hypot(3, 8), ...odd });
  expect(norms(tensorsReply(run, 1))).toEqual({ whole: 5, ...odd });
  expect(newestTensors(run).each.map(({ path }) => path)).toEqual(["broken", "infinite", "whole"]);
  expect(tensorReply(run, "broken", 2)).toMatchObject({ notFinite: 1, norm: 1, step: 2 });
});

test("a step or a name that is not there is said, with what is", () => {
  const run = kept();
  expect(() => tensorsReply(run, 7)).toThrow(/no checkpoint of step 7[\s\S]*one of 2, 1/);
  expect(() => tensorReply(run, "../params", 2)).toThrow(/no params "\.\.\/params"/);
  expect(() => tensorReply(run, "state.momentum", 2)).toThrow(/no params/);
});
