import type { TypedArray } from "../array/dtype.ts";
import type { HeldSet } from "../methods/constraints/held.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Listener } from "./events.ts";
import type { Measurements } from "./measure.ts";
import type { DataOrder } from "./order.ts";
import type { Snapshot } from "./snapshot.ts";
import type { StepSpec, TracedStep } from "./step.ts";
import type { Outline, Values } from "./values.ts";
import type { HealthOptions } from "./watch/health.ts";
import type { SuspectsOptions } from "./watch/labelWatch.ts";
import type { PlateauPlan } from "./watch/plateauOption.ts";

/** Where snapshots go. The training loop knows no files. */
export interface Checkpoints {
  /** Seconds between snapshots. Default 10. One is always taken at the end and when stopped. */
  readonly everySeconds?: number;
  /**
   * True if the arrays of a snapshot are copied by the time `save` has settled, and those of `resume` are read
   * by nobody else: they are then used again, which spares a large model a set of arrays each. Default false.
   */
  readonly copies?: boolean;
  /** Keeps a snapshot; gives the name it is known by, or undefined if it could not be kept this time. */
  save(snapshot: Snapshot): Promise<string | undefined> | string | undefined;
}

/** What training does, fixed before it starts. */
export interface Plan {
  readonly spec: StepSpec;
  /** The step as traced from `spec`. */
  readonly step: TracedStep;
  readonly params: Values;
  readonly ruleState: Values;
  readonly state: Values;
  readonly data: Values;
  readonly validation: Values | undefined;
  readonly test: Values | undefined;
  readonly rows: number;
  readonly epochs: number;
  readonly total: number;
  readonly seed: number;
  readonly engine: Engine;
  readonly engineWhy: string;
  readonly order: DataOrder;
  readonly shuffle: boolean;
  readonly measurements: Measurements;
  /** What is done where the loss no longer falls. */
  readonly plateau: PlateauPlan;
  /** Arrays of params and state that the caller gave, and that must stay as they are. */
  readonly given: ReadonlySet<TypedArray>;
  /** The set that params are projected onto. */
  readonly set?: HeldSet | undefined;
}

/**
 * A plan that runs, or has run: of where it started only the outline can be read, as the loop takes the arrays over, and lets
 * those of a large model go.
 */
export type RunningPlan = Omit<Plan, StartPart> & Readonly<Record<StartPart, Outline>>;

type StartPart = "params" | "ruleState" | "state";

/** What a run took. */
export interface Cost {
  /** Floating-point operations of the training steps, by the shapes. */
  readonly flops: number;
  /** Rows of data seen. */
  readonly examples: number;
  /** Gradients computed. */
  readonly gradients: number;
  /** Bytes of params, rule state and model state. */
  readonly stateBytes: number;
  readonly seconds: { readonly compile: number; readonly train: number; readonly verdict: number };
}

/** How the loop is run and watched. */
export interface LoopOptions {
  readonly onEvent?: Listener;
  readonly signal?: AbortSignal;
  readonly checkpoints?: Checkpoints;
  readonly resume?: Snapshot;
  readonly maxRollbacks?: number;
  readonly threads?: number;
  readonly health?: HealthOptions | boolean;
  readonly suspects?: SuspectsOptions | boolean;
  readonly tolerance?: number;
  readonly earlyStopping?: { readonly patience: number; readonly minImprovement?: number };
}
