import { NadirError } from "../../base/errors.ts";
import { requireCount } from "../../base/require.ts";
import { randomStream } from "../../linalg/random.ts";
import { drawPoint, type Space } from "./space.ts";
import { type Proposal, type Strategy, type Trial, valueAtShare } from "./strategy.ts";

export interface HalvingOptions {
  readonly seed: number;
  /** Of how many trials one goes on at each stage. Default 3. */
  readonly eta?: number | undefined;
}

/** A round: so many trials begin with this share of a training; 1 in η of them goes on to η times as much. */
interface Bracket {
  readonly trials: number;
  /** Stages after the first. */
  readonly stages: number;
}

/**
 * Successive halving: all trials get a small part of the training; the best 1 in η of them go on to η times as
 * much, until the rest have all of it. A stage ends when all its trials have: the same seed gives the same
 * trials, however many work at once.
 *
 * @see Jamieson and Talwalkar 2016, Algorithm 1
 * @throws NadirError `sweep/trials`, `sweep/eta`
 */
export function successiveHalving(space: Space, trials: number, options: HalvingOptions): Strategy {
  const eta = requireEta(options.eta);
  requireCount("sweep/trials", trials, 1);
  const stages = Math.floor(Math.log(trials) / Math.log(eta) + 1e-9);
  return brackets("halving", space, [{ trials, stages }], options.seed, eta);
}

/**
 * Hyperband: rounds of successive halving that begin with ever larger parts of the training and ever fewer
 * trials, for who does not know how early a good setting shows. The smallest part is 1 / η^s.
 *
 * @param smallest - the least part of a training that tells anything, in (0, 1]
 * @see Li et al. 2018, Algorithm 1
 * @throws NadirError `sweep/eta`, `sweep/smallest`
 */
export function hyperband(space: Space, smallest: number, options: HalvingOptions): Strategy {
  const eta = requireEta(options.eta);
  if (!(smallest > 0 && smallest <= 1)) {
    throw new NadirError("sweep/smallest", `the smallest part of a training is ${smallest}`, {
      expected: "a number above 0, at most 1",
    });
  }
  const most = Math.floor(-Math.log(smallest) / Math.log(eta) + 1e-9);
  const rounds = Array.from({ length: most + 1 }, (_, i): Bracket => {
    const stages = most - i;
    return { stages, trials: Math.ceil(((most + 1) / (stages + 1)) * eta ** stages) };
  });
  return brackets("hyperband", space, rounds, options.seed, eta);
}

function brackets(
  name: string,
  space: Space,
  rounds: readonly Bracket[],
  seed: number,
  eta: number,
): Strategy {
  const all = rounds.reduce((sum, { trials }) => sum + trials, 0);
  return {
    name,
    trials: all,
    propose: (done) => {
      let first = 0;
      // While a round waits, the next one begins: which trials there are depends on their numbers alone.
      let isWaiting = false;
      for (const { trials, stages } of rounds) {
        const share = eta ** -stages;
        if (done.length < first + trials) {
          const settings = drawPoint(space, randomStream(seed, done.length));
          return { kind: "start", settings, share };
        }
        const next = promotion(done.slice(first, first + trials), stages, eta);
        if (next.kind === "continue") return next;
        isWaiting ||= next.kind === "wait";
        first += trials;
      }
      return { kind: isWaiting ? "wait" : "done" };
    },
  };
}

/** What is next in one round, all of whose trials have begun. */
function promotion(trials: readonly Trial[], stages: number, eta: number): Proposal {
  let here = trials;
  for (let stage = 0; stage < stages; stage++) {
    const [share, more] = [eta ** (stage - stages), eta ** (stage + 1 - stages)];
    if (
      here.some(({ status, share: asked }) => status === "running" && asked <= share * (1 + 1e-9))
    )
      return { kind: "wait" };
    const count = Math.max(1, Math.floor(trials.length / eta ** (stage + 1) + 1e-9));
    const ranked = here
      .filter((trial) => Number.isFinite(valueAtShare(trial, share)))
      .sort((a, b) => valueAtShare(a, share) - valueAtShare(b, share) || a.number - b.number);
    const best = ranked.slice(0, count);
    const next = best.find(
      (trial) => trial.status === "waiting" && trial.share < more * (1 - 1e-9),
    );
    if (next !== undefined)
      return { kind: "continue", number: next.number, share: Math.min(1, more) };
    here = best;
  }
  return here.some(({ status }) => status === "running") ? { kind: "wait" } : { kind: "done" };
}

function requireEta(eta = 3): number {
  if (eta >= 2 && Number.isFinite(eta)) return eta;
  throw new NadirError("sweep/eta", `eta is ${eta}`, { expected: "a number from 2 up" });
}
