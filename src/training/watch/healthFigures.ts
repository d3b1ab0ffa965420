import type { LayerHealth } from "../../diagnosis/health.ts";
import type { WatchedLayer } from "./healthProgram.ts";

/** What was measured, by param, and what a health program gave. */
export interface HealthFigures {
  readonly means: ArrayLike<number>;
  /** The largest value of each unit, of the rows looked at. */
  readonly peaks: readonly ArrayLike<number>[];
  /** Numbers of each param. */
  readonly sizes: readonly number[];
  readonly weightSquares: ArrayLike<number>;
  readonly gradientSquares: ArrayLike<number>;
  /** ‖Δw‖² of one step. */
  readonly moveSquares?: ArrayLike<number>;
}

/** A layer's health from the numbers of its params and of what it gave. */
export function healthOf(
  { path, kind, params, activation, batchNorm, residual }: WatchedLayer,
  { means, peaks, sizes, weightSquares, gradientSquares, moveSquares }: HealthFigures,
): LayerHealth {
  const sum = (values: ArrayLike<number>): number =>
    params.reduce((total, at) => total + values[at]!, 0);
  const weights = sum(weightSquares);
  const units = activation?.peaks === undefined ? undefined : peaks[activation.peaks];
  return {
    ...{ layer: path, kind, parameters: sum(sizes) },
    weightNorm: Math.sqrt(weights),
    gradientNorm: Math.sqrt(sum(gradientSquares)),
    ...(moveSquares !== undefined &&
      weights > 0 && { updateRatio: Math.sqrt(sum(moveSquares) / weights) }),
    ...(activation !== undefined && {
      activation: {
        of: activation.of,
        rms: Math.sqrt(means[activation.square]!),
        mean: means[activation.mean]!,
        ...(units !== undefined && { deadFraction: shareOf(units, (peak) => peak <= 0) }),
        ...(activation.saturated !== undefined && {
          saturatedFraction: means[activation.saturated]!,
        }),
        isLast: activation.isLast,
      },
    }),
    ...(batchNorm !== undefined && {
      batchNorm: {
        drift: Math.sqrt(means[batchNorm.drift]!),
        spreadDrift: means[batchNorm.spread]!,
      },
    }),
    ...(residual !== undefined && {
      residual: { ratio: Math.sqrt(means[residual.branch]! / means[residual.skip]!) },
    }),
  };
}

function shareOf(values: ArrayLike<number>, is: (value: number) => boolean): number {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (is(values[i]!)) count++;
  return count / values.length;
}
