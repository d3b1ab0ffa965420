import type { Space } from "../../search/sweep/space.ts";
import type { StrategyName } from "../../search/sweep/strategies.ts";

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
}
