import { describe, expect, test } from "vitest";
import type { Tensor } from "../../array/tensor.ts";
import { sgd } from "../../methods/rules/sgd.ts";
import { dataset } from "../../training/dataset.ts";
import { fit } from "../../training/fit.ts";
import { chooseObjective, valueToMinimize } from "./objective.ts";
import type { TrialReport } from "./trialProcess.ts";

/** What a training told at its end, under the names that `fit` gives. */
async function reportOf(held: readonly ("validation" | "test")[]): Promise<TrialReport> {
  const data = dataset({ x: [0, 1, 2, 3] });
  const run = await fit({
    ...{ params: { w: [1] }, data, method: sgd(0.1), steps: 2, batchSize: 4, engine: "js" },
    ...Object.fromEntries(held.map((name) => [name, data])),
    loss: ({ w }: { readonly w: Tensor }, { x }: { readonly x: Tensor }) => {
      const squares = x.sub(w).square().mean();
      return { loss: squares, metrics: { accuracy: squares.neg() } };
    },
  });
  const { metrics, loss, steps } = run;
  return { id: "b2cd", status: "ended", loss, metrics, steps, verdict: run.verdict.kind };
}

describe("what a sweep compares", () => {
  test.for([
    [["validation", "test"], "validationLoss"],
    [["test"], "testLoss"],
    [[], "loss"],
  ] as const)("of a training with %j sets is %s unless told", async ([held, metric]) => {
    const report = await reportOf(held);
    const objective = chooseObjective(report, undefined, undefined);
    expect(objective).toEqual({ metric, goal: "min" });
    expect(valueToMinimize(report, objective, false)).toBe(
      metric === "loss" ? report.loss : report.metrics[metric],
    );
  });

  test("is larger is better where the name says so, and any other way round where that is asked for", async () => {
    const report = await reportOf(["validation"]);
    const objective = chooseObjective(report, "validationAccuracy", undefined);
    expect(objective).toEqual({ metric: "validationAccuracy", goal: "max" });
    expect(valueToMinimize(report, objective, false)).toBe(-report.metrics["validationAccuracy"]!);
    expect(chooseObjective(report, "validationAccuracy", "min").goal).toBe("min");
    expect(() => chooseObjective(report, "validationLos", undefined)).toThrow(
      /did you mean validationLoss\?/,
    );
  });

  test("is no number where a training diverged, or told none", async () => {
    const report = await reportOf([]);
    const objective = { metric: "loss", goal: "min" } as const;
    expect(valueToMinimize(report, objective, true)).toBe(Number.POSITIVE_INFINITY);
    expect(valueToMinimize({ ...report, loss: undefined }, objective, false)).toBe(
      Number.POSITIVE_INFINITY,
    );
  });
});
