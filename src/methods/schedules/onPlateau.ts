import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import { requireNonNegative, requirePositive } from "./schedule.ts";

export interface OnPlateauOptions {
  /** What rates are multiplied by on a plateau: below 1 to settle, above 1 to leave it. Default 0.1. */
  readonly factor?: number;
  /** Measurements without improvement that are borne, a count from 0. Default 10. */
  readonly patience?: number;
  /** How much better than the best a measurement must be to count, at least 0. Default 1e-4. */
  readonly threshold?: number;
  /** As a part of the best, or in the unit of the metric. Default "relative". */
  readonly thresholdKind?: "relative" | "absolute";
  /** Measurements after a change that are not judged, a count from 0. Default 0. */
  readonly cooldown?: number;
  /** The least (factor below 1) or greatest scale it goes to. Default 0, or 100. */
  readonly limit?: number;
  /** Which is better, less or more. Default "min". */
  readonly goal?: "min" | "max";
}

/** Where it stands: plain data, all of it, so that a resumed run goes on as if it had never stopped. */
export interface PlateauState {
  /** What rates are to be multiplied by now. */
  readonly scale: number;
  /** The best measurement so far; null before the first. */
  readonly best: number | null;
  /** Measurements since the last improvement. */
  readonly waited: number;
  /** Measurements that will not be judged. */
  readonly cooling: number;
}

/** A scale for learning rates that follows a metric. */
export interface OnPlateau {
  readonly start: PlateauState;
  /** The state after one more measurement of the metric. NaN is no improvement. */
  next(state: PlateauState, metric: number): PlateauState;
}

/**
 * Changes rates when a metric stops improving: after more than `patience` measurements without
 * improvement the scale is multiplied by `factor`. It answers to measurements, not to steps, so it is
 * no schedule; its scale stands beside one (`ScheduleStep.scale`).
 *
 * @throws NadirError `onPlateau/factor`, `onPlateau/patience`, `onPlateau/threshold`,
 *   `onPlateau/cooldown`, `onPlateau/limit`
 * @see PyTorch, ReduceLROnPlateau
 */
export function onPlateau(options: OnPlateauOptions = {}): OnPlateau {
  requireKnownOptions("onPlateau", options, [
    "factor",
    "patience",
    "threshold",
    "thresholdKind",
    "cooldown",
    "limit",
    "goal",
  ]);
  const { thresholdKind = "relative", goal = "min" } = options;
  const factor = requirePositive("onPlateau/factor", options.factor ?? 0.1);
  if (factor === 1) {
    throw new NadirError("onPlateau/factor", "factor is 1", {
      expected: "below 1 to lower rates on a plateau, above 1 to raise them",
    });
  }
  const patience = requireCount("onPlateau/patience", options.patience ?? 10, 0);
  const threshold = requireNonNegative("onPlateau/threshold", options.threshold ?? 1e-4);
  const cooldown = requireCount("onPlateau/cooldown", options.cooldown ?? 0, 0);
  const limit = requireNonNegative("onPlateau/limit", options.limit ?? (factor < 1 ? 0 : 100));

  const isBetter = (metric: number, best: number | null): boolean => {
    if (best === null) return !Number.isNaN(metric);
    const sign = goal === "min" ? -1 : 1;
    const mark =
      thresholdKind === "relative" ? best * (1 + sign * threshold) : best + sign * threshold;
    return goal === "min" ? metric < mark : metric > mark;
  };

  return {
    start: { scale: 1, best: null, waited: 0, cooling: 0 },
    next: (state, metric) => {
      const better = isBetter(metric, state.best);
      const best = better ? metric : state.best;
      const judged = state.cooling === 0;
      const cooling = Math.max(0, state.cooling - 1);
      const waited = better || !judged ? 0 : state.waited + 1;
      if (waited <= patience) return { scale: state.scale, best, waited, cooling };
      const moved = state.scale * factor;
      const scale = factor < 1 ? Math.max(moved, limit) : Math.min(moved, limit);
      return { scale, best, waited: 0, cooling: cooldown };
    },
  };
}
