import type { LayerHealth } from "../diagnosis/health.ts";
import type { LabelSuspect } from "../diagnosis/labelDynamics.ts";
import type { PlateauKind, PlateauRemedy } from "../diagnosis/plateauFinding.ts";
import type { Verdict } from "../diagnosis/verdict.ts";

/** What a run tells while it goes. One stream feeds the terminal, the run store and the studio. */
export type RunEvent =
  | {
      readonly kind: "start";
      readonly method: string;
      readonly engine: string;
      readonly parameters: number;
      /** Steps or iterations planned, if known. */
      readonly steps: number | undefined;
      readonly epochs?: number | undefined;
      readonly batchSize?: number | undefined;
    }
  | {
      /** Progress since the last event: the figures of one step (solvers), or of a call of many steps (rules). */
      readonly kind: "progress";
      readonly step: number;
      readonly epoch?: number | undefined;
      readonly loss: number;
      readonly gradientNorm: number;
      readonly learningRate?: number | undefined;
      readonly stepsPerSecond?: number | undefined;
      readonly secondsLeft?: number | undefined;
      /** Every step's values since the last event: `step` numbers and the series by name. */
      readonly series: {
        readonly steps: readonly number[];
        readonly values: Readonly<Record<string, readonly number[]>>;
      };
      /** Series that have one value in all these steps, at `step`: what a call of many steps does not measure in each. */
      readonly atStep?: Readonly<Record<string, number>>;
    }
  | {
      readonly kind: "evaluation";
      readonly step: number;
      readonly epoch?: number | undefined;
      readonly metrics: Readonly<Record<string, number>>;
    }
  | {
      /** How every layer stands, in the order in which a batch passes them. */
      readonly kind: "health";
      readonly step: number;
      readonly layers: readonly LayerHealth[];
      /** The noise scale of batches' gradients, in rows, over the last looks; undefined where noise hides the gradient. */
      readonly noiseScale?: number;
    }
  | {
      readonly kind: "rollback";
      readonly step: number;
      readonly to: number;
      readonly cause: string;
      readonly rateScale: number;
    }
  | {
      /** A metric no longer improves, and rates or noise are changed; or what was raised is taken back. */
      readonly kind: "plateau";
      readonly step: number;
      readonly metric: number;
      readonly rateScale: number;
      readonly noise: number;
    }
  | {
      /** The loss no longer falls: since when, why, with what was measured, what to try, and what was done. */
      readonly kind: "plateau-detected";
      readonly step: number;
      readonly since: number;
      readonly finding: PlateauKind;
      readonly evidence: readonly string[];
      readonly proposal: string;
      /** The remedy that the proposal is, if it is one that `fit` can apply. */
      readonly remedy: PlateauRemedy | undefined;
      /** The remedy that was applied. */
      readonly applied: PlateauRemedy | undefined;
      readonly gradientNorm: number;
      /** √E‖g − G‖² of batches' gradients g. */
      readonly noise: number;
      /** How much the loss fell over the stretch it was judged by, with its standard error, and the p-value of Mann–Kendall's test. */
      readonly fall: number;
      readonly error: number;
      readonly p: number;
    }
  | {
      readonly kind: "saddle-left";
      readonly step: number;
      readonly smallestEigenvalue: number;
      readonly decrease: number;
    }
  | {
      /** Labels that are probably wrong, at the end of a run that was to look for them: the first hundred. */
      readonly kind: "label-suspects";
      readonly step: number;
      readonly suspects: readonly LabelSuspect[];
      /** How many there are, and of how many rows. */
      readonly count: number;
      readonly rows: number;
    }
  | { readonly kind: "checkpoint"; readonly step: number; readonly file: string }
  | { readonly kind: "note"; readonly step: number; readonly text: string }
  | {
      /** What the end was judged anew, after the run, by more evidence. The verdict before stays in the event before. */
      readonly kind: "verdict";
      readonly step: number;
      readonly verdict: Verdict;
    }
  | {
      readonly kind: "end";
      readonly step: number;
      readonly verdict: Verdict;
      readonly loss: number;
      readonly metrics: Readonly<Record<string, number>>;
      readonly seconds: number;
    };

/** Hears each event, in order, on the caller's thread. */
export type Listener = (event: RunEvent) => void;
