import { NadirError } from "../../base/errors.ts";
import { requireCount, requireKnownOptions } from "../../base/require.ts";
import { requireNonNegative, requirePositive } from "./schedule.ts";

/** When `onPlateau` changes rates, by how much, and for how long. */
export interface OnPlateauOptions {
  /** What rates are multiplied by on a plateau: below 1 to settle, above 1 to leave it. Default 0.1; 1 where noise is given. */
  readonly factor?: number;
  /** The standard deviation of the noise added to each entry of the gradient while raised. Default 0. */
  readonly noise?: number;
  /**
   * Measurements after which a raise is taken back, so that the scale is 1 and the noise 0 again. Left out: a
   * change of rates stays; with noise 1.
   */
  readonly hold?: number;
  /** Changes at most. Default: no limit. */
  readonly times?: number;
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
  /** The standard deviation of the noise to add to gradients now. */
  readonly noise: number;
  /** The best measurement so far; null before the first. */
  readonly best: number | null;
  /** Measurements since the last improvement. */
  readonly waited: number;
  /** Measurements that will not be judged. */
  readonly cooling: number;
  /** Measurements until what was raised is taken back; 0 if nothing is. */
  readonly held: number;
  /** Changes so far. */
  readonly changes: number;
}

/** A scale for learning rates, and noise for gradients, that follow a metric. */
export interface OnPlateau {
  readonly kind: "on-plateau";
  readonly options: OnPlateauOptions;
  readonly start: PlateauState;
  /** The state after one more measurement of the metric. NaN is no improvement. */
  next(state: PlateauState, metric: number): PlateauState;
}

/**
 * Changes rates when a metric stops improving: after more than `patience` measurements without
 * improvement the scale is multiplied by `factor`. It answers to measurements, not to steps, so it is
 * no schedule; its scale stands beside one (`ScheduleStep.scale`).
 *
 * With a factor below 1 rates are lowered to settle. Its opposite leaves a plateau: with a factor above 1
 * rates are raised, with `noise` gradients are disturbed, and `hold` takes both back after a while.
 *
 * @throws NadirError `onPlateau/factor`, `onPlateau/noise`, `onPlateau/hold`, `onPlateau/times`,
 *   `onPlateau/patience`, `onPlateau/threshold`, `onPlateau/cooldown`, `onPlateau/limit`
 * @see PyTorch, ReduceLROnPlateau, for lowering; raising is nadir's
 */
export function onPlateau(options: OnPlateauOptions = {}): OnPlateau {
  requireKnownOptions("onPlateau", options, [
    ...["factor", "noise", "hold", "times", "patience", "threshold", "thresholdKind"],
    ...["cooldown", "limit", "goal"],
  ]);
  const { thresholdKind = "relative", goal = "min" } = options;
  const noise = requireNonNegative("onPlateau/noise", options.noise ?? 0);
  const factor = requirePositive("onPlateau/factor", options.factor ?? (noise > 0 ? 1 : 0.1));
  if (factor === 1 && noise === 0) {
    throw new NadirError("onPlateau/factor", "factor is 1", {
      expected: "below 1 to lower rates on a plateau, above 1 to raise them, or noise",
    });
  }
  const { hold = noise > 0 ? 1 : undefined } = options;
  if (hold !== undefined) requireCount("onPlateau/hold", hold);
  if (hold !== undefined && factor < 1) {
    throw new NadirError("onPlateau/hold", `hold is ${hold}, with a factor of ${factor}`, {
      expected: "a factor above 1: what is lowered to settle stays low",
    });
  }
  const times =
    options.times === undefined
      ? Number.POSITIVE_INFINITY
      : requireCount("onPlateau/times", options.times);
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
    kind: "on-plateau",
    options,
    start: { scale: 1, noise: 0, best: null, waited: 0, cooling: 0, held: 0, changes: 0 },
    next: (state, metric) => {
      const better = isBetter(metric, state.best);
      const best = better ? metric : state.best;
      if (state.held > 0) {
        const held = state.held - 1;
        if (held > 0) return { ...state, best, held };
        return { ...state, scale: 1, noise: 0, best, held, waited: 0, cooling: cooldown };
      }
      const judged = state.cooling === 0;
      const cooling = Math.max(0, state.cooling - 1);
      const waited = better || !judged ? 0 : state.waited + 1;
      if (waited <= patience || state.changes >= times) return { ...state, best, waited, cooling };
      const moved = state.scale * factor;
      const scale = factor < 1 ? Math.max(moved, limit) : Math.min(moved, limit);
      return {
        ...{ scale, noise, best, waited: 0, cooling: cooldown },
        held: hold ?? 0,
        changes: state.changes + 1,
      };
    },
  };
}
