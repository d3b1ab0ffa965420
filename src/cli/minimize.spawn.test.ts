import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { packageRoot } from "../base/packageRoot.ts";
import { readTensors } from "../runs/checkpoint.ts";
import { openStore } from "../runs/store.ts";
import { spawned, start } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-minimize-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const example = (name: string): string =>
  fileURLToPath(new URL(`examples/${name}.ts`, packageRoot));

describe("nadir minimize", () => {
  test("takes a test function by name, with a start, a method and a tolerance", async () => {
    const words = ["rosenbrock", "x0=[-1.2,1]", "method=lbfgs", "tolerance=1e-9", "memory=5"];
    const { exit, stdout, stderr } = await spawned(["minimize", ...words, "--json"], folder);
    const result = JSON.parse(stdout);
    expect(result).toMatchObject({
      schema: "nadir.run/1",
      verdict: { kind: "local-minimum", tolerance: 1e-9 },
      value: expect.closeTo(0, 12),
      x: [expect.closeTo(1, 6), expect.closeTo(1, 6)],
      evaluations: { gradient: expect.any(Number) },
      config: { task: "minimize", method: "lbfgs" },
    });
    expect(result.gradientNorm).toBeLessThanOrEqual(1e-9);
    expect(result.repeat).toBe(
      "nadir minimize rosenbrock 'x0=[-1.2,1]' method=lbfgs tolerance=1e-9 memory=5",
    );
    expect(stderr).toMatch(/^rosenbrock {2}2 parameters · lbfgs · js\n/);
    expect(exit).toBe(0);
  });

  test("tells a reader the point, its value, what it took and where the record is", async () => {
    const { exit, stdout } = await spawned(["minimize", example("rosenbrock")], folder);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^∪ minimum {3}‖g‖ \S+ \(tolerance 1e-8\) {3}λmin 0\.399 ± /);
    expect(stdout).toMatch(
      /\n {2}x {11}\[1, 1\]\n {2}value {7}\S+\n {2}evaluations \d+ values, \d+ gradients, \d+ Hessians\n/,
    );
    expect(stdout).toMatch(
      /\n {2}cost {8}the price of .* gradients · compile .*\n {2}record .*nadir show \w+\n$/,
    );
  });

  test("keeps the record of a run, its point as a file", async () => {
    await spawned(["minimize", "rosenbrock", "--name", "kept"], folder);
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    const run = store.run("kept");
    expect(run).toMatchObject({ status: "ended", verdictKind: "local-minimum", seed: 0 });
    expect(store.series(run.id, "loss").values.length).toBe(run.steps);
    const { tensors } = readTensors(join(run.dir, "params.safetensors"));
    expect(tensors["x"]).toMatchObject({ dtype: "f64", shape: [2] });
  });

  test("stops at a saddle, or leaves it if it is told to", async () => {
    const saddle = ["minimize", example("saddle"), "--json"];
    const stayed = await spawned([...saddle, "--expect", "saddle"], folder);
    expect(stayed.exit).toBe(0);
    expect(JSON.parse(stayed.stdout)).toMatchObject({
      x: [0, 0],
      saddlesLeft: 0,
      verdict: { kind: "saddle", smallestEigenvalue: -1, direction: [expect.any(Number), 0] },
    });
    const left = await spawned([...saddle, "escapeSaddles=true"], folder);
    expect(left.stderr).toMatch(/left a saddle \(λmin -1\)/);
    expect(JSON.parse(left.stdout)).toMatchObject({
      saddlesLeft: 1,
      value: expect.closeTo(-0.25, 12),
      verdict: { kind: "local-minimum" },
    });
  });

  test("takes rules with a learning rate, trees of numbers, and functions of more unknowns", async () => {
    writeFileSync(
      join(folder, "tree.ts"),
      `import type { Tensor } from "nadir";
interface Point { readonly a: Tensor; readonly b: Tensor }
export default {
  f: ({ a, b }: Point) => a.sub(1).square().sum().add(b.add(2).square()),
  x0: { a: [0, 0], b: 0 },
};`,
    );
    const words = ["tree.ts", "method=adam", "learningRate=0.1", "beta1=0.8", "--json"];
    const { exit, stdout } = await spawned(["minimize", ...words], folder);
    expect(exit).toBe(0);
    const { x, verdict } = JSON.parse(stdout);
    expect(verdict.kind).toBe("global-minimum"); // proved convex, and no square is below 0
    expect(x).toEqual({
      a: [expect.closeTo(1, 6), expect.closeTo(1, 6)],
      b: expect.closeTo(-2, 6),
    });
    const wide = await spawned(
      ["minimize", "extended-rosenbrock", "dimension=20", "--json"],
      folder,
    );
    expect(JSON.parse(wide.stdout).x).toHaveLength(20);
  });

  test("searches a test function's domain, or a box that is given, and lists the minima", async () => {
    const words = ["minimize", "himmelblau", "method=multiStart", "starts=40"];
    const { exit, stdout } = await spawned([...words, "--seed", "1"], folder);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/\n {2}minima {6}4 distinct, the lowest first\n/);
    expect(stdout).toMatch(/value +reached +share \(95 %\) +x\n(.* of 40 .*\n){4}/);
    expect(stdout).toMatch(/· 40 starts, the first the run's own, the others spread over the box/);
    const boxed = await spawned(
      [...words, "local=trustRegion", "lower=[0,0]", "upper=5", "maxEvaluations=2000", "--json"],
      folder,
    );
    const { search, config } = JSON.parse(boxed.stdout);
    expect(search.minima.map(({ x }: { x: number[] }) => x.map(Math.round))).toContainEqual([3, 2]);
    expect(search.minima.every(({ x }: { x: number[] }) => Math.min(...x) >= 0)).toBe(true);
    expect(config.settings).toMatchObject({ constraint: "box([2 numbers], 5)", starts: 40 });
    const refused = await spawned([...words, "lower=low"], folder);
    expect(refused.exit).toBe(2);
    expect(refused.stderr).toMatch(/the setting "lower" is "low"/);
  });

  test("is interrupted by Ctrl-C though it computes without a pause, and resumed from its start", async () => {
    writeFileSync(
      join(folder, "slow.ts"),
      `import type { Tensor } from "nadir";
export default (x: Tensor) => x.square().mul(1e-9).sum().add(x.cos().sum());
export const x0 = Array.from({ length: 20_000 }, (_, i) => Math.sin(i));
export const method = "gradientDescent";`,
    );
    const words = [
      "minimize",
      "slow.ts",
      "learningRate=1e-9",
      "maxIterations=100000",
      "tolerance=0",
    ];
    const { child, ended, saying } = start([...words, "--name", "slow"], folder);
    await saying(/step \d/);
    child.kill("SIGINT");
    const { exit, stdout } = await ended;
    expect(exit).toBe(130);
    expect(stdout).toMatch(/nadir resume \w+\n$/);
    const again = await spawned(["resume", "slow", "--time", "0.2s"], folder);
    expect(again.exit).toBe(8);
    await using store = await openStore(join(folder, ".nadir"), { readOnly: true });
    expect(store.run("slow")).toMatchObject({
      status: "interrupted",
      verdictKind: "not-stationary",
    });
  });
});
