import { requireCount, requireKnownOptions } from "../base/require.ts";
import type { Evidence, Series } from "../diagnosis/advice/evidence.ts";
import type { Finding } from "../diagnosis/advice/finding.ts";
import { findings } from "../diagnosis/advice/findings.ts";
import type { TrainingProblem } from "../training/defineTraining.ts";
import type { RunEvent } from "../training/events.ts";
import { type GatherOptions, gatherEvidence } from "./evidence/gather.ts";
import { runEvidence } from "./evidence/runEvidence.ts";

/** Where a run of a training ended, and what it told on the way. */
export interface DiagnoseOptions extends Omit<GatherOptions, "run" | "products"> {
  /** Everything that `onEvent` heard; of a run in a store without the series, which then go into `series`. */
  readonly events: readonly RunEvent[];
  /** Series by name, as the run store keeps them: `loss`, `gradientNorm`, `learningRate`, and each metric. */
  readonly series?: Readonly<Record<string, Series>>;
  /** From 1 to 4: each doubles the rows and the products with the Hessian. Default 2. */
  readonly effort?: number;
}

/** What a run suffers from, and what that rests on. */
export interface Diagnosis {
  /** The most serious first. */
  readonly findings: readonly Finding[];
  readonly evidence: Evidence;
  readonly seconds: number;
}

const [rowsOfEffort, productsOfEffort] = [256, 12];

/**
 * What keeps a training from going better: findings, each with what was measured, the likely cause, and one change to try. It
 * looks at what the run told of itself, at the data, at the point where it began (drawn anew from the seed) and where it
 * ended: what units and gradients are like inside, curvature, the noise of batches; and it tries some steps from the end
 * at other rates, without weight decay and without dropout.
 *
 * Price: at effort 2 about a tenth of the run for each of four to six trials, and some fifty gradients.
 *
 * @param problem - what `fit` was given, with a rule as its method
 * @throws NadirError `diagnose/effort`, and what `fit` and `spectrum` throw
 * @example
 * const events: RunEvent[] = [];
 * const run = await fit({ ...digits, onEvent: (event) => events.push(event) });
 * const { findings } = await diagnose(digits, { events, at: run.params });
 */
export async function diagnose(
  problem: TrainingProblem,
  options: DiagnoseOptions,
): Promise<Diagnosis> {
  requireKnownOptions("diagnose", options, [
    ...["events", "series", "at", "state", "rows", "effort", "generate"],
  ]);
  const { events, series, effort = 2, rows, ...point } = options;
  const level = requireCount("diagnose/effort", effort);
  const begin = performance.now();
  const size = problem.data.size;
  const run = runEvidence(
    events,
    { rows: size, batchSize: problem.batchSize ?? Math.min(128, size) },
    series,
  );
  const evidence = await gatherEvidence(problem, {
    ...point,
    run,
    rows: rows ?? rowsOfEffort * 2 ** (level - 1),
    products: productsOfEffort * 2 ** (level - 1),
  });
  return {
    findings: findings(evidence),
    evidence,
    seconds: (performance.now() - begin) / 1000,
  };
}
