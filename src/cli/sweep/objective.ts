import { NadirError } from "../../base/errors.ts";
import { nearest } from "../../base/require.ts";
import type { Objective } from "../../search/sweep/sweepRecord.ts";
import type { TrialReport } from "./trialProcess.ts";

/** Looked for in this order where no metric is named: what was not trained on comes first. */
const usual = ["validationLoss", "testLoss", "loss"];

const better = /accuracy|auc|\bf1\b|r2|score|precision|recall|reward|return/i;

/**
 * The objective that is meant: the metric that is named, or the first of validation loss, test loss and loss that the
 * first training has told; larger is better where its name says so, unless the goal is given.
 *
 * @throws NadirError `sweep/metric` for a metric that the training does not tell
 */
export function chooseObjective(
  report: TrialReport,
  metric: string | undefined,
  goal: Objective["goal"] | undefined,
): Objective {
  const told = namesIn(report);
  const chosen = metric ?? usual.find((name) => told.includes(name)) ?? "loss";
  if (!told.includes(chosen)) {
    const near = nearest(chosen, told);
    throw new NadirError("sweep/metric", `the training tells no metric "${chosen}"`, {
      expected: `one of ${told.join(", ")}`,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
  return { metric: chosen, goal: goal ?? (better.test(chosen) ? "max" : "min") };
}

/** The value that is minimized; +∞ for a training that diverged or told nothing. */
export function valueToMinimize(
  report: TrialReport,
  { metric, goal }: Objective,
  diverged: boolean,
): number {
  const value = report.metrics[metric] ?? (metric === "loss" ? report.loss : undefined);
  if (diverged || typeof value !== "number" || Number.isNaN(value)) return Number.POSITIVE_INFINITY;
  return goal === "max" ? -value : value;
}

const namesIn = ({ metrics, loss }: TrialReport): string[] => [
  ...Object.keys(metrics),
  ...(loss === undefined ? [] : ["loss"]),
];
