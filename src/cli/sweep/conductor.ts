import type { Proposal, Strategy } from "../../search/sweep/strategy.ts";
import type { Span, SweepTrial } from "../../search/sweep/sweepRecord.ts";

/** What came of an attempt. */
export type Attempt =
  | { readonly kind: "told"; readonly run: string; readonly value: number; readonly share: number }
  | { readonly kind: "stopped"; readonly run: string | undefined }
  | { readonly kind: "refused"; readonly why: string }
  | {
      readonly kind: "lost";
      readonly why: string;
      readonly hung: boolean;
      readonly run: string | undefined;
    };

export interface ConductOptions {
  readonly strategy: Strategy;
  readonly workers: number;
  /** Trials done before, where a sweep is gone on with. */
  readonly before: readonly SweepTrial[];
  /** Trains until `trial.share`. Must not reject but for what ends the whole sweep. */
  readonly attempt: (trial: SweepTrial, worker: number) => Promise<Attempt>;
  /** Hears each change of a trial: to keep, and to show. */
  readonly changed: (trial: SweepTrial, all: readonly SweepTrial[]) => void;
  /** Aborted when no more is to begin. */
  readonly signal: AbortSignal;
  readonly now: () => number;
}

/** A trial whose process was lost is tried again this often; one that hung, once. */
const RETRIES = { lost: 2, hung: 1 };
/** With so many trials refused and none that told anything, the rest would be too. */
const HOPELESS = 3;

/**
 * Carries a strategy out: keeps as many trials going as there are workers, tries again what was lost with its
 * process, and tells the strategy what came of each.
 *
 * @returns all trials, in the order of their numbers
 */
export async function conduct(options: ConductOptions): Promise<readonly SweepTrial[]> {
  const { strategy, workers, signal, now } = options;
  const trials: SweepTrial[] = [...options.before];
  const free = Array.from({ length: workers }, (_, i) => i);
  const going = new Set<Promise<void>>();
  // What ran when an earlier process ended goes on first.
  const leftOver = trials.filter(({ status }) => status === "running").map(({ number }) => number);

  const put = (trial: SweepTrial): void => {
    trials[trial.number] = trial;
    options.changed(trial, trials);
  };
  const begin = (number: number): void => {
    const worker = free.shift() ?? 0;
    const work = carry(number, worker).finally(() => {
      going.delete(work);
      free.push(worker);
      free.sort((a, b) => a - b);
    });
    going.add(work);
  };
  const carry = async (number: number, worker: number): Promise<void> => {
    for (let tries = 0; ; tries++) {
      const trial = trials[number];
      if (trial === undefined) return;
      const began = now();
      const attempt = await options.attempt(trial, worker);
      const span: Span = { worker, began, ended: now(), outcome: attempt.kind };
      const next = after(trial, attempt, span);
      const again =
        attempt.kind === "lost" &&
        tries < RETRIES[attempt.hung ? "hung" : "lost"] &&
        !signal.aborted;
      put(again ? { ...next, status: "running", why: undefined } : next);
      if (!again) return;
    }
  };

  for (;;) {
    const proposal = nextMove();
    if (proposal.kind === "start") {
      const { settings, share } = proposal;
      const number = trials.length;
      const fresh = { number, settings, share, status: "running", measured: [] } as const;
      put({ ...fresh, run: undefined, why: undefined, spans: [] });
      begin(number);
    } else if (proposal.kind === "continue") {
      const trial = trials[proposal.number];
      if (trial !== undefined) put({ ...trial, share: proposal.share, status: "running" });
      begin(proposal.number);
    } else if (proposal.kind === "stop") {
      const trial = trials[proposal.number];
      if (trial !== undefined) put({ ...trial, status: "stopped", why: proposal.why });
    } else if (going.size > 0) await Promise.race(going);
    else return trials;
  }

  function nextMove(): Proposal {
    if (going.size >= workers) return { kind: "wait" };
    if (signal.aborted || isHopeless()) return { kind: "done" };
    const left = leftOver.shift();
    const trial = trials[left ?? -1];
    if (trial !== undefined) return { kind: "continue", number: trial.number, share: trial.share };
    return strategy.propose(trials);
  }

  function isHopeless(): boolean {
    const failed = trials.filter(({ status }) => status === "failed").length;
    return failed >= HOPELESS && trials.every(({ measured }) => measured.length === 0);
  }
}

function after(trial: SweepTrial, attempt: Attempt, span: Span): SweepTrial {
  const spans = [...trial.spans, span];
  switch (attempt.kind) {
    case "told": {
      const { value, share, run } = attempt;
      const measured = [...trial.measured, { share, value }];
      return { ...trial, spans, run, measured, status: "waiting", why: undefined };
    }
    case "stopped":
      // It goes on when the sweep does.
      return { ...trial, spans, run: attempt.run ?? trial.run, status: "running" };
    case "refused":
      return { ...trial, spans, status: "failed", why: attempt.why };
    case "lost":
      return { ...trial, spans, run: attempt.run ?? trial.run, status: "failed", why: attempt.why };
  }
}
