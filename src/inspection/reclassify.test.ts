import { describe, expect, test } from "vitest";
import type { Tensor } from "../array/tensor.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { dataset } from "../training/dataset.ts";
import { reclassify } from "./reclassify.ts";
import { spectrum } from "./spectrum.ts";

const size = 120;
/** Σ dᵢxᵢ²/2 + Σ xᵢ⁴/4, whose Hessian at 0 is diag(d): from `least` on, evenly to 1. */
const problemOf = (least: number) => {
  const d = Array.from({ length: size }, (_, i) => least + ((1 - least) * i) / (size - 1));
  return {
    params: { x: new Array<number>(size).fill(0) },
    loss: ({ x }: { x: Tensor }, batch: { one: Tensor }) =>
      x.square().mul(d).sum().div(2).add(x.pow(4).sum().div(4)).mul(batch.one.mean()),
    data: dataset({ one: [1, 1, 1, 1] }),
    dtype: "f64" as const,
  };
};
const before: Verdict = {
  ...{ kind: "degenerate", nearZeroEigenvalues: 1, gradientNorm: 0, tolerance: 1e-4 },
  ...{ smallestEigenvalue: 0.001, eigenvalueError: 0.02, evidence: ["measured"], advice: [] },
};
const judged = async (least: number, was: Verdict = before, rows?: number) => {
  const problem = problemOf(least);
  const at = { at: problem.params, engine: "js" as const, ...(rows && { rows }) };
  return reclassify(problem, at, await spectrum(problem, at), was);
};

describe("a verdict by a spectrum that knows the curvature better", () => {
  test("is a minimum where the smallest eigenvalue is told from 0", async () => {
    const found = await judged(0.01);
    if (found?.kind !== "judged" || found.verdict.kind !== "local-minimum")
      throw new Error(JSON.stringify(found));
    expect(found.verdict.smallestEigenvalue).toBeCloseTo(0.01, 6);
    expect(found.verdict.eigenvalueError).toBeLessThan(1e-4);
    expect(found.verdict.evidence.join()).toMatch(
      /on all 4 rows, measured anew by at most 1000 products in f64/,
    );
  });

  test("is a saddle where that is negative, with the way down", async () => {
    const found = await judged(-0.01);
    if (found?.kind !== "judged" || found.verdict.kind !== "saddle")
      throw new Error(JSON.stringify(found));
    expect(Math.abs(found.verdict.direction[0]!)).toBeCloseTo(1, 3);
    expect(found.verdict.predictedDecrease).toBeGreaterThan(0);
  });

  test("stays degenerate where nothing bends", async () => {
    expect(await judged(0)).toMatchObject({ kind: "judged", verdict: { kind: "degenerate" } });
  });

  test.for([
    ["knew it as well", { ...before, eigenvalueError: 1e-14 }, undefined, /is known to 1e-14/],
    ["saw more rows", before, 2, /was given on 4 rows, and this is of 2/],
    ["had a constraint", { ...before, held: [] }, undefined, /a constraint/],
  ] as const)("is not given where the verdict before %s", async ([, was, rows, why]) => {
    expect(await judged(0.01, was, rows)).toEqual({
      kind: "kept",
      because: expect.stringMatching(why),
    });
  });

  test("is not given where the gradient is no longer within the tolerance", async () => {
    const problem = problemOf(0.01);
    const at = { at: { x: new Array<number>(size).fill(0.1) }, engine: "js" as const };
    const found = await reclassify(problem, at, await spectrum(problem, at), before);
    expect(found).toEqual({ kind: "kept", because: expect.stringMatching(/gradient norm/) });
  });

  test("is none of a run whose verdict no eigenvalue gave", async () => {
    const was: Verdict = {
      ...{ kind: "not-stationary", why: "budget", gradientNorm: 1, tolerance: 1e-4 },
      ...{ evidence: [], advice: [] },
    };
    expect(await judged(0.01, was)).toBeUndefined();
  });
});
