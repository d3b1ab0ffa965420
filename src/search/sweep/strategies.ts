import { requireCount } from "../../base/require.ts";
import { randomStream } from "../../linalg/random.ts";
import { bayesian } from "./bayesian.ts";
import { hyperband, successiveHalving } from "./halving.ts";
import { drawPoint, gridPoint, gridSize, requireSpace, type Space } from "./space.ts";
import { type Strategy, wholeTrainings } from "./strategy.ts";

/** Ways to search, by name. */
export const strategyNames = ["grid", "random", "halving", "hyperband", "bayesian"] as const;
export type StrategyName = (typeof strategyNames)[number];

export interface StrategyOptions {
  readonly seed: number;
  /** Trials: of a grid all its points, of `hyperband` what its rounds take. Default 20. */
  readonly trials?: number | undefined;
  /** Values of each range in a grid. Default 5. */
  readonly levels?: number | undefined;
  /** Of how many trials one goes on (`halving`, `hyperband`). Default 3. */
  readonly eta?: number | undefined;
  /** The smallest part of a training that tells anything (`hyperband`). Default 1/27. */
  readonly smallest?: number | undefined;
}

/**
 * A way to search a space.
 *
 * @throws NadirError `sweep/space`, `sweep/trials`, `sweep/levels`, `sweep/eta`, `sweep/smallest`
 */
export function strategyFor(name: StrategyName, space: Space, options: StrategyOptions): Strategy {
  requireSpace(space);
  const { seed, trials = 20, levels = 5, eta, smallest = 1 / 27 } = options;
  requireCount("sweep/trials", trials);
  requireCount("sweep/levels", levels);
  switch (name) {
    case "grid": {
      const all = gridSize(space, levels);
      const count = Math.min(all, options.trials ?? all);
      return wholeTrainings("grid", count, (number) => gridPoint(space, levels, number));
    }
    case "random":
      return wholeTrainings("random", trials, (number) =>
        drawPoint(space, randomStream(seed, number)),
      );
    case "halving":
      return successiveHalving(space, trials, { seed, eta });
    case "hyperband":
      return hyperband(space, smallest, { seed, eta });
    case "bayesian":
      return bayesian(space, trials, seed);
  }
}
