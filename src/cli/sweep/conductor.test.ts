import { describe, expect, test } from "vitest";
import { stoppingBad } from "../../search/sweep/medianStopping.ts";
import type { Space } from "../../search/sweep/space.ts";
import { strategyFor } from "../../search/sweep/strategies.ts";
import type { SweepTrial } from "../../search/sweep/sweepRecord.ts";
import { type Attempt, conduct } from "./conductor.ts";

const space: Space = [{ name: "x", kind: "range", low: 0, high: 1, scale: "linear", whole: false }];

/** Carries a search out with workers that take turns of unequal length. */
async function run(
  attempt: (trial: SweepTrial, tries: number) => Attempt,
  more: Partial<Parameters<typeof conduct>[0]> = {},
): Promise<{ trials: readonly SweepTrial[]; most: number; kept: SweepTrial[] }> {
  const tries = new Map<number, number>();
  let [busy, most] = [0, 0];
  const kept: SweepTrial[] = [];
  const trials = await conduct({
    strategy: strategyFor("random", space, { seed: 1, trials: 12 }),
    workers: 3,
    before: [],
    attempt: async (trial) => {
      most = Math.max(most, ++busy);
      await new Promise((resolve) => setTimeout(resolve, (trial.number * 7) % 5));
      const nth = tries.get(trial.number) ?? 0;
      tries.set(trial.number, nth + 1);
      busy--;
      return attempt(trial, nth);
    },
    changed: (trial) => {
      kept[trial.number] = trial;
    },
    signal: new AbortController().signal,
    now: () => 0,
    ...more,
  });
  return { trials, most, kept };
}

const told = (trial: SweepTrial): Attempt => ({
  ...{ kind: "told", run: `r${trial.number}`, share: trial.share },
  value: Number(trial.settings["x"]),
});

test("every trial is done once, by as many workers as there are, and kept", async () => {
  const { trials, most, kept } = await run(told);
  expect(most).toBe(3);
  expect(trials).toHaveLength(12);
  expect(
    trials.every(({ measured, status }) => measured.length === 1 && status === "waiting"),
  ).toBe(true);
  expect(kept).toEqual(trials);
});

describe("a process that is lost", () => {
  test("is tried again, and gives the same result", async () => {
    const lost: Attempt = {
      kind: "lost",
      hung: false,
      why: "was ended by SIGKILL",
      run: undefined,
    };
    const { trials } = await run((trial, nth) =>
      trial.number % 4 === 0 && nth < 2 ? lost : told(trial),
    );
    const quiet = await run(told);
    expect(trials.map(({ measured }) => measured)).toEqual(
      quiet.trials.map(({ measured }) => measured),
    );
    expect(trials[4]?.spans.map(({ outcome }) => outcome)).toEqual(["lost", "lost", "told"]);
  });

  test("three times, has failed, and the others go on", async () => {
    const { trials } = await run((trial) =>
      trial.number === 5
        ? { kind: "lost", hung: false, why: "was ended by SIGABRT", run: "r" }
        : told(trial),
    );
    expect(trials[5]).toMatchObject({ status: "failed", why: "was ended by SIGABRT", run: "r" });
    expect(trials.filter(({ status }) => status === "waiting")).toHaveLength(11);
  });
});

test("settings that are refused are not tried again; where all are, no more begin", async () => {
  const refused: Attempt = { kind: "refused", why: "no such setting" };
  const one = await run((trial) => (trial.number === 2 ? refused : told(trial)));
  expect(one.trials[2]?.spans).toHaveLength(1);
  expect(one.trials).toHaveLength(12);
  const all = await run(() => refused);
  expect(all.trials.length).toBeLessThan(7);
});

test("what was interrupted goes on where it stood, and ends as if it never had been", async () => {
  const controller = new AbortController();
  let count = 0;
  const first = await run(
    (trial) => {
      if (++count === 5) controller.abort();
      return controller.signal.aborted ? { kind: "stopped", run: `r${trial.number}` } : told(trial);
    },
    { signal: controller.signal },
  );
  expect(first.trials.length).toBeLessThan(12);
  expect(first.trials.some(({ status }) => status === "running")).toBe(true);
  const second = await run(told, { before: first.trials });
  const whole = await run(told);
  expect(second.trials.map(({ measured }) => measured)).toEqual(
    whole.trials.map(({ measured }) => measured),
  );
});

test("a trial that a strategy gives up keeps what it told, and why it was stopped", async () => {
  const plain = strategyFor("random", space, { seed: 1, trials: 6 });
  const strategy = stoppingBad(plain, "random");
  const rising = ({ number, share }: SweepTrial): Attempt => ({
    ...{ kind: "told", run: `r${number}`, share, value: number },
  });
  const { trials, kept } = await run(rising, { strategy, workers: 1 });
  expect(trials.map(({ status }) => status)).toEqual([
    ...["waiting", "waiting", "waiting", "stopped", "stopped", "stopped"],
  ]);
  expect(trials[3]).toMatchObject({
    ...{ run: "r3", measured: [{ share: 0.25, value: 3 }] },
    why: "at 25 % of its training its best was worse than the median of 3 others",
  });
  expect(kept).toEqual(trials);
  // It stays so where the sweep is gone on with.
  const again = await run(rising, { strategy, workers: 1, before: trials });
  expect(again.trials).toEqual(trials);
});
