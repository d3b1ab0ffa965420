import { describe, expect, test } from "vitest";
import { compareGroups } from "./comparison.ts";
import { groupBySeed, settingRow, settingRows, withRepetitions } from "./differences.ts";
import type { MeasuredDifference } from "./differenceTest.ts";
import { changeInWords, differenceInWords } from "./differenceWords.ts";
import type { RunFacts } from "./runFacts.ts";

let made = 0;
const run = (more: Partial<RunFacts>): RunFacts => ({
  ...{ id: `r${made++}`, name: "mlp", created: 0, status: "ended", method: "adam", tags: [] },
  ...{ metrics: {}, settings: { warmup: 0, epochs: 5, parameters: 100 }, archived: false },
  ...more,
});
/** Runs of seeds 0, 1, … with these accuracies and losses. */
const group = (settings: RunFacts["settings"], values: readonly number[], more = {}): RunFacts[] =>
  values.map((value, seed) =>
    run({ seed, settings, metrics: { testAccuracy: value }, loss: 1 - value, ...more }),
  );
const base = { warmup: 0, epochs: 5, parameters: 100 };

describe("runs", () => {
  test("that are equal but for the seed are one group", () => {
    const runs = [...group(base, [0.9, 0.91]), ...group({ ...base, warmup: 0.03 }, [0.92])];
    const again = run({ seed: 0, settings: base }); // the same seed once more: the first counts
    expect(groupBySeed([...runs, again]).map((found) => found.map(({ seed }) => seed))).toEqual([
      [0, 1],
      [0],
    ]);
    expect(groupBySeed([...runs, again])[0]?.[0]).toBe(runs[0]);
  });

  test("are told apart by their file, and not by the order of their settings", () => {
    const [a, other] = [run({ file: "a.ts" }), run({ file: "b.ts" })];
    const turned = run({ file: "a.ts", settings: { parameters: 100, epochs: 5, warmup: 0 } });
    expect(groupBySeed([a, other, turned])).toEqual([[a, turned], [other]]);
  });

  test("have with them what else was run of their groups, but for what runs on or was put away", () => {
    const [two, other] = [run({ seed: 2 }), run({ seed: 0, settings: { ...base, warmup: 0.1 } })];
    const [five, one] = [run({ seed: 5 }), run({ seed: 1 })];
    const all = [
      ...[five, two, one, other, run({ seed: 3, status: "running" })],
      ...[run({ seed: 4, archived: true }), run({ seed: 6, settings: { width: 1 } })],
      run({ seed: 7, name: "before the change" }),
    ];
    expect(withRepetitions([two, other], all)).toEqual([[two, one, five], [other]]);
  });

  test("differ in what has not the same value; what only follows is marked", () => {
    const rows = settingRows([
      run({ settings: { ...base, width: 64, method: "adam" } }),
      run({ settings: { ...base, width: 32, parameters: 50, method: "adam" } }),
    ]);
    expect(rows.map(({ name, differs, follows }) => [name, differs, follows])).toEqual([
      ["parameters", true, true],
      ["width", true, false],
      ["method", false, false],
      ["file", false, false],
      ["epochs", false, false],
      ["warmup", false, false],
    ]);
    // The seed groups them, and NaN is NaN.
    const odd = settingRows([
      run({ settings: { seed: 1, rate: Number.NaN } }),
      run({ settings: { seed: 2, rate: Number.NaN } }),
    ]);
    expect(odd.map(({ name, differs }) => [name, differs])).toEqual([
      ["method", false],
      ["file", false],
      ["rate", false],
    ]);
  });
});

// The figures in the sentences are those of scipy.stats.ttest_rel and its confidence_interval(0.95).
describe("a comparison", () => {
  const first = [0.95, 0.951, 0.949, 0.952, 0.948];
  const verdict = (a: readonly RunFacts[], b: readonly RunFacts[]): string => {
    const { sentence, more, warnings } = compareGroups([a, b]).verdicts[1]!;
    return [sentence, ...more, ...warnings.map((line) => `! ${line}`)].join("\n");
  };

  test("of one changed setting says in words what it did", () => {
    const second = [0.958, 0.9588, 0.9575, 0.9598, 0.9562];
    expect(verdict(group(base, first), group({ ...base, warmup: 0.03 }, second))).toBe(
      [
        "warmup 0 → 0.03: test accuracy +0.81 ± 0.037 points over 5 seeds, better",
        "loss −16 ± 0.74 % over 5 seeds, better",
      ].join("\n"),
    );
  });

  test("that seeds alone would make says so", () => {
    const second = [0.949, 0.953, 0.948, 0.953, 0.9475];
    expect(verdict(group(base, first), group({ ...base, epochs: 6 }, second))).toBe(
      [
        "epochs 5 → 6: test accuracy +0.01 points, within seed noise (5 seeds, ±0.17 points)",
        "loss −0.2 %, within seed noise (5 seeds, ±3.3 %)",
      ].join("\n"),
    );
  });

  test("of one seed, or of two that disagree, says that it is too few to tell", () => {
    const changed = { ...base, warmup: 0.03 };
    expect(verdict(group(base, [0.9]), group(changed, [0.91]))).toContain(
      "test accuracy +1 points with 1 seed: too few to tell",
    );
    expect(verdict(group(base, [0.9, 0.92]), group(changed, [0.91, 0.91]))).toMatch(
      /test accuracy [+−]\S+ points: too few seeds to tell \(2 seeds, ±\d+ points\)/,
    );
  });

  test("of more than one changed setting warns, and of other commits, and of runs left out", () => {
    const other = group({ ...base, warmup: 0.03, epochs: 6 }, [0.96, 0.961], { revision: "b" });
    const told = verdict(group(base, [0.95, 0.951], { revision: "a" }), [
      ...other,
      run({
        seed: 2,
        settings: { ...base, warmup: 0.03, epochs: 6 },
        loss: Number.NaN,
        revision: "b",
      }),
    ]);
    expect(told).toMatch(/^epochs 5 → 6, warmup 0 → 0.03: /);
    expect(told).toContain("! 2 settings changed (epochs, warmup): which of them did it");
    expect(told).toContain("! the code may have changed as well");
    expect(told).toMatch(/! left out, because the loss is not finite: r\d+/);
  });

  test("takes means over what is finite, and says nothing of commits where one is not known", () => {
    const changed = { ...base, warmup: 1 };
    const second = [
      ...group(changed, [0.92, 0.94], { revision: "b" }),
      run({ seed: 2, settings: changed, loss: Number.NaN, metrics: { testAccuracy: -Infinity } }),
    ];
    const groups = [group(base, [0.9, 0.91, 0.92], { revision: "a" }), second];
    const { figures, verdicts } = compareGroups(groups);
    expect(figures.map(({ values }) => values[1])).toEqual([
      { mean: expect.closeTo(0.93, 12), low: 0.92, high: 0.94, runs: 2 },
      { mean: expect.closeTo(0.07, 12), low: 1 - 0.94, high: 1 - 0.92, runs: 2 },
    ]);
    expect(verdicts[1]?.warnings.join()).not.toMatch(/the code may have changed/);
  });

  test("tells figures of held-out data first, and the loss last", () => {
    const metrics = { trainAccuracy: 0.9, validationLoss: 1, time: 2, testAccuracy: 0.8 };
    const { figures } = compareGroups([[run({ metrics })], [run({ metrics, settings: {} })]]);
    expect(figures.map(({ name }) => name)).toEqual([
      ...["validationLoss", "testAccuracy", "trainAccuracy", "time", "loss"],
    ]);
  });

  test("takes another group as the baseline", () => {
    const [a, b] = [group(base, [0.9, 0.91]), group({ ...base, warmup: 1 }, [0.92, 0.93])];
    const { verdicts, figures } = compareGroups([a, b], 1);
    expect(verdicts[1]).toBeUndefined();
    expect(verdicts[0]?.sentence).toContain("warmup 1 → 0: test accuracy −2");
    expect(figures.map(({ name }) => name)).toEqual(["testAccuracy", "loss"]);
    expect(figures[0]?.values[1]).toEqual({ mean: 0.925, low: 0.92, high: 0.93, runs: 2 });
  });
});

describe("a difference in words", () => {
  const of = (name: string, from: number, more: Partial<MeasuredDifference>): string =>
    differenceInWords(
      name,
      { mean: -1, halfWidth: 0.5, p: 0.01, seeds: 5, paired: true, ...more },
      from,
    );

  test("is seed noise up to its half-width and no further", () => {
    expect(of("loss", 4, { halfWidth: 1 })).toBe("−25 %, within seed noise (5 seeds, ±25 %)");
    expect(of("loss", 4, { halfWidth: 0.96 })).toBe("−25 ± 24 % over 5 seeds, better");
  });

  test("of a figure below 0 keeps its sign, and of 0 is told as it is", () => {
    expect(of("loss", -4, {})).toBe("−25 ± 13 % over 5 seeds, better");
    expect(of("time", 0, { mean: 2.5e6 })).toBe("+2.5e6 ± 0.5 over 5 seeds");
  });

  test("says that seeds are not the same where there are several", () => {
    expect(of("loss", 4, { paired: false })).toBe(
      "−25 ± 13 % over 5 seeds each, not the same, better",
    );
    expect(of("loss", 4, { paired: false, seeds: 1, halfWidth: undefined })).toBe(
      "−25 % with 1 seed: too few to tell",
    );
  });

  test("names three changed settings, and counts the others", () => {
    const rows = ["a", "b", "c", "d"].map((name) => settingRow(name, [1, 2]));
    expect(changeInWords(rows, rows)).toBe("a 1 → 2, b 1 → 2, c 1 → 2 and 1 more");
    expect(changeInWords(rows.slice(1), rows)).toBe("b 1 → 2, c 1 → 2, d 1 → 2");
  });
});
