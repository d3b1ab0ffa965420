import { symmetricEigen } from "../../linalg/symmetricEigen.ts";
import { type OnSupport, onSupport, type Quadratic } from "./subsetObjective.ts";

/** A support, with the best coefficients on it. */
export interface Candidate extends OnSupport {
  /** Ascending. */
  readonly support: readonly number[];
}

/** The best coefficients on a support. */
export function candidateAt(
  quadratic: Quadratic,
  support: readonly number[],
): Candidate | undefined {
  const ordered = [...support].sort((a, b) => a - b);
  const found = onSupport(quadratic, ordered);
  return found && { support: ordered, ...found };
}

/** A good support of at most k columns, without a proof: the better of forward selection and hard thresholding. */
export function firstSupport(quadratic: Quadratic, k: number): Candidate {
  const greedy = forwardSelection(quadratic, k);
  const thresholded = hardThresholding(quadratic, k, greedy);
  return thresholded.value < greedy.value ? thresholded : greedy;
}

/** One column after another, each the one that lowers the value most. */
export function forwardSelection(quadratic: Quadratic, k: number): Candidate {
  let best: Candidate = { support: [], value: quadratic.constant, beta: new Float64Array(0) };
  while (best.support.length < k) {
    let next: Candidate | undefined;
    for (let j = 0; j < quadratic.size; j++) {
      if (best.support.includes(j)) continue;
      const tried = candidateAt(quadratic, [...best.support, j]);
      if (tried !== undefined && tried.value < (next?.value ?? best.value)) next = tried;
    }
    if (next === undefined) return best;
    best = next;
  }
  return best;
}

/**
 * Gradient steps of length 1/L, of which only the k largest entries are kept, from zero and from a given point; then least squares on
 * what is left. No step raises the value.
 *
 * @see Bertsimas, King & Mazumder (2016), Best subset selection via a modern optimization lens, algorithm 1
 */
function hardThresholding(quadratic: Quadratic, k: number, from: Candidate): Candidate {
  const { size, h, b } = quadratic;
  const lipschitz = symmetricEigen(h, size).values[size - 1]!;
  let best = from;
  for (const start of [[], from.support]) {
    let beta = new Float64Array(size);
    const begun = candidateAt(quadratic, start);
    start.forEach((j, a) => {
      beta[j] = begun?.beta[a] ?? 0;
    });
    let before = "";
    for (let step = 0; step < 1000; step++) {
      const moved = beta.map((value, j) => {
        let slope = -b[j]!;
        for (let i = 0; i < size; i++) slope += h[j * size + i]! * beta[i]!;
        return value - slope / lipschitz;
      });
      const kept = [...moved.keys()]
        .sort((i, j) => Math.abs(moved[j]!) - Math.abs(moved[i]!))
        .slice(0, k);
      const next = new Float64Array(size);
      for (const j of kept) next[j] = moved[j]!;
      const change = next.reduce((sum, value, j) => sum + Math.abs(value - beta[j]!), 0);
      beta = next;
      const support = [...kept].sort((i, j) => i - j);
      if (support.join() !== before) {
        before = support.join();
        const found = candidateAt(quadratic, support);
        if (found !== undefined && found.value < best.value) best = found;
      }
      if (change < 1e-8) break;
    }
  }
  return best;
}
