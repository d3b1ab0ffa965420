import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openStore } from "../../runs/store.ts";
import { nadir } from "../testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-race-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("nadir race", () => {
  test("runs methods from the same starts at the same price, and ranks them", async () => {
    const words = ["race", "rosenbrock", "--methods", "adam,lbfgs", "adam.learningRate=0.05"];
    const { exit, stdout, stderr } = await nadir(
      [...words, "--seeds", "3", "--budget", "200", "--no-store", "--json"],
      folder,
    );
    expect(exit).toBe(0);
    const { places, measure, budget } = JSON.parse(stdout);
    expect({ measure, budget }).toEqual({ measure: "value", budget: { evaluations: 200 } });
    expect(places.map(({ method }: { method: string }) => method)).toEqual(["lbfgs", "adam"]);
    expect(places[0]).toMatchObject({ wins: 3, verdicts: { "local-minimum": 3 } });
    for (const { finishes } of places) {
      expect(finishes).toHaveLength(3);
      for (const { evaluations } of finishes) expect(evaluations).toBeLessThanOrEqual(200);
    }
    expect(stderr).toMatch(/^rosenbrock {2}adam · lbfgs {2}200 evaluations for each run\n/);
    expect(stderr.match(/seed \d/g)).toHaveLength(6);
    expect(existsSync(join(folder, ".nadir"))).toBe(false);
  });

  test("gives the same figures again, and tells a reader how to read them", async () => {
    const words = ["race", "rastrigin", "--methods", "basinHopping,differentialEvolution"];
    const options = ["--seeds", "5", "--budget", "300", "--no-store"];
    const data = async () => {
      const { places } = JSON.parse((await nadir([...words, ...options, "--json"], folder)).stdout);
      return places.map(({ method, value }: Record<string, unknown>) => [method, value]);
    };
    expect(await data()).toEqual(await data());
    const { stdout } = await nadir([...words, ...options], folder);
    expect(stdout).toMatch(/method +value +interval +evaluations +time +best of +verdicts/);
    expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
      /Medians over 5 seeds.*uniform in the domain.*intervals hold the median with 93.8 %/,
    );
  });

  test("keeps a record of each run", async () => {
    const words = ["race", "rosenbrock", "--methods", "lbfgs", "--seeds", "2", "--budget", "50"];
    expect((await nadir(words, folder)).exit).toBe(0);
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    const run = store.run("rosenbrock lbfgs 1");
    expect(run).toMatchObject({ status: "ended", verdictKind: "local-minimum", seed: 1 });
    expect(run.config).toMatchObject({ task: "race", method: "lbfgs" });
    expect(run.command).toBe("nadir race rosenbrock --methods lbfgs --seeds 2 --budget 50");
  });

  test.for([
    [["rosenbrock"], /no methods are named/],
    [["rosenbrock", "--methods", "lbfgs,lbgfs"], /did you mean lbfgs/],
    [["rosenbrock", "--methods", "lbfgs,lbfgs"], /lbfgs is named twice/],
    [["rosenbrck", "--methods", "lbfgs"], /did you mean rosenbrock/],
    [["rosenbrock", "--methods", "adam"], /adam needs a learning rate/],
    [["rosenbrock", "--methods", "lbfgs", "lbfgs.memry=3"], /did you mean memory/],
    [["rosenbrock", "--methods", "lbfgs", "memory=3"], /unknown setting "memory"/],
    [["rosenbrock", "--methods", "lbfgs", "spread=-1"], /a number above 0/],
    [["rosenbrock", "--methods", "lbfgs", "--budget", "9", "--time", "1s"], /one of them/],
  ] as const)("refuses %j before the first step", async ([words, message]) => {
    const { exit, stderr, stdout } = await nadir(["race", ...words], folder);
    expect(exit).toBe(2);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
  });
});
