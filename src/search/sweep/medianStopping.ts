import { NadirError } from "../../base/errors.ts";
import type { StrategyName } from "./strategies.ts";
import type { Proposal, Strategy, Trial } from "./strategy.ts";

/** Parts of a training at which it is looked whether it goes on. */
const LOOKS = [0.25, 0.5, 1] as const;
/** Others that must have come as far, for their median to say anything. */
const FEWEST = 3;

/**
 * A strategy whose trainings are stopped early where they are clearly worse than the others: at a quarter and at half of a training, if
 * its best value so far is above the median of what the others' values were on average up to there. One that diverged is stopped
 * too. Trainings are paused for the look, and go on bit for bit. Which are stopped depends on what others have come as far by
 * then: with several workers on which ends first.
 *
 * Others are all that have come as far, stopped ones too, where the rule of Vizier has completed ones alone: with few trials those come late.
 *
 * @throws NadirError `sweep/stop-bad` for a strategy that itself stops trials
 * @see Golovin et al. 2017, Google Vizier, section 3.2.2
 */
export function stoppingBad(strategy: Strategy, name: StrategyName): Strategy {
  if (name === "halving" || name === "hyperband") {
    throw new NadirError("sweep/stop-bad", `--stop-bad beside --strategy ${name}`, {
      expected: "random, grid or bayesian",
      hint: `${name} stops all but the best itself`,
    });
  }
  return {
    ...strategy,
    propose: (trials) => lookAt(trials) ?? firstPart(strategy.propose(trials)),
  };
}

/** What becomes of the first trial that is paused. */
function lookAt(trials: readonly Trial[]): Proposal | undefined {
  for (const trial of trials) {
    const share = trial.measured.at(-1)?.share ?? 1;
    const next = LOOKS.find((look) => look > share * (1 + 1e-9));
    if (trial.status !== "waiting" || next === undefined) continue;
    const { number } = trial;
    const why = badness(trial, trials, share);
    return why === undefined
      ? { kind: "continue", number, share: next }
      : { kind: "stop", number, why };
  }
  return undefined;
}

const firstPart = (proposal: Proposal): Proposal =>
  proposal.kind === "start" ? { ...proposal, share: LOOKS[0] } : proposal;

/** Why a trial is hopeless; undefined if it is not, or if too few have come as far for that to be known. */
function badness(trial: Trial, trials: readonly Trial[], share: number): string | undefined {
  const best = Math.min(...upTo(trial, share));
  const part = `${Math.round(100 * share)} % of its training`;
  if (best === Number.POSITIVE_INFINITY) return `it had diverged at ${part}`;
  const averages = trials
    .filter((other) => other.number !== trial.number && hasReached(other, share))
    .map((other) => mean(upTo(other, share)))
    .sort((a, b) => a - b);
  if (averages.length < FEWEST) return undefined;
  const middle = averages.length / 2;
  const median = mean([averages[Math.ceil(middle) - 1]!, averages[Math.floor(middle)]!]);
  return best > median
    ? `at ${part} its best was worse than the median of ${averages.length} others`
    : undefined;
}

const hasReached = ({ measured }: Trial, share: number): boolean =>
  measured.some((one) => Math.abs(one.share - share) < 1e-9);

/** The values of a trial up to a share of its training; +∞ for what is no number. */
const upTo = ({ measured }: Trial, share: number): readonly number[] =>
  measured
    .filter((one) => one.share <= share * (1 + 1e-9))
    .map(({ value }) => (Number.isNaN(value) ? Number.POSITIVE_INFINITY : value));

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
