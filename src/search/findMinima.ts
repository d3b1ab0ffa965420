import { requireCount } from "../base/require.ts";
import type { Verdict } from "../diagnosis/verdict.ts";
import { type MultiStartOptions, multiStart } from "../methods/solvers/global/multiStart.ts";
import { type Share, shareOf } from "../methods/solvers/global/share.ts";
import type { FoundMinimum } from "../methods/solvers/search.ts";
import { type MinimizeOptions, type MinimizeResult, minimize } from "../training/minimize.ts";
import type { Objective } from "../training/structure.ts";

/** How to look for minima: the options of `minimize` but its method, and those of `multiStart`. */
export interface FindMinimaOptions<X>
  extends Omit<MinimizeOptions<X>, "method">,
    MultiStartOptions {
  /** Of how many minima, the lowest first, the verdict is asked for. Default 100. */
  readonly verdicts?: number;
}

/** One of the minima that were found. */
export interface Minimum<X> extends Omit<FoundMinimum, "x" | "stalled"> {
  readonly x: X;
  /** What kind of point it is; undefined beyond the first `verdicts`. */
  readonly verdict: Verdict | undefined;
  /** The part of local searches that ended in it: an estimate of its basin's part of the region, with its 95 % interval. */
  readonly basin: Share;
}

/** What was found, and what it took. */
export interface MinimaFound<X> {
  /** Distinct minima, the lowest first. Empty if every local search failed. */
  readonly minima: readonly Minimum<X>[];
  readonly localSearches: number;
  /** Local searches that ended at no point worth the name. */
  readonly failed: number;
  /** What was searched and seen, one sentence each. */
  readonly evidence: readonly string[];
  readonly evaluations: MinimizeResult<X>["evaluations"];
}

const ofSearch = ["starts", "sampling", "local", "spread", "distance", "value"] as const;

/**
 * The distinct local minima that local searches from many starts end in, each with its verdict and with the
 * share of starts that led there. Ends count as one minimum by their distance and their value (`distance`, `value`).
 *
 * The list is what was seen, and no proof that there are no others: the evidence estimates how much was not.
 *
 * @param f - as `minimize` takes it; give the region by `constraint: box(lower, upper)`
 * @throws NadirError as `minimize` and `multiStart` do; `findMinima/verdicts`
 *
 * @example
 * const { minima } = await findMinima(himmelblau, { x0: [0, 0], constraint: box(-5, 5) });
 * minima.map(({ x, verdict, basin }) => [x, verdict?.kind, basin.count]);
 */
export async function findMinima<X>(
  f: Objective<X>,
  options: FindMinimaOptions<X>,
): Promise<MinimaFound<X>> {
  const { verdicts = 100, ...given } = options;
  requireCount("findMinima/verdicts", verdicts, 0);
  const plan: Record<string, unknown> = {};
  const rest: Record<string, unknown> = { ...given };
  for (const name of ofSearch) {
    if (rest[name] !== undefined) plan[name] = rest[name];
    delete rest[name];
  }
  // What is left are minimize's own options, which it checks by name.
  const own = rest as unknown as MinimizeOptions<X>;
  const { search, evaluations } = await minimize(f, { ...own, method: multiStart(plan) });
  if (search === undefined) return { ...nothing, evaluations };
  const { onReady: _, onEvent: __, maxEvaluations: ___, ...quiet } = own;
  const minima: Minimum<X>[] = [];
  for (const { stalled, ...minimum } of search.minima) {
    const isAsked = minima.length < verdicts;
    // A point that rounding held up is let go a few steps further, which then says so.
    const at = { x0: minimum.x, escapeSaddles: false, maxIterations: stalled ? 20 : 0 };
    minima.push({
      ...minimum,
      verdict: isAsked ? (await minimize(f, { ...quiet, ...at })).verdict : undefined,
      basin: shareOf(minimum.reached, search.localSearches),
    });
  }
  const { localSearches, failed, evidence } = search;
  return { minima, localSearches, failed, evidence, evaluations };
}

const nothing = { minima: [], localSearches: 0, failed: 0, evidence: [] } as const;
