/** What kind of layer params belong to, read off the loss's graph. */
export type LayerKind =
  | "dense"
  | "conv"
  | "embedding"
  | "batchNorm"
  | "norm"
  /** x + f(x): stands beside the layers of f, and counts their params again. */
  | "residual"
  | "other";

/** What leaves a layer, over the rows looked at. */
export interface ActivationHealth {
  /**
   * The nonlinearities that follow the layer, as `relu` or `sigmoid+tanh`; `output` where none follows that is told,
   * which is then the layer's own output.
   */
  readonly of: string;
  /** √ mean a², over rows and units. */
  readonly rms: number;
  readonly mean: number;
  /** Of ReLU: the share of units (channels of pictures) that are 0 on every row looked at, and so learn nothing. */
  readonly deadFraction?: number;
  /** Of sigmoid and tanh: the share of values within 1.5 % of the range of one of its ends, where the slope is below 6 % of the largest. */
  readonly saturatedFraction?: number;
  /** True if no layer follows: the saturated outputs of a classifier that is right are no fault. */
  readonly isLast: boolean;
}

/** How one layer of a network stands. */
export interface LayerHealth {
  /** Where its params stand in their tree, as `0` or `encoder.2`. */
  readonly layer: string;
  readonly kind: LayerKind;
  /** Numbers that are trained. */
  readonly parameters: number;
  /** ‖w‖₂ of its params together. */
  readonly weightNorm: number;
  /** ‖∇w‖₂ of the batch that comes next, or of the rows looked at. */
  readonly gradientNorm: number;
  /** ‖Δw‖/‖w‖ of one step; undefined where no step is taken, or the params are all 0. */
  readonly updateRatio?: number;
  readonly activation?: ActivationHealth;
  readonly batchNorm?: {
    /** √ mean over channels of (μ_batch − μ_running)²/σ²_running. */
    readonly drift: number;
    /** Mean over channels of |ln σ²_batch/σ²_running|. */
    readonly spreadDrift: number;
  };
  readonly residual?: {
    /** rms f(x) / rms x: near 0 the branch is ignored, far above 1 what is skipped. */
    readonly ratio: number;
  };
}

/** The numbers of a layer by name: those that a run store keeps as series `health/LAYER/MEASURE`. */
export function healthMeasures(layer: LayerHealth): Readonly<Record<string, number>> {
  const { weightNorm, gradientNorm, updateRatio, activation, batchNorm, residual } = layer;
  const named = {
    ...{ weightNorm, gradientNorm, updateRatio },
    activationRms: activation?.rms,
    activationMean: activation?.mean,
    deadFraction: activation?.deadFraction,
    saturatedFraction: activation?.saturatedFraction,
    batchNormDrift: batchNorm?.drift,
    batchNormSpreadDrift: batchNorm?.spreadDrift,
    residualRatio: residual?.ratio,
  };
  const given = Object.entries(named).filter(
    (entry): entry is [string, number] => entry[1] !== undefined,
  );
  return Object.fromEntries(given);
}
