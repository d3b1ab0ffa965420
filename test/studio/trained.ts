import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";
import { type Started, spawned, start } from "../../src/cli/testing.ts";
import type { GroupVerdict } from "../../src/records/comparison.ts";
import { type ServedStudio, serveStudio } from "./studio.ts";

/** Two spirals and a network small enough to be trained in half a second. */
const spirals = `import { accuracy, adam, crossEntropy, dataset, defineTraining, dense, problem, relu, sequential } from "nadir";

export default defineTraining({
  settings: { learningRate: 0.01, epochs: 20, hidden: 12 },
  build: ({ learningRate, epochs, hidden }) => {
    const turn = (i) => 0.5 + (3 * i) / 128;
    const x = Array.from({ length: 128 }, (_, i) => [
      turn(i) * Math.cos(2 * turn(i) + Math.PI * (i % 2)),
      turn(i) * Math.sin(2 * turn(i) + Math.PI * (i % 2)),
    ]);
    const model = sequential(dense(hidden), relu(), dense(hidden), relu(), dense(2));
    return problem({
      params: model.init([2]),
      loss: (params, batch, context) => {
        const scores = model.apply(params, batch.x, context);
        return { loss: crossEntropy(scores, batch.label), metrics: { accuracy: accuracy(scores, batch.label) } };
      },
      data: dataset({ x, label: Int32Array.from(x, (_, i) => i % 2) }),
      method: adam(learningRate),
      epochs,
      batchSize: 32,
      engine: "js",
      health: { every: 20 },
    });
  },
});
`;

/** A studio over a store of real trainings. */
export interface TrainedStudio extends ServedStudio {
  /** A run with a landscape and a spectrum beside it. */
  readonly measured: string;
  /** The same with five times the rate; nothing was measured of it. */
  readonly faster: string;
  /** What `nadir compare` says of those two. */
  readonly comparison: GroupVerdict;
  /** How high the loss rises on the line between them, as `nadir compare --path` says. */
  readonly barrier: number;
  /** A training that goes on until it is killed. */
  readonly running: { readonly id: string; readonly process: Started };
}

/** Trains, measures, and starts a studio that sees it; one training goes on. */
export async function serveTrained(flags: readonly string[] = []): Promise<TrainedStudio> {
  let [measured, faster, running] = ["", "", ""];
  let comparison: GroupVerdict | undefined;
  let barrier = Number.NaN;
  let training: Started | undefined;
  const studio = await serveStudio(async (store) => {
    const folder = dirname(store);
    writeFileSync(join(folder, "spirals.ts"), spirals);
    const train = async (...words: string[]): Promise<string> => {
      const { stdout, stderr } = await spawned(["train", "spirals.ts", ...words, "--json"], folder);
      expect(stderr).not.toContain("✗");
      return JSON.parse(stdout).id;
    };
    measured = await train("--seed", "1", "--name", "base");
    [faster] = await Promise.all([
      train("learningRate=0.05", "--seed", "1", "--name", "faster"),
      spawned(["landscape", measured, "--plane", "trajectory", "--grid", "9"], folder),
      spawned(["spectrum", measured, "--density"], folder),
    ]);
    const compared = await spawned(["compare", measured, faster, "--path", "--json"], folder);
    const told = JSON.parse(compared.stdout);
    comparison = told.verdicts[1];
    barrier = told.path.line;
    const words = ["train", "spirals.ts", "epochs=4000000", "--name", "endless", "--threads", "1"];
    training = start([...words, "--checkpoint", "1s"], folder);
    await training.saying(/step/);
    running = JSON.parse((await spawned(["ls", "--limit", "1", "--json"], folder)).stdout).runs[0]
      .id;
  }, flags);
  return {
    ...studio,
    ...{
      measured,
      faster,
      comparison: comparison!,
      barrier,
      running: { id: running, process: training! },
    },
    [Symbol.asyncDispose]: async () => {
      training?.child.kill("SIGKILL");
      await training?.ended;
      await studio[Symbol.asyncDispose]();
    },
  };
}

/** What axe-core finds wrong with a page: rules and where, none if nothing. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    // Cast: the script that was just run puts it there.
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const found = await axe.run();
    return found.violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join("; ")}`,
    );
  });
}
