import type { Vector } from "../../linalg/ask.ts";

/**
 * A loss of linear predictors η, one for each sample, as the solvers see it. All are convex, and means over
 * samples: the 1/n is in them.
 */
export interface Loss {
  readonly samples: number;
  value(eta: Vector): number;
  /** slopes ← ∂/∂ηᵢ; bends ← ∂²/∂ηᵢ², at least 0 (of a loss that is no sum over samples, the diagonal). */
  derivatives(eta: Vector, slopes: Vector, bends: Vector): void;
  /** v ← ∇²f(η)·v, where the Hessian is not the diagonal of the bends (or is to be used as more than that). */
  curve?(eta: Vector): (v: Vector) => void;
  /** For a cross entropy, whose Hessian is (diag q − qqᵀ)/n for each sample: the chances q, class after class. */
  chances?(eta: Vector): Vector;
  /** The best predictor that is the same for all samples; 0 where a constant changes nothing. */
  readonly constant: number;
  /** What n·bends never exceeds; undefined if they may be of any size. */
  readonly bendBound: number | undefined;
  /** The bends are zero beyond some predictors: steps on them alone would have no bounds. */
  readonly flatParts?: boolean;
  /**
   * −f*(θ), for the dual value: f*(θ) = max over η of ⟨θ, η⟩ − f(η); −∞ outside of its domain, in which 0 and every shrunk
   * θ lie with θ. Undefined where it is not known.
   */
  dual?(theta: Vector): number;
  /** Predictors such as these separate the samples: the value falls towards its infimum along them, for ever. */
  separates?(eta: Vector): boolean;
}

/** What makes a sum over samples of ℓ(η, y). */
export interface SampleLoss {
  value(eta: number, y: number): number;
  slope(eta: number, y: number): number;
  bend(eta: number, y: number): number;
  /** ℓ*(θ, y) = max over η of θη − ℓ(η, y); ∞ outside of its domain. */
  conjugate(theta: number, y: number): number;
  readonly bendBound: number | undefined;
  /** The best predictor that is the same for all samples. */
  constant(y: Vector, weights?: Vector): number;
  separates?(eta: Vector, y: Vector): boolean;
}

/** Σ ωᵢℓ(ηᵢ, yᵢ) with ω the weights over their sum. Its conjugate is Σ ωᵢℓ*(θᵢ/ωᵢ). @param weights - above 0 */
export function weightedLoss(loss: SampleLoss, y: Vector, weights: Vector): Loss {
  const n = y.length;
  const { separates, bendBound } = loss;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const shares = weights.map((weight) => weight / total);
  const largest = shares.reduce((most, share) => Math.max(most, share), 0);
  return {
    samples: n,
    value: (eta) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += shares[i]! * loss.value(eta[i]!, y[i]!);
      return sum;
    },
    derivatives: (eta, slopes, bends) => {
      for (let i = 0; i < n; i++) {
        slopes[i] = shares[i]! * loss.slope(eta[i]!, y[i]!);
        bends[i] = shares[i]! * loss.bend(eta[i]!, y[i]!);
      }
    },
    constant: loss.constant(y, weights),
    bendBound: bendBound === undefined ? undefined : n * largest * bendBound,
    dual: (theta) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += shares[i]! * loss.conjugate(theta[i]! / shares[i]!, y[i]!);
      return -sum;
    },
    ...(separates === undefined ? {} : { separates: (eta: Vector) => separates(eta, y) }),
  };
}

/** Σ ℓ(ηᵢ, yᵢ)/n. */
export function meanLoss(loss: SampleLoss, y: Vector): Loss {
  const n = y.length;
  const { separates } = loss;
  return {
    samples: n,
    value: (eta) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += loss.value(eta[i]!, y[i]!);
      return sum / n;
    },
    derivatives: (eta, slopes, bends) => {
      for (let i = 0; i < n; i++) {
        slopes[i] = loss.slope(eta[i]!, y[i]!) / n;
        bends[i] = loss.bend(eta[i]!, y[i]!) / n;
      }
    },
    constant: loss.constant(y),
    bendBound: loss.bendBound,
    dual: (theta) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += loss.conjugate(n * theta[i]!, y[i]!);
      return -sum / n;
    },
    ...(separates === undefined ? {} : { separates: (eta: Vector) => separates(eta, y) }),
  };
}
