import type { Series } from "../../../drawing/chart.ts";
import type { Rule } from "../../../methods/rules/rule.ts";
import type { Solver } from "../../../methods/solvers/solver.ts";
import { type MinimizeOptions, minimize } from "../../../training/minimize.ts";
import type { Objective } from "../../../training/structure.ts";

/** A problem on which the methods of a family are shown together. */
export interface Shown {
  /** The page of docs/methods/ it stands on, and the picture's name. */
  readonly page: string;
  readonly title: string;
  readonly f: Objective<number[]>;
  readonly x0: number[];
  /** The lowest value: what is drawn is how far above it a method is. Undefined: the lowest that one of them finds. */
  readonly lowest: number | undefined;
  readonly methods: Readonly<Record<string, () => Solver | Rule>>;
  /** Gradient-equivalents for each. */
  readonly budget: number;
  readonly constraint?: MinimizeOptions<number[]>["constraint"];
}

/** One method's way down. */
export interface Way {
  readonly name: string;
  /** f − lowest at the end, and what it took to come within 1e-6 of it; null if it did not. */
  readonly excess: number;
  readonly reached: number | null;
  readonly verdict: string;
  readonly series: Series;
}

/** Below this a difference of values is rounding, and not drawn. */
const floor = 1e-14;
/** How far above the lowest value counts as reached. */
const near = 1e-6;

/** Runs each method of a family on its problem. */
export async function runFamily(shown: Shown): Promise<readonly Way[]> {
  const runs = [];
  for (const [name, make] of Object.entries(shown.methods)) {
    const result = await minimize(shown.f, {
      ...{ x0: shown.x0, method: make(), seed: 0 },
      ...{ maxIterations: shown.budget, maxEvaluations: shown.budget },
      ...(shown.constraint === undefined ? {} : { constraint: shown.constraint }),
    });
    runs.push({ name, ...result });
  }
  const lowest = shown.lowest ?? Math.min(...runs.map(({ value }) => value));
  return runs.map(({ name, history, verdict, value }) => {
    let best = Number.POSITIVE_INFINITY;
    const points = history.map((entry) => {
      best = Math.min(best, entry.value - lowest);
      return [entry.gradientEquivalents, Math.max(best, floor)] as const;
    });
    return {
      name,
      excess: value - lowest,
      reached: points.find(([, excess]) => excess <= near)?.[0] ?? null,
      verdict: verdict.kind,
      series: { name, points: thinned(points), as: "steps" },
    };
  });
}

/** Points a little apart on a log axis, and the last one: what can be told apart in a picture. */
function thinned(points: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  let drawn = 0;
  return points.filter(([x], i) => {
    const isApart = x >= drawn * 1.02;
    if (isApart) drawn = x;
    return isApart || i === points.length - 1;
  });
}
