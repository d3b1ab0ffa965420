import type { Vector } from "../../linalg/ask.ts";
import type { SampleLoss } from "./loss.ts";

function mean(y: Vector, weights?: Vector): number {
  if (weights === undefined) return y.reduce((sum, value) => sum + value, 0) / y.length;
  let sum = 0;
  let total = 0;
  for (let i = 0; i < y.length; i++) {
    sum += weights[i]! * y[i]!;
    total += weights[i]!;
  }
  return sum / total;
}

/** ½(η − y)². ℓ*(θ) = θ²/2 + θy. */
export const squared: SampleLoss = {
  value: (eta, y) => 0.5 * (eta - y) ** 2,
  slope: (eta, y) => eta - y,
  bend: () => 1,
  conjugate: (theta, y) => 0.5 * theta * theta + theta * y,
  bendBound: 1,
  constant: mean,
};

const xlogx = (x: number): number => (x <= 0 ? 0 : x * Math.log(x));

/** log(1 + e^{−yη}) with y = ±1. ℓ*(−yu) = u log u + (1 − u) log(1 − u) on [0, 1]. */
export const logistic: SampleLoss = {
  value: (eta, y) => {
    const margin = y * eta;
    return margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin;
  },
  slope: (eta, y) => -y / (1 + Math.exp(y * eta)),
  bend: (eta) => {
    const small = Math.exp(-Math.abs(eta));
    return small / (1 + small) ** 2;
  },
  conjugate: (theta, y) => {
    const u = -y * theta;
    return u < 0 || u > 1 ? Number.POSITIVE_INFINITY : xlogx(u) + xlogx(1 - u);
  },
  bendBound: 0.25,
  constant: (y, weights) => {
    const share = (1 + mean(y, weights)) / 2;
    return Math.log(share / (1 - share));
  },
  separates: (eta, y) => eta.every((value, i) => value * y[i]! > 0),
};

/** e^η − yη with y ≥ 0. ℓ*(θ) = (θ + y) log(θ + y) − (θ + y) for θ ≥ −y. */
export const poisson: SampleLoss = {
  value: (eta, y) => Math.exp(eta) - y * eta,
  slope: (eta, y) => Math.exp(eta) - y,
  bend: (eta) => Math.exp(eta),
  conjugate: (theta, y) => {
    const u = theta + y;
    return u < 0 ? Number.POSITIVE_INFINITY : xlogx(u) - u;
  },
  bendBound: undefined,
  constant: (y, weights) => Math.log(mean(y, weights)),
};

/** max((1 − τ)r, −τr), r = η − y. ℓ*(θ) = θy on [−τ, 1 − τ]. It has no bends, and a kink at y. */
export const pinball = (tau: number): SampleLoss => ({
  value: (eta, y) => (eta > y ? (1 - tau) * (eta - y) : tau * (y - eta)),
  slope: (eta, y) => (eta > y ? 1 - tau : eta < y ? -tau : 0),
  bend: () => 0,
  conjugate: (theta, y) =>
    theta >= -tau - 1e-12 && theta <= 1 - tau + 1e-12 ? theta * y : Number.POSITIVE_INFINITY,
  bendBound: 0,
  constant: (y) => y.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(tau * y.length - 1e-9) - 1)]!,
});

/** r²/2 for |r| ≤ δ and δ(|r| − δ/2) beyond, r = η − y. ℓ*(θ) = θ²/2 + θy for |θ| ≤ δ. */
export const huberLoss = (delta: number): SampleLoss => ({
  value: (eta, y) => {
    const r = Math.abs(eta - y);
    return r <= delta ? 0.5 * r * r : delta * (r - 0.5 * delta);
  },
  slope: (eta, y) => Math.max(-delta, Math.min(delta, eta - y)),
  bend: (eta, y) => (Math.abs(eta - y) <= delta ? 1 : 0),
  conjugate: (theta, y) =>
    Math.abs(theta) <= delta * (1 + 1e-12)
      ? 0.5 * theta * theta + theta * y
      : Number.POSITIVE_INFINITY,
  bendBound: 1,
  constant: (y, weights) => {
    // A convex function of one number: bisection of its slope, which only rises.
    let low = y.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
    let high = y.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    for (let k = 0; k < 200 && high - low > 1e-15 * (Math.abs(low) + Math.abs(high)); k++) {
      const middle = 0.5 * (low + high);
      const slope = y.reduce(
        (sum, value, i) =>
          sum + (weights?.[i] ?? 1) * Math.max(-delta, Math.min(delta, middle - value)),
        0,
      );
      if (slope > 0) high = middle;
      else low = middle;
    }
    return 0.5 * (low + high);
  },
});
