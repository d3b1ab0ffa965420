import { describe, expect, test } from "vitest";
import { NadirError } from "../../base/errors.ts";
import { standardScores } from "./bayesian.ts";
import { fitProcess } from "./gaussianProcess.ts";
import { importance } from "./importance.ts";
import { featuresOf, gridPoint, gridSize, pointAt, type Space } from "./space.ts";
import { type StrategyName, type StrategyOptions, strategyFor } from "./strategies.ts";
import { lastValue, type Trial } from "./strategy.ts";

const space: Space = [
  { name: "rate", kind: "range", low: 1e-4, high: 1e-1, scale: "log", whole: false },
  { name: "width", kind: "range", low: 16, high: 64, scale: "linear", whole: true },
  { name: "method", kind: "choice", values: ["adam", "sgd"] },
];

/** Runs a search to its end, `workers` trials at a time, the one that began first ending first. */
function run(
  name: StrategyName,
  options: StrategyOptions,
  value: (trial: Trial, share: number) => number,
  searched: Space = space,
  workers = 1,
): Trial[] {
  const strategy = strategyFor(name, searched, options);
  const trials: Trial[] = [];
  const running: number[] = [];
  const finish = (): void => {
    const number = running.shift();
    const trial = trials[number ?? -1];
    if (trial === undefined) throw new Error("it waits for nothing");
    const measured = [...trial.measured, { share: trial.share, value: value(trial, trial.share) }];
    trials[trial.number] = { ...trial, status: "waiting", measured };
  };
  for (let turn = 0; turn < 10_000; turn++) {
    const proposal =
      running.length < workers ? strategy.propose(trials) : { kind: "wait" as const };
    if (proposal.kind === "done") {
      if (running.length > 0) throw new Error("it ends with trials that run");
      return trials;
    }
    if (proposal.kind === "wait") finish();
    else if (proposal.kind === "start") {
      const number = trials.length;
      trials.push({
        number,
        settings: proposal.settings,
        share: proposal.share,
        status: "running",
        measured: [],
      });
      running.push(number);
    } else if (proposal.kind === "stop") {
      throw new Error("it stops one that was not said to be stopped");
    } else {
      const trial = trials[proposal.number];
      if (trial?.status !== "waiting") throw new Error("it goes on with one that does not wait");
      trials[proposal.number] = { ...trial, share: proposal.share, status: "running" };
      running.push(proposal.number);
    }
  }
  throw new Error("it never ends");
}

const sharesOf = (trials: readonly Trial[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { measured } of trials) {
    const key = measured.map(({ share }) => share.toFixed(3)).join(" ");
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
};

describe("a grid", () => {
  test("is every combination, once, with both ends of the ranges", () => {
    const trials = run("grid", { seed: 0, levels: 4 }, () => 0);
    expect(trials).toHaveLength(gridSize(space, 4));
    expect(new Set(trials.map(({ settings }) => JSON.stringify(settings))).size).toBe(32);
    expect(trials[0]?.settings).toEqual({ rate: 1e-4, width: 16, method: "adam" });
    expect(trials[31]?.settings).toEqual({ rate: 0.1, width: 64, method: "sgd" });
    expect(gridPoint(space, 4, 8)["rate"]).toBe(1e-3);
  });

  test("of whole numbers has no more than there are", () => {
    const few: Space = [
      { name: "n", kind: "range", low: 1, high: 3, scale: "linear", whole: true },
    ];
    expect(
      run("grid", { seed: 0, levels: 9 }, () => 0, few).map(({ settings }) => settings["n"]),
    ).toEqual([1, 2, 3]);
  });
});

test("points lie in the space, and each end of a whole range has its part", () => {
  const counts = new Map<unknown, number>();
  for (let i = 0; i < 1000; i++) {
    const { rate, width } = pointAt(space, [i / 1000, i / 1000, 0]);
    expect(rate).toBeGreaterThanOrEqual(1e-4);
    expect(rate).toBeLessThanOrEqual(1e-1);
    counts.set(width, (counts.get(width) ?? 0) + 1);
  }
  expect(counts.size).toBe(49);
  for (const count of counts.values()) expect(Math.abs(count - 1000 / 49)).toBeLessThan(2);
  const middle = { rate: Math.sqrt(1e-5), width: 40, method: "sgd" };
  featuresOf(space, middle).forEach((x, i) => {
    expect(x).toBeCloseTo([0.5, 0.5, 0, 1][i] ?? Number.NaN, 12);
  });
});

describe("successive halving", () => {
  test("27 trials: 27, 9, 3, 1 at a third more each", () => {
    const trials = run("halving", { seed: 1, trials: 27 }, ({ number }) => number);
    expect(sharesOf(trials)).toEqual({
      "0.037": 18,
      "0.037 0.111": 6,
      "0.037 0.111 0.333": 2,
      "0.037 0.111 0.333 1.000": 1,
    });
    expect(trials[0]?.measured).toHaveLength(4); // the lowest value at each stage
  });

  test("as many at a time as one likes: the same trials, the same end", () => {
    const value = ({ number }: Trial, share: number): number => ((number * 37) % 27) + 1 / share;
    const alone = run("halving", { seed: 1, trials: 27 }, value);
    expect(run("halving", { seed: 1, trials: 27 }, value, space, 5)).toEqual(alone);
  });

  test("trainings that diverged or failed go no further, even if all do", () => {
    const trials = run("halving", { seed: 1, trials: 9 }, ({ number }) =>
      number < 7 ? Number.NaN : 1,
    );
    expect(
      trials.filter(({ measured }) => measured.length > 1).every(({ number }) => number >= 7),
    ).toBe(true);
    expect(run("halving", { seed: 1, trials: 9 }, () => Number.NaN)).toHaveLength(9);
  });
});

test("hyperband's rounds are those of Li et al. 2018, table 1 (R = 81, η = 3)", () => {
  const trials = run("hyperband", { seed: 1, smallest: 1 / 81 }, ({ number }) => number, space, 3);
  const begun: Record<string, number> = {};
  for (const { measured } of trials) {
    const first = Math.round(81 * (measured[0]?.share ?? 0));
    begun[first] = (begun[first] ?? 0) + 1;
  }
  expect(begun).toEqual({ 1: 81, 3: 34, 9: 15, 27: 8, 81: 5 });
});

describe("Bayesian optimization", () => {
  const square: Space = [
    { name: "x", kind: "range", low: -5, high: 10, scale: "linear", whole: false },
    { name: "y", kind: "range", low: 0, high: 15, scale: "linear", whole: false },
  ];
  /** The Branin function: three minima of 0.397887. */
  const branin = ({ settings: { x, y } }: Trial): number => {
    const [a, b] = [Number(x), Number(y)];
    const bend = b - (5.1 * a * a) / (4 * Math.PI ** 2) + (5 * a) / Math.PI - 6;
    return bend ** 2 + 10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) + 10;
  };
  const bests = (name: StrategyName, workers = 1): number[] =>
    [1, 2, 3]
      .map((seed) =>
        Math.min(...run(name, { seed, trials: 25 }, branin, square, workers).map(lastValue)),
      )
      .sort((a, b) => a - b);

  test("comes nearer to Branin's minimum than random search, alone and four at a time", () => {
    const [random, alone, four] = [bests("random"), bests("bayesian"), bests("bayesian", 4)];
    expect(alone[1]).toBeLessThan(0.398 + 0.25);
    expect(four[1]).toBeLessThan(0.398 + 0.5);
    expect(alone[1]).toBeLessThan((random[1] ?? 0) - 0.2);
  });

  test("tries each point of a finite space once, and lives with divergence", () => {
    const few: Space = [{ name: "m", kind: "choice", values: ["a", "b", "c", "d", "e", "f", "g"] }];
    const bad = run(
      "bayesian",
      { seed: 3, trials: 12 },
      ({ number }) => (number % 3 ? Number.NaN : number),
      few,
    );
    const tried = bad.map(({ settings }) => settings["m"]);
    expect(tried).toHaveLength(12);
    // Four are drawn; from then on nothing is tried twice while something else is left.
    const left = 7 - new Set(tried.slice(0, 4)).size;
    expect(new Set(tried.slice(0, 4 + left)).size).toBe(7);
    expect(left).toBeGreaterThan(2);
  });

  test("a process passes through what it has seen, and is unsure elsewhere", () => {
    const points = [[0], [0.25], [0.5], [0.75], [1]];
    const values = points.map(([x = 0]) => Math.sin(6 * x));
    const process = fitProcess(points, values, 0);
    points.forEach((point, i) => {
      expect(process.predict(point).mean).toBeCloseTo(values[i] ?? 0, 1);
    });
    expect(process.predict([0.6]).mean).toBeCloseTo(Math.sin(3.6), 0);
    expect(process.predict([0.6]).deviation).toBeGreaterThan(process.predict([0.5]).deviation);
  });

  test("scores have mean 0 and variance 1, and what diverged is as bad as the worst, no more", () => {
    const scores = standardScores([5, 1, Number.NaN, 2, Infinity, 3]);
    expect(scores.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
    expect(scores.reduce((a, b) => a + b * b, 0) / 6).toBeCloseTo(1, 12);
    expect(scores[2]).toBe(scores[4]);
    expect(scores[1]).toBe(Math.min(...scores));
    expect(standardScores([Infinity, Number.NaN])).toEqual([0, 0]);
  });
});

describe("importance", () => {
  test("is the setting's on which the value hangs", () => {
    const trials = run(
      "random",
      { seed: 2, trials: 24 },
      ({ settings }) => Math.log10(Number(settings["rate"])) ** 2,
    );
    const [first, ...others] = importance(space, trials);
    expect(first?.name).toBe("rate");
    expect(first?.share).toBeGreaterThan(0.8);
    for (const { share } of others) expect(share).toBeLessThan(0.1);
  });

  test("is told from eight whole trainings on", () => {
    const eight = run("random", { seed: 2, trials: 8 }, ({ number }) => number);
    expect(importance(space, eight)).toHaveLength(3);
    // Of 27 that began one was trained whole.
    const begun = run("halving", { seed: 1, trials: 27 }, ({ number }) => number);
    expect(importance(space, begun)).toEqual([]);
  });

  test("of few trials, or of equal ones, nothing is said", () => {
    expect(
      importance(
        space,
        run("random", { seed: 2, trials: 7 }, ({ number }) => number),
      ),
    ).toEqual([]);
    expect(
      importance(
        space,
        run("random", { seed: 2, trials: 12 }, () => 1),
      ),
    ).toEqual([]);
  });
});

test.for([
  [[], /nothing is to be searched/],
  [[{ name: "r", kind: "range", low: 0, high: 1, scale: "log", whole: false }], /has no logarithm/],
  [
    [{ name: "r", kind: "range", low: 2, high: 1, scale: "linear", whole: false }],
    /runs backwards/,
  ],
  [[{ name: "r", kind: "range", low: 1.5, high: 3, scale: "linear", whole: true }], /not whole/],
] as const)("a space without points is refused: %#", ([wrong, message]) => {
  expect(() => strategyFor("random", wrong as Space, { seed: 0 })).toThrow(message);
  expect(() => strategyFor("random", wrong as Space, { seed: 0 })).toThrow(NadirError);
});
