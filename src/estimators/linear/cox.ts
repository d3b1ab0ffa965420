import type { Vector } from "../../linalg/ask.ts";
import type { Loss } from "./loss.ts";

/**
 * Cox's negative log partial likelihood over n, ties by Breslow:
 * Σ over events i of log Σ_{t_j ≥ t_i} e^{η_j} − η_i. A constant predictor changes nothing. The bends are the diagonal of the
 * Hessian.
 *
 * @param times - time of the event or of censoring
 * @param events - 1 where the event was seen, 0 where the sample was censored
 * @see Cox (1972), Regression models and life-tables; Breslow (1974), Covariance analysis of censored survival data
 */
export function coxLoss(times: Vector, events: Vector): Loss {
  const n = times.length;
  // From the last time to the first: the risk set only grows.
  const order = Array.from(times.keys()).sort((a, b) => times[b]! - times[a]!);
  /** Calls f with the samples of each time, latest first. */
  const eachTime = (f: (from: number, to: number) => void): void => {
    for (let from = 0; from < n; ) {
      let to = from + 1;
      while (to < n && times[order[to]!] === times[order[from]!]) to++;
      f(from, to);
      from = to;
    }
  };
  return {
    samples: n,
    value: (eta) => {
      const top = eta.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
      let risk = 0;
      let sum = 0;
      eachTime((from, to) => {
        for (let a = from; a < to; a++) risk += Math.exp(eta[order[a]!]! - top);
        for (let a = from; a < to; a++) {
          const i = order[a]!;
          if (events[i] === 1) sum += Math.log(risk) + top - eta[i]!;
        }
      });
      return sum / n;
    },
    derivatives: (eta, slopes, bends) => {
      const top = eta.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
      const risks = new Float64Array(n); // by place in the order
      let risk = 0;
      eachTime((from, to) => {
        for (let a = from; a < to; a++) risk += Math.exp(eta[order[a]!]! - top);
        risks.fill(risk, from, to);
      });
      // Back from the first time: sums over the events that a sample was at risk for.
      let hazard = 0;
      let squares = 0;
      for (let to = n; to > 0; ) {
        let from = to - 1;
        while (from > 0 && times[order[from - 1]!] === times[order[to - 1]!]) from--;
        for (let a = from; a < to; a++) {
          if (events[order[a]!] !== 1) continue;
          hazard += 1 / risks[a]!;
          squares += 1 / risks[a]! ** 2;
        }
        for (let a = from; a < to; a++) {
          const i = order[a]!;
          const weight = Math.exp(eta[i]! - top);
          slopes[i] = (weight * hazard - events[i]!) / n;
          bends[i] = Math.max(0, weight * hazard - weight * weight * squares) / n;
        }
        to = from;
      }
    },
    // ∇²f·v: wᵢ(hᵢvᵢ − Σ over the events that i was at risk for of Σⱼwⱼvⱼ/risk²), w = e^η.
    curve: (eta) => {
      const top = eta.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
      const weights = eta.map((value) => Math.exp(value - top));
      const risks = new Float64Array(n); // by place in the order
      let risk = 0;
      eachTime((from, to) => {
        for (let a = from; a < to; a++) risk += weights[order[a]!]!;
        risks.fill(risk, from, to);
      });
      return (v) => {
        const sums = new Float64Array(n);
        let sum = 0;
        eachTime((from, to) => {
          for (let a = from; a < to; a++) sum += weights[order[a]!]! * v[order[a]!]!;
          sums.fill(sum, from, to);
        });
        let hazard = 0;
        let pull = 0;
        for (let to = n; to > 0; ) {
          let from = to - 1;
          while (from > 0 && times[order[from - 1]!] === times[order[to - 1]!]) from--;
          for (let a = from; a < to; a++) {
            if (events[order[a]!] !== 1) continue;
            hazard += 1 / risks[a]!;
            pull += sums[a]! / risks[a]! ** 2;
          }
          for (let a = from; a < to; a++) {
            const i = order[a]!;
            v[i] = (weights[i]! * (hazard * v[i]! - pull)) / n;
          }
          to = from;
        }
      };
    },
    constant: 0,
    bendBound: undefined,
  };
}
