import type { Verdict } from "../../diagnosis/verdict.ts";
import type { Ended } from "./alternate.ts";
import { lowestValue } from "./fullyObserved.ts";
import type { Factors } from "./objective.ts";
import type { Settings } from "./options.ts";
import type { Table } from "./ratings.ts";

const format = (value: number): string => Number(value.toPrecision(4)).toString();

/** What is proven of the point where a factorization stopped. */
export function verdictOf(
  { rank }: Factors,
  table: Table,
  settings: Settings,
  ended: Ended,
): Verdict {
  const { tolerance, feedback, penalty, nonnegative, biases, weighted, strength } = settings;
  const [first, last] = [ended.history[0]!, ended.history.at(-1)!]; // the start's, at least
  const smooth = penalty === undefined && !nonnegative;
  const measured = { gradientNorm: ended.gradientNorm, tolerance };
  const evidence = [
    `the objective fell from ${format(first)} to ${format(last)} in ${ended.iterations} iterations, never rising between half steps`,
  ];
  if (settings.method === "sgd")
    evidence[0] = `the objective went from ${format(first)} to ${format(last)} in ${ended.iterations} passes`;
  if (smooth) evidence.push(`the gradient norm over all factors is ${format(ended.gradientNorm)}`);
  const [users, items] = [table.userIds.length, table.itemIds.length];
  const lowest =
    smooth && !biases && feedback === "explicit"
      ? lowestValue(
          table,
          rank,
          weighted ? strength * items : strength,
          weighted ? strength * users : strength,
        )
      : undefined;
  if (lowest !== undefined) {
    const gap = last - lowest;
    evidence.push(
      `every entry is observed, and by the singular values of the matrix no factors of rank ${rank} reach below ${format(lowest)}`,
    );
    if (gap <= 1e-6 * Math.max(1, Math.abs(last)))
      return {
        kind: "global-minimum",
        primal: last,
        dual: lowest,
        gap: Math.max(0, gap),
        ...measured,
        evidence,
        advice: [],
      };
  }
  if (!ended.settled) {
    const advice = ["allow more iterations: the objective was still falling"];
    return { kind: "not-stationary", why: "budget", ...measured, evidence, advice };
  }
  evidence.push(`the last iteration lowered it by no more than ${format(tolerance)} of itself`);
  const advice = [
    "the problem is convex in each side alone: another seed may end elsewhere; compare on held-out ratings",
  ];
  return { kind: "stationary", ...measured, evidence, advice };
}
