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
  /** Goes back from the first time: to each of its events by place in the order, then to each of its samples. */
  const eachTimeBack = (event: (place: number) => void, sample: (i: number) => void): void => {
    for (let to = n; to > 0; ) {
      let from = to - 1;
      while (from > 0 && times[order[from - 1]!] === times[order[to - 1]!]) from--;
      for (let a = from; a < to; a++) if (events[order[a]!] === 1) event(a);
      for (let a = from; a < to; a++) sample(order[a]!);
      to = from;
    }
  };
  /** w = e^η by sample, and the sum of w over who is at risk by place in the order; both over e^max η. */
  const risksOf = (eta: Vector): { readonly weights: Vector; readonly risks: Vector } => {
    const top = eta.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
    const weights = eta.map((value) => Math.exp(value - top));
    return { weights, risks: atTimes((i) => weights[i]!) };
  };
  /** Sums over the samples that are at risk at each time, by place in the order. */
  const atTimes = (term: (i: number) => number): Vector => {
    const sums = new Float64Array(n);
    let sum = 0;
    eachTime((from, to) => {
      for (let a = from; a < to; a++) sum += term(order[a]!);
      sums.fill(sum, from, to);
    });
    return sums;
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
      const { weights, risks } = risksOf(eta);
      let hazard = 0;
      let squares = 0;
      eachTimeBack(
        (a) => {
          hazard += 1 / risks[a]!;
          squares += 1 / risks[a]! ** 2;
        },
        (i) => {
          const weight = weights[i]!;
          slopes[i] = (weight * hazard - events[i]!) / n;
          bends[i] = Math.max(0, weight * hazard - weight * weight * squares) / n;
        },
      );
    },
    // ∇²f·v: wᵢ(hᵢvᵢ − Σ over the events that i was at risk for of Σⱼwⱼvⱼ/risk²), w = e^η.
    curve: (eta) => {
      const { weights, risks } = risksOf(eta);
      return (v) => {
        const sums = atTimes((i) => weights[i]! * v[i]!);
        let hazard = 0;
        let pull = 0;
        eachTimeBack(
          (a) => {
            hazard += 1 / risks[a]!;
            pull += sums[a]! / risks[a]! ** 2;
          },
          (i) => {
            v[i] = (weights[i]! * (hazard * v[i]! - pull)) / n;
          },
        );
      };
    },
    constant: 0,
    bendBound: undefined,
  };
}
