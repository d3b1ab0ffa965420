import type { Space } from "./space.ts";
import type { StrategyName } from "./strategies.ts";
import { lastValue, type Trial } from "./strategy.ts";

/** When a worker was busy with a trial: the sweep's chart of who did what, retries included. */
export interface Span {
  readonly worker: number;
  /** Milliseconds since 1970. */
  readonly began: number;
  readonly ended: number;
  readonly outcome: "told" | "stopped" | "refused" | "lost";
}

/** A trial with its record. */
export interface SweepTrial extends Trial {
  /** The id of its run, once it has one. */
  readonly run: string | undefined;
  /** Why it failed, or was stopped early. */
  readonly why: string | undefined;
  readonly spans: readonly Span[];
}

/** What a sweep minimizes: a metric, or its negative. */
export interface Objective {
  readonly metric: string;
  readonly goal: "min" | "max";
}

/** A sweep as it was asked for: kept in the store, so that it can be gone on with. */
export interface SweepRequest {
  /** The file as the user wrote it, and its path. */
  readonly shown: string;
  readonly path: string;
  readonly space: Space;
  /** `key=value` words that every trial is given. */
  readonly fixed: readonly string[];
  readonly strategy: StrategyName;
  readonly trials: number | undefined;
  readonly levels: number | undefined;
  readonly eta: number | undefined;
  readonly smallest: number | undefined;
  readonly seed: number;
  /** Steps of a whole training, instead of its own. */
  readonly steps: number | undefined;
  readonly metric: string | undefined;
  readonly goal: "min" | "max" | undefined;
  readonly workers: number;
  /** Threads of each training. */
  readonly threads: number;
  /** Seconds after which a training counts as hung. */
  readonly patience: number | undefined;
  /** Whether trainings that are clearly worse than the others are stopped early. */
  readonly stopBad?: boolean | undefined;
  /** What is minimized, once a training has told what there is. */
  readonly objective?: Objective | undefined;
}

/** The trial with the lowest value among those that have come furthest; undefined if none has told a number. */
export function bestOf(trials: readonly SweepTrial[]): SweepTrial | undefined {
  const told = trials.filter((trial) => Number.isFinite(lastValue(trial)));
  const furthest = Math.max(0, ...told.map(doneOf));
  return told
    .filter((trial) => doneOf(trial) >= furthest * (1 - 1e-9))
    .reduce<SweepTrial | undefined>(
      (best, trial) => (best === undefined || lastValue(trial) < lastValue(best) ? trial : best),
      undefined,
    );
}

/** The part of the training that a trial has told of; 0 for none. */
export const doneOf = ({ measured }: SweepTrial): number => measured.at(-1)?.share ?? 0;
