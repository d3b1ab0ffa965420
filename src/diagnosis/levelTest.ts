import { type LossStretches, type LossTrend, lossTrend } from "./lossTrend.ts";
import { type MannKendall, mannKendall } from "./mannKendall.ts";

/** A loss that no longer falls, or hardly. */
export interface Level {
  readonly trend: LossTrend;
  readonly kendall: MannKendall;
  /** The step, counted from the first stretch, since which it is level. */
  readonly since: number;
  /** Whether neither test sees a fall; else one is seen that is small. */
  readonly isStill: boolean;
  /** The largest fall over the stretch that was looked at which still counts as level. */
  readonly most: number;
}

/** A fall counts above so many standard errors, as in `lossTrend`. */
const certainty = 2.2;
/** A trend by chance, once in twenty. */
const significance = 0.05;
/** Who falls by less than this part of itself hardly falls. */
const hardly = 0.01;
/** Changes below this part of the run's, and below this part of the loss, are none to Mann–Kendall's test. */
const [resolution, resolutionOfLoss] = [2e-3, 1e-5] as const;

/**
 * Whether a loss is level over the last third of its stretches. Either both tests see no fall, the straight line of `lossTrend`, whose
 * slope and error also leave no room for a fall by a tenth of the run's, and Mann–Kendall's, which asks nothing of the scatter. Or the
 * fall is at most a hundredth of the loss, error included: a loss without noise always falls by something.
 *
 * @returns undefined if it falls, or nothing can be told yet
 */
export function levelTest(
  stretches: LossStretches & { readonly range: number },
): Level | undefined {
  const trend = lossTrend(stretches);
  if (trend === undefined) return undefined;
  const { means, range, span } = stretches;
  const last = means.slice(-trend.steps / span);
  const mean = Math.abs(last.reduce((sum, value) => sum + value, 0) / last.length);
  const unit = Math.max(resolution * range, resolutionOfLoss * mean);
  const kendall = mannKendall(unit > 0 ? last.map((value) => Math.round(value / unit)) : last);
  if (trend.level && kendall.fallingP >= significance)
    return { trend, kendall, since: trend.since, isStill: true, most: trend.most };
  const most = hardly * mean;
  return trend.fall + certainty * trend.error <= most
    ? { trend, kendall, since: span * means.length - trend.steps, isStill: false, most }
    : undefined;
}
