import type { Vector } from "../../linalg/ask.ts";
import type { Loss } from "./loss.ts";

/**
 * The cross entropy of K classes, (1/n) Σ log Σ_k e^{η_ik} − η_{i,y_i}. Predictors stand class after class; those of classes beyond the
 * first `coded` are 0, as a reference.
 *
 * @param labels - positions of classes, 0 … K − 1
 */
export function multinomialLoss(labels: Int32Array, classes: number, coded: number): Loss {
  const n = labels.length;
  /** out[k·n + i] ← the chance of class k. @returns the loss */
  const chances = (eta: Vector, out: Vector): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) {
      let top = coded < classes ? 0 : Number.NEGATIVE_INFINITY;
      for (let k = 0, e = i; k < coded; k++, e += n) top = Math.max(top, eta[e]!);
      let total = (classes - coded) * Math.exp(-top);
      for (let k = 0, e = i; k < coded; k++, e += n) {
        out[e] = Math.exp(eta[e]! - top);
        total += out[e]!;
      }
      for (let k = 0, e = i; k < coded; k++, e += n) out[e] = out[e]! / total;
      const label = labels[i]!;
      sum += Math.log(total) + top - (label < coded ? eta[label * n + i]! : 0);
    }
    return sum / n;
  };
  const scratch = new Float64Array(n * coded);
  return {
    samples: n * coded,
    constant: 0,
    bendBound: 0.25 * coded,
    value: (eta) => chances(eta, scratch),
    derivatives: (eta, slopes, bends) => {
      chances(eta, scratch);
      for (let e = 0; e < scratch.length; e++) {
        const q = scratch[e]!;
        slopes[e] = q / n;
        bends[e] = (q * (1 - q)) / n;
      }
      labels.forEach((label, i) => {
        if (label < coded) slopes[label * n + i] = slopes[label * n + i]! - 1 / n;
      });
    },
    chances: (eta) => {
      const q = new Float64Array(n * coded);
      chances(eta, q);
      return q;
    },
    curve: (eta) => {
      const q = new Float64Array(n * coded);
      chances(eta, q);
      return (v) => {
        for (let i = 0; i < n; i++) {
          let mean = 0;
          for (let k = 0, e = i; k < coded; k++, e += n) mean += q[e]! * v[e]!;
          for (let k = 0, e = i; k < coded; k++, e += n) v[e] = (q[e]! * (v[e]! - mean)) / n;
        }
      };
    },
    // f*(θ) = (1/n) Σ Σ_k u log u with u = nθ_i + the label's unit vector, on the simplex.
    dual: (theta) => {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        let rest = 1;
        for (let k = 0; k < coded; k++) {
          const u = n * theta[k * n + i]! + (labels[i] === k ? 1 : 0);
          rest -= u;
          if (u < -1e-12) return Number.NEGATIVE_INFINITY;
          if (u > 0) sum += u * Math.log(u);
        }
        if (coded === classes ? Math.abs(rest) > 1e-9 : rest < -1e-12)
          return Number.NEGATIVE_INFINITY;
        if (coded < classes && rest > 0) sum += rest * Math.log(rest);
      }
      return -sum / n;
    },
    separates: (eta) => {
      for (let i = 0; i < n; i++) {
        const label = labels[i]!;
        const own = label < coded ? eta[label * n + i]! : 0;
        for (let k = 0; k < classes; k++)
          if (k !== label && !(own > (k < coded ? eta[k * n + i]! : 0))) return false;
      }
      return true;
    },
  };
}
