import type { Features, Vector } from "../../../linalg/ask.ts";
import { numbersFrom } from "../../../linalg/testing.ts";
import type { Smooth } from "../testing.ts";

/** A mean of terms, written without nadir's autodiff. */
export interface Sum {
  readonly count: number;
  readonly size: number;
  /** Value and gradient of one term. */
  term(i: number, x: Vector): { value: number; gradient: Vector };
}

/** Mean over some terms. */
function meanOver(sum: Sum, rows: Iterable<number>, x: Vector) {
  const gradient = new Float64Array(x.length);
  let [value, count] = [0, 0];
  for (const i of rows) {
    const own = sum.term(i, x);
    value += own.value;
    count++;
    for (let k = 0; k < gradient.length; k++) gradient[k]! += own.gradient[k]!;
  }
  return { value: value / count, gradient: gradient.map((g) => g / count) };
}

/** The mean over all terms, as a smooth function. */
export function wholeOf(sum: Sum): Smooth {
  const all = Array.from({ length: sum.count }, (_, i) => i);
  return {
    value: (x) => meanOver(sum, all, x).value,
    gradient: (x) => meanOver(sum, all, x),
    hessian: () => {
      throw new Error("no Hessian was to be asked for");
    },
  };
}

/** Answers about rows; `seen` hears which. */
export const featuresOf = (sum: Sum, seen: (rows: Int32Array) => void = () => {}): Features => ({
  "row-count": () => sum.count,
  rows: ({ x, rows }) => {
    seen(rows);
    return meanOver(sum, rows, x);
  },
});

/** Logistic regression with labels ±1 and ½λ‖x‖²: strongly convex, each term smooth. */
export function logistic(count: number, size: number, lambda: number, seed: number): Sum {
  const next = numbersFrom(seed);
  const rows = Array.from({ length: count }, () => Float64Array.from({ length: size }, next));
  const labels = rows.map((row) => (row[0]! + 0.7 * row[1]! + 0.5 * next() > 0 ? 1 : -1));
  return {
    ...{ count, size },
    term: (i, x) => {
      const margin = labels[i]! * rows[i]!.reduce((sum, a, k) => sum + a * x[k]!, 0);
      const slope = -labels[i]! / (1 + Math.exp(margin));
      return {
        value: Math.log1p(Math.exp(-margin)) + 0.5 * lambda * x.reduce((s, v) => s + v * v, 0),
        gradient: x.map((xk, k) => slope * rows[i]![k]! + lambda * xk),
      };
    },
  };
}

/** The largest ‖aᵢ‖²/4 + λ of such a sum: L of its terms. */
export const smoothnessOf = (size: number, lambda: number): number => size / 4 + lambda;
