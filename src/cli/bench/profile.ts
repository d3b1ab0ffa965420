import type { DataPoint } from "../../drawing/chart.ts";

/** What a solver took to solve each problem, in the same order for all; infinite where it did not. */
export interface Costs {
  readonly name: string;
  readonly costs: readonly number[];
}

/** ρ(τ): the share of problems that a solver has solved at τ times the cost of the best solver on each. */
export type Profile = (tau: number) => number;

/**
 * Performance profiles: for each solver the distribution function of its cost over the best one's.
 *
 * @see Dolan & Moré (2002), Benchmarking optimization software with performance profiles, eqs. (1), (2)
 */
export function performanceProfiles(all: readonly Costs[]): ReadonlyMap<string, Profile> {
  const count = all[0]?.costs.length ?? 0;
  const best = Array.from({ length: count }, (_, p) =>
    Math.min(...all.map(({ costs }) => costs[p] ?? Number.POSITIVE_INFINITY)),
  );
  return new Map(
    all.map(({ name, costs }): [string, Profile] => {
      // Where no solver came to the end, no ratio is finite: ∞/∞ is none.
      const ratios = costs.map((cost, p) => (Number.isFinite(cost) ? cost / best[p]! : Infinity));
      return [name, (tau) => ratios.filter((ratio) => ratio <= tau).length / count];
    }),
  );
}

/** A profile as a staircase from τ = 1 to `furthest`, on a grid that is even in log τ. */
export const staircase = (profile: Profile, furthest: number): readonly DataPoint[] =>
  Array.from({ length: 200 }, (_, i) => {
    const tau = furthest ** (i / 199);
    return [tau, profile(tau)];
  });
