import { describe, expect, test } from "vitest";
import { stoppingBad } from "./medianStopping.ts";
import type { Space } from "./space.ts";
import { strategyFor } from "./strategies.ts";
import type { Measured, Proposal, Trial } from "./strategy.ts";

const space: Space = [{ name: "x", kind: "range", low: 0, high: 1, scale: "linear", whole: false }];

/** Does what a strategy proposes, one thing at a time, where a trial's value at a share is given. */
function search(
  name: "random" | "grid" | "bayesian",
  trials: number,
  valueAt: (number: number, share: number) => number,
): { readonly done: readonly Trial[]; readonly said: readonly Proposal[] } {
  const strategy = stoppingBad(strategyFor(name, space, { seed: 1, trials, levels: trials }), name);
  const done: Trial[] = [];
  const said: Proposal[] = [];
  const trained = (trial: Omit<Trial, "status">): Trial => ({
    ...trial,
    status: "waiting",
    measured: [
      ...trial.measured,
      { share: trial.share, value: valueAt(trial.number, trial.share) },
    ],
  });
  for (;;) {
    const next = strategy.propose(done);
    said.push(next);
    if (next.kind === "start") {
      const { settings, share } = next;
      done.push(trained({ number: done.length, settings, share, measured: [] }));
    } else if (next.kind === "continue") {
      done[next.number] = trained({ ...done[next.number]!, share: next.share });
    } else if (next.kind === "stop") {
      done[next.number] = { ...done[next.number]!, status: "stopped" };
    } else return { done, said };
  }
}

const sharesOf = ({ measured }: Trial): number[] => measured.map(({ share }: Measured) => share);

describe("stopping what is worse than the median", () => {
  test.for(["random", "grid", "bayesian"] as const)("%s trains the good whole", (name) => {
    const { done, said } = search(name, 9, (number) => number);
    // The first three have nobody to be compared with; each later one is worse than those before.
    expect(done.map(sharesOf)).toEqual([
      ...Array.from({ length: 3 }, () => [0.25, 0.5, 1]),
      ...Array.from({ length: 6 }, () => [0.25]),
    ]);
    expect(done.slice(3).every(({ status }) => status === "stopped")).toBe(true);
    expect(said.find(({ kind }) => kind === "stop")).toEqual({
      ...{ kind: "stop", number: 3 },
      why: "at 25 % of its training its best was worse than the median of 3 others",
    });
  });

  test("goes by the best so far, against what others were on average up to there", () => {
    // At a quarter 10, at half 2: on average 6. The last one is at 5 by half, and has been at 7.
    const curve = (number: number, share: number): number =>
      number < 3 ? (share < 0.5 ? 10 : 2) : share < 0.5 ? 7 : 5;
    expect(search("random", 4, curve).done.at(-1)).toMatchObject({ status: "waiting", share: 1 });
    const worse = (number: number, share: number): number =>
      number < 3 ? curve(number, share) : share < 0.5 ? 7 : 6.5;
    const { done } = search("random", 4, worse);
    expect([done.at(-1)?.status, sharesOf(done.at(-1)!)]).toEqual(["stopped", [0.25, 0.5]]);
  });

  test("stops none that is as good as the median, and each that diverged, by its own alone", () => {
    expect(search("random", 8, () => 1).done.every(({ share }) => share === 1)).toBe(true);
    const { done, said } = search("random", 2, (number) => (number === 0 ? Number.NaN : 1));
    expect(done.map(({ status }) => status)).toEqual(["stopped", "waiting"]);
    expect(said).toContainEqual({
      ...{ kind: "stop", number: 0, why: "it had diverged at 25 % of its training" },
    });
  });

  test("refuses strategies that stop trials themselves", () => {
    const halving = strategyFor("halving", space, { seed: 1 });
    expect(() => stoppingBad(halving, "halving")).toThrow(/--stop-bad beside --strategy halving/);
  });
});
