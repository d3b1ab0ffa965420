import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { Verdict } from "../diagnosis/verdict.ts";
import { openStore } from "../runs/store.ts";
import { runInfo, temporaryFolder } from "../runs/testing.ts";
import { nadir } from "./testing.ts";

const { folder, remove } = temporaryFolder();
afterAll(remove);
let names = 0;
const verdict: Verdict = {
  ...{ kind: "noise-floor", gradientNorm: 0.1, tolerance: 1e-4, evidence: [], advice: [] },
  ...{ learningRate: 0.1, gradientNoise: 1 },
};

/** A store of three seeds each with and without warm-up, and of one run with two changes. */
async function fixedStore(): Promise<{ cwd: string; ids: string[] }> {
  const cwd = join(folder, String(names++));
  await using store = await openStore(join(cwd, ".nadir"));
  const ids: string[] = [];
  const accuracies = { 0: [0.95, 0.952, 0.949], 0.03: [0.958, 0.959, 0.9576], 0.1: [0.9] };
  for (const [warmup, values] of Object.entries(accuracies)) {
    const learningRate = warmup === "0.1" ? 0.5 : 0.1;
    for (const [seed, testAccuracy] of values.entries()) {
      const settings = { warmup: Number(warmup), learningRate, width: 64 };
      const run = store.createRun(
        runInfo("digits", { seed, config: { task: "train", method: "adam", epochs: 2, settings } }),
      );
      const loss = Array.from({ length: 200 }, (_, i) => (1 - testAccuracy) * (1 + 50 / (i + 1)));
      const steps = loss.map((_, i) => i + 1);
      run.event({
        ...{ kind: "progress", step: 200, loss: 1, gradientNorm: 1 },
        series: { steps, values: { loss } },
      });
      run.end({
        ...{ status: "ended", verdict, loss: loss.at(-1), metrics: { testAccuracy } },
        ...{ steps: 200, seconds: 4 },
      });
      ids.push(run.id);
    }
  }
  return { cwd, ids };
}

describe("nadir compare", () => {
  test("groups seeds by itself, and tells what the one change did", async () => {
    const { cwd, ids } = await fixedStore();
    const { exit, stdout } = await nadir(["compare", ids[0]!, ids[3]!], cwd);
    expect(exit).toBe(0);
    const text = ids.reduce((all, id, i) => all.replaceAll(id, `run${i}`), stdout);
    expect(text).toMatchInlineSnapshot(`
      "               run0 ×3 baseline         run3 ×3
      warmup         0                        0.03
      test accuracy  0.9503 (0.949 … 0.952)   0.9582 (0.958 … 0.959)
      loss           0.06208 (0.06 … 0.0638)  0.05225 (0.0513 … 0.053)
      verdict        ≈ noise floor            ≈ noise floor
      (5 settings equal)

             ━ loss run0 ×3  ━ loss run3 ×3
        2.55 ⢻
             ⢸⡀
             ⠘⣇
              ⢻⣄⡀
               ⠓⢷⣄⡀
                 ⠙⠻⣖⣦⣤⣀⡀
                     ⠉⠓⠛⠻⠽⠶⣖⣲⣤⣤⡤⠤⣄⣀⣀⣀⣀⣀⣀⡀
      0.0525                   ⠉⠉⠉⠉⠉⠉⠓⠒⠒⠛⠛⠛⠛⠛⠛⠻⠭⠭⠭⠭⠽⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶⠶⣖⣒⣒⣒⣒⣒⣒⣒⣒⣒⣒⣒⣲⣤⣤⣤⣤
             1                              step                              200

      warmup 0 → 0.03: test accuracy +0.79 ± 0.2 points over 3 seeds, better
        loss −16 ± 4 % over 3 seeds, better
      "
    `);
  });

  test("gives a program the same, with the curves", async () => {
    const { cwd, ids } = await fixedStore();
    const { stdout } = await nadir(
      ["compare", "name:digits", "--baseline", ids[4]!, "--by", "epoch", "--json"],
      cwd,
    );
    const told = JSON.parse(stdout);
    expect(told.baseline).toBe(ids[5]); // the newest of its group, which the filter named first
    expect(told.groups.map(({ seeds }: { seeds: number[] }) => seeds)).toEqual([
      [0],
      [2, 0, 1],
      [2, 0, 1],
    ]);
    expect(told.settings.map(({ name }: { name: string }) => name)).toEqual([
      "learningRate",
      "warmup",
    ]);
    expect(told.verdicts[0].warnings[0]).toMatch(/2 settings changed \(learningRate, warmup\)/);
    expect(told.verdicts[1]).toBeNull();
    expect(told.verdicts[2].sentence).toMatch(
      /^warmup 0.03 → 0: test accuracy −0.79 ± 0.2 points over 3 seeds, worse$/,
    );
    expect(told.curves).toMatchObject({ metric: "loss", axis: "epoch" });
    expect(told.curves.x).toHaveLength(120);
    expect(told.curves.x.at(-1)).toBe(2);
  });

  test.for([
    [["compare", "@"], /equal but for|there is one run to compare/],
    [["compare", "@", "@2", "--baseline", "digitz"], /there is no run/],
    [["compare", "@", "@2", "--by", "stepp"], /did you mean step/],
    [["compare", "@", "nosuch"], /there is no run/],
  ] as const)("%j is refused with what to do", async ([words, message]) => {
    const { cwd } = await fixedStore();
    const { exit, stderr } = await nadir(words, cwd);
    expect(exit).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("of seeds alone says that nothing else differs", async () => {
    const { cwd, ids } = await fixedStore();
    const { stdout } = await nadir(["compare", ids[0]!, ids[1]!, "--all"], cwd);
    expect(stdout).toMatch(/the runs are equal but for the seed/);
    expect(stdout).toMatch(/test accuracy {2}0.9503 \(0.949 … 0.952\)/);
    expect(stdout).toMatch(/width +64/);
  });
});
