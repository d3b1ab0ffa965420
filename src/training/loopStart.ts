import type { TypedArray } from "../array/dtype.ts";
import { NadirError } from "../base/errors.ts";
import { requireCount, requireInRange } from "../base/require.ts";
import { fingerprintOf, fingerprintOfArrays } from "./fingerprint.ts";
import type { LoopOptions, Plan } from "./plan.ts";
import { openSnapshot, type Progress, type Snapshot } from "./snapshot.ts";
import type { Outline } from "./values.ts";
import { plateauSettings } from "./watch/plateauOption.ts";
import { watchStart } from "./watch/plateauWatch.ts";

/** Where a loop begins: at the start of a run, or where a snapshot was taken. */
export interface LoopStart {
  readonly carried: TypedArray[];
  /** Those among them that are the caller's, or a snapshot's: not to be written over. */
  readonly kept: ReadonlySet<TypedArray>;
  readonly progress: Progress;
  readonly groups: Readonly<Record<"params" | "rule" | "state", Outline>>;
  /** What a snapshot of this run is told by. */
  readonly settings: Snapshot["settings"];
  readonly maxRollbacks: number;
  readonly patience: number;
  readonly minImprovement: number;
}

/**
 * Checks how a loop is to be run, and finds where it begins. Computes nothing.
 *
 * @throws NadirError `fit/maxRollbacks`, `fit/patience`, `fit/minImprovement`, `fit/earlyStopping`;
 *   `resume/settings` and `resume/tensors` for a snapshot of another run
 */
export function startOfLoop(plan: Plan, options: LoopOptions): LoopStart {
  const { spec, rows, total } = plan;
  const { batchSize } = spec;
  const { schedule, remedy } = plan.plateau;
  const groups = { params: plan.params, rule: plan.ruleState, state: plan.state };
  const onPlateau = plateauSettings(plan.plateau);
  const settings = {
    steps: total,
    batchSize,
    seed: plan.seed,
    rows,
    method: spec.rule.name,
    dtype: spec.dtype,
    engine: plan.engine.name,
    shuffle: String(plan.shuffle),
    ...(onPlateau === undefined ? {} : { onPlateau }),
    ...(options.suspects ? { suspects: JSON.stringify(options.suspects) } : {}),
    // Where calls end is where a run rolls back to.
    ...(typeof options.health === "object" && options.health.every !== undefined
      ? { healthEvery: options.health.every }
      : {}),
    ...(options.checkpoints === undefined && options.resume === undefined
      ? {}
      : {
          data: fingerprintOfArrays(plan.data.arrays.map(({ data }) => data)),
          program: fingerprintOf(plan.step.program),
        }),
  };
  const maxRollbacks = requireCount("fit/maxRollbacks", options.maxRollbacks ?? 3, 0);
  const { patience, minImprovement } = earlyStop(options, plan.validation !== undefined);
  const carried: TypedArray[] = [
    ...(options.resume === undefined
      ? [...plan.params.arrays, ...plan.ruleState.arrays, ...plan.state.arrays].map(
          ({ data }) => data,
        )
      : openSnapshot(options.resume, groups, settings)),
    new Int32Array([options.resume?.progress.step ?? 0]),
  ];
  const progress: Progress = options.resume?.progress ?? {
    step: 0,
    rateScale: 1,
    rollbacks: 0,
    computed: 0,
    epochs: [],
    firstLoss: null,
    bestValidation: null,
    epochsSinceBest: 0,
    ...(schedule === undefined ? {} : { plateau: schedule.start }),
    ...(remedy === undefined && options.onEvent === undefined ? {} : { watch: watchStart }),
  };
  const kept =
    options.resume === undefined ? plan.given : new Set(options.checkpoints?.copies ? [] : carried);
  return { carried, kept, progress, groups, settings, maxRollbacks, patience, minImprovement };
}

/** When to stop early, if at all. @throws NadirError `fit/patience`, `fit/minImprovement`, `fit/earlyStopping` */
export function earlyStop(
  options: Pick<LoopOptions, "earlyStopping">,
  hasValidation: boolean,
): { readonly patience: number; readonly minImprovement: number } {
  const patience =
    options.earlyStopping === undefined
      ? Number.POSITIVE_INFINITY
      : requireCount("fit/patience", options.earlyStopping.patience);
  const minImprovement = requireInRange(
    "fit/minImprovement",
    options.earlyStopping?.minImprovement ?? 0,
    [0, Number.POSITIVE_INFINITY],
  );
  if (options.earlyStopping !== undefined && !hasValidation) {
    throw new NadirError("fit/earlyStopping", "fit: early stopping without validation data", {
      expected: "validation: a data set",
      hint: "the test set should decide nothing",
    });
  }
  return { patience, minImprovement };
}
