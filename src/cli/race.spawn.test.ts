import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { spawned } from "./testing.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "nadir-race-")));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(
  join(folder, "line.ts"),
  `import { dataset, defineTraining, mse, problem, sgd } from "nadir";
const points = (from: number) => {
  const x = Float32Array.from({ length: 64 }, (_, i) => Math.sin(from + i));
  return dataset({ x, y: x.map((xi) => 2 * xi + 1) });
};
export default defineTraining({
  settings: { learningRate: 0.1, rows: 16 },
  build: ({ learningRate, rows }) => problem({
    params: { a: 0, b: 0 },
    loss: ({ a, b }, { x, y }) => mse(x.mul(a).add(b), y),
    data: points(0), test: points(100), method: sgd(learningRate), batchSize: rows, epochs: 3,
  }),
});`,
);

test("races rules on a training, with the file's rate for those that are given none, ranked by test loss", async () => {
  const words = [
    "race",
    "line.ts",
    "--methods",
    "sgd,adam,rprop",
    "rows=32",
    "adam.learningRate=1e-4",
  ];
  const { exit, stdout, stderr } = await spawned(
    [...words, "--seeds", "2", "--budget", "60", "--json"],
    folder,
  );
  expect(stderr).toMatch(/test loss/);
  expect(exit).toBe(0);
  const { places, measure } = JSON.parse(stdout);
  expect(measure).toBe("test loss");
  expect(places.at(-1).method).toBe("adam");
  const spent = places.map(
    ({ evaluations }: { evaluations: { median: number } }) => evaluations.median,
  );
  expect(Math.max(...spent)).toBeLessThanOrEqual(60);
  expect(places[0].finishes[0].metrics.testLoss).toBe(places[0].finishes[0].value);

  const solver = await spawned(["race", "line.ts", "--methods", "lbfgs"], folder);
  expect(solver.exit).toBe(2);
  expect(solver.stderr).toMatch(/lbfgs has no fixed price[\s\S]*--time 10s/);
  const timed = await spawned(
    ["race", "line.ts", "--methods", "lbfgs,sgd", "--time", "0.5s", "--seeds", "1", "--no-store"],
    folder,
  );
  expect(timed.exit).toBe(0);
  expect(timed.stdout).toMatch(/1 {2}lbfgs/);
});
